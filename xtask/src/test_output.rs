//! How many tests a runner's output speaks of.

/// How many tests passed and failed, and which failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    /// What there is to read at the end of a long output. A runner that names nobody leaves it shorter than `failed`.
    pub(crate) names: Vec<String>,
}

impl Counts {
    pub(crate) fn of(passed: usize, failed: usize) -> Counts {
        Counts { passed, failed, names: Vec::new() }
    }

    pub(crate) fn add(mut self, other: Counts) -> Counts {
        self.names.extend(other.names);
        Counts { passed: self.passed + other.passed, failed: self.failed + other.failed, names: self.names }
    }

    /// One check that passed or failed.
    pub(crate) fn one(name: &str, passed: bool) -> Counts {
        let names = if passed { Vec::new() } else { vec![name.to_owned()] };
        Counts { names, ..Counts::of(usize::from(passed), usize::from(!passed)) }
    }

    /// With the names of those that failed, from the output that was counted.
    pub(crate) fn named(mut self, output: &str) -> Counts {
        if self.failed > 0 {
            self.names = failures(output);
        }
        self
    }
}

/// The tests that any of the runners says have failed, each once: `test a ... FAILED` (cargo), `test a ... FAIL`
/// (wasm-bindgen's), `✖ a (3ms)` (node), `FAIL  file > a` (vitest), `✘  1 file › a (3s)` (Playwright), `not ok a` (our own).
fn failures(output: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for line in output.lines().map(str::trim) {
        let of_rust = line
            .strip_prefix("test ")
            .and_then(|rest| rest.rsplit_once(" ... "))
            .filter(|(_, is)| is.starts_with("FAIL"));
        let name = of_rust.map(|(name, _)| name);
        let name =
            name.or_else(|| ["✖ ", "✘ ", "FAIL ", "not ok "].into_iter().find_map(|mark| line.strip_prefix(mark)));
        let name = name.map(str::trim).filter(|name| *name != "failing tests:");
        // Node names a test again at the end, and both runners add how long it took.
        let name = name
            .map(|name| name.rsplit_once(" (").filter(|(_, rest)| rest.ends_with("s)")).map_or(name, |(name, _)| name));
        names.extend(name.filter(|name| !names.iter().any(|known| known == name)).map(str::to_owned));
    }
    names
}

/// Sums what cargo test and wasm-bindgen's runner print: `test result: ok. 3 passed; 1 failed; …`.
pub(crate) fn of_cargo(output: &str) -> Counts {
    let lines = output.lines().filter(|line| line.trim_start().starts_with("test result:"));
    lines.fold(Counts::default(), |sum, line| {
        sum.add(Counts::of(number_before(line, " passed"), number_before(line, " failed")))
    })
}

/// Sums what node's test runner prints: `# pass 3` and `# fail 1`, or with `ℹ` in front.
pub(crate) fn of_node(output: &str) -> Counts {
    let sum = |word: &str| -> usize {
        let lines = output.lines().filter_map(|line| line.trim().strip_prefix(['#', 'ℹ'])?.trim().strip_prefix(word));
        lines.filter_map(|rest| rest.trim().parse::<usize>().ok()).sum()
    };
    Counts::of(sum("pass "), sum("fail ") + sum("cancelled "))
}

/// Reads vitest's closing line: `Tests  1 failed | 12 passed (13)`.
pub(crate) fn of_vitest(output: &str) -> Counts {
    let line = output.lines().rev().find_map(|line| line.trim().strip_prefix("Tests "));
    let number = |word| line.filter(|line| line.contains(word)).map_or(0, |line| number_before(line, word));
    Counts::of(number(" passed"), number(" failed"))
}

/// Reads the lines with which Playwright closes: `1 failed`, with the names of those below, and `12 passed (3.4s)`.
pub(crate) fn of_playwright(output: &str) -> Counts {
    let sum = |words: &[&str]| -> usize {
        let numbers = output.lines().filter_map(|line| {
            let (number, rest) = line.trim().split_once(' ')?;
            words.iter().any(|word| rest == *word || rest.starts_with(&format!("{word} ("))).then_some(number)
        });
        numbers.filter_map(|number| number.parse::<usize>().ok()).sum()
    };
    Counts::of(sum(&["passed"]), sum(&["failed", "flaky", "interrupted", "did not run"]))
}

/// Reads our own scripts' closing line: `3 passed, 1 failed`.
pub(crate) fn of_script(output: &str) -> Counts {
    let line = output.lines().rev().find(|line| line.contains(" passed, ") && line.ends_with(" failed"));
    line.map_or(Counts::default(), |line| Counts::of(number_before(line, " passed"), number_before(line, " failed")))
}

fn number_before(line: &str, word: &str) -> usize {
    let before = line.split(word).next().unwrap_or("");
    let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or("");
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Counts, failures, of_cargo, of_node, of_playwright, of_script, of_vitest};

    #[test]
    fn cargo_prints_a_line_for_each_binary() {
        let output = "test result: ok. 12 passed; 0 failed; 0 ignored\nnoise\ntest result: FAILED. 3 passed; 2 failed; 0 ignored";
        assert_eq!(of_cargo(output), Counts::of(15, 2));
    }

    #[test]
    fn node_prints_tap_or_its_own_form() {
        assert_eq!(of_node("# tests 3\n# pass 2\n# fail 1\n"), Counts::of(2, 1));
        assert_eq!(of_node("ℹ pass 7\nℹ fail 0\nℹ cancelled 1"), Counts::of(7, 1));
    }

    #[test]
    fn vitest_closes_with_what_there_was() {
        assert_eq!(of_vitest(" Test Files  1 passed (1)\n Tests  12 passed (12)"), Counts::of(12, 0));
        let output = " Test Files  1 failed (1)\n Tests  2 failed | 9 passed | 1 skipped (12)\n Start at  12:00";
        assert_eq!(of_vitest(output), Counts::of(9, 2));
        assert_eq!(of_vitest("      Tests  3 skipped (3)"), Counts::default());
        assert_eq!(of_vitest("      Tests  no tests\n"), Counts::default());
    }

    #[test]
    fn playwright_closes_with_a_line_for_each_outcome() {
        let output = "  ✓  1 a test that passed (1.2s)\n  1 failed\n    a.spec.mjs:3:1 › 2 failed ───\n  2 did not run\n  7 passed (3.4s)";
        assert_eq!(of_playwright(output), Counts::of(7, 3));
        assert_eq!(of_playwright("Error: No tests found"), Counts::default());
    }

    #[test]
    fn a_script_closes_with_one_line() {
        assert_eq!(of_script("ok a\n14 passed, 3 failed"), Counts::of(14, 3));
        assert_eq!(of_script("nothing"), Counts::default());
    }

    #[test]
    fn what_failed_is_named_once_whoever_ran_it() {
        let output = "\
test model::a ... ok
test model::b ... FAILED
test wasm::c ... FAIL
✔ d (1.2ms)
  ✖ e (of two) (3.4ms)
✖ failing tests:
✖ e (of two) (3.4ms)
 FAIL  gateway.test.mjs > f
  ✘  12 portal.spec.mjs:70:1 › g (30.0s)
ok h
not ok i
failures:";
        let names = ["model::b", "wasm::c", "e (of two)", "gateway.test.mjs > f", "12 portal.spec.mjs:70:1 › g", "i"];
        assert_eq!(failures(output), names);
        assert_eq!(Counts::of(3, 0).named(output).names, [""; 0]);
        assert_eq!(Counts::of(3, 1).named("not ok i").names, ["i"]);
    }
}

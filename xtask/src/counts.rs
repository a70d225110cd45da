//! How many tests a runner's output speaks of.

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Counts {
    pub(crate) fn add(self, other: Counts) -> Counts {
        Counts { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }

    /// One check that passed or failed.
    pub(crate) fn one(passed: bool) -> Counts {
        Counts { passed: usize::from(passed), failed: usize::from(!passed) }
    }
}

/// Sums what cargo test and wasm-bindgen's runner print: `test result: ok. 3 passed; 1 failed; …`.
pub(crate) fn of_cargo(output: &str) -> Counts {
    let lines = output.lines().filter(|line| line.trim_start().starts_with("test result:"));
    lines.fold(Counts::default(), |sum, line| {
        sum.add(Counts { passed: number_before(line, " passed"), failed: number_before(line, " failed") })
    })
}

/// Sums what node's test runner prints: `# pass 3` and `# fail 1`, or with `ℹ` in front.
pub(crate) fn of_node(output: &str) -> Counts {
    let sum = |word: &str| -> usize {
        let lines = output.lines().filter_map(|line| line.trim().strip_prefix(['#', 'ℹ'])?.trim().strip_prefix(word));
        lines.filter_map(|rest| rest.trim().parse::<usize>().ok()).sum()
    };
    Counts { passed: sum("pass "), failed: sum("fail ") + sum("cancelled ") }
}

/// Reads vitest's closing line: `Tests  1 failed | 12 passed (13)`.
pub(crate) fn of_vitest(output: &str) -> Counts {
    let line = output.lines().rev().find_map(|line| line.trim().strip_prefix("Tests "));
    let number = |word| line.filter(|line| line.contains(word)).map_or(0, |line| number_before(line, word));
    Counts { passed: number(" passed"), failed: number(" failed") }
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
    Counts { passed: sum(&["passed"]), failed: sum(&["failed", "flaky", "interrupted", "did not run"]) }
}

/// Reads our own scripts' closing line: `3 passed, 1 failed`.
pub(crate) fn of_script(output: &str) -> Counts {
    let line = output.lines().rev().find(|line| line.contains(" passed, ") && line.ends_with(" failed"));
    line.map_or(Counts::default(), |line| Counts {
        passed: number_before(line, " passed"),
        failed: number_before(line, " failed"),
    })
}

fn number_before(line: &str, word: &str) -> usize {
    let before = line.split(word).next().unwrap_or("");
    let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or("");
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Counts, of_cargo, of_node, of_playwright, of_script, of_vitest};

    #[test]
    fn cargo_prints_a_line_for_each_binary() {
        let output = "test result: ok. 12 passed; 0 failed; 0 ignored\nnoise\ntest result: FAILED. 3 passed; 2 failed; 0 ignored";
        assert_eq!(of_cargo(output), Counts { passed: 15, failed: 2 });
    }

    #[test]
    fn node_prints_tap_or_its_own_form() {
        assert_eq!(of_node("# tests 3\n# pass 2\n# fail 1\n"), Counts { passed: 2, failed: 1 });
        assert_eq!(of_node("ℹ pass 7\nℹ fail 0\nℹ cancelled 1"), Counts { passed: 7, failed: 1 });
    }

    #[test]
    fn vitest_closes_with_what_there_was() {
        assert_eq!(of_vitest(" Test Files  1 passed (1)\n Tests  12 passed (12)"), Counts { passed: 12, failed: 0 });
        let output = " Test Files  1 failed (1)\n Tests  2 failed | 9 passed | 1 skipped (12)\n Start at  12:00";
        assert_eq!(of_vitest(output), Counts { passed: 9, failed: 2 });
        assert_eq!(of_vitest("      Tests  3 skipped (3)"), Counts::default());
        assert_eq!(of_vitest("      Tests  no tests\n"), Counts::default());
    }

    #[test]
    fn playwright_closes_with_a_line_for_each_outcome() {
        let output = "  ✓  1 a test that passed (1.2s)\n  1 failed\n    a.spec.mjs:3:1 › 2 failed ───\n  2 did not run\n  7 passed (3.4s)";
        assert_eq!(of_playwright(output), Counts { passed: 7, failed: 3 });
        assert_eq!(of_playwright("Error: No tests found"), Counts::default());
    }

    #[test]
    fn a_script_closes_with_one_line() {
        assert_eq!(of_script("ok a\n14 passed, 3 failed"), Counts { passed: 14, failed: 3 });
        assert_eq!(of_script("nothing"), Counts::default());
    }
}

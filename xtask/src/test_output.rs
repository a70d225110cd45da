//! Test counts, from the JUnit reports of the test runners and from the text of cargo's.

use crate::process::{run, run_streaming, target};
use anyhow::Result;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use xshell::{Cmd, Shell};

/// The number of tests that passed and failed, and the names of the failed ones, with their messages where they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) failures: Vec<String>,
}

impl Counts {
    pub(crate) fn add(mut self, other: Counts) -> Counts {
        self.failures.extend(other.failures);
        Counts { passed: self.passed + other.passed, failed: self.failed + other.failed, failures: self.failures }
    }

    /// The counts of one check.
    pub(crate) fn one(name: &str, passed: bool) -> Counts {
        if passed { Counts { passed: 1, ..Counts::default() } } else { Counts::failure(name) }
    }

    /// The counts of one failure.
    pub(crate) fn failure(name: &str) -> Counts {
        Counts { passed: 0, failed: 1, failures: vec![name.to_owned()] }
    }

    /// The counts with one failure more if they hide that the command failed, or if they are empty.
    fn checked(self, command: &str, succeeded: bool) -> Counts {
        let is_silent = self.failed == 0 && (!succeeded || self.passed == 0);
        if is_silent { self.add(Counts::failure(command)) } else { self }
    }

    /// The counts as JSON, for another process.
    pub(crate) fn to_json(&self) -> Value {
        let Counts { passed, failed, failures } = self;
        json!({ "passed": passed, "failed": failed, "failures": failures })
    }

    /// Reads the JSON of [`Counts::to_json`].
    pub(crate) fn from_json(json: &Value) -> Option<Counts> {
        let number = |name: &str| json.get(name)?.as_u64().and_then(|number| usize::try_from(number).ok());
        let failures = json.get("failures")?.as_array()?.iter().map(|name| name.as_str().map(str::to_owned));
        Some(Counts {
            passed: number("passed")?,
            failed: number("failed")?,
            failures: failures.collect::<Option<_>>()?,
        })
    }

    /// Reads a JUnit report. Skipped tests are not counted.
    fn from_junit(xml: &str) -> Result<Counts> {
        // Messages may contain terminal sequences, which XML does not allow.
        let xml: String = xml.chars().filter(|c| !c.is_control() || c.is_whitespace()).collect();
        let document = roxmltree::Document::parse(&xml)?;
        let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
        let count = |case: roxmltree::Node<'_, '_>| {
            let has = |name: &str| case.children().any(|child| child.has_tag_name(name));
            if has("skipped") {
                return Counts::default();
            }
            let name = case.attribute("name").unwrap_or_default();
            match case.children().find(|child| child.has_tag_name("failure") || child.has_tag_name("error")) {
                Some(failure) => Counts::failure(&format!("{name}{}", message(failure))),
                None => Counts::one(name, true),
            }
        };
        Ok(cases.map(count).fold(Counts::default(), Counts::add))
    }

    /// Reads the output of cargo test and of wasm-bindgen's test runner, whose only stable format is text: lines such as
    /// `test result: ok. 3 passed; 1 failed; …`, `test a ... FAILED` and, in wasm, `test a ... FAIL`.
    fn from_cargo(output: &str) -> Counts {
        let lines = output.lines().map(str::trim);
        let number_before = |line: &str, word: &str| -> usize {
            let before = line.split_once(word).map_or("", |(before, _)| before);
            before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
        };
        let mut counts = Counts::default();
        for line in lines {
            if line.starts_with("test result:") {
                counts.passed += number_before(line, " passed");
                counts.failed += number_before(line, " failed");
            }
            let test = line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... "));
            counts.failures.extend(test.filter(|(_, result)| result.starts_with("FAIL")).map(|(name, _)| name.into()));
        }
        counts
    }
}

/// The maximum number of lines, and of characters of a line, of a failed test's message. A run that fails by chance on another
/// machine leaves nothing else.
const MESSAGE_LINES: usize = 12;
const LINE_CHARS: usize = 200;

/// Returns the message of a failure in a JUnit report as indented lines: its attribute, or else its text.
fn message(failure: roxmltree::Node<'_, '_>) -> String {
    let text = failure.attribute("message").or_else(|| failure.text()).unwrap_or_default();
    let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).take(MESSAGE_LINES);
    lines.map(|line| format!("\n      {}", line.chars().take(LINE_CHARS).collect::<String>())).collect()
}

/// Runs tests by cargo, and counts them.
pub(crate) fn count_cargo(command: Cmd<'_>) -> Result<Counts> {
    let name = command.to_string();
    let (succeeded, output) = run_streaming(command)?;
    Ok(Counts::from_cargo(&output).checked(&name, succeeded))
}

/// Runs a test runner that writes a JUnit report, and counts the tests in the report.
pub(crate) fn count_junit(sh: &Shell, command: Cmd<'_>, report: &Path) -> Result<Counts> {
    let name = command.to_string();
    sh.remove_path(report)?;
    sh.create_dir(report.parent().unwrap_or(report))?;
    let succeeded = run(command)?;
    let counts = if report.exists() { Counts::from_junit(&sh.read_file(report)?)? } else { Counts::default() };
    sh.remove_path(report)?;
    Ok(counts.checked(&name, succeeded))
}

/// The path of a JUnit report of this process. Suites run at the same time, each in its process.
pub(crate) fn report_path(name: &str) -> PathBuf {
    target().join("reports").join(format!("{name}-{}.xml", std::process::id()))
}

/// The number of test files that run at the same time. Node's own choice is one less than the processors, but most tests wait.
const FILES_AT_ONCE: usize = 4;

/// Runs test files by Node's test runner, with the command of a Node, and counts their tests.
pub(crate) fn count_node(sh: &Shell, node: Cmd<'_>, files: &[PathBuf]) -> Result<Counts> {
    count_node_with(sh, node, "spec", FILES_AT_ONCE, files)
}

/// Like [`count_node`], one file after the other: for files that measure, or that each open a browser.
pub(crate) fn count_node_in_turn(sh: &Shell, node: Cmd<'_>, files: &[PathBuf]) -> Result<Counts> {
    count_node_with(sh, node, "spec", 1, files)
}

/// Like [`count_node`], with another reporter for the terminal and number of files at once.
pub(crate) fn count_node_with(
    sh: &Shell,
    node: Cmd<'_>,
    reporter: &str,
    files_at_once: usize,
    files: &[PathBuf],
) -> Result<Counts> {
    let report = report_path("node");
    let command = node
        .args(["--test", &format!("--test-concurrency={files_at_once}")])
        .args([&format!("--test-reporter={reporter}"), "--test-reporter-destination=stdout"])
        .args(["--test-reporter=junit", &format!("--test-reporter-destination={}", report.display())])
        .args(files);
    count_junit(sh, command, &report)
}

#[cfg(test)]
mod tests {
    use super::Counts;

    fn counts(passed: usize, failures: &[&str]) -> Counts {
        let failures: Vec<_> = failures.iter().map(|name| (*name).to_owned()).collect();
        Counts { passed, failed: failures.len(), failures }
    }

    #[test]
    fn cargo_prints_a_result_for_each_binary() {
        let output = "test model::a ... ok\ntest model::b ... FAILED\n\ntest result: FAILED. 12 passed; 1 failed; 0 ignored\n\
                      noise\ntest wasm::c ... FAIL\ntest result: FAILED. 3 passed; 1 failed; 2 ignored";
        assert_eq!(Counts::from_cargo(output), counts(15, &["model::b", "wasm::c"]));
        assert_eq!(Counts::from_cargo("error: could not compile"), Counts::default());
    }

    #[test]
    fn a_junit_report_contains_tests_in_suites_of_any_depth() {
        let report = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<testsuites>\n<testcase name=\"a\"/>\n\
                      <testsuite name=\"b\"><testsuite name=\"c\"><testcase name=\"d\"><failure>\u{1b}[31mno\n\nat e</failure></testcase>\
                      <testcase name=\"e\"><skipped/></testcase></testsuite><testcase name=\"f\"></testcase></testsuite>\n\
                      <testcase name=\"g\"><error message=\"not&#10;equal\">\
                      stack</error></testcase>\n<!-- pass 2 -->\n</testsuites>";
        assert_eq!(
            Counts::from_junit(report).unwrap(),
            counts(2, &["d\n      [31mno\n      at e", "g\n      not\n      equal"])
        );
        assert_eq!(Counts::from_junit("<testsuites/>").unwrap(), Counts::default());
        assert!(Counts::from_junit("<testsuites>").is_err());
    }

    #[test]
    fn counts_are_the_same_after_json() {
        let before = counts(3, &["a", "b"]);
        assert_eq!(Counts::from_json(&before.to_json()), Some(before));
        assert_eq!(Counts::from_json(&serde_json::json!({ "passed": 3, "failed": 0 })), None);
    }

    #[test]
    fn a_command_that_fails_without_a_failed_test_or_runs_no_test_counts_as_a_failure() {
        assert_eq!(counts(3, &[]).checked("node", true), counts(3, &[]));
        assert_eq!(counts(3, &["a"]).checked("node", false), counts(3, &["a"]));
        assert_eq!(counts(3, &[]).checked("node", false), counts(3, &["node"]));
        assert_eq!(counts(0, &[]).checked("node", true), counts(0, &["node"]));
    }
}

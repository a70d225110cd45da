//! The changelog: its versions, and the changes that no version contains yet.

use crate::versions::Bump;
use anyhow::{Context, Result, bail};
use semver::Version;

/// The heading of the changes that no version contains yet.
const UNRELEASED: &str = "## [Unreleased]";

/// The contents of `CHANGELOG.md`.
#[derive(Debug)]
pub(crate) struct Changelog<'t> {
    text: &'t str,
    /// The entries that no version contains yet.
    pub(crate) unreleased: &'t str,
    /// The versions with date and entries, newest first.
    pub(crate) versions: Vec<(Version, &'t str, &'t str)>,
}

impl<'t> Changelog<'t> {
    /// Reads the headings `## [Unreleased]` and then `## [1.2.3] - 2026-11-25`, newest first.
    pub(crate) fn read(text: &'t str) -> Result<Self> {
        let mut heads = text.match_indices("\n## ").map(|(at, _)| at + 1).collect::<Vec<_>>();
        heads.push(text.len());
        let sections = heads.windows(2).filter_map(|pair| text.get(*pair.first()?..*pair.last()?));
        let mut unreleased = None;
        let mut versions: Vec<(Version, &str, &str)> = Vec::new();
        for section in sections {
            let (head, body) = section.split_once('\n').unwrap_or((section, ""));
            if head.trim_end() == UNRELEASED {
                if unreleased.is_some() || !versions.is_empty() {
                    bail!("CHANGELOG.md must begin with one section {UNRELEASED}");
                }
                unreleased = Some(body.trim());
                continue;
            }
            let invalid = || {
                format!("CHANGELOG.md has a section \"{head}\", which is not of the form \"## [1.2.3] - 2026-11-25\"")
            };
            let (version, date) =
                head.strip_prefix("## [").and_then(|rest| rest.trim_end().split_once("] - ")).with_context(invalid)?;
            let is_date = date.len() == 10
                && date
                    .bytes()
                    .enumerate()
                    .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
            let version = Version::parse(version).ok().filter(|_| is_date).with_context(invalid)?;
            if versions.last().is_some_and(|(newer, ..)| *newer <= version) {
                bail!("CHANGELOG.md has {version} below a version that is not newer");
            }
            versions.push((version, date, body.trim()));
        }
        let unreleased = unreleased.with_context(|| format!("CHANGELOG.md has no section {UNRELEASED}"))?;
        Ok(Self { text, unreleased, versions })
    }

    /// The entries of a version.
    pub(crate) fn of(&self, version: &Version) -> Option<&'t str> {
        self.versions.iter().find(|(known, ..)| known == version).map(|(.., body)| *body)
    }

    /// The kind of the changes that no version contains yet.
    pub(crate) fn bump(&self) -> Bump {
        let mut bump = Bump::Fix;
        let mut heading = "";
        for line in self.unreleased.lines() {
            if let Some(title) = line.strip_prefix("### ") {
                heading = title.trim();
            }
            let Some(entry) = line.strip_prefix("- ") else { continue };
            let kind = match heading {
                _ if entry.trim_start_matches('*').starts_with("Breaking:") => Bump::Breaking,
                "Removed" => Bump::Breaking,
                "Fixed" | "Security" => Bump::Fix,
                _ => Bump::Feature,
            };
            bump = bump.max(kind);
        }
        bump
    }

    /// The text of the file in which the unreleased entries are those of a version.
    pub(crate) fn with_release(&self, version: &Version, date: &str) -> Result<String> {
        if !self.unreleased.lines().any(|line| line.starts_with("- ")) {
            bail!("CHANGELOG.md has no entry below {UNRELEASED}, and so no changes of {version}");
        }
        Ok(self.text.replacen(UNRELEASED, &format!("{UNRELEASED}\n\n## [{version}] - {date}"), 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::parse;

    fn version(text: &str) -> Version {
        parse(text).unwrap()
    }

    const TEXT: &str = "# Changelog\n\nAbout.\n\n## [Unreleased]\n\n### Fixed\n- A fault\n  in two lines.\n\n## [0.1.1] - 2026-11-25\n\n### Added\n- More.\n\n## [0.1.0] - 2026-11-01\n\n- All.\n";

    #[test]
    fn a_changelog_is_read() {
        let changelog = Changelog::read(TEXT).unwrap();
        assert_eq!(changelog.unreleased, "### Fixed\n- A fault\n  in two lines.");
        assert_eq!(changelog.versions[0].0, version("0.1.1"));
        assert_eq!(changelog.versions[0].1, "2026-11-25");
        assert_eq!(changelog.of(&version("0.1.0")), Some("- All."));
        assert_eq!(changelog.of(&version("9.9.9")), None);
    }

    #[test]
    fn a_changelog_that_cannot_be_read_is_refused() {
        let refused = |text: &str| Changelog::read(text).unwrap_err().to_string();
        assert!(refused("# Changelog\n").contains("no section ## [Unreleased]"));
        assert!(refused(&TEXT.replace("[0.1.0] - 2026-11-01", "0.1.0")).contains("\"## 0.1.0\""));
        assert!(refused(&TEXT.replace("2026-11-01", "1.11.2026")).contains("is not of the form"));
        assert!(refused(&TEXT.replace("[0.1.0]", "[0.2.0]")).contains("0.2.0 below a version"));
        assert!(refused(&format!("{TEXT}\n## [Unreleased]\n")).contains("one section"));
    }

    #[test]
    fn unreleased_entries_become_those_of_a_version() {
        let released = Changelog::read(TEXT).unwrap().with_release(&version("0.1.2"), "2026-12-01").unwrap();
        assert!(
            released.contains("## [Unreleased]\n\n## [0.1.2] - 2026-12-01\n\n### Fixed\n- A fault\n"),
            "{released}"
        );
        let again = Changelog::read(&released).unwrap();
        assert_eq!((again.unreleased, again.versions.len()), ("", 3));
        assert!(
            again
                .with_release(&version("0.1.3"), "2026-12-02")
                .unwrap_err()
                .to_string()
                .contains("no changes of 0.1.3")
        );
    }

    #[test]
    fn headings_and_breaking_entries_decide_the_kind_of_the_changes() {
        let bump = |body: &str| Changelog::read(&format!("# C\n\n## [Unreleased]\n\n{body}\n")).unwrap().bump();
        assert_eq!(bump("### Fixed\n- A.\n### Security\n- B."), Bump::Fix);
        assert_eq!(bump("### Fixed\n- A.\n### Added\n- B."), Bump::Feature);
        assert_eq!(bump("### Changed\n- Breaking: A."), Bump::Breaking);
        assert_eq!(bump("### Fixed\n- **Breaking:** A."), Bump::Breaking);
        assert_eq!(bump("### Removed\n- A."), Bump::Breaking);
        assert_eq!(bump("### Removed\n"), Bump::Fix);
    }
}

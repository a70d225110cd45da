//! What a version number may be, by what the changelog tells, and the files that it stands in.

use crate::process::Outcome;
use semver::{Prerelease, Version};

/// How far a change goes. From one to the next more is promised by the version number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// A fault is set right.
    Fix,
    /// Something is new.
    Feature,
    /// Something must be written anew by whoever uses it.
    Breaking,
}

impl Step {
    const ALL: [Step; 3] = [Step::Fix, Step::Feature, Step::Breaking];

    fn as_str(self) -> &'static str {
        match self {
            Step::Fix => "sets faults right",
            Step::Feature => "brings something new",
            Step::Breaking => "breaks something",
        }
    }
}

/// The version that comes after one, by how far the changes go. Before 1.0 the second number stands for what breaks.
fn after(last: &Version, step: Step) -> Version {
    match (last.major, step) {
        (0, Step::Fix | Step::Feature) | (_, Step::Fix) => Version::new(last.major, last.minor, last.patch + 1),
        (0, Step::Breaking) | (_, Step::Feature) => Version::new(last.major, last.minor + 1, 0),
        (_, Step::Breaking) => Version::new(last.major + 1, 0, 0),
    }
}

/// The version without what marks it as one before a release.
fn finished(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch)
}

/// Reads a version; one with build metadata is none that npm tells apart.
pub(crate) fn parse(text: &str) -> Outcome<Version> {
    let version = Version::parse(text)
        .map_err(|error| format!("\"{text}\" is no version: {error}; one is 1.2.3, or 1.2.3-rc.1 before it"))?;
    if version.build.is_empty() {
        Ok(version)
    } else {
        Err(format!("\"{text}\" has build metadata (+…), by which npm does not tell versions apart"))
    }
}

/// Whether a version may follow the last one, given how far the changes go.
pub(crate) fn may_follow(last: Option<&Version>, wanted: &Version, step: Step) -> Outcome {
    let Some(last) = last else { return Ok(()) };
    if wanted <= last {
        return Err(format!("{wanted} does not come after {last}, the last version in CHANGELOG.md"));
    }
    // A version before a release, such as 1.0.0-rc.1, has its number already.
    let goes_on = last.pre != Prerelease::EMPTY && finished(wanted) == finished(last);
    if goes_on {
        return Ok(());
    }
    let next = Version::new(last.major + 1, 0, 0);
    let mut can: Vec<_> = Step::ALL.iter().map(|step| after(last, *step)).chain([next]).collect();
    can.dedup();
    if !can.contains(&finished(wanted)) {
        let can: Vec<_> = can.iter().map(Version::to_string).collect();
        return Err(format!("{wanted} leaves versions out: after {last} comes one of {}", can.join(", ")));
    }
    let least = after(last, step);
    if finished(wanted) < least {
        let what = step.as_str();
        return Err(format!("{wanted} is too small: CHANGELOG.md {what}, so after {last} comes {least} at least"));
    }
    Ok(())
}

/// The head of what no version has yet.
const UNRELEASED: &str = "## [Unreleased]";

/// What `CHANGELOG.md` holds.
#[derive(Debug)]
pub(crate) struct Changelog<'t> {
    text: &'t str,
    /// The entries that no version has yet.
    pub(crate) unreleased: &'t str,
    /// The versions, newest first, each with its date and entries.
    pub(crate) versions: Vec<(Version, &'t str, &'t str)>,
}

impl<'t> Changelog<'t> {
    /// Reads it: `## [Unreleased]`, then `## [1.2.3] - 2026-11-25` and so on downwards.
    pub(crate) fn read(text: &'t str) -> Outcome<Self> {
        let mut heads = text.match_indices("\n## ").map(|(at, _)| at + 1).collect::<Vec<_>>();
        heads.push(text.len());
        let sections = heads.windows(2).filter_map(|pair| text.get(*pair.first()?..*pair.last()?));
        let mut unreleased = None;
        let mut versions: Vec<(Version, &str, &str)> = Vec::new();
        for section in sections {
            let (head, body) = section.split_once('\n').unwrap_or((section, ""));
            if head.trim_end() == UNRELEASED {
                if unreleased.is_some() || !versions.is_empty() {
                    return Err(format!("CHANGELOG.md has to begin with one section {UNRELEASED}"));
                }
                unreleased = Some(body.trim());
                continue;
            }
            let unread = || format!("CHANGELOG.md has a section \"{head}\": it wants \"## [1.2.3] - 2026-11-25\"");
            let (version, date) =
                head.strip_prefix("## [").and_then(|rest| rest.trim_end().split_once("] - ")).ok_or_else(unread)?;
            let is_date = date.len() == 10
                && date
                    .bytes()
                    .enumerate()
                    .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
            let version = Version::parse(version).ok().filter(|_| is_date).ok_or_else(unread)?;
            if versions.last().is_some_and(|(newer, ..)| *newer <= version) {
                return Err(format!("CHANGELOG.md has {version} below a version that is not newer"));
            }
            versions.push((version, date, body.trim()));
        }
        let unreleased = unreleased.ok_or_else(|| format!("CHANGELOG.md has no section {UNRELEASED}"))?;
        Ok(Self { text, unreleased, versions })
    }

    /// The entries of a version.
    pub(crate) fn of(&self, version: &Version) -> Option<&'t str> {
        self.versions.iter().find(|(known, ..)| known == version).map(|(.., body)| *body)
    }

    /// How far the changes that no version has yet go.
    pub(crate) fn step(&self) -> Step {
        let mut step = Step::Fix;
        let mut under = "";
        for line in self.unreleased.lines() {
            if let Some(head) = line.strip_prefix("### ") {
                under = head.trim();
            }
            let Some(entry) = line.strip_prefix("- ") else { continue };
            let goes = match under {
                _ if entry.trim_start_matches('*').starts_with("Breaking:") => Step::Breaking,
                "Removed" => Step::Breaking,
                "Fixed" | "Security" => Step::Fix,
                _ => Step::Feature,
            };
            step = step.max(goes);
        }
        step
    }

    /// The text in which what no version had is a version's, and a new section is open.
    pub(crate) fn closed(&self, version: &Version, date: &str) -> Outcome<String> {
        if !self.unreleased.lines().any(|line| line.starts_with("- ")) {
            return Err(format!("CHANGELOG.md has no entry below {UNRELEASED}: what does {version} change?"));
        }
        Ok(self.text.replacen(UNRELEASED, &format!("{UNRELEASED}\n\n## [{version}] - {date}"), 1))
    }
}

/// `Cargo.toml` with a text field of the package set.
pub(crate) fn with_field(manifest: &str, name: &str, value: &str) -> Outcome<String> {
    let (before, rest) = manifest.split_once("[package]\n").ok_or("Cargo.toml has no [package]")?;
    let (package, after) =
        rest.split_at_checked(rest.find("\n[").map_or(rest.len(), |at| at + 1)).unwrap_or((rest, ""));
    let line = format!("{name} = \"{value}\"");
    let is_it = |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(" = "));
    let mut lines: Vec<_> = package.lines().map(|old| if is_it(old) { line.clone() } else { old.to_owned() }).collect();
    if !lines.contains(&line) {
        let description = lines.iter().position(|line| line.starts_with("description = "));
        lines.insert(description.map_or(0, |at| at + 1), line);
    }
    Ok([before, "[package]\n", &lines.join("\n"), "\n", after].concat())
}

/// `Cargo.lock` with the version of the package itself.
pub(crate) fn with_locked(lock: &str, name: &str, version: &Version) -> Outcome<String> {
    let begin = format!("[[package]]\nname = \"{name}\"\nversion = \"");
    let (before, rest) = lock.split_once(&begin).ok_or_else(|| format!("Cargo.lock has no {name}"))?;
    let (_, after) = rest.split_once('"').ok_or("Cargo.lock cannot be read")?;
    Ok([before, &begin, &version.to_string(), "\"", after].concat())
}

/// A package.json that takes a dependency from a version on.
pub(crate) fn with_dependency(manifest: &str, name: &str, version: &Version) -> Outcome<String> {
    let begin = format!("\"{name}\": \"^");
    let (before, rest) = manifest.split_once(&begin).ok_or_else(|| format!("a package.json asks for no {name}"))?;
    let (_, after) = rest.split_once('"').ok_or("a package.json cannot be read")?;
    Ok([before, &begin, &version.to_string(), "\"", after].concat())
}

/// A repository's address as people open it, out of what git knows a remote by; none for a folder.
pub(crate) fn address_of(remote: &str) -> Option<String> {
    let remote = remote.trim().trim_end_matches('/').trim_end_matches(".git");
    let (host, path) = match remote.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => rest.split_once('/')?,
        Some(_) => return None,
        None => remote.split_once(':').filter(|(host, _)| host.contains('@') || host.contains('.'))?,
    };
    let host = host.rsplit('@').next()?.split(':').next()?;
    Some(format!("https://{}/{}", host.to_lowercase(), path.trim_start_matches('/')))
}

/// Whether an address is one that npm can compare with where a package was built.
pub(crate) fn check_address(address: &str) -> Outcome {
    let whole = address_of(address).is_some_and(|whole| whole == address);
    let parts =
        address.strip_prefix("https://").map_or(0, |rest| rest.split('/').filter(|part| !part.is_empty()).count());
    let plain = !address.contains(['?', '#', ' ', '"', '\\']);
    if whole && plain && parts >= 3 {
        return Ok(());
    }
    Err(format!("\"{address}\" is no repository's address: it wants https://HOST/OWNER/NAME, without .git at its end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        parse(text).unwrap()
    }

    fn follows(last: &str, wanted: &str, step: Step) -> Outcome {
        may_follow(Some(&version(last)), &version(wanted), step)
    }

    #[test]
    fn a_version_follows_by_what_has_changed() {
        use Step::{Breaking, Feature, Fix};
        let right = [
            ("0.1.0", "0.1.1", Fix),
            ("0.1.0", "0.1.1", Feature),
            ("0.1.4", "0.2.0", Breaking),
            ("0.1.4", "0.2.0", Fix),
            ("0.9.4", "1.0.0", Fix),
            ("1.2.3", "1.2.4", Fix),
            ("1.2.3", "1.3.0", Feature),
            ("1.2.3", "2.0.0", Breaking),
            ("1.2.3", "2.0.0-rc.1", Breaking),
            ("2.0.0-rc.1", "2.0.0-rc.2", Breaking),
            ("2.0.0-rc.2", "2.0.0", Breaking),
        ];
        for (last, wanted, step) in right {
            assert_eq!(follows(last, wanted, step), Ok(()), "{last} {wanted} {step:?}");
        }
        let wrong = [
            ("0.1.0", "0.1.0", Fix, "does not come after 0.1.0"),
            ("0.2.0", "0.1.9", Fix, "does not come after"),
            ("0.1.0", "0.1.0-rc.1", Fix, "does not come after"),
            ("0.1.0", "0.1.2", Fix, "leaves versions out: after 0.1.0 comes one of 0.1.1, 0.2.0, 1.0.0"),
            ("0.1.0", "0.3.0", Breaking, "leaves versions out"),
            ("0.1.4", "0.2.1", Breaking, "leaves versions out"),
            ("1.2.3", "3.0.0", Breaking, "one of 1.2.4, 1.3.0, 2.0.0"),
            ("0.1.0", "0.1.1", Breaking, "breaks something, so after 0.1.0 comes 0.2.0 at least"),
            ("1.2.3", "1.2.4", Feature, "brings something new, so after 1.2.3 comes 1.3.0 at least"),
            ("1.2.3", "1.3.0", Breaking, "comes 2.0.0 at least"),
        ];
        for (last, wanted, step, says) in wrong {
            let said = follows(last, wanted, step).unwrap_err();
            assert!(said.contains(says), "{last} {wanted} {step:?}: {said}");
        }
        assert_eq!(may_follow(None, &version("0.1.0"), Breaking), Ok(()));
    }

    #[test]
    fn a_version_is_read_or_refused() {
        assert_eq!(parse("1.2.3-rc.1").unwrap().to_string(), "1.2.3-rc.1");
        for text in ["", "1", "1.2", "v1.2.3", "1.2.3.4", "01.2.3", "one"] {
            assert!(parse(text).unwrap_err().contains("is no version"), "{text}");
        }
        assert!(parse("1.2.3+abc").unwrap_err().contains("build metadata"));
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
        let refused = |text: &str| Changelog::read(text).unwrap_err();
        assert!(refused("# Changelog\n").contains("no section ## [Unreleased]"));
        assert!(refused(&TEXT.replace("[0.1.0] - 2026-11-01", "0.1.0")).contains("\"## 0.1.0\""));
        assert!(refused(&TEXT.replace("2026-11-01", "1.11.2026")).contains("it wants"));
        assert!(refused(&TEXT.replace("[0.1.0]", "[0.2.0]")).contains("0.2.0 below a version"));
        assert!(refused(&format!("{TEXT}\n## [Unreleased]\n")).contains("one section"));
    }

    #[test]
    fn what_is_unreleased_becomes_a_versions() {
        let closed = Changelog::read(TEXT).unwrap().closed(&version("0.1.2"), "2026-12-01").unwrap();
        assert!(closed.contains("## [Unreleased]\n\n## [0.1.2] - 2026-12-01\n\n### Fixed\n- A fault\n"), "{closed}");
        let again = Changelog::read(&closed).unwrap();
        assert_eq!((again.unreleased, again.versions.len()), ("", 3));
        assert!(again.closed(&version("0.1.3"), "2026-12-02").unwrap_err().contains("what does 0.1.3 change?"));
    }

    #[test]
    fn how_far_changes_go_is_told_by_the_changelog() {
        let step = |body: &str| Changelog::read(&format!("# C\n\n## [Unreleased]\n\n{body}\n")).unwrap().step();
        assert_eq!(step("### Fixed\n- A.\n### Security\n- B."), Step::Fix);
        assert_eq!(step("### Fixed\n- A.\n### Added\n- B."), Step::Feature);
        assert_eq!(step("### Changed\n- Breaking: A."), Step::Breaking);
        assert_eq!(step("### Fixed\n- **Breaking:** A."), Step::Breaking);
        assert_eq!(step("### Removed\n- A."), Step::Breaking);
        assert_eq!(step("### Removed\n"), Step::Fix);
    }

    #[test]
    fn a_field_is_set_in_the_package_alone() {
        let text = "[workspace.package]\nversion = \"9\"\n\n[package]\nname = \"a\"\nversion = \"0.1.0\"\ndescription = \"d\"\n\n[dependencies]\nversion = \"x\"\n";
        let set = with_field(text, "version", "0.2.0").unwrap();
        assert_eq!(set, text.replace("\"0.1.0\"", "\"0.2.0\""));
        let set = with_field(text, "repository", "https://h.example/o/n").unwrap();
        assert!(set.contains("description = \"d\"\nrepository = \"https://h.example/o/n\"\n\n[dep"), "{set}");
        assert_eq!(with_field(&set, "repository", "https://h.example/o/n").unwrap(), set);
        assert!(with_field("", "version", "1").is_err());
    }

    #[test]
    fn the_lock_file_follows() {
        let lock =
            "[[package]]\nname = \"ab\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\n";
        let set = with_locked(lock, "a", &version("0.2.0")).unwrap();
        assert!(set.ends_with("name = \"a\"\nversion = \"0.2.0\"\n") && set.contains("\"ab\"\nversion = \"0.1.0\""));
        assert!(with_locked(lock, "b", &version("0.2.0")).is_err());
    }

    #[test]
    fn a_remote_has_an_address_or_is_a_folder() {
        let whole = Some("https://git.example/owner/name".to_owned());
        for remote in [
            "https://git.example/owner/name",
            "https://git.example/owner/name.git",
            "https://user:secret@git.example/owner/name.git/",
            "git@git.example:owner/name.git",
            "ssh://git@Git.example:22/owner/name.git",
        ] {
            assert_eq!(address_of(remote), whole, "{remote}");
        }
        for remote in ["/srv/git/name", "../name", "file:///srv/git/name", ""] {
            assert_eq!(address_of(remote), None, "{remote}");
        }
    }

    #[test]
    fn an_address_is_whole_or_refused() {
        assert_eq!(check_address("https://git.example/owner/name"), Ok(()));
        assert_eq!(check_address("https://git.example/group/sub/name"), Ok(()));
        for address in [
            "",
            "git.example/owner/name",
            "http://git.example/owner/name",
            "https://git.example/name",
            "https://git.example/owner/name.git",
            "https://git.example/owner/name/",
            "https://me:secret@git.example/owner/name",
            "https://git.example/owner/name?tab=1",
        ] {
            assert!(check_address(address).unwrap_err().contains("https://HOST/OWNER/NAME"), "{address}");
        }
    }
}

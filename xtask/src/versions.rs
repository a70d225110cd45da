//! Version numbers, and which of them may follow another.

use anyhow::{Context, Result, bail};
use semver::{Prerelease, Version};

/// The kind of a release's changes. It decides which version number may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bump {
    /// Only bugs are fixed.
    Fix,
    /// Something is added.
    Feature,
    /// Users have to change their code.
    Breaking,
}

impl Bump {
    const ALL: [Bump; 3] = [Bump::Fix, Bump::Feature, Bump::Breaking];

    fn as_str(self) -> &'static str {
        match self {
            Bump::Fix => "only fixes bugs",
            Bump::Feature => "adds something",
            Bump::Breaking => "breaks something",
        }
    }
}

/// The version that follows another, by the kind of the changes. Before 1.0 the second number stands for breaking changes.
fn after(last: &Version, bump: Bump) -> Version {
    match (last.major, bump) {
        (0, Bump::Fix | Bump::Feature) | (_, Bump::Fix) => Version::new(last.major, last.minor, last.patch + 1),
        (0, Bump::Breaking) | (_, Bump::Feature) => Version::new(last.major, last.minor + 1, 0),
        (_, Bump::Breaking) => Version::new(last.major + 1, 0, 0),
    }
}

/// The version without its pre-release part.
fn without_prerelease(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch)
}

/// Reads a version. Build metadata is refused, because npm ignores it.
pub(crate) fn parse(text: &str) -> Result<Version> {
    let version = Version::parse(text)
        .with_context(|| format!("\"{text}\" is not a version such as 1.2.3, or 1.2.3-rc.1 for a pre-release"))?;
    if !version.build.is_empty() {
        bail!("\"{text}\" has build metadata (+…), which npm ignores");
    }
    Ok(version)
}

/// Checks that a version may follow the last one, given the kind of the changes.
pub(crate) fn may_follow(last: Option<&Version>, wanted: &Version, bump: Bump) -> Result<()> {
    let Some(last) = last else { return Ok(()) };
    if wanted <= last {
        bail!("{wanted} is not greater than {last}, the last version in CHANGELOG.md");
    }
    let follows_prerelease = last.pre != Prerelease::EMPTY && without_prerelease(wanted) == without_prerelease(last);
    if follows_prerelease {
        return Ok(());
    }
    let next_major = Version::new(last.major + 1, 0, 0);
    let mut allowed: Vec<_> = Bump::ALL.iter().map(|bump| after(last, *bump)).chain([next_major]).collect();
    allowed.dedup();
    if !allowed.contains(&without_prerelease(wanted)) {
        let allowed: Vec<_> = allowed.iter().map(Version::to_string).collect();
        bail!("{wanted} skips versions: after {last} follows one of {}", allowed.join(", "));
    }
    let least = after(last, bump);
    if without_prerelease(wanted) < least {
        bail!("{wanted} is too small: CHANGELOG.md {}, so at least {least} follows {last}", bump.as_str());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        parse(text).unwrap()
    }

    fn follows(last: &str, wanted: &str, bump: Bump) -> Result<()> {
        may_follow(Some(&version(last)), &version(wanted), bump)
    }

    #[test]
    fn a_version_follows_by_the_kind_of_the_changes() {
        use Bump::{Breaking, Feature, Fix};
        let valid = [
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
        for (last, wanted, bump) in valid {
            assert!(follows(last, wanted, bump).is_ok(), "{last} {wanted} {bump:?}");
        }
        let invalid = [
            ("0.1.0", "0.1.0", Fix, "is not greater than 0.1.0"),
            ("0.2.0", "0.1.9", Fix, "is not greater than"),
            ("0.1.0", "0.1.0-rc.1", Fix, "is not greater than"),
            ("0.1.0", "0.1.2", Fix, "skips versions: after 0.1.0 follows one of 0.1.1, 0.2.0, 1.0.0"),
            ("0.1.0", "0.3.0", Breaking, "skips versions"),
            ("0.1.4", "0.2.1", Breaking, "skips versions"),
            ("1.2.3", "3.0.0", Breaking, "one of 1.2.4, 1.3.0, 2.0.0"),
            ("0.1.0", "0.1.1", Breaking, "breaks something, so at least 0.2.0 follows 0.1.0"),
            ("1.2.3", "1.2.4", Feature, "adds something, so at least 1.3.0 follows 1.2.3"),
            ("1.2.3", "1.3.0", Breaking, "at least 2.0.0 follows"),
        ];
        for (last, wanted, bump, message) in invalid {
            let error = follows(last, wanted, bump).unwrap_err().to_string();
            assert!(error.contains(message), "{last} {wanted} {bump:?}: {error}");
        }
        assert!(may_follow(None, &version("0.1.0"), Breaking).is_ok());
    }

    #[test]
    fn a_version_is_read_or_refused() {
        assert_eq!(parse("1.2.3-rc.1").unwrap().to_string(), "1.2.3-rc.1");
        for text in ["", "1", "1.2", "v1.2.3", "1.2.3.4", "01.2.3", "one"] {
            assert!(parse(text).unwrap_err().to_string().contains("is not a version"), "{text}");
        }
        assert!(parse("1.2.3+abc").unwrap_err().to_string().contains("build metadata"));
    }
}

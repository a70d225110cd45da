//! Versions and checksums in Cargo.lock.

use crate::process::root;
use anyhow::{Context, Result};
use semver::Version;
use toml_edit::{DocumentMut, Table, value};
use xshell::Shell;

/// The contents of Cargo.lock, with their layout.
pub(crate) struct CargoLock(DocumentMut);

impl CargoLock {
    pub(crate) fn read(sh: &Shell) -> Result<Self> {
        Self::parse(&sh.read_file(root().join("Cargo.lock"))?)
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        Ok(Self(text.parse().context("Cargo.lock is not TOML")?))
    }

    fn packages(&self) -> impl Iterator<Item = &Table> {
        self.0.get("package").and_then(|packages| packages.as_array_of_tables()).into_iter().flatten()
    }

    /// The version of a package that is locked in one version.
    pub(crate) fn version(&self, name: &str) -> Result<&str> {
        let package = self.packages().find(|package| text(package, "name") == Some(name));
        let version = package.and_then(|package| text(package, "version"));
        version.with_context(|| format!("Cargo.lock contains no {name}: restore it from git"))
    }

    /// The SHA-256 of a downloaded crate; none for a crate of this workspace.
    pub(crate) fn checksum(&self, name: &str, version: &str) -> Option<&str> {
        let is_package =
            |package: &&Table| text(package, "name") == Some(name) && text(package, "version") == Some(version);
        text(self.packages().find(is_package)?, "checksum")
    }

    /// The text of the file with another version of a package.
    pub(crate) fn with_version(mut self, name: &str, version: &Version) -> Result<String> {
        let packages = self.0.get_mut("package").and_then(|packages| packages.as_array_of_tables_mut());
        let package = packages.into_iter().flat_map(|packages| packages.iter_mut());
        let package = package.into_iter().find(|package| text(package, "name") == Some(name));
        let package = package.with_context(|| format!("Cargo.lock contains no {name}"))?;
        package.insert("version", value(version.to_string()));
        Ok(self.0.to_string())
    }
}

fn text<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    table.get(key).and_then(|value| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::CargoLock;
    use semver::Version;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"ab\"\nversion = \"0.1.0\"\nsource = \"x\"\nchecksum = \"123\"\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\n";

    #[test]
    fn a_package_is_found_by_its_exact_name_and_version() {
        let lock = CargoLock::parse(&LOCK.replace("\"a\"\nversion = \"0.1.0\"", "\"a\"\nversion = \"2.0.0\"")).unwrap();
        assert_eq!(lock.version("a").unwrap(), "2.0.0");
        assert!(lock.version("serde").is_err());
        assert_eq!(lock.checksum("ab", "0.1.0"), Some("123"));
        assert_eq!(lock.checksum("ab", "0.2.0"), None);
        assert_eq!(lock.checksum("a", "2.0.0"), None);
    }

    #[test]
    fn the_version_of_one_package_is_replaced() {
        let version = Version::new(0, 2, 0);
        let new = CargoLock::parse(LOCK).unwrap().with_version("a", &version).unwrap();
        assert_eq!(new, LOCK.replace("\"a\"\nversion = \"0.1.0\"", "\"a\"\nversion = \"0.2.0\""));
        assert!(CargoLock::parse(LOCK).unwrap().with_version("b", &version).is_err());
    }
}

//! The version and the repository in the manifests of the crate and of the Worker template.

use crate::process::root;
use anyhow::{Context, Result, bail};
use semver::Version;
use toml_edit::{DocumentMut, Item, value};
use xshell::Shell;

/// The fields of the crate's manifest that the package repeats.
pub(crate) struct CrateFields {
    pub(crate) version: String,
    /// The address of the repository, if the manifest has one.
    pub(crate) repository: Option<String>,
    /// The address of the site, if the manifest has one. It ends in a slash.
    pub(crate) homepage: Option<String>,
}

/// Returns the fields of the crate's manifest.
pub(crate) fn of_crate(sh: &Shell) -> Result<CrateFields> {
    let manifest: DocumentMut = sh.read_file(root().join("Cargo.toml"))?.parse()?;
    let field = |name: &str| manifest.get("package")?.get(name)?.as_str().map(str::to_owned);
    let version = field("version").context("Cargo.toml has no version")?;
    Ok(CrateFields { version, repository: field("repository"), homepage: field("homepage") })
}

/// The text of a `Cargo.toml` with another version and repository of its package, and another site if one is given.
pub(crate) fn with_package(
    manifest: &str,
    version: &Version,
    repository: &str,
    homepage: Option<&str>,
) -> Result<String> {
    let mut manifest: DocumentMut = manifest.parse().context("Cargo.toml is not TOML")?;
    let package = manifest.get_mut("package").and_then(Item::as_table_mut).context("Cargo.toml has no [package]")?;
    let fields = [("version", Some(version.to_string())), ("repository", Some(repository.to_owned()))];
    for (name, text) in fields.into_iter().chain([("homepage", homepage.map(str::to_owned))]) {
        let Some(text) = text else { continue };
        if package.get(name).and_then(Item::as_str) != Some(&text) {
            package.insert(name, value(text));
        }
    }
    Ok(manifest.to_string())
}

/// The text of a package.json with another minimal version of a dependency.
pub(crate) fn with_dependency(manifest: &str, name: &str, version: &Version) -> Result<String> {
    let begin = format!("\"{name}\": \"^");
    let (before, rest) =
        manifest.split_once(&begin).with_context(|| format!("package.json does not depend on {name}"))?;
    let (_, after) = rest.split_once('"').context("package.json is not JSON")?;
    Ok([before, &begin, &version.to_string(), "\"", after].concat())
}

/// The web address of a repository, from the URL of a git remote; none for a local folder.
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

/// Checks the address of a site, and returns it with a slash at its end.
pub(crate) fn parse_site(address: &str) -> Result<String> {
    let host = address.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    if host.contains('.') && !address.contains(['?', '#', ' ', '"', '\\', '@']) {
        return Ok(format!("{}/", address.trim_end_matches('/')));
    }
    bail!("\"{address}\" is not the address of a site: its form is https://HOST/ or https://HOST/PATH/")
}

/// Checks that an address has the form in which npm compares it with the place of a build.
pub(crate) fn parse_address(address: &str) -> Result<String> {
    let whole = address_of(address).is_some_and(|whole| whole == address);
    let parts =
        address.strip_prefix("https://").map_or(0, |rest| rest.split('/').filter(|part| !part.is_empty()).count());
    let plain = !address.contains(['?', '#', ' ', '"', '\\']);
    if whole && plain && parts >= 3 {
        return Ok(address.to_owned());
    }
    bail!(
        "\"{address}\" is not the address of a repository: its form is https://HOST/OWNER/NAME, without .git at its end"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_fields_of_the_package_are_set() {
        let text = "[workspace.package]\nversion = \"9\"\n\n[package]\nname = \"a\" # comment\nversion = \"0.1.0\"\ndescription = \"d\"\n\n# The dependencies.\n[dependencies]\nversion = \"x\"\n";
        let new = with_package(text, &Version::new(0, 2, 0), "https://h.example/o/n", None).unwrap();
        let expected = text
            .replace("\"0.1.0\"", "\"0.2.0\"")
            .replace("\"d\"\n", "\"d\"\nrepository = \"https://h.example/o/n\"\n");
        assert_eq!(new, expected);
        assert_eq!(with_package(&new, &Version::new(0, 2, 0), "https://h.example/o/n", None).unwrap(), new);
        let with_site = with_package(&new, &Version::new(0, 2, 0), "https://h.example/o/n", Some("https://s.example/"));
        assert!(with_site.unwrap().contains("homepage = \"https://s.example/\""));
        assert!(with_package("", &Version::new(1, 0, 0), "", None).is_err());
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
    fn the_address_of_a_site_ends_in_a_slash() {
        assert_eq!(parse_site("https://s.example").unwrap(), "https://s.example/");
        assert_eq!(parse_site("https://s.example/a/b/").unwrap(), "https://s.example/a/b/");
        for address in
            ["", "s.example", "http://s.example/", "https://s.example/?a", "https://u@s.example/", "https://s/"]
        {
            assert!(parse_site(address).is_err(), "{address}");
        }
    }

    #[test]
    fn an_address_is_complete_or_refused() {
        assert!(parse_address("https://git.example/owner/name").is_ok());
        assert!(parse_address("https://git.example/group/sub/name").is_ok());
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
            assert!(parse_address(address).unwrap_err().to_string().contains("https://HOST/OWNER/NAME"), "{address}");
        }
    }
}

//! `release`: everything that comes before publishing, and nothing of that.

use crate::process::{Outcome, cargo, node, quiet, read, read_text, remove, root, step, target, write};
use crate::versions::{self, Changelog};
use crate::{build, installed_package, setup, test};
use semver::Version;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const HELP: &str = "\
Makes a release, and publishes nothing. It takes two runs:

1. `cargo xtask release --version X.Y.Z` on a clean tree writes the version into Cargo.toml and Cargo.lock, and in
   CHANGELOG.md gives it what is unreleased, with today's date (UTC). A version that leaves one out, or that is smaller than
   what the changelog tells (see www/guide/support.md), is refused. You look at it and commit it.
2. `cargo xtask release` on that commit checks that Cargo.toml, Cargo.lock, CHANGELOG.md and the tag agree, runs every
   suite, builds the package once more from a clone of the commit, which must give the same bytes, and leaves in
   target/release-X.Y.Z/ the tarball, its checksums, its bill of materials, the crate and the notes. Then it prints what is in
   it, and the commands that publish it.

Run again it does the same again. It asks the network for nothing but what the build needs.

Usage: cargo xtask release [--version X.Y.Z] [--repository URL] [--skip-tests] [--dry-run]

  --version X.Y.Z   the version, that of Cargo.toml if nothing is said
  --repository URL  where the project is developed, https://HOST/OWNER/NAME; written into Cargo.toml, from where the
                    package has it. npm compares it with where the package was built, so nothing is released without
  --skip-tests      run no suite; what has not been tested is nothing to publish
  --dry-run         check everything that can be checked at once, say what would be done, and change nothing";

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    version: Option<Version>,
    repository: Option<String>,
    skip_tests: bool,
    dry_run: bool,
}

impl Options {
    fn read(args: &[String]) -> Outcome<Self> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = |what: &str| args.next().cloned().ok_or_else(|| format!("{arg} wants {what} behind it"));
            match arg.as_str() {
                "--version" => options.version = Some(versions::parse(&value("a version")?)?),
                "--repository" => {
                    let address = value("an address")?;
                    versions::check_address(&address)?;
                    options.repository = Some(address);
                }
                "--skip-tests" => options.skip_tests = true,
                "--dry-run" => options.dry_run = true,
                other => {
                    return Err(format!("there is no option {other}; `cargo xtask release --help` lists them"));
                }
            }
        }
        Ok(options)
    }
}

/// The files that a version stands in, and what they say.
struct Files {
    manifest: String,
    lock: String,
    changelog: String,
    worker: String,
}

const MANIFEST: &str = "Cargo.toml";
const LOCK: &str = "Cargo.lock";
const CHANGELOG: &str = "CHANGELOG.md";
/// The Worker to copy, which asks for the package by its version.
const WORKER: &str = "www/worker/package.json";

impl Files {
    fn read() -> Outcome<Self> {
        let text = |name: &str| read_text(&root().join(name));
        Ok(Self { manifest: text(MANIFEST)?, lock: text(LOCK)?, changelog: text(CHANGELOG)?, worker: text(WORKER)? })
    }

    /// The files that have to be written for a version, with their new text; none if it stands in all of them.
    fn for_version(&self, version: &Version, repository: &str, today: &str) -> Outcome<Vec<(&'static str, String)>> {
        let changelog = Changelog::read(&self.changelog)?;
        let manifest = versions::with_field(&self.manifest, "version", &version.to_string())?;
        let manifest = versions::with_field(&manifest, "repository", repository)?;
        let lock = versions::with_locked(&self.lock, PACKAGE, version)?;
        let worker = versions::with_dependency(&self.worker, PACKAGE, version)?;
        let log = match changelog.of(version) {
            Some(_) => self.changelog.clone(),
            None => {
                let last = changelog.versions.first().map(|(version, ..)| version);
                versions::may_follow(last, version, changelog.step())?;
                changelog.closed(version, today)?
            }
        };
        let all = [
            (MANIFEST, &self.manifest, manifest),
            (LOCK, &self.lock, lock),
            (CHANGELOG, &self.changelog, log),
            (WORKER, &self.worker, worker),
        ];
        Ok(all.into_iter().filter(|(_, old, new)| *old != new).map(|(name, _, new)| (name, new)).collect())
    }
}

const PACKAGE: &str = "cisco-support-case";

/// Makes a release, up to where it would be published.
pub(crate) fn release(args: &[String]) -> Outcome {
    let options = Options::read(args)?;
    let version = match &options.version {
        Some(version) => version.clone(),
        None => versions::parse(&build::crate_field("version")?)?,
    };
    tree_is_clean("commit or stash it")?;
    let repository = repository(&options)?;
    let files = Files::read()?;
    let today = quiet(node().args(["-p", "new Date().toISOString().slice(0, 10)"]))?;
    let new = files.for_version(&version, &repository, today.trim())?;
    if !new.is_empty() {
        return prepare(&version, &new, options.dry_run);
    }
    let changelog = Changelog::read(&files.changelog)?;
    agree(&changelog, &version)?;
    let commit = tag_is_free(&version)?;
    println!("{PACKAGE} {version} from commit {commit}, developed at {repository}");
    if options.dry_run {
        let tests = if options.skip_tests { "no suite is run" } else { "every suite is run" };
        println!(
            "\nEverything agrees. Without --dry-run {tests}, the package is built twice, and target/release-{version}/ made."
        );
        return Ok(());
    }
    if options.skip_tests {
        println!("\n━━ NO SUITE IS RUN (--skip-tests): what comes of this has not been tested ━━\n");
        build::build()?;
    } else {
        test::test(&[])?;
    }
    tree_is_clean("the build has written it: commit it first")?;
    let folder = target().join(format!("release-{version}"));
    let tarball = gather(&folder, &version, &commit, changelog.of(&version).unwrap_or_default())?;
    tell(&folder, &tarball, &version, options.skip_tests)
}

fn git() -> Command {
    let mut command = Command::new("git");
    command.current_dir(root());
    command
}

fn tree_is_clean(advice: &str) -> Outcome {
    let changed = quiet(git().args(["status", "--porcelain"]))?;
    if changed.trim().is_empty() {
        return Ok(());
    }
    Err(format!("the tree differs from its commit; {advice}:\n{}", changed.trim_end()))
}

/// Where the project is developed, as it is asked for or as Cargo.toml says; and it has to be where git pushes to.
fn repository(options: &Options) -> Outcome<String> {
    let known = build::repository()?;
    let repository = options.repository.clone().or(known).ok_or(
        "Cargo.toml does not say where the project is developed, which npm compares with where a package was built: \
         give --repository https://HOST/OWNER/NAME once, with --version, and it is written there",
    )?;
    versions::check_address(&repository)?;
    let remote = quiet(git().args(["remote", "get-url", "origin"])).unwrap_or_default();
    match versions::address_of(&remote) {
        Some(address) if address.eq_ignore_ascii_case(&repository) => Ok(repository),
        Some(address) => Err(format!("the project is developed at {repository}, but git's origin is {address}")),
        None => {
            println!("git's origin is no public repository, so {repository} cannot be compared with it");
            Ok(repository)
        }
    }
}

/// Writes a version where it stands, and says what comes next.
fn prepare(version: &Version, new: &[(&str, String)], dry_run: bool) -> Outcome {
    let names: Vec<_> = new.iter().map(|(name, _)| *name).collect();
    if dry_run {
        println!("{version} would be written into {}. Nothing has been changed.", names.join(", "));
        return Ok(());
    }
    for (name, text) in new {
        write(&root().join(name), text)?;
    }
    quiet(cargo().args(["tree", "--locked", "--depth", "0", "--package", PACKAGE]))?;
    println!("{}", quiet(git().args(["diff", "--stat"]))?);
    println!("{version} stands in {}. Look at it, then:\n", names.join(", "));
    println!("  git commit --all --message \"release: Call it {version}\"\n  cargo xtask release");
    Ok(())
}

/// Whether the changelog has told all.
fn agree(changelog: &Changelog<'_>, version: &Version) -> Outcome {
    if let Some((newest, ..)) = changelog.versions.first().filter(|(newest, ..)| newest != version) {
        return Err(format!("Cargo.toml says {version}, but the newest version in CHANGELOG.md is {newest}"));
    }
    if changelog.unreleased.is_empty() {
        return Ok(());
    }
    Err(format!(
        "CHANGELOG.md has {version}, and more below Unreleased: give the next version with --version, or move the entries into {version}"
    ))
}

/// The commit to release. A tag of the version may stand on it, and nowhere else.
fn tag_is_free(version: &Version) -> Outcome<String> {
    let commit = quiet(git().args(["rev-parse", "HEAD"]))?.trim().to_owned();
    let tag = format!("refs/tags/v{version}^{{commit}}");
    match quiet(git().args(["rev-parse", "--quiet", "--verify", &tag])) {
        Ok(tagged) if tagged.trim() != commit => Err(format!(
            "v{version} is the tag of commit {}, not of this one, {commit}: {version} has been released",
            tagged.trim()
        )),
        _ => Ok(commit),
    }
}

/// Puts everything into the release's folder. Gives the tarball's path.
fn gather(folder: &Path, version: &Version, commit: &str, notes: &str) -> Outcome<PathBuf> {
    remove(folder)?;
    let source = folder.join("source");
    step("a clone of the commit, and the package from it", || {
        quiet(git().args(["clone", "--quiet", "--no-local", "."]).arg(&source))?;
        quiet(git().current_dir(&source).args(["checkout", "--quiet", "--detach", commit]))?;
        // The tools are those that the lock file names; they need not be compiled again.
        let tools = source.join("target/tools");
        std::fs::create_dir_all(tools.join("debug"))
            .map_err(|error| format!("{} cannot be made: {error}", tools.display()))?;
        for name in ["wasm-bindgen", "wasm-bindgen-test-runner"] {
            let tool = setup::tool(name);
            let copy = tools.join("debug").join(tool.file_name().unwrap_or_default());
            std::fs::copy(&tool, copy).map_err(|error| format!("{} cannot be copied: {error}", tool.display()))?;
        }
        write(&tools.join("version"), read(&target().join("tools/version"))?)?;
        quiet(cargo().current_dir(&source).args(["xtask", "build"])).map(drop)
    })?;
    let tarball = installed_package::pack(&source.join("pkg"), folder)?;
    let here = installed_package::pack(&build::pkg(), &folder.join("here"))?;
    if read(&tarball)? != read(&here)? {
        return Err(format!(
            "two builds of one commit differ: compare {} with {}",
            source.join("pkg").display(),
            build::pkg().display()
        ));
    }
    println!("· both builds gave the same bytes");
    step("the crate, compiled as packed", || {
        let mut package = cargo();
        package
            .args(["package", "--locked", "--quiet", "--package", PACKAGE, "--target-dir"])
            .arg(folder.join("crate"));
        quiet(&mut package)?;
        let name = format!("{PACKAGE}-{version}.crate");
        write(&folder.join(&name), read(&folder.join("crate/package").join(&name))?)
    })?;
    write(&folder.join("notes.md"), format!("{PACKAGE} {version}\n\n{notes}\n"))?;
    write(&folder.join(format!("{PACKAGE}-{version}.cdx.json")), read(&build::pkg().join("sbom.cdx.json"))?)?;
    for aside in ["source", "here", "crate"] {
        remove(&folder.join(aside))?;
    }
    Ok(tarball)
}

/// The checksums of files: SHA-256 as `sha256sum --check` reads it, and npm's integrity of the first.
const CHECKSUMS: &str = "
const { createHash } = require('node:crypto');
const { basename } = require('node:path');
const { readFileSync, writeFileSync } = require('node:fs');
const [into, ...files] = process.argv.slice(1);
const hash = (file, how, as) => createHash(how).update(readFileSync(file)).digest(as);
writeFileSync(`${into}/SHA256SUMS`, files.map((file) => `${hash(file, 'sha256', 'hex')}  ${basename(file)}\\n`).join(''));
console.log(`sha512-${hash(files[0], 'sha512', 'base64')}`);";

/// Prints what there is, and what publishes it.
fn tell(folder: &Path, tarball: &Path, version: &Version, untested: bool) -> Outcome {
    let crate_file = folder.join(format!("{PACKAGE}-{version}.crate"));
    let bom = folder.join(format!("{PACKAGE}-{version}.cdx.json"));
    let integrity =
        quiet(node().args(["-e", CHECKSUMS]).arg(folder).arg(tarball).arg(&crate_file).arg(&bom))?.trim().to_owned();
    println!("\n{} holds:\n", folder.display());
    for line in read_text(&folder.join("SHA256SUMS"))?.lines() {
        println!("  {line}");
    }
    println!("\nThe integrity of the tarball, as lock files will have it: {integrity}\n\nIn the tarball:\n");
    let mut files = Vec::new();
    list(&build::pkg(), Path::new(""), &mut files)?;
    files.sort();
    let all: u64 = files.iter().map(|(_, bytes)| bytes).sum();
    for (path, bytes) in &files {
        println!("  {bytes:>9}  {path}");
    }
    println!("  {all:>9}  in {} files; packed {}", files.len(), read(tarball)?.len());
    let below = |path: &Path| path.strip_prefix(root()).unwrap_or(path).display().to_string();
    let channel = if version.pre.is_empty() { "" } else { " --tag next" };
    println!("\nNothing has been published. What does it:\n");
    println!("  git tag --annotate v{version} --cleanup=whitespace --file {}", below(&folder.join("notes.md")));
    println!("  git push origin v{version}");
    println!("  npm publish {} --provenance --access public{channel}", below(tarball));
    println!("  cargo publish --locked --package {PACKAGE}\n");
    println!(
        "npm makes a provenance only in a job of GitHub Actions (`permissions: id-token: write`) or GitLab CI (`id_tokens`) of the
public repository that package.json names, on the tag, for an account or a trusted publisher that may publish {PACKAGE}.
From anywhere else it needs --no-provenance, and tells nobody where the package was made."
    );
    if untested {
        println!("\n━━ NO SUITE HAS BEEN RUN (--skip-tests): this has not been tested ━━");
    }
    Ok(())
}

/// The files of a folder, with their sizes.
fn list(folder: &Path, below: &Path, files: &mut Vec<(String, u64)>) -> Outcome {
    let fail = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let path = below.join(entry.file_name());
        let facts = entry.metadata().map_err(fail)?;
        if facts.is_dir() {
            list(&entry.path(), &path, files)?;
        } else {
            files.push((path.display().to_string(), facts.len()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Changelog, Files, Options, agree};
    use crate::versions::parse;

    fn options(args: &[&str]) -> Result<Options, String> {
        Options::read(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read_or_refused() {
        let all =
            options(&["--version", "1.2.3", "--repository", "https://h.example/o/n", "--skip-tests", "--dry-run"]);
        let all = all.unwrap();
        assert_eq!(all.version, Some(parse("1.2.3").unwrap()));
        assert!(all.skip_tests && all.dry_run && all.repository.is_some());
        assert_eq!(options(&[]).unwrap(), Options::default());
        assert!(options(&["--version"]).unwrap_err().contains("--version wants a version behind it"));
        assert!(options(&["--version", "next"]).unwrap_err().contains("\"next\" is no version"));
        assert!(options(&["--repository", "here"]).unwrap_err().contains("is no repository's address"));
        assert!(options(&["--publish"]).unwrap_err().contains("there is no option --publish"));
    }

    fn files(changelog: &str) -> Files {
        Files {
            manifest: "[package]\nname = \"cisco-support-case\"\nversion = \"0.1.0\"\n".to_owned(),
            lock: "[[package]]\nname = \"cisco-support-case\"\nversion = \"0.1.0\"\n".to_owned(),
            changelog: changelog.to_owned(),
            worker: "{ \"cisco-support-case\": \"^0.1.0\" }\n".to_owned(),
        }
    }

    const ADDRESS: &str = "https://h.example/o/n";

    #[test]
    fn a_version_is_written_once_into_all_files() {
        let mut files = files("# C\n\n## [Unreleased]\n\n### Added\n- All.\n");
        let version = parse("0.1.0").unwrap();
        let new = files.for_version(&version, ADDRESS, "2026-11-25").unwrap();
        assert_eq!(new.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["Cargo.toml", "CHANGELOG.md"]);
        (files.manifest, files.changelog) = (new[0].1.clone(), new[1].1.clone());
        assert_eq!(files.for_version(&version, ADDRESS, "2026-11-26").unwrap(), []);
        // The next one has nothing to tell yet.
        let next = parse("0.1.1").unwrap();
        assert!(files.for_version(&next, ADDRESS, "2026-11-26").unwrap_err().contains("what does 0.1.1 change?"));
        files.changelog = files.changelog.replace("## [Unreleased]\n", "## [Unreleased]\n\n### Fixed\n- A.\n");
        let new = files.for_version(&next, ADDRESS, "2026-11-26").unwrap();
        assert_eq!(
            new.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["Cargo.toml", "Cargo.lock", "CHANGELOG.md", "www/worker/package.json"]
        );
        assert!(files.for_version(&parse("0.1.2").unwrap(), ADDRESS, "2026-11-26").is_err());
    }

    #[test]
    fn what_is_released_has_told_all() {
        let version = parse("0.1.0").unwrap();
        let told = "# C\n\n## [Unreleased]\n\n## [0.1.0] - 2026-11-25\n\n- All.\n";
        assert_eq!(agree(&Changelog::read(told).unwrap(), &version), Ok(()));
        let more = told.replace("## [Unreleased]\n", "## [Unreleased]\n\n- More.\n");
        assert!(agree(&Changelog::read(&more).unwrap(), &version).unwrap_err().contains("more below Unreleased"));
        let newer = told.replace("## [0.1.0]", "## [0.1.1] - 2026-11-26\n\n- New.\n\n## [0.1.0]");
        assert!(
            agree(&Changelog::read(&newer).unwrap(), &version)
                .unwrap_err()
                .contains("newest version in CHANGELOG.md is 0.1.1")
        );
    }
}

//! `release`: a release, up to the commands that publish it.

use crate::cargo_lock::CargoLock;
use crate::changelog::Changelog;
use crate::process::{cargo, file_name, files_in, node, root, run_captured, step, target};
use crate::{build, installed_package, manifests, setup, test, versions};
use anyhow::{Context, Result, bail};
use base64::Engine;
use semver::Version;
use sha2::{Digest, Sha256, Sha512};
use std::path::{Path, PathBuf};
use xshell::{Shell, cmd};

/// Make a release, up to the commands that publish it.
///
/// Makes a release in two runs, and publishes nothing:
///
/// 1. `cargo xtask release --version X.Y.Z` on a clean tree writes the version into Cargo.toml and Cargo.lock, and makes the
///    unreleased entries of CHANGELOG.md those of the version, with today's date (UTC). It refuses a version that skips one,
///    or that is too small for the changes in the changelog (see www/guide/support.md). Review and commit the changes.
/// 2. `cargo xtask release` on that commit checks that Cargo.toml, Cargo.lock, CHANGELOG.md and the tag agree, runs every
///    suite, builds the package once more from a clone of the commit, which must give the same bytes, and leaves the
///    tarball, its checksums, its bill of materials, the crate and the notes in target/release-X.Y.Z/. Then it prints
///    the contents, and the commands that publish them.
///
/// Both runs can be repeated. They make no requests to the network but those of the build.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// The version [default: that of Cargo.toml].
    #[arg(long, value_name = "X.Y.Z", value_parser = versions::parse)]
    version: Option<Version>,
    /// The project's repository, https://HOST/OWNER/NAME; written into Cargo.toml and from there into the package. npm compares
    /// it with the place of the build, so a release needs one.
    #[arg(long, value_name = "URL", value_parser = manifests::parse_address)]
    repository: Option<String>,
    /// The address below which target/site is served; written into Cargo.toml, and from there into the package and its README.
    #[arg(long, value_name = "URL", value_parser = manifests::parse_site)]
    site: Option<String>,
    /// Run no suite; an untested release must not be published.
    #[arg(long)]
    skip_tests: bool,
    /// Check everything that can be checked at once, print the steps, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// The files that contain the version.
struct Files {
    manifest: String,
    lock: String,
    changelog: String,
    worker: String,
}

const MANIFEST: &str = "Cargo.toml";
const LOCK: &str = "Cargo.lock";
const CHANGELOG: &str = "CHANGELOG.md";
/// The manifest of the Worker template, which depends on the package.
const WORKER: &str = "www/worker/package.json";

const PACKAGE: &str = "cisco-support-case";

impl Files {
    fn read(sh: &Shell) -> Result<Self> {
        let text = |name: &str| sh.read_file(root().join(name));
        Ok(Self { manifest: text(MANIFEST)?, lock: text(LOCK)?, changelog: text(CHANGELOG)?, worker: text(WORKER)? })
    }

    /// The files that change for a version, with their new texts; none if all contain it.
    fn for_version(
        &self,
        version: &Version,
        repository: &str,
        site: Option<&str>,
        today: &str,
    ) -> Result<Vec<(&'static str, String)>> {
        let changelog = Changelog::read(&self.changelog)?;
        let manifest = manifests::with_package(&self.manifest, version, repository, site)?;
        let lock = CargoLock::parse(&self.lock)?.with_version(PACKAGE, version)?;
        let worker = manifests::with_dependency(&self.worker, PACKAGE, version)?;
        let log = match changelog.of(version) {
            Some(_) => self.changelog.clone(),
            None => {
                let last = changelog.versions.first().map(|(version, ..)| version);
                versions::may_follow(last, version, changelog.bump())?;
                changelog.with_release(version, today)?
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

/// Makes a release, up to the commands that publish it.
pub(crate) fn release(sh: &Shell, arguments: &Arguments) -> Result<()> {
    let current = manifests::of_crate(sh)?;
    let version = arguments.version.clone().map_or_else(|| versions::parse(&current.version), Ok)?;
    check_tree(sh, "commit or stash the changes")?;
    let repository = arguments.repository.clone().or(current.repository).context(
        "Cargo.toml does not name the project's repository, which npm compares with the place of the build: add \
         --repository https://HOST/OWNER/NAME to the first run with --version, which writes it there",
    )?;
    check_repository(sh, &manifests::parse_address(&repository)?)?;
    let files = Files::read(sh)?;
    let today = run_captured(node(sh).args(["-p", "new Date().toISOString().slice(0, 10)"]))?;
    let new = files.for_version(&version, &repository, arguments.site.as_deref(), today.trim())?;
    if !new.is_empty() {
        return prepare(sh, &version, &new, arguments.dry_run);
    }
    let changelog = Changelog::read(&files.changelog)?;
    check_changelog(&changelog, &version)?;
    let commit = check_tag(sh, &version)?;
    println!("{PACKAGE} {version} from commit {commit}, repository {repository}");
    if arguments.dry_run {
        let tests = if arguments.skip_tests { "no suite" } else { "every suite" };
        println!(
            "\nAll checks passed. Without --dry-run it runs {tests}, builds the package twice and makes \
             target/release-{version}/."
        );
        return Ok(());
    }
    if arguments.skip_tests {
        println!("\n━━ NO SUITE IS RUN (--skip-tests): the release is not tested ━━\n");
        build::build(sh)?;
    } else {
        test::test(sh, &test::Arguments::default())?;
    }
    check_tree(sh, "the build has written these changes: commit them first")?;
    let folder = target().join(format!("release-{version}"));
    let tarball = gather(sh, &folder, &version, &commit, changelog.of(&version).unwrap_or_default())?;
    print_release(sh, &folder, &tarball, &version, arguments.skip_tests)
}

/// Checks that the working tree has no changes.
fn check_tree(sh: &Shell, advice: &str) -> Result<()> {
    let changes = run_captured(cmd!(sh, "git status --porcelain"))?;
    if changes.trim().is_empty() {
        return Ok(());
    }
    bail!("the working tree differs from its commit; {advice}:\n{}", changes.trim_end())
}

/// Checks that git's remote `origin` is the repository.
fn check_repository(sh: &Shell, repository: &str) -> Result<()> {
    let remote = run_captured(cmd!(sh, "git remote get-url origin")).unwrap_or_default();
    match manifests::address_of(&remote) {
        Some(address) if address.eq_ignore_ascii_case(repository) => {}
        Some(address) => bail!("the project's repository is {repository}, but git's origin is {address}"),
        None => println!("git's origin is not a public repository, so it cannot be compared with {repository}"),
    }
    Ok(())
}

/// Writes the version into the files, and prints the next steps.
fn prepare(sh: &Shell, version: &Version, new: &[(&str, String)], dry_run: bool) -> Result<()> {
    let names: Vec<_> = new.iter().map(|(name, _)| *name).collect();
    if dry_run {
        println!("{version} would be written into {}. Nothing was changed.", names.join(", "));
        return Ok(());
    }
    for (name, text) in new {
        sh.write_file(root().join(name), text)?;
    }
    run_captured(cargo(sh).args(["tree", "--locked", "--depth", "0", "--package", PACKAGE]))?;
    println!("{}", run_captured(cmd!(sh, "git diff --stat"))?);
    println!("{version} was written into {}. Review the changes, then:\n", names.join(", "));
    println!("  git commit --all --message \"release: Version {version}\"\n  cargo xtask release");
    Ok(())
}

/// Checks that the version is the newest in the changelog, and that no entry is unreleased.
fn check_changelog(changelog: &Changelog<'_>, version: &Version) -> Result<()> {
    if let Some((newest, ..)) = changelog.versions.first().filter(|(newest, ..)| newest != version) {
        bail!("the version in Cargo.toml is {version}, but the newest version in CHANGELOG.md is {newest}");
    }
    if changelog.unreleased.is_empty() {
        return Ok(());
    }
    bail!(
        "CHANGELOG.md contains {version}, and more entries below Unreleased: release the next version with --version, or \
         move the entries into {version}"
    )
}

/// The commit to release. A tag of the version may only point to it.
fn check_tag(sh: &Shell, version: &Version) -> Result<String> {
    let commit = run_captured(cmd!(sh, "git rev-parse HEAD"))?.trim().to_owned();
    let tag = format!("refs/tags/v{version}^{{commit}}");
    match run_captured(cmd!(sh, "git rev-parse --quiet --verify {tag}")) {
        Ok(tagged) if tagged.trim() != commit => {
            bail!("v{version} is the tag of commit {}, not of {commit}: {version} was released before", tagged.trim())
        }
        _ => Ok(commit),
    }
}

/// Builds everything into the release's folder, and returns the path of the tarball.
fn gather(sh: &Shell, folder: &Path, version: &Version, commit: &str, notes: &str) -> Result<PathBuf> {
    sh.remove_path(folder)?;
    let source = folder.join("source");
    step("a clone of the commit, and the package from it", || {
        run_captured(cmd!(sh, "git clone --quiet --no-local . {source}"))?;
        run_captured(cmd!(sh, "git -C {source} checkout --quiet --detach {commit}"))?;
        // The pinned tools need not be compiled again.
        let tools = source.join("target/tools");
        for name in ["wasm-bindgen", "wasm-bindgen-test-runner"] {
            let tool = setup::tool(name);
            sh.create_dir(tools.join("debug"))?;
            sh.copy_file(&tool, tools.join("debug").join(tool.file_name().unwrap_or_default()))?;
        }
        sh.copy_file(target().join("tools/version"), tools.join("version"))?;
        let _source = sh.push_dir(&source);
        run_captured(cargo(sh).args(["xtask", "build"])).map(drop)
    })?;
    let tarball = installed_package::pack(sh, &source.join("pkg"), folder)?;
    let here = installed_package::pack(sh, &build::pkg(), &folder.join("here"))?;
    if sh.read_binary_file(&tarball)? != sh.read_binary_file(&here)? {
        let (there, here) = (source.join("pkg"), build::pkg());
        bail!("two builds of one commit differ: compare {} with {}", there.display(), here.display());
    }
    println!("· both builds gave the same bytes");
    step("the crate, compiled as packed", || {
        let package = ["package", "--locked", "--quiet", "--package", PACKAGE, "--target-dir"];
        run_captured(cargo(sh).args(package).arg(folder.join("crate")))?;
        let name = format!("{PACKAGE}-{version}.crate");
        Ok(sh.copy_file(folder.join("crate/package").join(&name), folder.join(name))?)
    })?;
    sh.write_file(folder.join("notes.md"), format!("{PACKAGE} {version}\n\n{notes}\n"))?;
    let bom = format!("{PACKAGE}-{version}.cdx.json");
    sh.copy_file(build::pkg().join("sbom.cdx.json"), folder.join(&bom))?;
    for temporary in ["source", "here", "crate"] {
        sh.remove_path(folder.join(temporary))?;
    }
    let mut checksums = String::new();
    for name in [file_name(&tarball), format!("{PACKAGE}-{version}.crate"), bom] {
        let digest = Sha256::digest(sh.read_binary_file(folder.join(&name))?);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        checksums += &format!("{digest}  {name}\n");
    }
    sh.write_file(folder.join("SHA256SUMS"), checksums)?;
    Ok(tarball)
}

/// Prints the contents of the release, and the commands that publish it.
fn print_release(sh: &Shell, folder: &Path, tarball: &Path, version: &Version, untested: bool) -> Result<()> {
    println!("\n{} contains:\n", folder.display());
    for line in sh.read_file(folder.join("SHA256SUMS"))?.lines() {
        println!("  {line}");
    }
    let bytes = sh.read_binary_file(tarball)?;
    let integrity = base64::engine::general_purpose::STANDARD.encode(Sha512::digest(&bytes));
    println!("\nThe integrity of the tarball, as in lock files: sha512-{integrity}\n\nIn the tarball:\n");
    let mut sum = 0;
    let files = files_in(sh, &build::pkg())?;
    for path in &files {
        let size = sh.read_binary_file(build::pkg().join(path))?.len();
        sum += size;
        println!("  {size:>9}  {path}");
    }
    println!("  {sum:>9}  in {} files; packed {}", files.len(), bytes.len());
    let relative = |path: &Path| path.strip_prefix(root()).unwrap_or(path).display().to_string();
    let channel = if version.pre.is_empty() { "" } else { " --tag next" };
    println!("\nNothing was published. The commands that publish it:\n");
    println!("  git tag --annotate v{version} --cleanup=whitespace --file {}", relative(&folder.join("notes.md")));
    println!("  git push origin v{version}");
    println!("  npm publish {} --provenance --access public{channel}", relative(tarball));
    println!("  cargo publish --locked --package {PACKAGE}\n");
    println!(
        "npm makes a provenance only in a job of GitHub Actions (`permissions: id-token: write`) or GitLab CI (`id_tokens`) of the
public repository in package.json, on the tag, for an account or a trusted publisher that may publish {PACKAGE}.
Elsewhere the command needs --no-provenance, and the package does not prove the place of its build."
    );
    if untested {
        println!("\n━━ NO SUITE WAS RUN (--skip-tests): the release is not tested ━━");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Changelog, Files, check_changelog};
    use crate::versions::parse;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn arguments(arguments: &[&str]) -> Result<Arguments, String> {
        let command = Command::try_parse_from(["release"].iter().chain(arguments));
        command.map(|command| command.arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn arguments_are_read_or_refused() {
        let all =
            arguments(&["--version", "1.2.3", "--repository", "https://h.example/o/n", "--skip-tests", "--dry-run"]);
        let all = all.unwrap();
        assert_eq!(all.version, Some(parse("1.2.3").unwrap()));
        assert!(all.skip_tests && all.dry_run && all.repository.is_some());
        let none = arguments(&[]).unwrap();
        assert!(
            none.version.is_none()
                && none.repository.is_none()
                && none.site.is_none()
                && !none.skip_tests
                && !none.dry_run
        );
        assert!(arguments(&["--version"]).unwrap_err().contains("a value is required for '--version"));
        assert!(arguments(&["--version", "next"]).unwrap_err().contains("\"next\" is not a version"));
        assert!(arguments(&["--repository", "here"]).unwrap_err().contains("is not the address of a repository"));
        assert!(arguments(&["--publish"]).unwrap_err().contains("unexpected argument '--publish'"));
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
        let new = files.for_version(&version, ADDRESS, None, "2026-11-25").unwrap();
        assert_eq!(new.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["Cargo.toml", "CHANGELOG.md"]);
        (files.manifest, files.changelog) = (new[0].1.clone(), new[1].1.clone());
        assert_eq!(files.for_version(&version, ADDRESS, None, "2026-11-26").unwrap(), []);
        // The next version has no changes yet.
        let next = parse("0.1.1").unwrap();
        assert!(
            files
                .for_version(&next, ADDRESS, None, "2026-11-26")
                .unwrap_err()
                .to_string()
                .contains("no changes of 0.1.1")
        );
        files.changelog = files.changelog.replace("## [Unreleased]\n", "## [Unreleased]\n\n### Fixed\n- A.\n");
        let new = files.for_version(&next, ADDRESS, None, "2026-11-26").unwrap();
        assert_eq!(
            new.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["Cargo.toml", "Cargo.lock", "CHANGELOG.md", "www/worker/package.json"]
        );
        assert!(files.for_version(&parse("0.1.2").unwrap(), ADDRESS, None, "2026-11-26").is_err());
    }

    #[test]
    fn the_changelog_of_a_release_has_no_unreleased_entries() {
        let version = parse("0.1.0").unwrap();
        let complete = "# C\n\n## [Unreleased]\n\n## [0.1.0] - 2026-11-25\n\n- All.\n";
        assert!(check_changelog(&Changelog::read(complete).unwrap(), &version).is_ok());
        let more = complete.replace("## [Unreleased]\n", "## [Unreleased]\n\n- More.\n");
        assert!(
            check_changelog(&Changelog::read(&more).unwrap(), &version)
                .unwrap_err()
                .to_string()
                .contains("more entries below Unreleased")
        );
        let newer = complete.replace("## [0.1.0]", "## [0.1.1] - 2026-11-26\n\n- New.\n\n## [0.1.0]");
        assert!(
            check_changelog(&Changelog::read(&newer).unwrap(), &version)
                .unwrap_err()
                .to_string()
                .contains("newest version in CHANGELOG.md is 0.1.1")
        );
    }
}

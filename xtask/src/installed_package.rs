//! The packed package, installed in a project, as its users have it.

use crate::build::pkg;
use crate::process::{copy_folder, link_folder, npm, root, run_captured, step, target, test_tool};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use xshell::Shell;

/// The project's folder.
pub(crate) fn project() -> PathBuf {
    target().join("consumer")
}

/// Packs the package and installs it in an empty project.
pub(crate) fn install(sh: &Shell) -> Result<()> {
    step("npm pack, and install in an empty project", || {
        sh.remove_path(project())?;
        write_manifest(sh, &project(), "consumer")?;
        let tarball = pack(sh, &pkg(), &project())?;
        let _project = sh.push_dir(project());
        run_captured(npm(sh).args(["install", "--no-audit", "--no-fund", "--loglevel=error"]).arg(tarball)).map(drop)
    })
}

/// The folder of the package in the project.
pub(crate) fn package() -> PathBuf {
    project().join("node_modules/cisco-support-case")
}

fn write_manifest(sh: &Shell, project: &Path, name: &str) -> Result<()> {
    let manifest = serde_json::json!({ "name": name, "private": true, "type": "module" });
    Ok(sh.write_file(project.join("package.json"), manifest.to_string())?)
}

/// Packs a package's folder into another folder, as it would be published, and returns the path of the tarball.
pub(crate) fn pack(sh: &Shell, package: &Path, into: &Path) -> Result<PathBuf> {
    sh.create_dir(into)?;
    {
        let _package = sh.push_dir(package);
        run_captured(npm(sh).args(["pack", "--loglevel=error", "--pack-destination"]).arg(into))?;
    }
    tarball_in(sh, into)
}

fn tarball_in(sh: &Shell, folder: &Path) -> Result<PathBuf> {
    let mut paths = sh.read_dir(folder)?.into_iter();
    let tarball = paths.find(|path| path.extension().is_some_and(|extension| extension == "tgz"));
    tarball.with_context(|| format!("{} contains no tarball", folder.display()))
}

/// The tarball that the project has installed.
pub(crate) fn tarball(sh: &Shell) -> Result<PathBuf> {
    tarball_in(sh, &project())
}

/// Copies a folder of tests into the project, where they resolve the package as any file of a project does.
pub(crate) fn with_tests(sh: &Shell, tests: &str) -> Result<PathBuf> {
    let copy = project().join(tests);
    sh.remove_path(&copy)?;
    copy_folder(sh, &root().join("tests").join(tests), &copy)?;
    Ok(copy)
}

/// The packages that the package integrates with, and the types of its platforms, from the npm tools of the tests.
const PEERS: [&str; 13] = [
    "@cloudflare/workers-types",
    "@playwright/test",
    "@tanstack/query-core",
    "@tanstack/react-query",
    "@types/node",
    "@types/react",
    "@types/react-dom",
    "happy-dom",
    "msw",
    "react",
    "react-dom",
    "svelte",
    "vue",
];

/// Makes a project of a folder of tests, with the packed package and the packages that it integrates with. The project of the
/// other tests has none of these, because the package has to work without them.
pub(crate) fn with_peers(sh: &Shell, tests: &str) -> Result<PathBuf> {
    let folder = target().join(tests);
    sh.remove_path(&folder)?;
    copy_folder(sh, &root().join("tests").join(tests), &folder)?;
    write_manifest(sh, &folder, tests)?;
    for package in ["cisco-support-case", "jose"] {
        let package = Path::new("node_modules").join(package);
        copy_folder(sh, &project().join(&package), &folder.join(&package))?;
    }
    for peer in PEERS {
        link(sh, &folder, peer, peer)?;
    }
    Ok(folder)
}

/// Links one of the npm tools of the tests into a project, in place of a link with that name.
pub(crate) fn link(sh: &Shell, project: &Path, name: &str, tool: &str) -> Result<()> {
    let link = project.join("node_modules").join(name);
    if link.is_symlink() {
        std::fs::remove_file(&link).with_context(|| format!("{} could not be removed", link.display()))?;
    }
    sh.create_dir(link.parent().unwrap_or(project))?;
    link_folder(&test_tool(tool), &link)
}

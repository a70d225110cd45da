//! The packed package, installed in a project of its own: as a partner has it.

use crate::build::pkg;
use crate::process::{Outcome, npm, quiet, remove, root, step, target, write};
#[cfg(unix)]
use std::os::unix::fs::symlink;
#[cfg(windows)]
use std::os::windows::fs::symlink_dir as symlink;
use std::path::{Path, PathBuf};

/// The project's folder.
pub(crate) fn folder() -> PathBuf {
    target().join("consumer")
}

/// Packs the package and installs it in an empty project.
pub(crate) fn install() -> Outcome {
    step("npm pack, and install in an empty project", || {
        let project = folder();
        remove(&project)?;
        std::fs::create_dir_all(&project).map_err(|error| format!("{} cannot be made: {error}", project.display()))?;
        write(&project.join("package.json"), "{ \"name\": \"consumer\", \"private\": true, \"type\": \"module\" }\n")?;
        let tarball = pack(&pkg(), &project)?;
        quiet(npm(&project).args(["install", "--no-audit", "--no-fund", "--loglevel=error"]).arg(&tarball)).map(drop)
    })
}

/// Packs a package's folder into another folder, as it would be published. Gives the tarball's path.
pub(crate) fn pack(package: &Path, into: &Path) -> Outcome<PathBuf> {
    std::fs::create_dir_all(into).map_err(|error| format!("{} cannot be made: {error}", into.display()))?;
    quiet(npm(package).args(["pack", "--loglevel=error", "--pack-destination"]).arg(into))?;
    tarball_in(into)
}

/// The tarball in a folder.
fn tarball_in(folder: &Path) -> Outcome<PathBuf> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
    let mut paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let found = paths.find(|path| path.extension().is_some_and(|extension| extension == "tgz"));
    found.ok_or_else(|| format!("{} holds no tarball: npm pack made none", folder.display()))
}

/// The tarball that the project has installed.
pub(crate) fn tarball() -> Outcome<PathBuf> {
    tarball_in(&folder())
}

/// A copy of a folder of tests inside the project, so that they find the package as any file of a project does.
pub(crate) fn with(tests: &str) -> Outcome<PathBuf> {
    let copy = folder().join(tests);
    remove(&copy)?;
    crate::process::copy_all(&root().join("tests").join(tests), &copy)?;
    Ok(copy)
}

/// What people use the package with: the tests' own tools, as their projects have them.
const PEERS: [&str; 10] = [
    "@cloudflare/workers-types",
    "@playwright/test",
    "@tanstack/query-core",
    "@tanstack/react-query",
    "@types/node",
    "@types/react",
    "@types/react-dom",
    "msw",
    "react",
    "react-dom",
];

/// A project that has the packed package and, beside it, what people use it with; a folder of tests is in it. The project of
/// the other tests has none of that, as the package has to work without.
pub(crate) fn with_peers(tests: &str) -> Outcome<PathBuf> {
    let project = target().join(tests);
    remove(&project)?;
    crate::process::copy_all(&root().join("tests").join(tests), &project)?;
    write(&project.join("package.json"), "{ \"name\": \"integrations\", \"private\": true, \"type\": \"module\" }\n")?;
    let modules = project.join("node_modules");
    for own in ["cisco-support-case", "jose"] {
        crate::process::copy_all(&folder().join("node_modules").join(own), &modules.join(own))?;
    }
    for peer in PEERS {
        link(&project, peer, peer)?;
    }
    Ok(project)
}

/// Gives a project one of the tests' tools under a name, in place of what it had.
pub(crate) fn link(project: &Path, name: &str, tool: &str) -> Outcome {
    let (from, to) = (root().join("tests/node_modules").join(tool), project.join("node_modules").join(name));
    if to.is_symlink() {
        std::fs::remove_file(&to).map_err(|error| format!("{} cannot be removed: {error}", to.display()))?;
    }
    let scope = to.parent().unwrap_or(project);
    std::fs::create_dir_all(scope).map_err(|error| format!("{} cannot be made: {error}", scope.display()))?;
    symlink(&from, &to).map_err(|error| format!("{} cannot be linked: {error}", to.display()))
}

//! The packed package, installed in a project of its own: as a partner has it.

use crate::build::pkg;
use crate::run::{Outcome, npm, quiet, remove, root, step, target, write};
use std::path::PathBuf;

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
        quiet(npm(&pkg()).args(["pack", "--loglevel=error", "--pack-destination"]).arg(&project))?;
        let entries = std::fs::read_dir(&project).map_err(|error| error.to_string())?;
        let tarball = entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
            .ok_or("npm pack made no tarball")?;
        quiet(npm(&project).args(["install", "--no-audit", "--no-fund", "--loglevel=error"]).arg(&tarball)).map(drop)
    })
}

/// A copy of a folder of tests inside the project, so that they find the package as any file of a project does.
pub(crate) fn with(tests: &str) -> Outcome<PathBuf> {
    let copy = folder().join(tests);
    remove(&copy)?;
    crate::run::copy_all(&root().join("tests").join(tests), &copy)?;
    Ok(copy)
}

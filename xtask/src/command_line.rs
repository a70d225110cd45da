//! The command-line program of the package: bundled into `cli/`, with the npm packages that it needs.
//!
//! Who installs the library installs nothing for the program, and who imports the library loads nothing of it.

use crate::npm_packages::{BundledPackage, read_package};
use crate::process::{node, root, run_captured};
use anyhow::Result;
use std::collections::BTreeSet;
use std::path::Path;
use xshell::Shell;

/// Bundles `cli/main.ts` of the sources into the package, in place of its compiled scripts. Returns the npm packages in it.
pub(crate) fn bundle(sh: &Shell, sources: &Path, package: &Path) -> Result<Vec<BundledPackage>> {
    let out = package.join("cli");
    sh.remove_path(&out)?;
    let paths = node(sh).arg(root().join("xtask/command-line.mjs")).arg(sources).arg(&out);
    let paths: Vec<String> = serde_json::from_str(&run_captured(paths)?)?;
    names_in(&paths).iter().map(|name| read_package(sh, name, "cli/*.js")).collect()
}

/// The npm packages among the files of a bundle.
fn names_in(paths: &[String]) -> BTreeSet<String> {
    let name = |path: &String| {
        let (_, path) = path.rsplit_once("node_modules/")?;
        let mut parts = path.split('/');
        let first = parts.next()?;
        Some(if first.starts_with('@') { format!("{first}/{}", parts.next()?) } else { first.to_owned() })
    };
    paths.iter().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::names_in;

    #[test]
    fn the_packages_of_a_bundle_are_those_of_its_inputs() {
        let paths = [
            "cli/main.ts",
            "node_modules/commander/lib/option.js",
            "node_modules/commander/esm.mjs",
            "node_modules/@scope/name/index.js",
            "node_modules/outer/node_modules/inner/index.js",
        ];
        let paths = paths.map(str::to_owned);
        assert_eq!(names_in(&paths).into_iter().collect::<Vec<_>>(), ["@scope/name", "commander", "inner"]);
    }
}

//! The command-line program of the package: bundled into `cli/`, with the npm packages that it needs.
//!
//! Who installs the library installs nothing for the program, and who imports the library loads nothing of it.

use crate::npm_packages::{BundledPackage, read_package};
use crate::process::{node, root, run_captured};
use anyhow::Result;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use xshell::Shell;

/// The scripts that stay imports of the package: `cli/library.ts` lists what the program uses of them.
const EXTERNAL: [&str; 2] = ["../entry/*", "../sandbox/*"];

/// CommonJS packages call `require` for modules of Node.
const BANNER: &str = "import { createRequire as createRequireOfNode } from \"node:module\";\n\
                      const require = createRequireOfNode(import.meta.url);";

/// Bundles `cli/main.ts` of the sources into the package, in place of its compiled scripts. Returns the npm packages in it.
pub(crate) fn bundle(sh: &Shell, sources: &Path, package: &Path) -> Result<Vec<BundledPackage>> {
    let out = package.join("cli");
    sh.remove_path(&out)?;
    let metafile = sources.join("command-line-bundle.json");
    {
        let _sources = sh.push_dir(sources);
        let external = EXTERNAL.map(|path| format!("--external:{path}"));
        let command = node(sh)
            .arg(root().join("xtask/node_modules/esbuild/bin/esbuild"))
            .args(["cli/main.ts", "--bundle", "--format=esm", "--platform=node", "--target=node20", "--splitting"])
            .args(["--minify", "--legal-comments=none", "--log-level=warning", "--chunk-names=[name]"])
            .args(external)
            .arg(format!("--banner:js={BANNER}"))
            .arg(format!("--metafile={}", metafile.display()))
            .arg(format!("--outdir={}", out.display()));
        run_captured(command)?;
    }
    let meta: Value = serde_json::from_str(&sh.read_file(&metafile)?)?;
    sh.remove_path(&metafile)?;
    names_in(&meta).iter().map(|name| read_package(sh, name, "cli/*.js")).collect()
}

/// The npm packages among the inputs of a bundle.
fn names_in(meta: &Value) -> BTreeSet<String> {
    let inputs = meta.get("inputs").and_then(Value::as_object).into_iter().flatten();
    let name = |path: &String| {
        let (_, path) = path.rsplit_once("node_modules/")?;
        let mut parts = path.split('/');
        let first = parts.next()?;
        Some(if first.starts_with('@') { format!("{first}/{}", parts.next()?) } else { first.to_owned() })
    };
    inputs.filter_map(|(path, _)| name(path)).collect()
}

#[cfg(test)]
mod tests {
    use super::names_in;
    use serde_json::json;

    #[test]
    fn the_packages_of_a_bundle_are_those_of_its_inputs() {
        let meta = json!({ "inputs": {
            "cli/main.ts": {},
            "node_modules/commander/lib/option.js": {},
            "node_modules/commander/esm.mjs": {},
            "node_modules/@scope/name/index.js": {},
            "node_modules/outer/node_modules/inner/index.js": {},
        } });
        assert_eq!(names_in(&meta).into_iter().collect::<Vec<_>>(), ["@scope/name", "commander", "inner"]);
    }
}

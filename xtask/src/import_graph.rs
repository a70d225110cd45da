//! The imports between the files of a built package.

use anyhow::Result;
use std::collections::BTreeSet;
use std::path::Path;
use xshell::Shell;

/// The texts before the path of a static import.
pub(crate) const STATIC_IMPORTS: [&str; 2] = ["from ", "import "];

/// The paths of files with an extension, and of all files with it that they import, where imports are the quoted paths after
/// one of the texts.
pub(crate) fn reachable(
    sh: &Shell,
    package: &Path,
    from: impl IntoIterator<Item = String>,
    extension: &str,
    prefixes: &[&str],
) -> Result<BTreeSet<String>> {
    let mut open: Vec<_> = from.into_iter().collect();
    let mut reachable = BTreeSet::new();
    while let Some(path) = open.pop() {
        if reachable.insert(path.clone()) {
            let text = sh.read_file(package.join(&path))?;
            let imported = imported(&text, prefixes).into_iter().map(|import| resolved(&path, import));
            open.extend(imported.map(|path| path.trim_end_matches(".js").to_owned() + extension));
        }
    }
    Ok(reachable)
}

/// The relative paths of scripts after one of the texts in a script or in declarations.
fn imported<'text>(text: &'text str, prefixes: &[&str]) -> Vec<&'text str> {
    let parts: Vec<_> = text.split('"').collect();
    let is_import = |before: &str| prefixes.iter().any(|prefix| before.ends_with(prefix));
    let after_imports = parts.windows(2).filter_map(|pair| match pair {
        [before, path] if is_import(before) => Some(*path),
        _ => None,
    });
    after_imports.filter(|path| path.starts_with('.') && path.ends_with(".js")).collect()
}

/// The path in the package of a path that is relative to a file.
fn resolved(from: &str, import: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{STATIC_IMPORTS, imported, resolved};

    #[test]
    fn imports_are_the_relative_paths_after_a_keyword() {
        let text = "import type { A } from \"../a.js\";\nexport * from \"./b/c.js\";\n/** \"./no.js\" */\nlet x: import(\"./d.js\").D;\nimport \"e\";";
        assert_eq!(imported(text, &["from ", "import ", "import("]), ["../a.js", "./b/c.js", "./d.js"]);
        assert_eq!(imported(text, &STATIC_IMPORTS), ["../a.js", "./b/c.js"]);
        assert_eq!(resolved("x/y.d.ts", "../a.js"), "a.js");
        assert_eq!(resolved("x/y.d.ts", "./b/c.js"), "x/b/c.js");
    }
}

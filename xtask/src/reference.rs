//! The API reference in `www/guide/reference/`, and the snapshot of the package's API surface in
//! `tests/types/api-surface.txt`. Both are written from the declarations of the packed package, for every entry of its
//! manifest.

use crate::process::{file_name, node_24, root, run_captured, step, target};
use crate::test_output::{Counts, count_node_with};
use crate::{build, installed_package, setup};
use anyhow::Result;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use xshell::{Cmd, Shell};

/// Write the API reference and the snapshot of the API surface.
///
/// Writes the API reference in www/guide/reference/ and the snapshot of the API surface in tests/types/api-surface.txt from the
/// package's declarations. Both are committed; the suite `types` fails where either differs from the declarations.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments;

fn pages() -> PathBuf {
    root().join("www/guide/reference")
}

fn surface() -> PathBuf {
    root().join("tests/types/api-surface.txt")
}

/// Writes the reference and the snapshot.
pub(crate) fn reference(sh: &Shell) -> Result<()> {
    build::build(sh)?;
    setup::test_tools(sh)?;
    installed_package::install(sh)?;
    // TypeDoc and the language service need TypeScript 6, and the tests have TypeScript 7.
    setup::npm_install(sh, &root().join("xtask/reference"), "npm tools of the reference")?;
    step("the reference and the snapshot", || {
        write_pages(sh, &pages())?;
        Ok(sh.write_file(surface(), current_surface(sh)?)?)
    })
}

/// Checks that both match the declarations, and the documentation that an editor shows.
pub(crate) fn check(sh: &Shell) -> Result<Counts> {
    let committed = sh.read_file(surface()).unwrap_or_default();
    let current = current_surface(sh)?;
    for line in differing_lines(&committed, &current) {
        println!("  {line}");
    }
    let counts = check_one("tests/types/api-surface.txt matches the declarations", committed == current);
    let written = target().join("reference");
    write_pages(sh, &written)?;
    let is_same = contents(sh, &written)? == contents(sh, &pages()).unwrap_or_default();
    let counts = counts.add(check_one("the reference matches the declarations", is_same));
    let node = environment(node_24(sh)).env("TOOLS", root().join("xtask/reference/package.json"));
    Ok(counts.add(count_node_with(sh, node, "dot", 1, &[root().join("tests/types/documentation.test.mjs")])?))
}

fn check_one(name: &str, is_same: bool) -> Counts {
    println!("{name}: {}", if is_same { "ok" } else { "FAILED" });
    if !is_same {
        println!("  run `cargo xtask reference`, review the changes, and commit them if they are intended");
    }
    Counts::one(name, is_same)
}

/// The first lines that only one of two texts contains, marked as in a diff.
fn differing_lines(before: &str, now: &str) -> Vec<String> {
    const LIMIT: usize = 20;
    let only = |mark: &str, lines: &str, other: &str| {
        let other: HashSet<_> = other.lines().collect();
        let lines = lines.lines().filter(|line| !other.contains(line)).map(|line| format!("{mark} {line}"));
        lines.take(LIMIT).collect::<Vec<_>>()
    };
    [only("-", before, now), only("+", now, before)].concat()
}

fn environment(node: Cmd<'_>) -> Cmd<'_> {
    node.env("PROJECT", installed_package::project()).env("TESTS", root().join("tests"))
}

fn write_pages(sh: &Shell, out: &Path) -> Result<()> {
    sh.remove_path(out)?;
    run_captured(environment(node_24(sh)).arg(root().join("xtask/reference/write.mjs")).env("OUT", out)).map(drop)
}

fn current_surface(sh: &Shell) -> Result<String> {
    run_captured(environment(node_24(sh)).arg(root().join("xtask/reference/api-surface.mjs")))
}

/// The names and contents of a folder's files.
fn contents(sh: &Shell, folder: &Path) -> Result<Vec<(String, String)>> {
    sh.read_dir(folder)?.into_iter().map(|path| Ok((file_name(&path), sh.read_file(&path)?))).collect()
}

//! The API reference in `www/guide/reference/`, and the snapshot of the package's public face in `tests/types/api-surface.txt`,
//! both written from the packed package's declarations. They read an entry where the manifest has it, so that a new one
//! comes in by itself.

use crate::process::{Outcome, quiet, read, read_text, remove, root, step, target, write};
use crate::test::{counted, node_24};
use crate::test_output::{Counts, of_script};
use crate::{build, installed_package, setup};
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const HELP: &str = "\
Writes what is committed of the package's declarations: the API reference in www/guide/reference/, and the snapshot of the
public face in tests/types/api-surface.txt. The suite `types` fails where either is not as the declarations are.

Usage: cargo xtask reference";

fn pages() -> PathBuf {
    root().join("www/guide/reference")
}

fn face() -> PathBuf {
    root().join("tests/types/api-surface.txt")
}

/// Writes both.
pub(crate) fn reference() -> Outcome {
    build::build()?;
    setup::npm_install(&root().join("tests"), "npm tools of the tests")?;
    installed_package::install()?;
    set_up()?;
    step("the reference and the snapshot", || {
        write_pages(&pages())?;
        write(&face(), face_now()?)
    })
}

/// What this needs from npm: TypeDoc and the language service are of TypeScript 6, and the tests have TypeScript 7.
pub(crate) fn set_up() -> Outcome {
    setup::npm_install(&root().join("xtask/reference"), "npm tools of the reference")
}

/// Whether both are as the declarations are, and what an editor shows of them.
pub(crate) fn check() -> Outcome<Counts> {
    const HINT: &str = "look at what `cargo xtask reference` changes, and commit it if it is meant";
    let aside = target().join("reference");
    write_pages(&aside)?;
    let told = |name: &str, is_as_written: bool| {
        println!("{name}: {}", if is_as_written { "ok" } else { "FAILED" });
        if !is_as_written {
            println!("  {HINT}");
        }
        Counts::one(name, is_as_written)
    };
    let committed = read_text(&face()).unwrap_or_default();
    let now = face_now()?;
    for line in differing(&committed, &now) {
        println!("  {line}");
    }
    let counts = told("the public face is as tests/types/api-surface.txt has it", committed == now);
    let (written, known) = (names(&aside)?, names(&pages()).unwrap_or_default());
    let is_same = |name: &String| read(&aside.join(name)).ok() == read(&pages().join(name)).ok();
    let counts =
        counts.add(told("the reference is as the declarations are", written == known && written.iter().all(is_same)));
    let mut command = script("tests/types/documented.mjs");
    command.env("TOOLS", root().join("xtask/reference/package.json"));
    Ok(counts.add(counted(&mut command, of_script)?))
}

/// The first lines that differ, as a diff has them.
fn differing(before: &str, now: &str) -> Vec<String> {
    const MOST: usize = 20;
    let only = |mark: &str, lines: &str, other: &str| {
        let other: std::collections::HashSet<_> = other.lines().collect();
        let lines = lines.lines().filter(|line| !other.contains(line)).map(|line| format!("{mark} {line}"));
        lines.take(MOST).collect::<Vec<_>>()
    };
    [only("-", before, now), only("+", now, before)].concat()
}

fn script(path: &str) -> Command {
    let mut command = node_24();
    command.arg(root().join(path)).env("PROJECT", installed_package::folder()).env("TESTS", root().join("tests"));
    command
}

fn write_pages(out: &Path) -> Outcome {
    remove(out)?;
    quiet(script("xtask/reference/write.mjs").env("OUT", out)).map(drop)
}

fn face_now() -> Outcome<String> {
    quiet(&mut script("xtask/reference/api-surface.mjs"))
}

/// The names of a folder's files, in order.
fn names(folder: &Path) -> Outcome<Vec<String>> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
    let mut names: Vec<_> =
        entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

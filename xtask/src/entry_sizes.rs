//! The table of sizes that a build prints.

use crate::import_graph::{STATIC_IMPORTS, reachable};
use crate::modules::{MODULES, Module};
use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use xshell::Shell;

/// An entry of the package, as a row of the table.
struct Entry {
    title: &'static str,
    /// The entry's script. Its static imports are included, its dynamic imports are not.
    script: &'static str,
    wasm: &'static [&'static str],
    /// The script of an entry that is loaded too: its size is excluded, with its imports.
    excludes: Option<&'static str>,
}

const ENTRIES: [Entry; 13] = {
    const fn entry(title: &'static str, script: &'static str, wasm: &'static [&'static str]) -> Entry {
        Entry { title, script, wasm, excludes: None }
    }
    const BULK: &[&str] = &["wasm/bulk.wasm"];
    const BOTH: &[&str] = &["wasm/client.wasm", "wasm/bulk.wasm"];
    const GATEWAY: &[&str] = &["wasm/gateway.wasm"];
    const SANDBOX: &[&str] = &["wasm/sandbox.wasm"];
    const STORE: &[&str] = &["wasm/store.wasm"];
    [
        entry("browser", "entry/browser.js", &["wasm/page.wasm"]),
        Entry { excludes: Some("entry/browser.js"), ..entry("./bulk, additional", "bulk.js", BULK) },
        entry("node, deno, bun", "entry/node.js", BOTH),
        entry("workerd", "entry/workerd.js", BOTH),
        entry("./inline", "inline.js", &[]),
        entry("./gateway", "entry/gateway-workerd.js", GATEWAY),
        Entry {
            excludes: Some("entry/gateway-workerd.js"),
            ..entry("./gateway/copy, additional", "entry/gateway-copy-workerd.js", BOTH)
        },
        Entry {
            excludes: Some("entry/gateway-workerd.js"),
            ..entry("./gateway/sync, additional", "entry/gateway-sync-workerd.js", BOTH)
        },
        entry("./sandbox", "sandbox.js", SANDBOX),
        entry("./store", "store.js", STORE),
        Entry { excludes: Some("entry/browser.js"), ..entry("./query, additional", "query/index.js", &[]) },
        entry("./msw, additional", "testing/msw.js", &[]),
        entry("./playwright", "testing/playwright.js", SANDBOX),
    ]
};

/// The size of a file after gzip at level 9.
fn gzipped(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

/// Prints the sizes of a package's modules and entries.
pub(crate) fn print(sh: &Shell, package: &Path) -> Result<()> {
    println!("\n  {:<28}{:>12}{:>12}", "pkg/", "bytes", "gzip");
    for name in MODULES.iter().flat_map(Module::files) {
        let file = format!("wasm/{name}.wasm");
        let bytes = sh.read_binary_file(package.join(&file))?;
        println!("  {file:<28}{:>12}{:>12}", bytes.len(), gzipped(&bytes)?);
    }
    let scripts = |entry: &str| reachable(sh, package, [entry.to_owned()], ".js", &STATIC_IMPORTS);
    for Entry { title, script, wasm, excludes } in ENTRIES {
        let excluded = excludes.map_or(Ok(BTreeSet::new()), scripts)?;
        let (mut raw, mut gzip) = (0, 0);
        for file in scripts(script)?.difference(&excluded).map(String::as_str).chain(wasm.iter().copied()) {
            let bytes = sh.read_binary_file(package.join(file))?;
            raw += bytes.len();
            gzip += gzipped(&bytes)?;
        }
        println!("  entry {title:<22}{raw:>12}{gzip:>12}");
    }
    println!();
    Ok(())
}

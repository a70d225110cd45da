//! `weigh`: where the bytes of a wasm module are.

use crate::modules::MODULES;
use crate::process::{Outcome, node, root, shown};
use crate::{build, setup};

pub(crate) const HELP: &str = "\
Builds a wasm module as it is published, but with the names of its functions, and prints what it weighs, compressed by gzip
and brotli as well, where its bytes are, by room of the crate and by library, and the largest functions.

Usage: cargo xtask weigh [page | client | bulk | gateway | sandbox]

The module is the client's for pages, if none is named.";

pub(crate) fn weigh(arguments: &[String]) -> Outcome {
    let (name, rest) = arguments.split_first().map_or(("page", arguments), |(name, rest)| (name.as_str(), rest));
    if let Some(unknown) = rest.first() {
        return Err(format!("weigh takes the name of one module, and does not know `{unknown}`\n\n{HELP}"));
    }
    let module = MODULES.iter().find(|module| module.name == name);
    let module = module.ok_or_else(|| format!("there is no wasm module `{name}`\n\n{HELP}"))?;
    setup::for_build()?;
    let module = build::named(module)?;
    let (succeeded, _) = shown(node().arg(root().join("tests/size/attribution.mjs")).arg(module))?;
    if succeeded { Ok(()) } else { Err("the module could not be read".to_owned()) }
}

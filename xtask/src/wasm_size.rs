//! `weigh`: the size of a wasm module by function.

use crate::modules::MODULES;
use crate::process::{node, root, run};
use crate::{setup, wasm_module};
use anyhow::{Context, Result, bail};
use clap::builder::PossibleValuesParser;
use xshell::Shell;

/// Print the size of a wasm module by function.
///
/// Builds a wasm module as it is published, but with the names of its functions and with its deferred part, and prints its size, also compressed by gzip
/// and brotli, its bytes by module of the crate and by library, and the largest functions.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// The wasm module.
    #[arg(default_value = "page", value_parser = PossibleValuesParser::new(MODULES.map(|module| module.name)))]
    module: String,
}

pub(crate) fn weigh(sh: &Shell, arguments: &Arguments) -> Result<()> {
    let module = MODULES.iter().find(|module| module.name == arguments.module);
    let module = module.context("the argument parser accepts the modules' names only")?;
    setup::for_build(sh)?;
    let module = wasm_module::build_with_names(sh, module)?;
    if run(node(sh).arg(root().join("tests/size/attribution.mjs")).arg(module))? {
        Ok(())
    } else {
        bail!("the module could not be read")
    }
}

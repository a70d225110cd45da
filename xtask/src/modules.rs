//! The table of the package's wasm modules.

/// The crate that is compiled once for each wasm module, with the module's Cargo feature.
pub(crate) const CRATE: &str = "cisco-support-case-module";

/// A wasm module of the package.
pub(crate) struct Module {
    /// Its Cargo feature, and the stem of its file names.
    pub(crate) name: &'static str,
    /// Its Cargo profile.
    pub(crate) profile: &'static str,
    /// The passes of wasm-opt.
    pub(crate) optimise: &'static [&'static str],
    /// The module whose JavaScript glue it shares, as a subset of that module.
    pub(crate) glue_of: Option<&'static str>,
    /// The bytes of its stack, if not those that the linker gives it.
    pub(crate) stack_bytes: Option<u32>,
    /// The arguments of rustc that are of this module alone.
    pub(crate) codegen: &'static [&'static str],
    /// The part that is a module of its own, and is loaded by the first call that needs it.
    pub(crate) deferred: Option<Deferred>,
}

/// The deferred part of a module.
pub(crate) struct Deferred {
    /// The stem of its file names.
    pub(crate) name: &'static str,
    /// The functions of the module's class that it has, as wasm-bindgen names their exports.
    pub(crate) exports: &'static [&'static str],
}

impl Module {
    /// The stems of the names of the module's files: its own, and that of its deferred part.
    pub(crate) fn files(&self) -> impl Iterator<Item = &'static str> {
        [Some(self.name), self.deferred.as_ref().map(|deferred| deferred.name)].into_iter().flatten()
    }
}

/// wasm-opt passes for the smallest module: restructured control flow first, then `-Oz` until it converges.
///
/// Inlining of functions with one caller is limited, because it does not always make the module smaller. Rust's stack ends
/// at address 1024, so low memory is unused. The section that lists the target features is removed: no runtime reads it.
const SMALL: [&str; 11] = [
    "--flatten",
    "--rereloop",
    "--rse",
    "--precompute-propagate",
    "-Oz",
    "-Oz",
    "--low-memory-unused",
    "--converge",
    "--one-caller-inline-max-function-size=15",
    "--always-inline-max-function-size=4",
    "--strip-target-features",
];

/// The modules. Pages load client, bulk and store, which are optimised for size; gateway and sandbox run on servers and are
/// optimised for speed.
pub(crate) const MODULES: [Module; 6] = {
    const fn module(name: &'static str, profile: &'static str, optimise: &'static [&'static str]) -> Module {
        Module { name, profile, optimise, glue_of: None, stack_bytes: None, codegen: &[], deferred: None }
    }
    [
        module("client", "wasm-small", &SMALL),
        // The client without its server-only parts.
        Module { glue_of: Some("client"), ..module("page", "wasm-small", &SMALL) },
        module("bulk", "wasm-small", &SMALL),
        module("gateway", "wasm-fast", &["-O3"]),
        module("sandbox", "wasm-fast", &["-O3"]),
        // Each store has an instance, and so a stack. The deepest documents need a quarter of it. Loop strength reduction
        // replaces additions by variables: 1 KB more by gzip, and no faster.
        Module {
            stack_bytes: Some(64 * 1024),
            codegen: &["-Cllvm-args=-disable-lsr"],
            // What asynchronous calls alone need: `src/js/store_deferred.rs`.
            deferred: Some(Deferred {
                name: "store-deferred",
                exports: &[
                    "rawstore_addPart",
                    "rawstore_askDeferred",
                    "rawstore_beginRestore",
                    "rawstore_chunkCount",
                    "rawstore_chunksVersion",
                    "rawstore_compact",
                    "rawstore_finishRestore",
                    "rawstore_format",
                    "rawstore_isChunkChanged",
                    "rawstore_mergeEntry",
                    "rawstore_nextPiece",
                    "rawstore_restoreSnapshot",
                    "rawstore_writeChunk",
                    "rawstore_writeEntry",
                ],
            }),
            ..module("store", "wasm-small", &SMALL)
        },
    ]
};

//! `weigh`: where the bytes of the client's wasm are.

use crate::run::{Outcome, node, root, shown};
use crate::{build, setup};

pub(crate) const HELP: &str = "\
Builds the client's wasm as it is published, but with the names of its functions, and prints where its bytes are: by room
of the crate and by library, and the largest functions.

Usage: cargo xtask weigh";

pub(crate) fn weigh() -> Outcome {
    setup::for_build()?;
    let module = build::named_client()?;
    let (succeeded, _) = shown(node().arg(root().join("tests/size/where.mjs")).arg(module))?;
    if succeeded { Ok(()) } else { Err("the module could not be read".to_owned()) }
}

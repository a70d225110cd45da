//! `cargo run -p codegen FOLDER`: writes all generated sources below a folder, without a build of the package.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).ok_or_else(|| io::Error::other("usage: cargo run -p codegen FOLDER"))?;
    let sources = codegen::typescript::files().into_iter().map(|(path, text)| (path.to_owned(), text));
    let schemas = codegen::schema::files().into_iter().map(|(path, document)| (path, codegen::schema::text(&document)));
    for (path, text) in sources.chain(schemas) {
        let file = Path::new(&folder).join(path);
        file.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(file, text)?;
    }
    Ok(())
}

//! `site`: guide, reference, error codes and search as one static folder, which any host serves below any path.

use crate::browser::{self, CHROMIUM};
use crate::demo::free_port;
use crate::manifests::CrateFields;
use crate::process::{copy_folder, node, node_24, root, run, run_captured, step, target};
use crate::{build, demo, guide, manifests, setup};
use anyhow::{Result, bail};
use std::path::PathBuf;
use xshell::{Cmd, Shell};

/// Build the site into target/site, or serve it while you write.
///
/// Installs missing tools, builds the package, and writes guide, API reference, error codes, changelog, search and the portal
/// with a sandbox in the page into target/site. Any host of static files can serve the folder, below any path: all links are
/// relative, and 404.html is for addresses that do not exist. With --serve it is built again after each change of a page.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// Serve the site on localhost, and build it again after each change.
    #[arg(long)]
    serve: bool,
    /// The port of --serve; 0 takes a free one.
    #[arg(long, value_name = "N", default_value_t = 8080)]
    port: u16,
    /// Take the pictures of the portal on the landing page again, from the built site in Chromium.
    #[arg(long, conflicts_with = "serve")]
    pictures: bool,
    /// Use the package in pkg/ as it is.
    #[arg(long)]
    no_build: bool,
}

/// The folder of the built site.
pub(crate) fn folder() -> PathBuf {
    target().join("site")
}

/// Builds the site, and serves it until it is interrupted if that is requested.
pub(crate) fn site(sh: &Shell, arguments: &Arguments) -> Result<()> {
    if !arguments.no_build {
        build::build(sh)?;
    }
    prepare(sh)?;
    if !arguments.serve {
        build_site(sh)?;
        if arguments.pictures {
            take_pictures(sh)?;
            build_site(sh)?;
        }
        println!("\n  The site is in  {}\n", folder().display());
        return Ok(());
    }
    let port = free_port(arguments.port)?;
    let _sources = sh.push_dir(sources());
    if run(eleventy(sh).args(["--serve", "--port", &port.to_string()]))? {
        Ok(())
    } else {
        bail!("the server of the site ended with an error")
    }
}

/// Installs the tools, and writes the data of the site that the crate's tables contain.
pub(crate) fn prepare(sh: &Shell) -> Result<()> {
    setup::npm_install(sh, &sources(), "npm packages of the site")?;
    demo::install_page(sh)?;
    let CrateFields { version, repository, .. } = manifests::of_crate(sh)?;
    let data = serde_json::json!({ "version": version, "repository": repository, "errors": guide::tables_as_json() });
    Ok(sh.write_file(target().join("site-data.json"), data.to_string())?)
}

/// Builds the site with the portal.
pub(crate) fn build_site(sh: &Shell) -> Result<()> {
    sh.remove_path(folder())?;
    step("the site", || {
        let _sources = sh.push_dir(sources());
        run_captured(eleventy(sh)).map(drop)
    })?;
    let portal = target().join("site-portal");
    demo::build_page(sh, &portal)?;
    copy_folder(sh, &portal, &folder().join("portal"))
}

/// Writes the pictures of the portal into the sources.
fn take_pictures(sh: &Shell) -> Result<()> {
    setup::test_tools(sh)?;
    browser::install(sh, &[&CHROMIUM])?;
    let script = node_24(sh)
        .arg(root().join("tests/site/take-pictures.mjs"))
        .env("SITE", folder())
        .env("SITE_TOOLS", sources().join("package.json"))
        .envs(CHROMIUM.find(sh)?.puppeteer_environment());
    step("pictures of the portal", || run_captured(script).map(drop))
}

fn sources() -> PathBuf {
    root().join("www/site")
}

/// The generator, which is run in the folder of the sources.
fn eleventy(sh: &Shell) -> Cmd<'_> {
    node(sh).arg("node_modules/@11ty/eleventy/cmd.cjs").arg("--output").arg(folder())
}

//! `cargo xtask …`: the commands that build, run, test and measure this project.
//!
//! | file | contents |
//! |---|---|
//! | `setup` | installation of missing tools below this repository, each once |
//! | `build` | `pkg/`: the npm package, ready to pack |
//! | `modules` | the table of the package's wasm modules |
//! | `wasm_module` | compilation and optimisation of one wasm module |
//! | `glue` | the JavaScript of wasm-bindgen, rewritten for the package |
//! | `export_names` | short names for the exports of a wasm module |
//! | `module_split` | the split of a wasm module into two, of which the second is loaded when it is needed |
//! | `rustc_wrapper` | the wrapper of rustc that wasm modules are compiled with |
//! | `import_graph` | the imports between the files of a built package |
//! | `cargo_lock` | versions and checksums in Cargo.lock |
//! | `entry_sizes` | the table of sizes that a build prints |
//! | `licenses` | the crates that are compiled into the package, and their licences |
//! | `sbom` | `THIRD-PARTY.md` and the bill of materials |
//! | `guide` | the error tables of the guide, written from the crate's tables |
//! | `reference` | the API reference and the snapshot of the API surface, written from the declarations |
//! | `test` | the test suites and their summary |
//! | `test_output` | test counts from the reports of the runners |
//! | `installed_package` | the packed package, installed in a project |
//! | `consumers` | the package in a project of every kind, and the tables of them |
//! | `browser` | the browsers: discovery, installation, options |
//! | `bench` | the benchmarks |
//! | `fuzz` | random documents against the decoder and a reference decoder |
//! | `miri` | the decoder's unsafe code in Miri |
//! | `wasm_size` | `weigh`: the size of a wasm module by function |
//! | `demo` | the portal on localhost, with the gateway and the sandbox |
//! | `site` | the site: guide, reference, error codes and search as one static folder |
//! | `release` | a release, up to the commands that publish it |
//! | `versions` | version numbers, and which may follow another |
//! | `changelog` | the versions and changes in CHANGELOG.md |
//! | `manifests` | version and repository in the manifests |
//! | `process` | commands and files |
//!
//! Nothing here is part of the crate or of the package.

mod bench;
mod browser;
mod build;
mod cargo_lock;
mod changelog;
mod command_line;
mod consumers;
mod demo;
mod entry_sizes;
mod export_names;
mod fuzz;
mod glue;
mod guide;
mod import_graph;
mod installed_package;
mod licenses;
mod manifests;
mod miri;
mod module_split;
mod modules;
mod npm_packages;
mod process;
mod reference;
mod release;
mod rustc_wrapper;
mod sbom;
mod setup;
mod site;
mod test;
mod test_output;
mod versions;
mod wasm_module;
mod wasm_size;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

/// Builds, runs, tests and measures cisco-support-case.
#[derive(Parser)]
#[command(
    bin_name = "cargo xtask",
    disable_help_subcommand = true,
    after_help = "It needs Rust, installed by rustup, and Node 20.19 or newer with npm."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Arguments),
    Site(site::Arguments),
    Test(test::Arguments),
    Build(build::Arguments),
    Bench(bench::Arguments),
    Fuzz(fuzz::Arguments),
    Miri(miri::Arguments),
    Weigh(wasm_size::Arguments),
    Reference(reference::Arguments),
    Release(release::Arguments),
    #[command(hide = true)]
    Suite(test::run::Arguments),
    /// Print this message.
    #[command(hide = true)]
    Help,
}

fn main() -> ExitCode {
    if let Some(code) = rustc_wrapper::run() {
        return code;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed terminal does not change the exit code.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    match run(cli.command.unwrap_or(Command::Help)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let sh = &process::shell()?;
    match command {
        Command::Demo(arguments) => demo::demo(sh, &arguments),
        Command::Site(arguments) => site::site(sh, &arguments),
        Command::Test(arguments) => test::test(sh, &arguments),
        Command::Build(build::Arguments) => build::build(sh),
        Command::Bench(arguments) => bench::bench(sh, &arguments),
        Command::Fuzz(arguments) => fuzz::fuzz(sh, &arguments),
        Command::Miri(miri::Arguments) => miri::miri(sh),
        Command::Weigh(arguments) => wasm_size::weigh(sh, &arguments),
        Command::Reference(reference::Arguments) => reference::reference(sh),
        Command::Release(arguments) => release::release(sh, &arguments),
        Command::Suite(arguments) => test::run::suite(sh, &arguments),
        Command::Help => {
            println!("{}", help());
            Ok(())
        }
    }
}

/// The text of `cargo xtask --help`.
fn help() -> String {
    Cli::command().render_help().to_string()
}

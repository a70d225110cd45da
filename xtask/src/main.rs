//! `cargo xtask …`: everything that builds, runs, tests and measures this project.
//!
//! | file | does |
//! |---|---|
//! | `setup` | installs what is missing, each step once, below this repository |
//! | `build` | `pkg/`: the npm package, ready to pack |
//! | `bench` | every benchmark |
//! | `fuzz` | random documents before the decoder and its reference |
//! | `glue` | the JavaScript that wasm-bindgen makes, in the form in which the package has it |
//! | `guide` | the tables in the guide, written from the crate's |
//! | `licenses` | what of others is compiled into the package, and its licences |
//! | `sbom` | the page and the bill of materials that say so |
//! | `reference` | the API reference and the snapshot of the public face, written from the declarations |
//! | `miri` | the decoder's unsafe code, interpreted |
//! | `demo` | the portal on localhost, with the gateway and the sandbox behind it |
//! | `wasm_size` | where the bytes of a wasm module are |
//! | `release` | a release, up to where it would be published |
//! | `versions` | what a version number may be, and where it stands |
//! | `test` | `test`: what there is to test, and the closing count |
//! | `browser` | the browsers: where they are, how they get here, and their options |
//! | `consumers` | the package in a project of every kind, and the README's table of them |
//! | `installed_package` | the packed package, installed in a project of its own |
//! | `test_output` | how many tests a runner's output speaks of |
//! | `rustc_wrapper` | what stands before rustc when a wasm module is built |
//! | `process` | runs a command and says what went wrong in a sentence |
//!
//! Nothing here is part of the crate or of the package.

mod bench;
mod browser;
mod build;
mod consumers;
mod demo;
mod export_names;
mod fuzz;
mod glue;
mod guide;
mod installed_package;
mod licenses;
mod miri;
mod modules;
mod process;
mod reference;
mod release;
mod rustc_wrapper;
mod sbom;
mod setup;
mod test;
mod test_output;
mod versions;
mod wasm_size;

use std::process::ExitCode;

const HELP: &str = "\
Builds, runs, tests and measures cisco-support-case.

Usage: cargo xtask <command> [options]

Commands:
  demo       set up what is missing, build, and run portal, gateway and sandbox on localhost
  test       set up what is missing, build, and run every suite
  build      make pkg/: the npm package, ready to pack
  bench      measure, side by side with peers
  fuzz       hold the decoder to a reference, over a million random documents
  miri       interpret the decoder's unsafe code (needs a nightly toolchain)
  weigh      where the bytes of a wasm module are, the client's by default
  reference  write the API reference and the snapshot of the public face from the declarations
  release    make a release, up to where it would be published

`cargo xtask <command> --help` tells more. It needs Rust by rustup, and Node 20.19 or newer with npm.";

fn main() -> ExitCode {
    if let Some(code) = rustc_wrapper::run() {
        return code;
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("--help", [].as_slice()),
    };
    let wants_help = rest.iter().any(|arg| arg == "--help" || arg == "-h");
    let outcome = match command {
        "help" | "--help" | "-h" => say(HELP),
        "build" if wants_help => say(build::HELP),
        "demo" if wants_help => say(demo::HELP),
        "test" if wants_help => say(&test::help()),
        "bench" if wants_help => say(&bench::help()),
        "fuzz" if wants_help => say(fuzz::HELP),
        "miri" if wants_help => say(miri::HELP),
        "weigh" if wants_help => say(wasm_size::HELP),
        "reference" if wants_help => say(reference::HELP),
        "release" if wants_help => say(release::HELP),
        "build" => no_more(rest).and_then(|()| build::build()),
        "demo" => demo::demo(rest),
        "test" => test::test(rest),
        "bench" => bench::bench(rest),
        "fuzz" => fuzz::fuzz(rest),
        "miri" => no_more(rest).and_then(|()| miri::miri()),
        "release" => release::release(rest),
        "weigh" => wasm_size::weigh(rest),
        "reference" => no_more(rest).and_then(|()| reference::reference()),
        other => Err(format!("there is no command \"{other}\"; `cargo xtask --help` lists them")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn say(text: &str) -> process::Outcome {
    println!("{text}");
    Ok(())
}

fn no_more(rest: &[String]) -> process::Outcome {
    match rest.first() {
        None => Ok(()),
        Some(arg) => Err(format!("unknown argument \"{arg}\"; --help tells what there is")),
    }
}

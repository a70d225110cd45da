//! `fuzz`: random documents before the decoder and its reference.

use crate::process::{Outcome, cargo, executable, quiet, root, shown, step};
use std::path::PathBuf;
use std::process::Command;

pub(crate) const HELP: &str = "\
Makes random documents of the service's shapes, breaks half of them, and has each read by the decoder's fast way, by its
general way, by the fast way in used memory, and by a reference on top of serde_json. All must agree, in value or in
refusal. Documents come from a generator and from mutations of what it makes; there is no feedback from coverage.

It takes all cores, on stable Rust, and closes with one line. A disagreement is shown as a small document, ends the run
with exit code 1, and names the seed by which it is seen again.

Usage: cargo xtask fuzz [--documents N] [--seed S] [--minutes M]

  --documents N   how many, 1000000 if nothing is said
  --seed S        what they are made from, by the clock if nothing is said
  --minutes M     end after so many, and without --documents not before";

const OPTIONS: [&str; 3] = ["--documents", "--seed", "--minutes"];

/// Builds the readers and has them read.
pub(crate) fn fuzz(args: &[String]) -> Outcome {
    for pair in args.chunks(2) {
        let (name, value) = (pair.first().map_or("", String::as_str), pair.get(1));
        if !OPTIONS.contains(&name) {
            return Err(format!("there is no option {name}; `cargo xtask fuzz --help` lists them"));
        }
        if value.is_none_or(|value| value.parse::<u64>().is_err()) {
            return Err(format!("{name} wants a whole number behind it"));
        }
    }
    let readers = step("the readers, compiled with all checks", build)?;
    let (agree, _) = shown(Command::new(readers).current_dir(root()).args(args))?;
    if agree { Ok(()) } else { Err("the readers do not agree".to_owned()) }
}

/// The compiled program.
fn build() -> Outcome<PathBuf> {
    let mut command = cargo();
    command.args(["test", "--locked", "--package", "cisco-support-case", "--profile", "fuzz", "--test", "fuzz"]);
    executable(&quiet(command.arg("--no-run"))?)
}

//! Runs a command and says what went wrong in a sentence.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What a step comes to: nothing, or a sentence that says what to do.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The repository's top folder.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// The build's folder, which git ignores.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}

/// A step of a command: its name is printed before, its time behind.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    println!("· {name} …");
    let start = Instant::now();
    let value = work()?;
    println!("  done in {:.1} s", start.elapsed().as_secs_f64());
    Ok(value)
}

/// Says that a step has nothing to do.
pub(crate) fn skipped(name: &str) {
    println!("· {name}: nothing to do");
}

/// Runs a command without input. Its output is shown only if it fails.
pub(crate) fn quiet(command: &mut Command) -> Outcome<String> {
    let shown = show(command);
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{shown} could not be started: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(text) } else { Err(format!("{shown} failed ({}):\n{text}", output.status)) }
}

/// Runs a command without input, shows its output as it comes and returns it with whether it succeeded.
pub(crate) fn shown(command: &mut Command) -> Outcome<(bool, String)> {
    let name = show(command);
    let fail = |error: std::io::Error| format!("{name} could not be started: {error}");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(fail)?;
    let errors = child.stderr.take().map(|stream| std::thread::spawn(move || follow(stream, true)));
    let mut text = child.stdout.take().map(|stream| follow(stream, false)).unwrap_or_default();
    if let Some(errors) = errors {
        text += &errors.join().unwrap_or_default();
    }
    let status = child.wait().map_err(fail)?;
    Ok((status.success(), text))
}

fn follow(stream: impl Read, errors: bool) -> String {
    let mut text = String::new();
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        let words = String::from_utf8_lossy(&line).into_owned();
        if errors {
            eprint!("{words}");
        } else {
            print!("{words}");
        }
        text.push_str(&words);
        line.clear();
    }
    text
}

/// A cargo command in the repository. The variables that the running `cargo xtask` sets are its own business.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "CARGO_BIN_NAME" {
            command.env_remove(&name);
        }
    }
    command
}

/// The one program that cargo says it has compiled: `Executable tests/fuzz/main.rs (target/fuzz/deps/fuzz-…)`.
pub(crate) fn executable(output: &str) -> Outcome<PathBuf> {
    let line = output.lines().find(|line| line.trim_start().starts_with("Executable"));
    let path = line.and_then(|line| line.split_once('(')).and_then(|(_, path)| path.strip_suffix(')'));
    path.map(|path| root().join(path)).ok_or_else(|| format!("cargo named no executable:\n{output}"))
}

/// An npm command in a folder. On Windows npm is a script.
pub(crate) fn npm(folder: &Path) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(folder);
    command
}

pub(crate) fn node() -> Command {
    Command::new("node")
}

/// A command as one would type it.
pub(crate) fn show(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    text
}

/// Reads a file or says which one is missing.
pub(crate) fn read(path: &Path) -> Outcome<Vec<u8>> {
    std::fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

/// Reads a text file or says which one is missing.
pub(crate) fn read_text(path: &Path) -> Outcome<String> {
    String::from_utf8(read(path)?).map_err(|_| format!("{} is not UTF-8", path.display()))
}

/// Writes a file and the folders above it.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Outcome {
    let fail = |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    std::fs::write(path, content).map_err(fail)
}

/// Copies a folder's files and folders into another.
pub(crate) fn copy_all(from: &Path, to: &Path) -> Outcome {
    let fail = |error: std::io::Error| format!("{} cannot be copied: {error}", from.display());
    std::fs::create_dir_all(to).map_err(fail)?;
    for entry in std::fs::read_dir(from).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let target = to.join(entry.file_name());
        if entry.file_type().map_err(fail)?.is_dir() {
            copy_all(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target).map_err(fail)?;
        }
    }
    Ok(())
}

/// Removes a folder if it is there.
pub(crate) fn remove(folder: &Path) -> Outcome {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{} cannot be removed: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

//! Commands and files of the repository.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use xshell::{Cmd, Shell};

/// The repository's top folder.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// The build's folder, which git ignores.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}

/// A shell whose working directory is the repository.
pub(crate) fn shell() -> Result<Shell> {
    let sh = Shell::new()?;
    sh.change_dir(root());
    Ok(sh)
}

/// Runs a step of a command, and prints its name before it and its duration after it.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("· {name} …");
    let start = Instant::now();
    let value = work()?;
    println!("  done in {:.1} s", start.elapsed().as_secs_f64());
    Ok(value)
}

/// Prints that a step has nothing to do.
pub(crate) fn skipped(name: &str) {
    println!("· {name}: nothing to do");
}

/// Runs a command without printing its output, and returns its stdout. The error of a failed command contains all output.
pub(crate) fn run_captured(command: Cmd<'_>) -> Result<String> {
    let name = command.to_string();
    let output = command.quiet().ignore_status().output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("{name} failed ({}):\n{text}{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(text)
}

/// Runs a command that prints its own output. Returns whether it succeeded.
pub(crate) fn run(command: Cmd<'_>) -> Result<bool> {
    let name = command.to_string();
    let status = Command::from(command).stdin(Stdio::null()).status();
    Ok(status.with_context(|| format!("{name} could not be started"))?.success())
}

/// Runs a command and prints its output while it runs. Returns whether it succeeded, and its output.
pub(crate) fn run_streaming(command: Cmd<'_>) -> Result<(bool, String)> {
    let name = command.to_string();
    let mut command = Command::from(command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("{name} could not be started"))?;
    let stderr = child.stderr.take().map(|stream| std::thread::spawn(move || tee(stream, std::io::stderr())));
    let mut text = child.stdout.take().map(|stream| tee(stream, std::io::stdout())).unwrap_or_default();
    if let Some(stderr) = stderr {
        text += &stderr.join().unwrap_or_default();
    }
    Ok((child.wait()?.success(), text))
}

/// Copies a stream to another line by line, and returns its text.
fn tee(from: impl Read, mut to: impl Write) -> String {
    let mut text = String::new();
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        // A closed terminal does not end the command.
        let _ = to.write_all(&line);
        text.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    text
}

/// The cargo that runs this xtask.
pub(crate) fn cargo(sh: &Shell) -> Cmd<'_> {
    without_cargo_variables(sh.cmd(cargo_program()))
}

/// The path of the cargo that runs this xtask.
pub(crate) fn cargo_program() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

/// A command without the variables that cargo sets for this crate: in another cargo they would invalidate caches.
pub(crate) fn without_cargo_variables(command: Cmd<'_>) -> Cmd<'_> {
    let names = std::env::vars_os().map(|(name, _)| name).filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_BIN_NAME"
    });
    names.fold(command, |command, name| command.env_remove(name))
}

/// The npm of the machine, which is a script on Windows.
pub(crate) fn npm(sh: &Shell) -> Cmd<'_> {
    sh.cmd(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// The Node of the machine.
pub(crate) fn node(sh: &Shell) -> Cmd<'_> {
    sh.cmd("node")
}

/// The Node among the npm tools of the tests. workerd's tools need it: they support only newer versions than the package
/// does.
pub(crate) fn node_24(sh: &Shell) -> Cmd<'_> {
    sh.cmd(test_tool("node/bin/node"))
}

/// A file among the npm tools of the tests.
pub(crate) fn test_tool(path: &str) -> PathBuf {
    root().join("tests/node_modules").join(path)
}

/// The manifest of the npm tools of the tests, from which test files in other folders resolve them.
pub(crate) fn test_tools_manifest() -> PathBuf {
    root().join("tests/package.json")
}

/// Runs a cargo command that compiles one executable, and returns its path.
pub(crate) fn compile_executable(command: Cmd<'_>) -> Result<PathBuf> {
    let name = command.to_string();
    let messages = run_captured(command.args(["--no-run", "--message-format", "json-render-diagnostics"]))?;
    let mut executables = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message.get("executable")?.as_str().map(PathBuf::from)
    });
    executables.next().with_context(|| format!("{name} compiled no executable"))
}

/// Copies a folder's files and folders into another folder.
pub(crate) fn copy_folder(sh: &Shell, from: &Path, to: &Path) -> Result<()> {
    sh.create_dir(to)?;
    for path in sh.read_dir(from)? {
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_folder(sh, &path, &target)?;
        } else {
            sh.copy_file(&path, target)?;
        }
    }
    Ok(())
}

/// The files of a folder and of the folders in it, as sorted relative paths with `/`. Folders named `node_modules` are
/// skipped.
pub(crate) fn files_in(sh: &Shell, folder: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for path in sh.read_dir(folder)? {
        let name = file_name(&path);
        if !path.is_dir() {
            files.push(name);
        } else if name != "node_modules" {
            files.extend(files_in(sh, &path)?.into_iter().map(|path| format!("{name}/{path}")));
        }
    }
    files.sort();
    Ok(files)
}

/// The last part of a path.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Cargo's folder of installed programs and downloaded crates.
pub(crate) fn cargo_home() -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default()
}

/// Creates a symbolic link to a folder.
pub(crate) fn link_folder(folder: &Path, link: &Path) -> Result<()> {
    #[cfg(windows)]
    let linked = std::os::windows::fs::symlink_dir(folder, link);
    #[cfg(not(windows))]
    let linked = std::os::unix::fs::symlink(folder, link);
    linked.with_context(|| format!("{} could not be linked", link.display()))
}

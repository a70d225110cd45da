//! Chromium: where it is, how it gets here, and its options; Firefox, where it is.

use crate::run::{Outcome, quiet, skipped, step, target, write};
use std::path::PathBuf;
use std::process::Command;

/// Chromium and its driver.
pub(crate) struct Chromium {
    pub(crate) browser: PathBuf,
    pub(crate) driver: PathBuf,
}

/// What Chromium is started with: no window, and as root no sandbox, which does not work there. The rest keeps it from
/// looking for the world.
pub(crate) const OPTIONS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// Finds Chromium and its driver (the variables `CHROME` and `CHROMEDRIVER` come first), or installs Debian's.
pub(crate) fn chromium() -> Outcome<Chromium> {
    if let Some(found) = find() {
        skipped("Chromium and its driver");
        return Ok(found);
    }
    let is_root = quiet(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let has_apt = quiet(Command::new("apt-get").arg("--version")).is_ok();
    if !(is_root && has_apt) {
        return Err("Chromium or its driver was not found: install both (on Debian `apt-get install chromium chromium-driver`), or set CHROME and CHROMEDRIVER to their paths".to_owned());
    }
    step("Debian's Chromium and its driver (once; about a minute)", || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        quiet(apt.args(["update"]))?;
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        quiet(apt.args(["install", "-y", "--no-install-recommends", "chromium", "chromium-driver"]))
    })?;
    find().ok_or_else(|| "Chromium was installed but not found: set CHROME and CHROMEDRIVER to their paths".to_owned())
}

/// Firefox, if it is installed (the variable `FIREFOX` comes first).
pub(crate) fn firefox() -> Option<PathBuf> {
    at("FIREFOX", &["firefox-esr", "firefox"])
}

fn find() -> Option<Chromium> {
    let browser = at("CHROME", &["chromium", "chromium-browser", "google-chrome"])?;
    let driver = at("CHROMEDRIVER", &["chromedriver"])?;
    Some(Chromium { browser, driver })
}

fn at(variable: &str, names: &[&str]) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Some(PathBuf::from(path)).filter(|path| path.exists());
    }
    let folders = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&folders).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()))
}

/// A file that tells wasm-bindgen's test runner how to start Chromium.
pub(crate) fn capabilities(chromium: &Chromium) -> Outcome<PathBuf> {
    let path = target().join("webdriver.json");
    let options: Vec<_> = OPTIONS.iter().map(|option| format!("\"{option}\"")).collect();
    let text = format!(
        "{{ \"goog:chromeOptions\": {{ \"binary\": \"{}\", \"args\": [{}] }} }}\n",
        chromium.browser.display(),
        options.join(", ")
    );
    write(&path, text)?;
    Ok(path)
}

//! The browsers that the suites run in: discovery, installation and options.

use crate::process::{run_captured, skipped, step, target};
use crate::setup;
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use xshell::{Cmd, Shell, cmd};

/// A browser, as data.
pub(crate) struct Browser {
    pub(crate) name: &'static str,
    /// The browser's own program. WebKit has none: its driver contains the browser.
    browser: Option<Program>,
    driver: Driver,
    /// The program that provides a virtual display, for a browser without a headless mode.
    display: Option<Program>,
    /// Debian's packages of these programs.
    packages: &'static [&'static str],
    /// The variable in which wasm-bindgen's test runner expects the driver.
    runner_variable: &'static str,
    /// The browser's key in the capabilities of WebDriver.
    capability: Option<&'static str>,
    arguments: &'static [&'static str],
}

/// A program: the variable that contains its path, and its names in the `PATH`.
struct Program {
    variable: &'static str,
    names: &'static [&'static str],
}

/// The WebDriver of a browser.
enum Driver {
    Installed(Program),
    /// Compiled from a crate if it is not installed.
    Compiled(Program),
}

/// An installed browser with its driver.
pub(crate) struct InstalledBrowser {
    browser: &'static Browser,
    path: Option<PathBuf>,
    driver: PathBuf,
    display: Option<PathBuf>,
}

/// Chromium. Its own sandbox does not work as root; the other arguments prevent requests to the network.
pub(crate) const CHROMIUM: Browser = Browser {
    name: "Chromium",
    browser: Some(Program { variable: "CHROME", names: &["chromium", "chromium-browser", "google-chrome"] }),
    driver: Driver::Installed(Program { variable: "CHROMEDRIVER", names: &["chromedriver"] }),
    display: None,
    packages: &["chromium", "chromium-driver"],
    runner_variable: "CHROMEDRIVER",
    capability: Some("goog:chromeOptions"),
    arguments: &[
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
};

pub(crate) const FIREFOX: Browser = Browser {
    name: "Firefox",
    browser: Some(Program { variable: "FIREFOX", names: &["firefox-esr", "firefox"] }),
    driver: Driver::Compiled(Program { variable: "GECKODRIVER", names: &["geckodriver"] }),
    display: None,
    packages: &["firefox-esr"],
    runner_variable: "GECKODRIVER",
    capability: Some("moz:firefoxOptions"),
    arguments: &["-headless"],
};

/// WebKitGTK. The test runner uses its driver as Safari's, which has the same protocol.
pub(crate) const WEBKIT: Browser = Browser {
    name: "WebKit",
    browser: None,
    driver: Driver::Installed(Program { variable: "WEBKITDRIVER", names: &["WebKitWebDriver"] }),
    display: Some(Program { variable: "XVFB_RUN", names: &["xvfb-run"] }),
    packages: &["webkit2gtk-driver", "xvfb", "xauth"],
    runner_variable: "SAFARIDRIVER",
    capability: None,
    arguments: &[],
};

impl Browser {
    /// The reason why the browser does not exist on this system.
    pub(crate) fn unsupported(&self) -> Option<String> {
        let is_unsupported = self.display.is_some() && !cfg!(target_os = "linux");
        is_unsupported.then(|| format!("{} is WebKitGTK here, which exists on Linux only", self.name))
    }

    /// The first program that is not installed.
    fn missing(&self) -> Option<&Program> {
        let driver = match &self.driver {
            Driver::Installed(program) => Some(program),
            Driver::Compiled(_) => None,
        };
        let programs = [self.browser.as_ref(), driver, self.display.as_ref()];
        programs.into_iter().flatten().find(|program| program.find().is_none())
    }

    /// The path of the browser, if it is installed.
    pub(crate) fn installed(&self) -> Option<PathBuf> {
        self.browser.as_ref()?.find()
    }

    /// Finds the browser and its driver.
    pub(crate) fn find(&'static self, sh: &Shell) -> Result<InstalledBrowser> {
        if let Some(program) = self.missing() {
            bail!(
                "{} was not found, which {} needs: install it (on Debian `apt-get install {}`), or set {} to its path",
                program.names.join(" or "),
                self.name,
                self.packages.join(" "),
                program.variable
            );
        }
        let driver = match &self.driver {
            Driver::Installed(program) => program.find().context("the driver was removed during the run")?,
            Driver::Compiled(program) => match program.find() {
                Some(path) => path,
                None => setup::geckodriver(sh)?,
            },
        };
        let display = self.display.as_ref().and_then(Program::find);
        Ok(InstalledBrowser { browser: self, path: self.installed(), driver, display })
    }
}

impl Program {
    fn find(&self) -> Option<PathBuf> {
        if let Some(path) = std::env::var_os(self.variable) {
            return Some(PathBuf::from(path)).filter(|path| path.exists());
        }
        let folders: Vec<_> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
        let file = |name: &&str| format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let mut paths = self.names.iter().map(file).flat_map(|name| folders.iter().map(move |at| at.join(&name)));
        paths.find(|path| path.is_file())
    }
}

/// Installs Debian's packages of all missing browsers, as root on Debian. Elsewhere a missing browser is an error.
pub(crate) fn install(sh: &Shell, browsers: &[&'static Browser]) -> Result<()> {
    let missing: Vec<_> = browsers.iter().filter(|browser| browser.missing().is_some()).copied().collect();
    let is_root = || run_captured(cmd!(sh, "id -u")).is_ok_and(|id| id.trim() == "0");
    let has_apt = || run_captured(cmd!(sh, "apt-get --version")).is_ok();
    if missing.is_empty() {
        skipped(&names(browsers));
    } else if is_root() && has_apt() {
        step(&format!("Debian's {} (once; about a minute)", names(&missing)), || {
            let packages = missing.iter().flat_map(|browser| browser.packages);
            let apt = || cmd!(sh, "apt-get").env("DEBIAN_FRONTEND", "noninteractive");
            run_captured(apt().arg("update"))?;
            run_captured(apt().args(["install", "-y", "--no-install-recommends"]).args(packages))
        })?;
    }
    browsers.iter().try_for_each(|browser| browser.find(sh).map(drop))
}

fn names(browsers: &[&Browser]) -> String {
    browsers.iter().map(|browser| browser.name).collect::<Vec<_>>().join(", ")
}

impl InstalledBrowser {
    /// The name of the browser's folder in build folders, which is also its name in test scripts.
    pub(crate) fn id(&self) -> String {
        self.browser.name.to_lowercase()
    }

    /// A command that can open the browser's windows: under a virtual display, where the browser needs one.
    pub(crate) fn cmd<'s>(&self, sh: &'s Shell, program: impl AsRef<Path>) -> Cmd<'s> {
        match &self.display {
            None => sh.cmd(program),
            Some(display) => {
                let command = sh.cmd(display).args(["--auto-servernum", "--server-args=-screen 0 1600x1200x24"]);
                command.arg(program.as_ref())
            }
        }
    }

    /// The command with the environment in which wasm-bindgen's test runner uses this browser.
    pub(crate) fn in_wasm_runner<'s>(&self, sh: &Shell, command: Cmd<'s>) -> Result<Cmd<'s>> {
        // The runner takes the first driver that it finds.
        let browsers = [&CHROMIUM, &FIREFOX, &WEBKIT];
        let command = browsers.iter().fold(command, |command, browser| command.env_remove(browser.runner_variable));
        Ok(command
            .env("WASM_BINDGEN_USE_BROWSER", "1")
            .env(self.browser.runner_variable, &self.driver)
            .env("WASM_BINDGEN_TEST_TIMEOUT", "120")
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", self.write_capabilities(sh)?))
    }

    /// Writes the browser's WebDriver capabilities for the test runner, and returns the path of the file.
    fn write_capabilities(&self, sh: &Shell) -> Result<PathBuf> {
        let path = target().join(format!("webdriver-{}.json", self.id()));
        let capabilities = match (self.browser.capability, &self.path) {
            (Some(name), Some(path)) => json!({ name: { "binary": path, "args": self.browser.arguments } }),
            _ => json!({}),
        };
        sh.write_file(&path, capabilities.to_string())?;
        Ok(path)
    }

    /// The variables of scripts that control the browser by WebDriver.
    pub(crate) fn webdriver_environment(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![
            ("BROWSER", self.id().into()),
            ("BROWSER_DRIVER", self.driver.clone().into()),
            ("BROWSER_OPTIONS", self.browser.arguments.join(" ").into()),
        ];
        variables.extend(self.path.as_ref().map(|path| ("BROWSER_PATH", path.clone().into())));
        variables
    }

    /// The variables of scripts that control Chromium by Puppeteer or Playwright, without a driver.
    pub(crate) fn puppeteer_environment(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![("CHROME_OPTIONS", self.browser.arguments.join(" ").into())];
        variables.extend(self.path.as_ref().map(|path| ("CHROME", path.clone().into())));
        variables
    }
}

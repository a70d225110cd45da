//! The browsers that the suites run in: where they are, how they get here, and what they are started with.

use crate::process::{Outcome, quiet, skipped, step, target, write};
use crate::setup;
use std::path::PathBuf;
use std::process::Command;

/// A browser, as data.
pub(crate) struct Browser {
    pub(crate) name: &'static str,
    /// What is started. WebKit's driver knows its browser by itself.
    browser: Option<Program>,
    driver: Driver,
    /// It has no mode without a window: this makes a screen for it.
    screen: Option<Program>,
    /// Debian's packages of all this.
    packages: &'static [&'static str],
    /// By which variable wasm-bindgen's test runner knows the driver.
    runner: &'static str,
    /// The runner's name for what the browser is started with, and what that is.
    options: Option<&'static str>,
    arguments: &'static [&'static str],
}

/// A program: the variable that names it, and what it is called in the `PATH`.
struct Program {
    variable: &'static str,
    names: &'static [&'static str],
}

/// The program that a test tells what the browser is to do.
enum Driver {
    Installed(Program),
    /// It is compiled here where it is not found.
    Compiled(Program),
}

/// A browser that is there, with its driver.
pub(crate) struct Found {
    about: &'static Browser,
    pub(crate) browser: Option<PathBuf>,
    pub(crate) driver: PathBuf,
    screen: Option<PathBuf>,
}

/// As root its sandbox does not work. The rest keeps it from looking for the world.
pub(crate) const CHROMIUM: Browser = Browser {
    name: "Chromium",
    browser: Some(Program { variable: "CHROME", names: &["chromium", "chromium-browser", "google-chrome"] }),
    driver: Driver::Installed(Program { variable: "CHROMEDRIVER", names: &["chromedriver"] }),
    screen: None,
    packages: &["chromium", "chromium-driver"],
    runner: "CHROMEDRIVER",
    options: Some("goog:chromeOptions"),
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
    screen: None,
    packages: &["firefox-esr"],
    runner: "GECKODRIVER",
    options: Some("moz:firefoxOptions"),
    arguments: &["-headless"],
};

/// WebKitGTK. The runner takes its driver for Safari's, which speaks the same.
pub(crate) const WEBKIT: Browser = Browser {
    name: "WebKit",
    browser: None,
    driver: Driver::Installed(Program { variable: "WEBKITDRIVER", names: &["WebKitWebDriver"] }),
    screen: Some(Program { variable: "XVFB_RUN", names: &["xvfb-run"] }),
    packages: &["webkit2gtk-driver", "xvfb", "xauth"],
    runner: "SAFARIDRIVER",
    options: None,
    arguments: &[],
};

impl Browser {
    /// Why there can be none on this system.
    pub(crate) fn impossible(&self) -> Option<String> {
        let is_elsewhere = self.screen.is_some() && !cfg!(target_os = "linux");
        is_elsewhere.then(|| format!("{} is WebKitGTK here, which there is on Linux only", self.name))
    }

    /// The first of what must be installed that is not.
    fn lacks(&self) -> Option<&Program> {
        let driver = match &self.driver {
            Driver::Installed(program) => Some(program),
            Driver::Compiled(_) => None,
        };
        let programs = [self.browser.as_ref(), driver, self.screen.as_ref()];
        programs.into_iter().flatten().find(|program| program.find().is_none())
    }

    /// What it is started with, as one types it.
    fn arguments(&self) -> String {
        self.arguments.join(" ")
    }

    /// The browser itself, if it is installed.
    pub(crate) fn installed(&self) -> Option<PathBuf> {
        self.browser.as_ref()?.find()
    }

    /// The browser and its driver.
    pub(crate) fn find(&'static self) -> Outcome<Found> {
        if let Some(program) = self.lacks() {
            return Err(format!(
                "{} was not found, which {} needs: install it (on Debian `apt-get install {}`), or set {} to its path",
                program.names.join(" or "),
                self.name,
                self.packages.join(" "),
                program.variable
            ));
        }
        let driver = match &self.driver {
            Driver::Installed(program) => program.find().ok_or("its driver was there a moment ago")?,
            Driver::Compiled(program) => match program.find() {
                Some(path) => path,
                None => setup::geckodriver()?,
            },
        };
        let screen = self.screen.as_ref().and_then(Program::find);
        Ok(Found { about: self, browser: self.installed(), driver, screen })
    }
}

impl Program {
    fn find(&self) -> Option<PathBuf> {
        if let Some(path) = std::env::var_os(self.variable) {
            return Some(PathBuf::from(path)).filter(|path| path.exists());
        }
        let folders = std::env::var_os("PATH")?;
        let folders: Vec<_> = std::env::split_paths(&folders).collect();
        let file = |name: &&str| format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.names.iter().map(file).find_map(|name| folders.iter().map(|at| at.join(&name)).find(|path| path.is_file()))
    }
}

/// Finds browsers and their drivers, or installs Debian's, all that are missing at once.
pub(crate) fn ready(browsers: &[&'static Browser]) -> Outcome {
    let missing: Vec<_> = browsers.iter().filter(|browser| browser.lacks().is_some()).copied().collect();
    let is_root = || quiet(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let has_apt = || quiet(Command::new("apt-get").arg("--version")).is_ok();
    if missing.is_empty() {
        skipped(&names(browsers));
    } else if is_root() && has_apt() {
        step(&format!("Debian's {} (once; about a minute)", names(&missing)), || {
            apt(&["update"])?;
            let packages: Vec<_> = missing.iter().flat_map(|browser| browser.packages).copied().collect();
            apt(&[&["install", "-y", "--no-install-recommends"], packages.as_slice()].concat())
        })?;
    }
    browsers.iter().try_for_each(|browser| browser.find().map(drop))
}

fn names(browsers: &[&Browser]) -> String {
    browsers.iter().map(|browser| browser.name).collect::<Vec<_>>().join(", ")
}

fn apt(args: &[&str]) -> Outcome {
    quiet(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(args)).map(drop)
}

impl Found {
    /// Tells wasm-bindgen's test runner to run in this browser.
    pub(crate) fn run_wasm(&self, command: &mut Command) -> Outcome {
        for other in [&CHROMIUM, &FIREFOX, &WEBKIT] {
            // The runner takes the first that it finds.
            command.env_remove(other.runner);
        }
        command.env("WASM_BINDGEN_USE_BROWSER", "1").env(self.about.runner, &self.driver);
        command.env("WASM_BINDGEN_TEST_TIMEOUT", "120");
        command.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", self.capabilities()?);
        Ok(())
    }

    /// A file that tells the runner how to start the browser.
    fn capabilities(&self) -> Outcome<PathBuf> {
        let path = target().join(format!("webdriver-{}.json", self.about.name.to_lowercase()));
        let text = match (self.about.options, &self.browser) {
            (Some(options), Some(browser)) => {
                let arguments: Vec<_> = self.about.arguments.iter().map(|one| format!("\"{one}\"")).collect();
                let (browser, arguments) = (browser.display(), arguments.join(", "));
                format!("{{ \"{options}\": {{ \"binary\": \"{browser}\", \"args\": [{arguments}] }} }}\n")
            }
            _ => "{}\n".to_owned(),
        };
        write(&path, text)?;
        Ok(path)
    }

    /// A folder's name for what comes of it.
    pub(crate) fn folder(&self) -> String {
        self.about.name.to_lowercase()
    }

    /// Tells a script of the tests which browser to drive.
    pub(crate) fn drive(&self, command: &mut Command) {
        command.env("BROWSER", self.folder()).env("BROWSER_DRIVER", &self.driver);
        command.env("BROWSER_OPTIONS", self.about.arguments());
        command.envs(self.browser.as_ref().map(|path| ("BROWSER_PATH", path)));
    }

    /// The same for a script that drives Chromium by a library of its own, without a driver.
    pub(crate) fn drive_chromium(&self, command: &mut Command) {
        command.envs(self.browser.as_ref().map(|path| ("CHROME", path)));
        command.env("CHROME_OPTIONS", self.about.arguments());
    }

    /// The command with a screen, where the browser needs one.
    pub(crate) fn on_screen(&self, command: Command) -> Command {
        let Some(screen) = &self.screen else { return command };
        let mut wrapped = Command::new(screen);
        wrapped.args(["--auto-servernum", "--server-args=-screen 0 1600x1200x24"]);
        wrapped.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => wrapped.env(name, value),
                None => wrapped.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            wrapped.current_dir(folder);
        }
        wrapped
    }
}

//! `demo`: the portal on localhost, with the gateway in workerd and the sandbox.

use crate::process::{node, node_24, root, run_captured, step, target, test_tools_manifest};
use crate::{build, setup};
use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};
use xshell::{Cmd, Shell};

/// Build, and run portal, gateway and sandbox on localhost.
///
/// Installs missing tools, builds the package and serves the portal's page, the gateway in workerd (with two tenants to switch
/// between), and the service as a sandbox. It makes no requests to the network. Each request to the gateway is logged as
/// a line. Ctrl-C ends it.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// The port of the portal; 0 takes a free one.
    #[arg(long, value_name = "N", default_value_t = 5173)]
    port: u16,
}

/// Serves the portal until it is interrupted.
pub(crate) fn demo(sh: &Shell, arguments: &Arguments) -> Result<()> {
    let port = free_port(arguments.port)?;
    build::build(sh)?;
    install_page(sh)?;
    setup::npm_install(sh, &root().join("www"), "npm packages of the demo")?;
    setup::npm_install(sh, &root().join("tests"), "npm tools of the tests, workerd among them")?;
    let folder = page_folder();
    build_page(sh, &folder)?;
    let mut site = serve_demo(sh, &folder, port, Clock::Running)?;
    println!("\n  The portal is at  {}\n  Ctrl-C ends it.\n", site.address());
    let status = site.server.wait().context("the demo's server could not be awaited")?;
    if status.success() || status.code().is_none() { Ok(()) } else { bail!("the demo ended with {status}") }
}

/// A site that is served until it is dropped.
pub(crate) struct Site {
    port: u16,
    server: Child,
    /// The server's stdin. The server ends when it is closed, as `Child::wait` would do.
    stdin: Option<ChildStdin>,
}

impl Site {
    pub(crate) fn address(&self) -> String {
        format!("http://localhost:{}/", self.port)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // The server ends itself and its child processes when its stdin is closed.
        if self.stdin.take().is_some() {
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(5) {
                if !matches!(self.server.try_wait(), Ok(None)) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The npm project of the page.
pub(crate) const PAGE: &str = "www/portal";

/// The folder of the built page.
pub(crate) fn page_folder() -> PathBuf {
    target().join("portal/app")
}

/// Installs the npm packages of the page from its lock file.
pub(crate) fn install_page(sh: &Shell) -> Result<()> {
    setup::npm_install(sh, &root().join(PAGE), "npm packages of the portal")
}

/// Builds the portal's page into a folder, as it would be deployed.
pub(crate) fn build_page(sh: &Shell, folder: &Path) -> Result<()> {
    let _page = sh.push_dir(root().join(PAGE));
    step("the portal's page", || {
        run_captured(vite(sh).args(["build", "--emptyOutDir", "--outDir"]).arg(folder)).map(drop)
    })
}

/// The clock of the sandbox.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The real time; cases change.
    Running,
    /// One moment, for tests. The gateway does not log then.
    Fixed,
}

/// Serves a built page with the gateway and the sandbox.
pub(crate) fn serve_demo(sh: &Shell, folder: &Path, port: u16, clock: Clock) -> Result<Site> {
    let server = node_24(sh)
        .arg(root().join("www/demo/run.mjs"))
        .arg("--site")
        .arg(folder)
        .args(["--port", &port.to_string()])
        .args((clock == Clock::Fixed).then_some("--still"))
        .env("TOOLS", test_tools_manifest())
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    serve(server, Stdio::piped(), port, "the gateway and the sandbox")
}

/// Serves a built page as a host of static files does.
pub(crate) fn serve_page(sh: &Shell, folder: &Path, port: u16) -> Result<Site> {
    let _page = sh.push_dir(root().join(PAGE));
    let server = vite(sh)
        .arg("preview")
        .arg("--outDir")
        .arg(folder)
        .args(["--host", "127.0.0.1", "--strictPort", "--clearScreen", "false", "--logLevel", "warn"])
        .args(["--port", &port.to_string()]);
    serve(server, Stdio::null(), port, "the static page")
}

/// Starts a server and waits until it responds.
fn serve(server: Cmd<'_>, stdin: Stdio, port: u16, name: &str) -> Result<Site> {
    let server = Command::from(server).stdin(stdin).spawn();
    let mut server = server.with_context(|| format!("{name} could not be started"))?;
    let stdin = server.stdin.take();
    let mut site = Site { port, server, stdin };
    step(&format!("waiting for {name}"), || wait_for(port, &mut site.server, name))?;
    Ok(site)
}

/// The port if it is free, otherwise a free one.
pub(crate) fn free_port(port: u16) -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", port)).or_else(|_| {
        println!("· port {port} is taken; another one is used");
        TcpListener::bind(("127.0.0.1", 0))
    });
    let address = listener.and_then(|listener| listener.local_addr()).context("no port is free")?;
    Ok(address.port())
}

fn vite(sh: &Shell) -> Cmd<'_> {
    node(sh).arg("node_modules/vite/bin/vite.js")
}

/// Waits until a server responds with a page, for one minute.
fn wait_for(port: u16, server: &mut Child, name: &str) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        if let Ok(Some(status)) = server.try_wait() {
            bail!("{name} ended with {status} before it served a page");
        }
        if responds(port) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("{name} did not respond within a minute")
}

fn responds(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let request = format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
    let mut start = [0; 12];
    stream.write_all(request.as_bytes()).is_ok() && stream.read_exact(&mut start).is_ok() && start.ends_with(b"200")
}

//! The portal on localhost: the page, the gateway in workerd and the sandbox behind it.

use crate::process::{Outcome, node, quiet, root, step, target};
use crate::test::node_24;
use crate::{build, setup};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) const HELP: &str = "\
Sets up what is missing, builds the package and runs the whole chain on localhost: the portal's page, the gateway in
workerd (with two tenants to switch between), and the service in a sandbox. Nothing outside this machine is asked.

Usage: cargo xtask demo [--port N]

  --port N   where to serve (5173; 0 picks a free port)

Each request to the gateway is a line here. Ctrl-C ends it.";

/// Serves the portal until it is interrupted.
pub(crate) fn demo(args: &[String]) -> Outcome {
    let port = free_port(port(args)?)?;
    build::build()?;
    setup::npm_install(&root().join("www"), "npm packages of the portal")?;
    setup::npm_install(&root().join("tests"), "npm tools of the tests, workerd among them")?;
    let folder = target().join("portal/site");
    build_page(&folder)?;
    let mut site = chain(&folder, port, Clock::Moves)?;
    println!("\n  The portal is at  {}\n  Ctrl-C ends it.\n", site.address());
    let status = site.server.wait().map_err(|error| format!("the demo was lost: {error}"))?;
    if status.success() || status.code().is_none() { Ok(()) } else { Err(format!("the demo ended with {status}")) }
}

fn port(args: &[String]) -> Outcome<u16> {
    match args {
        [] => Ok(5173),
        [flag, port] if flag == "--port" => {
            port.parse().map_err(|_| format!("--port takes a number from 0 to 65535, not \"{port}\""))
        }
        _ => Err("demo takes --port N and nothing else; --help tells more".to_owned()),
    }
}

/// A built site, served until it is dropped.
pub(crate) struct Site {
    port: u16,
    server: Child,
    /// While it is open, the chain goes on. `Child::wait` would close it.
    input: Option<ChildStdin>,
}

impl Site {
    pub(crate) fn address(&self) -> String {
        format!("http://localhost:{}/", self.port)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // The chain ends itself, and what it has started, when its input does. What does not, is ended.
        if self.input.take().is_some() {
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

/// Builds the portal's page as it would be deployed, into a folder: what is shown is what is tested.
pub(crate) fn build_page(folder: &Path) -> Outcome {
    step("building the portal", || quiet(vite().args(["build", "--emptyOutDir", "--outDir"]).arg(folder)).map(drop))
}

/// What the sandbox's clock does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// It goes with the real one, and cases move.
    Moves,
    /// It stands still, for tests. Nothing is logged either.
    StandsStill,
}

/// Serves a built page with the gateway and the sandbox behind it.
pub(crate) fn chain(folder: &Path, port: u16, clock: Clock) -> Outcome<Site> {
    let mut command = node_24();
    command.arg(root().join("www/demo/run.mjs")).arg("--site").arg(folder).args(["--port", &port.to_string()]);
    if clock == Clock::StandsStill {
        command.arg("--still");
    }
    command.env("TOOLS", tools()).env("CLOUDFLARE_CF_FETCH_ENABLED", "false").stdin(Stdio::piped());
    serve(command, port, "the gateway and the sandbox")
}

/// Serves a built page as any host of static files does.
pub(crate) fn alone(folder: &Path, port: u16) -> Outcome<Site> {
    let mut command = vite();
    command.arg("preview").arg("--outDir").arg(folder);
    command.args(["--host", "127.0.0.1", "--strictPort", "--clearScreen", "false", "--logLevel", "warn", "--port"]);
    command.arg(port.to_string()).stdin(Stdio::null());
    serve(command, port, "the page alone")
}

/// Starts a server and waits until it answers.
fn serve(mut command: Command, port: u16, name: &str) -> Outcome<Site> {
    let mut server = command.spawn().map_err(|error| format!("{name} could not be started: {error}"))?;
    let input = server.stdin.take();
    let mut site = Site { port, server, input };
    step(&format!("waiting for {name}"), || wait_for(port, &mut site.server, name))?;
    Ok(site)
}

/// The package.json of the tests' own tools.
pub(crate) fn tools() -> PathBuf {
    root().join("tests/package.json")
}

/// The port if it is free, otherwise another one.
pub(crate) fn free_port(wanted: u16) -> Outcome<u16> {
    let listener = TcpListener::bind(("127.0.0.1", wanted)).or_else(|_| {
        println!("· port {wanted} is taken; another one is used");
        TcpListener::bind(("127.0.0.1", 0))
    });
    let address = listener.and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|error| format!("no port is free: {error}"))
}

fn vite() -> Command {
    let mut command = node();
    command.current_dir(root().join("www")).arg("node_modules/vite/bin/vite.js");
    command
}

/// Waits until the page answers.
fn wait_for(port: u16, server: &mut Child, name: &str) -> Outcome {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        if let Ok(Some(status)) = server.try_wait() {
            return Err(format!("{name} ended with {status} before it served"));
        }
        if answers(port) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err(format!("{name} did not answer within a minute"))
}

fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let request = format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
    let mut start = [0; 12];
    stream.write_all(request.as_bytes()).is_ok() && stream.read_exact(&mut start).is_ok() && start.ends_with(b"200")
}

//! The portal on localhost.

use crate::run::{Outcome, node, quiet, root, step, target};
use crate::{build, setup};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) const HELP: &str = "\
Sets up what is missing, builds the package and serves the portal on localhost, with the service in a sandbox.

Usage: cargo xtask demo [--port N]

  --port N   where to serve (5173; 0 picks a free port)

Ctrl-C ends it.";

/// Serves the portal until it is interrupted.
pub(crate) fn demo(args: &[String]) -> Outcome {
    let port = free_port(port(args)?)?;
    build::build()?;
    setup::npm_install(&root().join("www"), "npm packages of the portal")?;
    let mut site = serve(&target().join("portal/site"), port)?;
    println!("\n  The portal is at  {}\n  Ctrl-C ends it.\n", site.address());
    let status = site.server.wait().map_err(|error| format!("vite was lost: {error}"))?;
    if status.success() || status.code().is_none() { Ok(()) } else { Err(format!("vite ended with {status}")) }
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
}

impl Site {
    pub(crate) fn address(&self) -> String {
        format!("http://localhost:{}/", self.port)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Builds the portal as it would be deployed, into a folder, and serves it: what is shown is what is tested.
pub(crate) fn serve(folder: &Path, port: u16) -> Outcome<Site> {
    step("building the portal", || quiet(vite().args(["build", "--emptyOutDir", "--outDir"]).arg(folder)))?;
    let mut server = start(vite().arg("preview").arg("--outDir").arg(folder), port)?;
    step("waiting for the portal", || wait_for(port, &mut server))?;
    Ok(Site { port, server })
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

fn start(vite: &mut Command, port: u16) -> Outcome<Child> {
    vite.args(["--host", "127.0.0.1", "--strictPort", "--clearScreen", "false", "--logLevel", "warn", "--port"]);
    vite.arg(port.to_string()).stdin(Stdio::null());
    vite.spawn().map_err(|error| format!("vite could not be started: {error}"))
}

/// Waits until the page answers.
fn wait_for(port: u16, server: &mut Child) -> Outcome {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        if let Ok(Some(status)) = server.try_wait() {
            return Err(format!("vite ended with {status} before it served"));
        }
        if answers(port) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Err("vite did not answer within a minute".to_owned())
}

fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let request = format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
    let mut start = [0; 12];
    stream.write_all(request.as_bytes()).is_ok() && stream.read_exact(&mut start).is_ok() && start.ends_with(b"200")
}

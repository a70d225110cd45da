//! Who may steer a sandbox by `POST /__sandbox`: programs of its machine, and its own pages.

use super::http::SandboxRequest;
use alloc::string::String;
use core::net::{Ipv4Addr, Ipv6Addr};

/// Says why a request may not steer the sandbox: the header at fault, and a sentence.
///
/// Any page that somebody visits can send a request to a port of its visitor's machine. It names its own origin then, and
/// where its name was made to lead to this machine (DNS rebinding), it names itself as the host.
pub(super) fn denial(request: &SandboxRequest, hosts: &[String]) -> Option<(&'static str, &'static str)> {
    let host = request.header("Host").or_else(|| authority(&request.url));
    // What comes without that header comes over no network.
    if request.header("Host").is_some_and(|host| !is_local_name(host_name(host), hosts)) {
        return Some(("host", "host: expected localhost, an IP address, or an allowed host name"));
    }
    let is_own =
        |origin: &str| authority(origin).is_some_and(|from| host.is_some_and(|to| from.eq_ignore_ascii_case(to)));
    let origins = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Origin"));
    let is_foreign = origins.clone().any(|(_, origin)| !is_own(origin))
        || request.header("Sec-Fetch-Site").is_some_and(|site| !matches!(site, "same-origin" | "none"));
    is_foreign.then_some(("origin", "origin: expected the sandbox's own origin, or none"))
}

/// Host and port of an address that has them.
fn authority(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', '?', '#']).next().filter(|authority| !authority.is_empty())
}

/// The name in a host and port.
fn host_name(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split_once(':').map_or(host, |(name, _)| name),
    }
}

/// Whether a name is this machine's. Nobody can make an address lead elsewhere.
fn is_local_name(name: &str, hosts: &[String]) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<Ipv4Addr>().is_ok()
        || name.parse::<Ipv6Addr>().is_ok()
        || hosts.iter().any(|host| host.eq_ignore_ascii_case(&name))
}

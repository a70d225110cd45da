//! Access control of `POST /__sandbox`: only local programs and the sandbox's own pages may change a sandbox.

use super::http::SandboxRequest;
use alloc::string::String;
use core::net::{Ipv4Addr, Ipv6Addr};

/// Returns why a request may not change the sandbox: the offending header and a message. `None` if it may.
///
/// A web page can send requests to any port of the machine that displays it. Such a request names the page's origin in
/// `Origin`; after DNS rebinding it names the page's host in `Host`.
pub(super) fn denial(request: &SandboxRequest, hosts: &[String]) -> Option<(&'static str, &'static str)> {
    let host = request.header("Host").or_else(|| authority(&request.url));
    // A request without `Host` did not come over a network.
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

/// Returns host and port of an absolute URL.
fn authority(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', '?', '#']).next().filter(|authority| !authority.is_empty())
}

/// Returns the name in `host:port`.
fn host_name(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split_once(':').map_or(host, |(name, _)| name),
    }
}

/// Whether a name always resolves to this machine or is allowed. An IP address cannot be rebound by DNS.
fn is_local_name(name: &str, hosts: &[String]) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<Ipv4Addr>().is_ok()
        || name.parse::<Ipv6Addr>().is_ok()
        || hosts.iter().any(|host| host.eq_ignore_ascii_case(&name))
}

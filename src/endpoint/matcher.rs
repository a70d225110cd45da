//! The endpoint of a received request: for the sandbox and the gateway.

use super::{ENDPOINTS, Endpoint};

/// Splits a URL into path and query, without decoding. The host is ignored.
pub fn path_and_query(url: &str) -> (&str, &str) {
    let url = url.split('#').next().unwrap_or(url);
    let local = match url.split_once("://") {
        Some((_, rest)) => rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => url,
    };
    local.split_once('?').unwrap_or((local, ""))
}

/// Returns the endpoint of a path below the base address, and the ids as they were sent.
pub fn match_path(path: &str) -> Option<(&'static Endpoint, &str)> {
    for endpoint in ENDPOINTS {
        if let Some(ids) = path.strip_prefix(endpoint.path_prefix()) {
            let ids = ids.strip_suffix('/').unwrap_or(ids);
            return (!ids.contains('/')).then_some((endpoint, ids));
        }
        if endpoint.path_prefix().strip_suffix('/') == Some(path) {
            return Some((endpoint, ""));
        }
    }
    None
}

/// Returns whether every `%` is followed by two hex digits and every byte is allowed in a URL.
pub fn is_well_formed(url: &str) -> bool {
    let mut rest = url.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (b'%', [high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => tail,
            (b'%' | 0..=8 | 10..=31 | 127, _) => return false,
            _ => tail,
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{is_well_formed, match_path, path_and_query};
    use crate::endpoint::{CASE_DETAILS, CASE_SUMMARY};

    #[test]
    fn the_host_makes_no_difference() {
        for url in ["https://apix.cisco.com/a/b?c=d#e", "http://127.0.0.1:8787/a/b?c=d", "/a/b?c=d"] {
            assert_eq!(path_and_query(url), ("/a/b", "c=d"), "{url}");
        }
        assert_eq!(path_and_query("https://apix.cisco.com"), ("/", ""));
        assert_eq!(path_and_query("https://apix.cisco.com?c=d"), ("", "c=d"));
    }

    #[test]
    fn a_path_leads_to_one_endpoint() {
        let table = [
            ("/cases/case_ids/1,2", Some((&CASE_SUMMARY, "1,2"))),
            ("/cases/case_ids/", Some((&CASE_SUMMARY, ""))),
            ("/cases/case_ids", Some((&CASE_SUMMARY, ""))),
            ("/cases/details/case_id/1/", Some((&CASE_DETAILS, "1"))),
            ("/cases/case_ids/1/2", None),
            ("/cases", None),
            ("", None),
        ];
        for (path, found) in table {
            assert_eq!(match_path(path), found, "{path}");
        }
    }

    #[test]
    fn a_lone_percent_sign_is_malformed() {
        assert!(is_well_formed("/a%20b?c=%C3%A9"));
        for url in ["/%", "/%2", "/%zz", "/a\nb"] {
            assert!(!is_well_formed(url), "{url}");
        }
    }
}

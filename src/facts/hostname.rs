//! Host names as TLS, Ingress and the Gateway API compare them.
//!
//! Three rules that look alike and are not: a certificate's `*` covers exactly one label
//! (RFC 6125), so does an Ingress host's, but a Gateway listener's covers one or more.

use std::net::IpAddr;

/// Lower case, no trailing dot, no white space around.
#[must_use]
pub fn normal(host: &str) -> String {
    host.trim().trim_end_matches('.').to_lowercase()
}

/// Whether a name of a certificate covers a host (RFC 6125 §6.4: exact, or one left-most label).
///
/// A wildcard host is covered by the same wildcard name only.
#[must_use]
pub fn covers(name: &str, host: &str) -> bool {
    let (name, host) = (normal(name), normal(host));
    if name.is_empty() || host.is_empty() {
        return false;
    }
    if name == host {
        return true;
    }
    let Some(parent) = name.strip_prefix("*.") else { return false };
    if host.starts_with("*.") || parent.is_empty() || parent.contains('*') || host.parse::<IpAddr>().is_ok() {
        return false;
    }
    host.split_once('.').is_some_and(|(first, rest)| !first.is_empty() && rest == parent)
}

/// Whether a certificate with these names serves a host: IP hosts need an IP name.
#[must_use]
pub fn covered(dns_names: &[String], ip_names: &[String], host: &str) -> bool {
    let host = normal(host);
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = literal.parse::<IpAddr>() {
        return ip_names.iter().any(|name| name.parse::<IpAddr>().is_ok_and(|name| name == ip));
    }
    dns_names.iter().any(|name| covers(name, &host))
}

/// Whether two patterns of hosts can name the same host, as an Ingress means them.
#[must_use]
pub fn shadows(wildcard: &str, host: &str) -> bool {
    wildcard.starts_with("*.") && !host.starts_with("*.") && covers(wildcard, host)
}

/// The host that a listener and a route have in common, as the Gateway API defines it: an empty
/// name is every host, and a wildcard covers one label or more.
#[must_use]
pub fn intersection(listener: &str, route: &str) -> Option<String> {
    let (listener, route) = (normal(listener), normal(route));
    let any = |name: &str| name.is_empty() || name == "*";
    match (any(&listener), any(&route)) {
        (true, true) => return Some("*".into()),
        (true, false) => return Some(route),
        (false, true) => return Some(listener),
        (false, false) => {}
    }
    if listener == route {
        return Some(route);
    }
    let below = |wide: &str, narrow: &str| {
        wide.strip_prefix('*').is_some_and(|suffix| narrow.len() > suffix.len() && narrow.ends_with(suffix))
    };
    if below(&listener, &route) {
        Some(route)
    } else if below(&route, &listener) {
        Some(listener)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_of_a_certificate_covers_one_label() {
        for (name, host, wanted) in [
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "A.Example.COM.", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "a.b.example.com", false),
            ("*.example.com", "*.example.com", true),
            ("*.example.com", "*.a.example.com", false),
            ("example.com", "example.com", true),
            ("example.com", "notexample.com", false),
            ("*", "com", false),
            ("*.", "a.", false),
            ("xn--bcher-kva.example", "xn--bcher-kva.example", true),
            ("*.0.0.1", "127.0.0.1", false),
        ] {
            assert_eq!(covers(name, host), wanted, "{name} {host}");
        }
    }

    #[test]
    fn ip_hosts_need_ip_names() {
        let dns = vec!["10.0.0.1".to_owned(), "*.0.0.1".to_owned()];
        assert!(!covered(&dns, &[], "10.0.0.1"));
        assert!(covered(&[], &["10.0.0.1".into()], "10.0.0.1"));
        assert!(covered(&[], &["2001:db8:0:0::1".into()], "[2001:db8::1]"));
    }

    #[test]
    fn listeners_and_routes_meet_in_their_common_hosts() {
        for (listener, route, wanted) in [
            ("", "", Some("*")),
            ("", "a.example.com", Some("a.example.com")),
            ("*.example.com", "", Some("*.example.com")),
            ("*.example.com", "a.b.example.com", Some("a.b.example.com")),
            ("*.example.com", "example.com", None),
            ("a.example.com", "*.example.com", Some("a.example.com")),
            ("*.example.com", "*.b.example.com", Some("*.b.example.com")),
            ("a.example.com", "b.example.com", None),
        ] {
            assert_eq!(intersection(listener, route).as_deref(), wanted, "{listener} {route}");
        }
    }
}

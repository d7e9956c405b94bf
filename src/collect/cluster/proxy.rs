//! Whether a proxy stands between us and the server, by the rules that curl and Go share.
//!
//! kube 5.0 matches NO_PROXY against the proxy's own address and refuses odd entries, so the
//! decision is taken here. Environment is handed in, never read.

use std::net::IpAddr;

/// The proxy to use for a server, or none.
///
/// `env` looks a variable up; the upper-case name wins, and empty means unset.
pub(super) fn proxy(
    server: &http::Uri,
    of_cluster: Option<&str>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<http::Uri>, String> {
    let var = |name: &str| {
        let lower = name.to_ascii_lowercase();
        env(name).filter(|value| !value.is_empty()).or_else(|| env(&lower).filter(|value| !value.is_empty()))
    };
    let host = server.host().unwrap_or_default();
    let chosen = match of_cluster.filter(|url| !url.is_empty()) {
        // What the kubeconfig says about this cluster is meant for it: NO_PROXY does not apply.
        Some(url) => Some(("proxy-url of the kubeconfig", url.to_owned())),
        None => {
            let excluded = var("NO_PROXY").is_some_and(|list| matches(&list, host, server.port_u16()));
            let name = if server.scheme_str() == Some("http") { "HTTP_PROXY" } else { "HTTPS_PROXY" };
            var(name).filter(|_| !excluded && !is_loopback(host)).map(|url| (name, url))
        }
    };
    let Some((place, url)) = chosen else { return Ok(None) };
    let url = if url.contains("://") { url } else { format!("http://{url}") };
    url.parse().map(Some).map_err(|_| format!("{place} is no URL"))
}

pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a NO_PROXY list names the host: names and their subdomains, addresses, networks, `*`.
fn matches(list: &str, host: &str, port: Option<u16>) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let (Some((network, bits)), Some(address)) = (entry.split_once('/'), address) {
            return network
                .parse()
                .ok()
                .zip(bits.parse().ok())
                .is_some_and(|(network, bits)| within(address, network, bits));
        }
        let entry = entry.to_ascii_lowercase();
        if entry.parse::<IpAddr>().is_ok_and(|entry| Some(entry) == address) {
            return true;
        }
        let (name, of_port) = match entry.rsplit_once(':') {
            Some((name, digits)) if !name.contains(':') && digits.parse::<u16>().is_ok() => (name, digits.parse().ok()),
            _ => (entry.as_str(), None),
        };
        if of_port.is_some() && of_port != port {
            return false;
        }
        let name = name.trim_start_matches("*.").trim_start_matches('.');
        host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
    })
}

fn within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let shift = 32_u32.saturating_sub(bits);
            bits <= 32 && (u64::from(address.to_bits()) >> shift) == (u64::from(network.to_bits()) >> shift)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => match 128_u32.saturating_sub(bits) {
            128 => true,
            shift => bits <= 128 && (address.to_bits() >> shift) == (network.to_bits() >> shift),
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_is_about_the_server() {
        let list = "internal.example, 10.0.0.0/8 ,.svc,odd entry!,fd00::/8,192.168.1.1,other:8443,";
        for (host, port, excluded) in [
            ("api.internal.example", Some(6443), true),
            ("internal.example", None, true),
            ("notinternal.example", None, false),
            ("10.1.2.3", Some(443), true),
            ("11.1.2.3", Some(443), false),
            ("kubernetes.default.svc", None, true),
            ("[fd00::1]", None, true),
            ("192.168.1.1", Some(1), true),
            ("other", Some(8443), true),
            ("other", Some(443), false),
        ] {
            assert_eq!(matches(list, host, port), excluded, "{host}");
        }
        assert!(matches("*", "anything", None));
    }

    #[test]
    fn the_kubeconfig_wins_and_loopback_goes_straight() {
        let env = |name: &str| (name == "HTTPS_PROXY").then(|| "proxy.example:3128".to_owned());
        let of = |server: &str, own: Option<&str>| {
            proxy(&server.parse().unwrap(), own, &env).unwrap().map(|uri| uri.to_string())
        };
        assert_eq!(of("https://api.example:6443", None).as_deref(), Some("http://proxy.example:3128/"));
        assert_eq!(of("https://127.0.0.1:6443", None), None);
        assert_eq!(of("https://api.example", Some("http://own:1")).as_deref(), Some("http://own:1/"));
        assert_eq!(of("http://api.example", None), None);
    }
}

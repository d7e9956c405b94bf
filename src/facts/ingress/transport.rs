//! How an Ingress is served: where TLS ends when `spec.tls` does not say, and what plain HTTP gets.
//!
//! Facts of deep-ingress table C; the annotations are each controller's documented ones.

use super::{
    Plain, Tls,
    config::{Config, truth},
};
use crate::view::Map;

/// What the annotations say beyond `spec.tls`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Where TLS ends, and which annotation says so.
    pub tls: Option<(Tls, String)>,
    /// Certificates that are no Secret: `(source, detail)`.
    pub certificates: Vec<(&'static str, String)>,
    /// `spec.tls` alone opens no TLS listener.
    pub spec_is_not_enough: bool,
}

fn value<'a>(annotations: &'a Map, key: &str) -> Option<&'a str> {
    annotations.get(key).map(String::as_str).filter(|value| !value.is_empty())
}

/// TLS that annotations switch on, whatever the class: the prefix says whose they are.
#[must_use]
pub fn outside(product: &str, annotations: &Map) -> Outside {
    let mut found = Outside::default();
    let passthrough = [
        ("ingress-nginx", "nginx.ingress.kubernetes.io/ssl-passthrough"),
        ("haproxy", "haproxy.org/ssl-passthrough"),
        ("haproxy-ingress", "haproxy-ingress.github.io/ssl-passthrough"),
    ];
    let is = |wanted: &str| product.is_empty() || product == wanted;
    for (whose, key) in passthrough {
        if is(whose) && value(annotations, key).is_some_and(truth) {
            found.tls = Some((Tls::Passthrough, key.to_owned()));
        }
    }
    if value(annotations, "route.openshift.io/termination") == Some("passthrough") {
        found.tls = Some((Tls::Passthrough, "route.openshift.io/termination".into()));
    }
    let external = [
        ("gke-ingress", "networking.gke.io/managed-certificates"),
        ("gke-ingress", "ingress.gcp.kubernetes.io/pre-shared-cert"),
        ("gke-ingress", "networking.gke.io/certmap"),
        ("azure-agic", "appgw.ingress.kubernetes.io/appgw-ssl-certificate"),
        ("aws-lb-controller", "alb.ingress.kubernetes.io/certificate-arn"),
    ];
    for (whose, key) in external {
        if is(whose)
            && let Some(name) = value(annotations, key)
        {
            found.tls = Some((Tls::Terminated, key.to_owned()));
            found.certificates.push(("external", format!("{key}={name}")));
        }
    }
    if product == "aws-lb-controller" && found.tls.is_none() {
        if listens(annotations, "HTTPS") {
            found.tls = Some((Tls::Terminated, "alb.ingress.kubernetes.io/listen-ports".into()));
            found.certificates.push(("external", "certificate found by host".into()));
        } else {
            found.spec_is_not_enough = true;
        }
    }
    found
}

fn listens(annotations: &Map, protocol: &str) -> bool {
    value(annotations, "alb.ingress.kubernetes.io/listen-ports")
        .is_some_and(|ports| ports.to_ascii_uppercase().contains(&format!("\"{protocol}\"")))
}

/// What plain HTTP gets at a host, given how TLS ends there.
#[must_use]
pub fn plain(product: &str, annotations: &Map, config: &Config, tls: Tls) -> (Plain, String) {
    let has_tls = matches!(tls, Tls::Terminated | Tls::Passthrough);
    let get = |key: &str| value(annotations, key);
    match product {
        "ingress-nginx" => nginx("nginx.ingress.kubernetes.io/", annotations, config, has_tls),
        "haproxy-ingress" => nginx("haproxy-ingress.github.io/", annotations, config, has_tls),
        "haproxy" => {
            let set = get("haproxy.org/ssl-redirect").map(truth).or_else(|| config.is_on("ssl-redirect", has_tls));
            switch(set, "haproxy.org/ssl-redirect")
        }
        "f5-nginx-ingress" => {
            let own = ["nginx.org/redirect-to-https", "ingress.kubernetes.io/ssl-redirect"];
            if let Some(on) = own.iter().find_map(|key| get(key)).map(truth) {
                return switch(Some(on), "annotation");
            }
            if !has_tls {
                return (Plain::Serves, "without TLS nothing redirects".into());
            }
            switch(config.is_on("ssl-redirect", true), "ssl-redirect of the controller's ConfigMap")
        }
        "kong" => {
            let https_only = get("konghq.com/protocols").is_some_and(|protocols| {
                protocols.split(',').all(|protocol| matches!(protocol.trim(), "https" | "grpcs" | "tls"))
            });
            match (https_only, get("konghq.com/https-redirect-status-code")) {
                (false, _) => (Plain::Serves, "konghq.com/protocols does not leave http out".into()),
                (true, Some("301" | "302" | "307" | "308")) => {
                    (Plain::Redirects, "konghq.com/https-redirect-status-code".into())
                }
                // 426 Upgrade Required: nothing is served, nobody is sent on.
                (true, _) => (Plain::Absent, "konghq.com/protocols is https".into()),
            }
        }
        "aws-lb-controller" => {
            let redirects = get("alb.ingress.kubernetes.io/ssl-redirect").is_some()
                || annotations.iter().any(|(key, value)| {
                    key.starts_with("alb.ingress.kubernetes.io/actions.")
                        && value.contains("redirect")
                        && value.contains("HTTPS")
                });
            let http = get("alb.ingress.kubernetes.io/listen-ports").map_or(!has_tls, |_| listens(annotations, "HTTP"));
            match (redirects, http) {
                (true, _) => (Plain::Redirects, "alb.ingress.kubernetes.io/ssl-redirect".into()),
                (false, true) => (Plain::Serves, "listens on HTTP".into()),
                (false, false) => (Plain::Absent, "listens on HTTPS only".into()),
            }
        }
        "gke-ingress" => {
            if get("kubernetes.io/ingress.allow-http") == Some("false") {
                return (Plain::Absent, "kubernetes.io/ingress.allow-http is false".into());
            }
            if get("networking.gke.io/v1beta1.FrontendConfig").is_some() {
                return (Plain::Unknown, "its FrontendConfig was not read".into());
            }
            (Plain::Serves, "kubernetes.io/ingress.allow-http is not false".into())
        }
        "azure-agic" => switch(
            Some(get("appgw.ingress.kubernetes.io/ssl-redirect").is_some_and(truth)),
            "appgw.ingress.kubernetes.io/ssl-redirect",
        ),
        "contour" => {
            if get("kubernetes.io/ingress.allow-http") == Some("false") {
                return (Plain::Absent, "kubernetes.io/ingress.allow-http is false".into());
            }
            switch(
                Some(get("ingress.kubernetes.io/force-ssl-redirect").is_some_and(truth)),
                "ingress.kubernetes.io/force-ssl-redirect",
            )
        }
        "openshift-router" => match get("route.openshift.io/insecureEdgeTerminationPolicy") {
            Some("Allow") => (Plain::Serves, "insecureEdgeTerminationPolicy is Allow".into()),
            Some("None") => (Plain::Absent, "insecureEdgeTerminationPolicy is None".into()),
            _ if has_tls => (Plain::Redirects, "the router's default for an Ingress with TLS".into()),
            _ => (Plain::Serves, "without TLS nothing redirects".into()),
        },
        _ => (Plain::Unknown, "its controller is not known".into()),
    }
}

/// ingress-nginx and its namesake in annotations: a redirect comes with TLS, or is forced.
fn nginx(prefix: &str, annotations: &Map, config: &Config, has_tls: bool) -> (Plain, String) {
    let get = |key: &str| value(annotations, &format!("{prefix}{key}"));
    if get("force-ssl-redirect").is_some_and(truth) {
        return (Plain::Redirects, format!("{prefix}force-ssl-redirect"));
    }
    let forced = config.is_on("force-ssl-redirect", false);
    if forced == Some(true) && get("force-ssl-redirect").is_none() {
        return (Plain::Redirects, "force-ssl-redirect of the controller's ConfigMap".into());
    }
    if !has_tls {
        return if forced.is_some() || get("force-ssl-redirect").is_some() {
            (Plain::Serves, "without a tls entry nothing redirects".into())
        } else {
            (Plain::Unknown, "the controller's ConfigMap was not read".into())
        };
    }
    match get("ssl-redirect").map(truth) {
        Some(on) => switch(Some(on), &format!("{prefix}ssl-redirect")),
        None => switch(config.is_on("ssl-redirect", true), "ssl-redirect of the controller's ConfigMap"),
    }
}

fn switch(redirects: Option<bool>, what: &str) -> (Plain, String) {
    match redirects {
        Some(true) => (Plain::Redirects, what.to_owned()),
        Some(false) => (Plain::Serves, format!("{what} is off")),
        None => (Plain::Unknown, format!("{what} was not read")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> Map {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_load_balancer_of_the_cloud_ends_tls_outside_spec_tls() {
        let arn = map(&[("alb.ingress.kubernetes.io/certificate-arn", "arn:x")]);
        assert_eq!(outside("aws-lb-controller", &arn).tls.unwrap().0, Tls::Terminated);
        assert_eq!(plain("aws-lb-controller", &arn, &Config::default(), Tls::Terminated).0, Plain::Absent);
        let both = map(&[("alb.ingress.kubernetes.io/listen-ports", r#"[{"HTTP":80},{"HTTPS":443}]"#)]);
        assert_eq!(outside("aws-lb-controller", &both).tls.unwrap().0, Tls::Terminated);
        assert_eq!(plain("aws-lb-controller", &both, &Config::default(), Tls::Terminated).0, Plain::Serves);
        assert!(outside("aws-lb-controller", &Map::new()).spec_is_not_enough);
        let gke = map(&[("networking.gke.io/managed-certificates", "web")]);
        assert_eq!(outside("gke-ingress", &gke).tls.unwrap().0, Tls::Terminated);
        assert_eq!(outside("kong", &gke).tls, None);
    }

    #[test]
    fn nginx_redirects_only_where_a_tls_entry_is() {
        let read = Config { whole: true, ..Config::default() };
        let at = |pairs: &[(&str, &str)], config: &Config, tls: Tls| plain("ingress-nginx", &map(pairs), config, tls).0;
        assert_eq!(at(&[], &read, Tls::Terminated), Plain::Redirects);
        assert_eq!(at(&[], &read, Tls::None), Plain::Serves);
        assert_eq!(at(&[], &Config::default(), Tls::Terminated), Plain::Unknown);
        assert_eq!(at(&[("nginx.ingress.kubernetes.io/ssl-redirect", "false")], &read, Tls::Terminated), Plain::Serves);
        assert_eq!(
            at(&[("nginx.ingress.kubernetes.io/force-ssl-redirect", "true")], &read, Tls::Offloaded),
            Plain::Redirects
        );
        let off = Config { values: map(&[("ssl-redirect", "false")]), whole: true };
        assert_eq!(at(&[], &off, Tls::Terminated), Plain::Serves);
    }

    #[test]
    fn kong_serves_http_unless_told_otherwise() {
        let at = |pairs: &[(&str, &str)]| plain("kong", &map(pairs), &Config::default(), Tls::Terminated).0;
        assert_eq!(at(&[]), Plain::Serves);
        assert_eq!(at(&[("konghq.com/protocols", "https")]), Plain::Absent);
        assert_eq!(
            at(&[("konghq.com/protocols", "https"), ("konghq.com/https-redirect-status-code", "308")]),
            Plain::Redirects
        );
    }
}

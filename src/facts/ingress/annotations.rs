//! What the annotations of an Ingress switch on, controller by controller.
//!
//! Only what the object and the controller's ConfigMap say: plugins and middlewares that are
//! objects of their own are resolved elsewhere.

use super::{
    Guards, Known, Risk,
    config::{Config, Setting, truth},
};
use crate::view::Map;

/// Keys of ingress-nginx that run code of the author in the controller.
const SNIPPETS: [&str; 5] =
    ["configuration-snippet", "server-snippet", "stream-snippet", "auth-snippet", "modsecurity-snippet"];
/// Keys of ingress-nginx of risk High.
const RISKY: [&str; 9] = [
    "auth-url",
    "auth-signin",
    "server-alias",
    "mirror-target",
    "auth-tls-match-cn",
    "auth-tls-error-page",
    "proxy-ssl-name",
    "upstream-hash-by",
    "modsecurity-transaction-id",
];

struct Prefixed<'a> {
    annotations: &'a Map,
    prefix: &'static str,
}

impl<'a> Prefixed<'a> {
    fn get(&self, key: &str) -> Option<&'a str> {
        self.annotations.get(&format!("{}{key}", self.prefix)).map(|v| v.trim()).filter(|v| !v.is_empty())
    }
    fn any(&self, keys: &[&'static str]) -> Option<(&'static str, &'a str)> {
        keys.iter().find_map(|key| Some((*key, self.get(key)?)))
    }
    fn list(&self, keys: &[&'static str]) -> Vec<String> {
        let value = self.any(keys).map(|(_, value)| value);
        value
            .into_iter()
            .flat_map(|list| list.split([',', ' ']))
            .map(str::trim)
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

/// The guards that annotations and the ConfigMap put before the hosts of an Ingress.
#[must_use]
pub fn guards(product: &str, annotations: &Map, config: &Config) -> Guards {
    match product {
        "ingress-nginx" => nginx(annotations, config),
        "haproxy-ingress" => haproxy_ingress(annotations, config),
        "haproxy" => haproxy(annotations, config),
        "f5-nginx-ingress" => f5(annotations, config),
        "aws-lb-controller" => alb(annotations),
        "azure-agic" => {
            let mut guards = Guards::default();
            let own = Prefixed { annotations, prefix: "appgw.ingress.kubernetes.io/" };
            if own.get("waf-policy-for-path").is_some() {
                guards.waf.add("appgw.ingress.kubernetes.io/waf-policy-for-path");
            }
            guards
        }
        _ => Guards::default(),
    }
}

fn nginx(annotations: &Map, config: &Config) -> Guards {
    let own = Prefixed { annotations, prefix: "nginx.ingress.kubernetes.io/" };
    let mut guards = Guards::default();
    if own.get("auth-url").is_some() {
        guards.auth.add("auth-url");
    }
    if let (Some(kind), Some(_)) = (own.get("auth-type"), own.get("auth-secret")) {
        guards.auth.add(format!("auth-type {kind}"));
    }
    let opted_out = own.get("enable-global-auth").is_some_and(|value| !truth(value));
    match config.get("global-auth-url") {
        Setting::Is(_) if opted_out => guards.auth.broken.push("global-auth-url: enable-global-auth is false".into()),
        Setting::Is(_) => guards.auth.add("global-auth-url"),
        _ => {}
    }
    client_certificates(&own, "auth-tls-secret", "auth-tls-verify-client", &mut guards);
    guards.auth.settle(opted_out || config.get("global-auth-url") != Setting::Unknown);
    for key in ["limit-rps", "limit-rpm", "limit-connections"] {
        if own.get(key).is_some_and(|value| value != "0") {
            guards.rate.add(key);
        }
    }
    guards.rate.settle(true);
    let size = own.get("proxy-body-size").map(Setting::Is).unwrap_or(config.get("proxy-body-size"));
    guards.body_size = match size {
        Setting::Is("0") => "unlimited".into(),
        Setting::Is(size) => size.into(),
        Setting::Unset => "1m".into(),
        Setting::Unknown => String::new(),
    };
    let engine = own.get("enable-modsecurity").map(truth).or_else(|| config.is_on("enable-modsecurity", false));
    match engine {
        Some(true) => {
            // ModSecurity comes up watching; only a directive makes it block.
            let own_directives = own.get("modsecurity-snippet").unwrap_or_default();
            let blocks = |text: &str| text.replace(['\t', '"'], " ").to_ascii_lowercase().contains("secruleengine on");
            let globally = matches!(config.get("modsecurity-snippet"), Setting::Is(text) if blocks(text));
            if blocks(own_directives) || globally {
                guards.waf.add("ModSecurity");
            } else {
                guards.waf.weak.push("ModSecurity only detects".into());
                guards.waf.on = Known::Yes;
            }
        }
        Some(false) => guards.waf.on = Known::No,
        None => {}
    }
    hsts(
        config.is_on("hsts", true),
        config.get("hsts-max-age"),
        31_536_000,
        "hsts of the controller's ConfigMap",
        &mut guards,
    );
    guards.allowed_sources = own.list(&["whitelist-source-range", "allowlist-source-range"]);
    guards
}

fn client_certificates(own: &Prefixed<'_>, secret: &'static str, verify: &str, guards: &mut Guards) {
    guards.client_certificate.on = Known::No;
    if own.get(secret).is_none() {
        return;
    }
    match own.get(verify).unwrap_or("on") {
        "on" | "true" => {
            guards.client_certificate.add(secret);
            guards.auth.add(secret);
        }
        "off" | "false" => guards.client_certificate.broken.push(format!("{verify} is off")),
        "optional_no_ca" => {
            guards.client_certificate.weak.push(format!("{verify} is optional_no_ca: nothing is verified"))
        }
        other => guards.client_certificate.weak.push(format!("{verify} is {other}")),
    }
}

fn hsts(on: Option<bool>, age: Setting<'_>, default: i64, source: &str, guards: &mut Guards) {
    source.clone_into(&mut guards.hsts_source);
    let seconds = match age {
        Setting::Is(age) => age.parse().ok(),
        Setting::Unset => Some(default),
        Setting::Unknown => None,
    };
    match (on, seconds) {
        (Some(false), _) => guards.hsts = Known::No,
        (Some(true), Some(seconds)) => {
            guards.hsts = Known::Yes;
            guards.hsts_seconds = Some(seconds);
        }
        _ => guards.hsts = Known::Unknown,
    }
}

fn haproxy_ingress(annotations: &Map, config: &Config) -> Guards {
    let own = Prefixed { annotations, prefix: "haproxy-ingress.github.io/" };
    let mut guards = Guards::default();
    if let Some((key, _)) = own.any(&["auth-url", "auth-secret", "oauth"]) {
        guards.auth.add(key);
    }
    client_certificates(&own, "auth-tls-secret", "auth-tls-verify-client", &mut guards);
    guards.auth.settle(true);
    for key in ["limit-rps", "limit-connections"] {
        if own.get(key).is_some() {
            guards.rate.add(key);
        }
    }
    guards.rate.settle(true);
    guards.body_size = own.get("proxy-body-size").map(str::to_owned).unwrap_or_default();
    guards.waf.on = Known::No;
    if own.get("waf") == Some("modsecurity") {
        guards.waf.on = Known::Yes;
        if own.get("waf-mode") == Some("detect") {
            guards.waf.weak.push("ModSecurity only detects".into());
        } else {
            guards.waf.add("ModSecurity");
        }
    }
    let on = own.get("hsts").map(truth).or_else(|| config.is_on("hsts", true));
    let age = own.get("hsts-max-age").map_or(config.get("hsts-max-age"), Setting::Is);
    hsts(on, age, 15_768_000, "hsts", &mut guards);
    guards.allowed_sources = own.list(&["allowlist-source-range", "whitelist-source-range"]);
    guards
}

fn haproxy(annotations: &Map, config: &Config) -> Guards {
    let own = Prefixed { annotations, prefix: "haproxy.org/" };
    let mut guards = Guards::default();
    if own.get("auth-type").is_some() && own.get("auth-secret").is_some() {
        guards.auth.add("auth-type");
    }
    guards.auth.settle(true);
    if own.get("rate-limit-requests").is_some() {
        guards.rate.add("rate-limit-requests");
    }
    guards.rate.settle(true);
    guards.client_certificate.on = config.get("client-ca").known();
    if let Setting::Is(_) = config.get("client-ca") {
        if config.is_on("client-crt-optional", false) == Some(true) {
            guards.client_certificate.weak.push("client-crt-optional".into());
        } else {
            guards.client_certificate.add("client-ca");
        }
    }
    guards.allowed_sources = own.list(&["allow-list", "whitelist"]);
    guards
}

impl Setting<'_> {
    fn known(self) -> Known {
        match self {
            Self::Is(_) => Known::Yes,
            Self::Unset => Known::No,
            Self::Unknown => Known::Unknown,
        }
    }
}

fn f5(annotations: &Map, config: &Config) -> Guards {
    let own = Prefixed { annotations, prefix: "nginx.org/" };
    let plus = Prefixed { annotations, prefix: "nginx.com/" };
    let mut guards = Guards::default();
    if own.get("basic-auth-secret").is_some() {
        guards.auth.add("basic-auth-secret");
    }
    if plus.get("jwt-key").is_some() {
        guards.auth.add("jwt-key");
    }
    guards.auth.settle(true);
    if own.get("limit-req-rate").is_some() {
        guards.rate.add("limit-req-rate");
    }
    guards.rate.settle(true);
    guards.body_size = match own.get("client-max-body-size").map_or(config.get("client-max-body-size"), Setting::Is) {
        Setting::Is("0") => "unlimited".into(),
        Setting::Is(size) => size.into(),
        Setting::Unset => "1m".into(),
        Setting::Unknown => String::new(),
    };
    let waf = Prefixed { annotations, prefix: "appprotect.f5.com/" };
    if waf.get("app-protect-enable").is_some_and(truth) {
        guards.waf.add("App Protect");
    }
    guards.waf.settle(true);
    guards.client_certificate.on = Known::No;
    let on = own.get("hsts").map(truth).or_else(|| config.is_on("hsts", false));
    let age = own.get("hsts-max-age").map_or(config.get("hsts-max-age"), Setting::Is);
    hsts(on, age, 2_592_000, "hsts", &mut guards);
    guards
}

fn alb(annotations: &Map) -> Guards {
    let own = Prefixed { annotations, prefix: "alb.ingress.kubernetes.io/" };
    let mut guards = Guards::default();
    match own.get("auth-type") {
        Some(kind @ ("cognito" | "oidc")) => guards.auth.add(format!("auth-type {kind}")),
        _ => guards.auth.settle(true),
    }
    if let Some((key, _)) = own.any(&["wafv2-acl-arn", "wafv2-acl-name", "waf-acl-id"]) {
        guards.waf.add(key);
    }
    guards.waf.settle(true);
    // A rate rule would be in the web ACL, which is not in the cluster.
    guards.rate.settle(guards.waf.by.is_empty());
    let mutual = own.get("mutual-authentication").unwrap_or_default();
    if mutual.contains("verify") {
        guards.client_certificate.add("mutual-authentication");
    } else if mutual.contains("passthrough") {
        guards.client_certificate.weak.push("mutual-authentication is passthrough".into());
    }
    guards.client_certificate.settle(true);
    guards.allowed_sources = own.list(&["inbound-cidrs"]);
    guards
}

/// Major and minor of a version such as `v1.15.1`.
fn minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// What ingress-nginx takes from the author of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Takes {
    /// `allow-snippet-annotations`.
    pub allow: Known,
    /// Snippets: allowed, and the level of risk is high enough.
    pub snippets: Known,
    /// Annotations of risk High.
    pub risky: Known,
    /// Both switches, in words.
    pub reason: String,
}

/// Whether ingress-nginx takes snippets, by its ConfigMap and the defaults of its version.
#[must_use]
pub fn nginx_takes(config: &Config, version: &str) -> Takes {
    let version = minor(version);
    // Snippets went off by default with 1.9, and the level down to High with 1.12.
    let default_allow = version.map(|version| version < (1, 9));
    let allow = match config.get("allow-snippet-annotations") {
        Setting::Is(value) => truth(value).into(),
        Setting::Unset => default_allow.into(),
        Setting::Unknown => Known::Unknown,
    };
    let level = match config.get("annotations-risk-level") {
        Setting::Is(level) => Some(level.to_ascii_lowercase()),
        Setting::Unset => version.map(|version| if version < (1, 12) { "critical".into() } else { "high".into() }),
        Setting::Unknown => None,
    };
    let critical: Known = level.as_ref().map(|level| level == "critical").into();
    let snippets = match (allow, critical) {
        (Known::No, _) | (_, Known::No) => Known::No,
        (Known::Yes, Known::Yes) => Known::Yes,
        _ => Known::Unknown,
    };
    let risky: Known = level.as_ref().map(|level| level == "critical" || level == "high").into();
    let reason = format!(
        "allow-snippet-annotations is {}, annotations-risk-level is {}",
        match allow {
            Known::Yes => "true",
            Known::No => "false",
            Known::Unknown => "not known",
        },
        level.as_deref().unwrap_or("not known"),
    );
    Takes { allow, snippets, risky, reason }
}

/// Annotations that can do what a route should not.
#[must_use]
pub fn risks(product: &str, annotations: &Map, config: &Config, version: &str, f5_snippets: Known) -> Vec<Risk> {
    let mut found = Vec::new();
    let nothing =
        Takes { allow: Known::Unknown, snippets: Known::Unknown, risky: Known::Unknown, reason: String::new() };
    let Takes { snippets, risky, reason, .. } =
        if product == "ingress-nginx" { nginx_takes(config, version) } else { nothing };
    for key in annotations.keys() {
        let Some((prefix, name)) = key.split_once('/') else { continue };
        let risk = |kind: &'static str, accepted: Known, reason: &str| Risk {
            name: key.clone(),
            path: format!("metadata.annotations[{key}]"),
            kind,
            accepted,
            reason: reason.to_owned(),
        };
        let foreign = |wanted: &str| !product.is_empty() && product != wanted;
        match prefix {
            // The prefix may be changed by a flag; the names after it stay.
            _ if prefix.ends_with("nginx.ingress.kubernetes.io")
                || (product == "ingress-nginx" && SNIPPETS.contains(&name)) =>
            {
                let other = foreign("ingress-nginx");
                let why = if other { format!("{product} does not read it") } else { reason.clone() };
                if SNIPPETS.contains(&name) {
                    found.push(risk("snippet", if other { Known::No } else { snippets }, &why));
                } else if RISKY.contains(&name) || name.starts_with("mirror-") {
                    found.push(risk("risky", if other { Known::No } else { risky }, &why));
                }
            }
            "nginx.org" | "nginx.com" if name.ends_with("-snippets") => {
                let other = foreign("f5-nginx-ingress");
                let accepted = if other { Known::No } else { f5_snippets };
                found.push(risk(
                    "snippet",
                    accepted,
                    if other { "another controller serves it" } else { "flag enable-snippets" },
                ));
            }
            "haproxy.org" if name.ends_with("config-snippet") => {
                found.push(risk(
                    "snippet",
                    if foreign("haproxy") { Known::No } else { Known::Yes },
                    "taken as it is written",
                ));
            }
            "haproxy-ingress.github.io" if name.starts_with("config-") => {
                found.push(risk(
                    "snippet",
                    if foreign("haproxy-ingress") { Known::No } else { Known::Yes },
                    "taken as it is written",
                ));
            }
            _ => {}
        }
    }
    found
}

/// What `Strict-Transport-Security` promises, in seconds.
#[must_use]
pub fn hsts_age(header: &str) -> Option<i64> {
    let age = header
        .split([';', ','])
        .find_map(|part| part.trim().to_ascii_lowercase().strip_prefix("max-age=").map(str::to_owned))?;
    age.trim_matches('"').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> Map {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    const N: &str = "nginx.ingress.kubernetes.io/";

    #[test]
    fn snippets_are_taken_only_where_both_switches_say_so() {
        let snippet = map(&[("nginx.ingress.kubernetes.io/configuration-snippet", "x")]);
        let at = |values: &[(&str, &str)], whole: bool, version: &str| {
            risks("ingress-nginx", &snippet, &Config { values: map(values), whole }, version, Known::Unknown)[0]
                .accepted
        };
        assert_eq!(at(&[], true, "v1.15.1"), Known::No);
        assert_eq!(at(&[("allow-snippet-annotations", "true")], true, "v1.15.1"), Known::No);
        assert_eq!(
            at(&[("allow-snippet-annotations", "true"), ("annotations-risk-level", "Critical")], true, "v1.15.1"),
            Known::Yes
        );
        assert_eq!(at(&[("allow-snippet-annotations", "true")], true, "v1.11.0"), Known::Yes);
        assert_eq!(at(&[], true, "v1.8.0"), Known::Yes);
        assert_eq!(at(&[], false, "v1.15.1"), Known::Unknown);
    }

    #[test]
    fn optional_client_certificates_are_weak() {
        let at = |verify: &str| {
            let annotations =
                map(&[(&format!("{N}auth-tls-secret"), "a/b"), (&format!("{N}auth-tls-verify-client"), verify)]);
            nginx(&annotations, &Config::default()).client_certificate
        };
        assert_eq!(at("on").on, Known::Yes);
        assert_eq!((at("optional_no_ca").on, at("optional_no_ca").weak.len()), (Known::No, 1));
    }

    #[test]
    fn modsecurity_watches_unless_told_to_block() {
        let whole = Config { whole: true, ..Config::default() };
        let watching = map(&[("nginx.ingress.kubernetes.io/enable-modsecurity", "true")]);
        assert_eq!(nginx(&watching, &whole).waf.by, Vec::<String>::new());
        let config = Config {
            values: map(&[("enable-modsecurity", "true"), ("modsecurity-snippet", "SecRuleEngine On")]),
            whole: true,
        };
        assert_eq!(nginx(&Map::new(), &config).waf.by, ["ModSecurity"]);
    }

    #[test]
    fn ages_are_read_from_headers() {
        assert_eq!(hsts_age("max-age=31536000; includeSubDomains"), Some(31_536_000));
        assert_eq!(hsts_age("includeSubDomains"), None);
    }
}

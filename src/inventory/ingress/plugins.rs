//! Kong plugins and Traefik middlewares: objects that routes name to be guarded by.

use serde_json::Value;

use super::{
    model::Route,
    traefik,
    value::{flag, has, list, number, text, texts, value},
    world::World,
};
use crate::{
    facts::ingress::{Known, Risk, annotations::hsts_age},
    snapshot::Object,
    view::Map,
};

/// The group of Kong's kinds.
const KONG: &str = "configuration.konghq.com";

/// Plugins that ask who the client is.
const AUTH: [&str; 13] = [
    "key-auth",
    "key-auth-enc",
    "jwt",
    "jwt-signer",
    "oauth2",
    "oauth2-introspection",
    "openid-connect",
    "basic-auth",
    "hmac-auth",
    "ldap-auth",
    "ldap-auth-advanced",
    "mtls-auth",
    "saml",
];

/// What the plugins named by annotations, and the global ones, put before a route.
pub fn kong(world: &World<'_, '_>, row: &mut Route, more: &[&Map]) {
    let snapshot = world.inventory.snapshot;
    let whole = world.proven(KONG, "KongPlugin") && world.proven(KONG, "KongClusterPlugin");
    let home = row.r#ref.namespace.clone();
    let annotated: Vec<String> = more
        .iter()
        .copied()
        .chain([&row.annotations])
        .filter_map(|map| map.get("konghq.com/plugins"))
        .flat_map(|names| names.split(',').map(|name| name.trim().to_owned()))
        .filter(|name| !name.is_empty())
        .collect();
    let mut names = annotated;
    names.sort();
    names.dedup();
    for name in names {
        let (namespace, plain) = name.split_once(':').unwrap_or((&home, &name));
        let own = snapshot.get(KONG, "KongPlugin", namespace, plain);
        let found =
            own.or_else(|| if name.contains(':') { None } else { snapshot.get(KONG, "KongClusterPlugin", "", plain) });
        match found {
            None if whole => row.guards.auth.broken.push(format!("plugin {name} does not exist")),
            None => {}
            Some(_)
                if namespace != home
                    && snapshot
                        .of("gateway.networking.k8s.io", "ReferenceGrant")
                        .iter()
                        .all(|g| *g.namespace != *namespace) =>
            {
                row.guards
                    .auth
                    .broken
                    .push(format!("plugin {name} is of another namespace, and no ReferenceGrant is there"));
            }
            Some(object) => plugin(row, object, &name),
        }
    }
    for object in snapshot.of(KONG, "KongClusterPlugin") {
        let meta = super::value::meta(object);
        if meta.labels.get("global").is_some_and(|value| value == "true") {
            plugin(row, object, &format!("{} (global)", object.name));
        }
    }
    let guards = &mut row.guards;
    guards.auth.settle(whole);
    guards.rate.settle(whole);
    guards.client_certificate.settle(whole);
    guards.waf.settle(whole);
    if guards.hsts != Known::Yes {
        guards.hsts = if whole { Known::No } else { Known::Unknown };
        guards.hsts_source = "no response-transformer sets it".into();
    }
}

fn plugin(row: &mut Route, object: &Object, name: &str) {
    let own = value(object);
    let kind = text(&own, "/plugin");
    let called = format!("{kind} {name}");
    if flag(&own, "/disabled") {
        row.guards.auth.broken.push(format!("plugin {name} is disabled"));
        return;
    }
    if AUTH.contains(&kind) {
        if text(&own, "/config/anonymous").is_empty() {
            row.guards.auth.add(called.clone());
        } else {
            row.guards.auth.weak.push(format!("{called} lets anonymous clients in"));
        }
        if kind == "mtls-auth" {
            row.guards.client_certificate.add(called.clone());
        }
    }
    match kind {
        "rate-limiting" | "rate-limiting-advanced" | "response-ratelimiting" | "service-protection" => {
            // Each replica counts for itself.
            let local = kind == "rate-limiting" && matches!(text(&own, "/config/policy"), "" | "local");
            row.guards.rate.add(if local { format!("{called} (counted by each replica)") } else { called });
        }
        "request-size-limiting" => {
            let size = number(&own, "/config/allowed_payload_size").unwrap_or(128);
            let unit = Some(text(&own, "/config/size_unit")).filter(|unit| !unit.is_empty()).unwrap_or("megabytes");
            row.guards.body_size = format!("{size} {unit}");
        }
        "ip-restriction" => row.guards.allowed_sources.extend(texts(&own, "/config/allow")),
        "pre-function" | "post-function" => row.risks.push(Risk {
            name: called,
            path: "metadata.annotations[konghq.com/plugins]".into(),
            kind: "snippet",
            accepted: Known::Yes,
            reason: "runs Lua of its author in the proxy".into(),
        }),
        "response-transformer" | "response-transformer-advanced" => {
            let headers = ["add", "replace", "append"]
                .into_iter()
                .flat_map(|verb| texts(&own, &format!("/config/{verb}/headers")));
            for header in headers {
                if let Some(rest) = header.to_ascii_lowercase().strip_prefix("strict-transport-security:") {
                    set_hsts(row, rest, &called);
                }
            }
        }
        _ => {}
    }
}

/// Records a header that is set for certain.
pub fn set_hsts(row: &mut Route, header: &str, source: &str) {
    if let Some(age) = hsts_age(header) {
        row.guards.hsts = Known::Yes;
        row.guards.hsts_seconds = Some(age);
        source.clone_into(&mut row.guards.hsts_source);
    }
}

/// What middlewares put before a route. `named` are `(path, object if found, name)`.
pub fn middlewares(world: &World<'_, '_>, row: &mut Route, named: Vec<(String, Option<&Object>, String)>) {
    let whole = traefik::GROUPS.iter().all(|group| world.proven(group, "Middleware"));
    for (path, object, name) in named {
        match object {
            Some(object) => middleware(world, row, object, &path, 0),
            None if whole => row.guards.auth.broken.push(format!("middleware {name} does not exist")),
            None => {}
        }
    }
    let guards = &mut row.guards;
    guards.auth.settle(whole);
    guards.rate.settle(whole);
    guards.waf.settle(whole);
    if guards.hsts != Known::Yes {
        guards.hsts = if whole { Known::No } else { Known::Unknown };
        guards.hsts_source = "no middleware sets it".into();
    }
}

fn middleware(world: &World<'_, '_>, row: &mut Route, object: &Object, path: &str, depth: u8) {
    let own = value(object);
    let called = |kind: &str| format!("{kind} {}/{}", object.namespace, object.name);
    for kind in ["basicAuth", "digestAuth", "forwardAuth"] {
        if has(&own, &format!("/spec/{kind}")) {
            row.guards.auth.add(called(kind));
        }
    }
    for kind in ["rateLimit", "inFlightReq"] {
        if has(&own, &format!("/spec/{kind}")) {
            row.guards.rate.add(called(kind));
        }
    }
    if let Some(bytes) = number(&own, "/spec/buffering/maxRequestBodyBytes") {
        row.guards.body_size = if bytes == 0 { "unlimited".into() } else { bytes.to_string() };
    }
    if let Some(age) = number(&own, "/spec/headers/stsSeconds") {
        set_hsts(row, &format!("max-age={age}"), &called("headers"));
    }
    for kind in ["ipAllowList", "ipWhiteList"] {
        row.guards.allowed_sources.extend(texts(&own, &format!("/spec/{kind}/sourceRange")));
    }
    if let Some(plugins) = own.pointer("/spec/plugin").and_then(Value::as_object) {
        for plugin in plugins.keys() {
            if ["waf", "coraza", "modsecurity", "crowdsec"].iter().any(|word| plugin.contains(word)) {
                row.guards.waf.add(called(plugin));
            }
            row.risks.push(Risk {
                name: called(plugin),
                path: path.to_owned(),
                kind: "risky",
                accepted: Known::Yes,
                reason: "a plugin runs code of its author in the proxy".into(),
            });
        }
    }
    if depth < 4 {
        for link in list(&own, "/spec/chain/middlewares") {
            let home = Some(text(link, "/namespace")).filter(|n| !n.is_empty()).unwrap_or(&object.namespace);
            if let Some(next) = traefik::middleware(world, home, text(link, "/name")) {
                middleware(world, row, next, path, depth + 1);
            }
        }
    }
}

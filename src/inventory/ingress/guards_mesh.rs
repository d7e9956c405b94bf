//! What stands between a client and a backend in the Gateway API and in Istio.

use serde_json::Value;

use super::{
    draft::{Draft, Target},
    model::{Role, Route},
    plugins::{kong, middlewares, set_hsts},
    traefik,
    value::{flag, has, list, text, value},
    world::World,
};
use crate::{
    facts::{
        ingress::{Known, Risk},
        selector::selects,
    },
    snapshot::Object,
    view::Map,
};

/// Of a gateway: client certificates listener by listener.
pub fn of_gateway(_world: &World<'_, '_>, row: &mut Route) {
    for listener in &row.listeners {
        let called = format!("listener {}", listener.name);
        match listener.client_auth.as_str() {
            "required" => row.guards.client_certificate.add(called),
            "optional" => row.guards.client_certificate.weak.push(format!("{called} lets clients without one in")),
            _ => {}
        }
    }
    row.guards.client_certificate.settle(true);
}

/// Of a route of the Gateway API.
pub fn of_gateway_route(world: &World<'_, '_>, row: &mut Route, own: &Value, targets: &[Target]) {
    for filter in list(own, "/spec/rules").iter().flat_map(|rule| list(rule, "/filters")) {
        for verb in ["set", "add"] {
            for header in list(filter, &format!("/responseHeaderModifier/{verb}")) {
                if text(header, "/name").eq_ignore_ascii_case("Strict-Transport-Security") {
                    set_hsts(row, text(header, "/value"), "ResponseHeaderModifier");
                }
            }
        }
        if text(filter, "/extensionRef/kind") == "SnippetsFilter" {
            row.risks.push(Risk {
                name: format!("SnippetsFilter {}", text(filter, "/extensionRef/name")),
                path: "spec.rules.filters".into(),
                kind: "snippet",
                accepted: Known::Unknown,
                reason: "the flag that switches snippets on was not read".into(),
            });
        }
    }
    match row.class.product.as_str() {
        "kong" => {
            let services: Vec<Map> = targets
                .iter()
                .filter_map(|target| world.services.get(&row.r#ref.namespace, &target.name))
                .map(|service| service.metadata.annotations.clone())
                .collect();
            kong(world, row, &services.iter().collect::<Vec<_>>());
        }
        "traefik" => {
            let named = list(own, "/spec/rules")
                .iter()
                .flat_map(|rule| list(rule, "/filters"))
                .filter(|filter| text(filter, "/extensionRef/kind") == "Middleware")
                .map(|filter| {
                    let name = text(filter, "/extensionRef/name");
                    let object = traefik::middleware(world, &row.r#ref.namespace, name);
                    ("spec.rules.filters".to_owned(), object, name.to_owned())
                })
                .collect();
            middlewares(world, row, named);
        }
        "envoy-gateway" => envoy_gateway(world, row),
        _ if row.guards.hsts != Known::Yes => {
            row.guards.hsts_source = "its controller's own policies are not known".into()
        }
        _ => {}
    }
}

/// Envoy Gateway attaches its policies to routes and gateways by reference.
fn envoy_gateway(world: &World<'_, '_>, row: &mut Route) {
    const GROUP: &str = "gateway.envoyproxy.io";
    let snapshot = world.inventory.snapshot;
    let parents: Vec<(String, String)> =
        row.parents.iter().map(|parent| (parent.kind.clone(), parent.name.clone())).collect();
    let home = row.r#ref.namespace.clone();
    let gateway_homes: Vec<String> = row.parents.iter().map(|parent| parent.namespace.clone()).collect();
    let hits = |object: &Object, own: &Value| {
        let single = own.pointer("/spec/targetRef").into_iter();
        let by_name = single.chain(list(own, "/spec/targetRefs")).any(|target| {
            let (kind, name) = (text(target, "/kind"), text(target, "/name"));
            (kind == row.r#ref.kind && name == row.r#ref.name && *object.namespace == *home)
                || (parents.iter().any(|(k, n)| k == kind && n == name)
                    && gateway_homes.iter().any(|ns| **ns == *object.namespace))
        });
        by_name
            || list(own, "/spec/targetSelectors").iter().any(|selector| {
                text(selector, "/kind") == row.r#ref.kind
                    && *object.namespace == *home
                    && selects(selector, &row.labels)
            })
    };
    let mut guards = row.guards.clone();
    for object in snapshot.of(GROUP, "SecurityPolicy") {
        let own = value(object);
        if hits(object, &own) {
            for kind in ["basicAuth", "jwt", "oidc", "extAuth", "apiKeyAuth"] {
                if has(&own, &format!("/spec/{kind}")) {
                    guards.auth.add(format!("{kind} of SecurityPolicy {}/{}", object.namespace, object.name));
                }
            }
        }
    }
    for object in snapshot.of(GROUP, "BackendTrafficPolicy") {
        let own = value(object);
        if hits(object, &own) && has(&own, "/spec/rateLimit") {
            guards.rate.add(format!("BackendTrafficPolicy {}/{}", object.namespace, object.name));
        }
    }
    for object in snapshot.of(GROUP, "ClientTrafficPolicy") {
        let own = value(object);
        if hits(object, &own) && has(&own, "/spec/tls/clientValidation") {
            let called = format!("ClientTrafficPolicy {}/{}", object.namespace, object.name);
            if flag(&own, "/spec/tls/clientValidation/optional") {
                guards.client_certificate.weak.push(format!("{called} is optional"));
            } else {
                guards.client_certificate.add(called);
            }
        }
    }
    guards.auth.settle(world.proven(GROUP, "SecurityPolicy"));
    guards.rate.settle(world.proven(GROUP, "BackendTrafficPolicy"));
    guards.client_certificate.settle(world.proven(GROUP, "ClientTrafficPolicy"));
    row.guards = guards;
}

/// Of an Istio VirtualService.
pub fn of_virtual_service(world: &World<'_, '_>, row: &mut Route, own: &Value) {
    const SECURITY: &str = "security.istio.io";
    let http = list(own, "/spec/http");
    let headers = http.iter().filter_map(|route| route.pointer("/headers/response/set").and_then(Value::as_object));
    for (name, header) in headers.flatten() {
        if name.eq_ignore_ascii_case("strict-transport-security") {
            set_hsts(row, header.as_str().unwrap_or_default(), "headers.response.set");
        }
    }
    if row.guards.hsts != Known::Yes {
        row.guards.hsts = Known::No;
        row.guards.hsts_source = "no headers.response.set sets it".into();
    }
    let snapshot = world.inventory.snapshot;
    // Policies at the gateway lie beside its workload; those on its labels or without a selector count.
    let selectors: Vec<Map> = row
        .parents
        .iter()
        .filter_map(|parent| snapshot.get(super::groups::ISTIO, "Gateway", &parent.namespace, &parent.name))
        .map(|object| pairs(&value(object), "/spec/selector"))
        .filter(|selector| !selector.is_empty())
        .collect();
    let workloads: Vec<(&str, &Map)> = world
        .inventory
        .workloads
        .workloads
        .iter()
        .filter(|w| selectors.iter().any(|s| s.iter().all(|(k, v)| w.pod_meta.labels.get(k) == Some(v))))
        .map(|w| (w.reference.namespace.as_str(), &w.pod_meta.labels))
        .collect();
    let at_gateway = |object: &Object, own: &Value| {
        let labels = pairs(own, "/spec/selector/matchLabels");
        workloads.iter().any(|(namespace, known)| {
            (**namespace == *object.namespace || (&*object.namespace == "istio-system" && labels.is_empty()))
                && labels.iter().all(|(key, value)| known.get(key) == Some(value))
        })
    };
    let mut token = false;
    for object in snapshot.of(SECURITY, "RequestAuthentication") {
        token |= at_gateway(object, &value(object));
    }
    let mut required = false;
    for object in snapshot.of(SECURITY, "AuthorizationPolicy") {
        let own = value(object);
        if !at_gateway(object, &own) {
            continue;
        }
        let body = own.pointer("/spec").map(Value::to_string).unwrap_or_default();
        let names = body.contains("requestPrincipals")
            || body.contains("notRequestPrincipals")
            || body.contains("request.auth");
        if text(&own, "/spec/action") == "CUSTOM" || (names && token) {
            required = true;
            row.guards.auth.add(format!("AuthorizationPolicy {}/{}", object.namespace, object.name));
        }
    }
    if token && !required {
        row.guards.auth.weak.push("RequestAuthentication alone lets requests without a token in".into());
    }
    for object in snapshot.of(super::groups::ISTIO, "EnvoyFilter") {
        if object.json.contains("ratelimit") || object.json.contains("rate_limit") {
            row.guards.rate.add(format!("EnvoyFilter {}/{}", object.namespace, object.name));
        }
        if object.json.contains("coraza") || object.json.contains("modsecurity") {
            row.guards.waf.add(format!("EnvoyFilter {}/{}", object.namespace, object.name));
        }
    }
    for object in snapshot.of("extensions.istio.io", "WasmPlugin") {
        if object.json.contains("coraza") {
            row.guards.waf.add(format!("WasmPlugin {}/{}", object.namespace, object.name));
        }
    }
    for parent in row.parents.clone() {
        let Some(gateway) = snapshot.get(super::groups::ISTIO, "Gateway", &parent.namespace, &parent.name) else {
            continue;
        };
        for server in list(&value(gateway), "/spec/servers") {
            match text(server, "/tls/mode") {
                "MUTUAL" | "ISTIO_MUTUAL" => {
                    row.guards.client_certificate.add(format!("Gateway {}/{}", parent.namespace, parent.name))
                }
                "OPTIONAL_MUTUAL" => {
                    row.guards.client_certificate.weak.push(format!("Gateway {} is OPTIONAL_MUTUAL", parent.name))
                }
                _ => {}
            }
        }
    }
    let whole = world.proven(SECURITY, "AuthorizationPolicy") && world.proven(SECURITY, "RequestAuthentication");
    let filters = world.proven(super::groups::ISTIO, "EnvoyFilter");
    row.guards.auth.settle(whole);
    row.guards.rate.settle(filters);
    row.guards.waf.settle(filters && world.proven("extensions.istio.io", "WasmPlugin"));
    row.guards.client_certificate.settle(world.proven(super::groups::ISTIO, "Gateway"));
}

fn pairs(own: &Value, pointer: &str) -> Map {
    let map = own.pointer(pointer).and_then(Value::as_object).into_iter().flatten();
    map.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// Objects that change the proxies themselves: rows of their own.
pub fn filters(world: &World<'_, '_>, into: &mut Vec<Draft>) {
    let snapshot = world.inventory.snapshot;
    for object in snapshot.of(super::groups::ISTIO, "EnvoyFilter") {
        let mut row = world.row(object, &super::value::meta(object), Role::Filter, "istio");
        row.risks.push(Risk {
            name: "EnvoyFilter".into(),
            path: "spec.configPatches".into(),
            kind: if object.json.contains("inline_code")
                || object.json.contains("inlineCode")
                || object.json.contains("inline_string")
            {
                "snippet"
            } else {
                "risky"
            },
            accepted: Known::Yes,
            reason: "it rewrites the proxies' configuration".into(),
        });
        into.push(Draft::of(row));
    }
}

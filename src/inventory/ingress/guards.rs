//! What stands between a client and a backend, family by family.

use serde_json::Value;

use super::{
    gateways::selects,
    ingresses::Target,
    model::{Role, Route},
    plugins::{kong, middlewares, set_hsts},
    services::{Exposure, IntOrText, Service},
    traefik,
    value::{flag, has, list, text, texts, value},
    world::World,
};
use crate::{
    facts::ingress::{Known, Risk, annotations, config::Config},
    snapshot::Object,
    view::Map,
};

/// Of an Ingress.
pub fn of_ingress(world: &World<'_, '_>, row: &mut Route, config: &Config, targets: &[Target]) {
    let server = world.servers(&row.class).next().map(|(controller, _)| controller);
    let version = server.map(|controller| controller.version.clone()).unwrap_or_default();
    let snippets: Known = server.map(|controller| controller.flags.is_on(&["enable-snippets"])).into();
    let product = row.class.product.clone();
    row.guards = annotations::guards(&product, &row.annotations, config);
    row.risks = annotations::risks(&product, &row.annotations, config, &version, snippets);
    match product.as_str() {
        "kong" => {
            let services: Vec<Map> = targets
                .iter()
                .filter_map(|target| world.services.get(&row.r#ref.namespace, &target.name))
                .map(|service| service.metadata.annotations.clone())
                .collect();
            kong(world, row, &services.iter().collect::<Vec<_>>());
        }
        "traefik" => {
            let names =
                row.annotations.get("traefik.ingress.kubernetes.io/router.middlewares").cloned().unwrap_or_default();
            let named = names
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(|name| {
                    let path = "metadata.annotations[traefik.ingress.kubernetes.io/router.middlewares]".to_owned();
                    (path, traefik::find_by_provider_name(world, name), name.to_owned())
                })
                .collect();
            middlewares(world, row, named);
            let options = row.annotations.get("traefik.ingress.kubernetes.io/router.tls.options").cloned();
            let named = options.as_deref().and_then(|name| name.strip_suffix("@kubernetescrd"));
            tls_option(world, row, |object| match named {
                Some(wanted) => format!("{}-{}", object.namespace, object.name) == wanted,
                None => &*object.name == "default",
            });
        }
        "gke-ingress" => backend_configs(world, row, targets),
        "f5-nginx-ingress" => {
            let names = row.annotations.get("nginx.org/policies").cloned().unwrap_or_default();
            let names = names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
            f5_policies(world, row, names);
        }
        "aws-lb-controller" => {
            let scheme = row.annotations.get("alb.ingress.kubernetes.io/scheme").map(String::as_str);
            row.exposure = if scheme == Some("internet-facing") { Exposure::External } else { Exposure::Internal };
        }
        "contour" => {
            row.guards.auth.settle(true);
            row.guards.rate.settle(true);
            row.guards.client_certificate.settle(true);
        }
        _ => {}
    }
    if product == "gke-ingress" {
        row.exposure = if row.class.name == "gce-internal" { Exposure::Internal } else { Exposure::External };
    }
}

/// The TLSOption that a router uses decides about client certificates.
fn tls_option(world: &World<'_, '_>, row: &mut Route, is_it: impl Fn(&Object) -> bool) {
    let whole = traefik::GROUPS.iter().all(|group| world.proven(group, "TLSOption"));
    let snapshot = world.inventory.snapshot;
    let found = traefik::GROUPS.iter().flat_map(|group| snapshot.of(group, "TLSOption")).find(|object| is_it(object));
    if let Some(object) = found {
        let own = value(object);
        let called = format!("TLSOption {}/{}", object.namespace, object.name);
        match text(&own, "/spec/clientAuth/clientAuthType") {
            "RequireAndVerifyClientCert" => row.guards.client_certificate.add(called),
            "" | "NoClientCert" => {}
            other => row.guards.client_certificate.weak.push(format!("{called} is {other}")),
        }
    }
    row.guards.client_certificate.settle(whole);
}

fn backend_configs(world: &World<'_, '_>, row: &mut Route, targets: &[Target]) {
    let whole = world.proven("cloud.google.com", "BackendConfig");
    for target in targets {
        let Some(service) = world.services.get(&row.r#ref.namespace, &target.name) else { continue };
        let Some(named) = service.metadata.annotations.get("cloud.google.com/backend-config") else { continue };
        let named: Value = serde_json::from_str(named).unwrap_or_default();
        for name in named
            .pointer("/default")
            .into_iter()
            .chain(named.pointer("/ports").and_then(Value::as_object).into_iter().flat_map(|m| m.values()))
        {
            let Some(name) = name.as_str() else { continue };
            let Some(object) =
                world.inventory.snapshot.get("cloud.google.com", "BackendConfig", &row.r#ref.namespace, name)
            else {
                continue;
            };
            let own = value(object);
            if flag(&own, "/spec/iap/enabled") {
                row.guards.auth.add(format!("IAP of BackendConfig {name}"));
            }
            if has(&own, "/spec/securityPolicy/name") {
                row.guards.waf.add(format!("security policy of BackendConfig {name}"));
            }
        }
    }
    row.guards.auth.settle(whole);
    row.guards.waf.settle(whole);
    // Rate rules would be in the security policy, which is not in the cluster.
    row.guards.rate.settle(whole && row.guards.waf.by.is_empty());
    row.guards.client_certificate.settle(false);
}

fn f5_policies(world: &World<'_, '_>, row: &mut Route, names: Vec<String>) {
    let whole = world.proven("k8s.nginx.org", "Policy");
    for name in names {
        let (namespace, plain) = name.split_once('/').unwrap_or((&row.r#ref.namespace, &name));
        let Some(object) = world.inventory.snapshot.get("k8s.nginx.org", "Policy", namespace, plain) else {
            if whole {
                row.guards.auth.broken.push(format!("policy {name} does not exist"));
            }
            continue;
        };
        let own = value(object);
        for kind in ["jwt", "basicAuth", "oidc", "apiKey", "externalAuth"] {
            if has(&own, &format!("/spec/{kind}")) {
                row.guards.auth.add(format!("{kind} of policy {name}"));
            }
        }
        if has(&own, "/spec/rateLimit") {
            row.guards.rate.add(format!("policy {name}"));
        }
        if flag(&own, "/spec/waf/enable") {
            row.guards.waf.add(format!("policy {name}"));
        }
        if has(&own, "/spec/ingressMTLS") {
            match text(&own, "/spec/ingressMTLS/verifyClient") {
                "" | "on" => row.guards.client_certificate.add(format!("policy {name}")),
                other => row.guards.client_certificate.weak.push(format!("policy {name} is {other}")),
            }
        }
        row.guards.allowed_sources.extend(texts(&own, "/spec/accessControl/allow"));
    }
    let guards = &mut row.guards;
    for guard in [&mut guards.auth, &mut guards.rate, &mut guards.waf, &mut guards.client_certificate] {
        guard.settle(whole);
    }
}

/// Of an F5 VirtualServer.
pub fn of_virtual_server(world: &World<'_, '_>, row: &mut Route, own: &Value) {
    let names = list(own, "/spec/policies")
        .iter()
        .chain(list(own, "/spec/routes").iter().flat_map(|route| list(route, "/policies")))
        .map(|policy| match text(policy, "/namespace") {
            "" => text(policy, "/name").to_owned(),
            namespace => format!("{namespace}/{}", text(policy, "/name")),
        })
        .collect();
    f5_policies(world, row, names);
    let snippets: Known = world.servers(&row.class).next().map(|(c, _)| c.flags.is_on(&["enable-snippets"])).into();
    for field in ["http-snippets", "server-snippets"] {
        if has(own, &format!("/spec/{field}")) {
            row.risks.push(Risk {
                name: field.into(),
                path: format!("spec.{field}"),
                kind: "snippet",
                accepted: snippets,
                reason: "flag enable-snippets".into(),
            });
        }
    }
}

/// Of an IngressRoute.
pub fn of_traefik(world: &World<'_, '_>, row: &mut Route, own: &Value) {
    let home = row.r#ref.namespace.clone();
    let mut named = Vec::new();
    for route in list(own, "/spec/routes") {
        for middleware in list(route, "/middlewares") {
            let name = text(middleware, "/name");
            let namespace = Some(text(middleware, "/namespace")).filter(|n| !n.is_empty()).unwrap_or(&home);
            let path = format!("spec.routes[match={}].middlewares[name={name}]", text(route, "/match"));
            named.push((path, traefik::middleware(world, namespace, name), format!("{namespace}/{name}")));
        }
    }
    middlewares(world, row, named);
    let name = Some(text(own, "/spec/tls/options/name")).filter(|n| !n.is_empty());
    let namespace =
        Some(text(own, "/spec/tls/options/namespace")).filter(|n| !n.is_empty()).unwrap_or(&home).to_owned();
    let name = name.map(str::to_owned);
    tls_option(world, row, move |object| match &name {
        Some(name) => *object.name == **name && *object.namespace == *namespace,
        None => &*object.name == "default",
    });
}

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
        .filter_map(|parent| snapshot.get(super::istio::GROUP, "Gateway", &parent.namespace, &parent.name))
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
    for object in snapshot.of(super::istio::GROUP, "EnvoyFilter") {
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
        let Some(gateway) = snapshot.get(super::istio::GROUP, "Gateway", &parent.namespace, &parent.name) else {
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
    let filters = world.proven(super::istio::GROUP, "EnvoyFilter");
    row.guards.auth.settle(whole);
    row.guards.rate.settle(filters);
    row.guards.waf.settle(filters && world.proven("extensions.istio.io", "WasmPlugin"));
    row.guards.client_certificate.settle(world.proven(super::istio::GROUP, "Gateway"));
}

fn pairs(own: &Value, pointer: &str) -> Map {
    let map = own.pointer(pointer).and_then(Value::as_object).into_iter().flatten();
    map.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// Of an HTTPProxy.
pub fn of_http_proxy(_world: &World<'_, '_>, row: &mut Route, own: &Value) {
    let routes = list(own, "/spec/routes");
    let all = |test: &dyn Fn(&Value) -> bool| !routes.is_empty() && routes.iter().all(test);
    if has(own, "/spec/virtualhost/authorization/extensionRef") {
        if flag(own, "/spec/virtualhost/authorization/failOpen") {
            row.guards.auth.weak.push("authorization.failOpen lets requests in when the server does not answer".into());
        } else if flag(own, "/spec/virtualhost/authorization/authPolicy/disabled") {
            row.guards.auth.broken.push("authorization.authPolicy.disabled".into());
        } else if routes.iter().any(|route| flag(route, "/authPolicy/disabled")) {
            row.guards.auth.weak.push("a route has authPolicy.disabled".into());
        } else {
            row.guards.auth.add("virtualhost.authorization");
        }
    }
    let jwt = list(own, "/spec/virtualhost/jwtProviders");
    if jwt.iter().any(|provider| flag(provider, "/default"))
        && !routes.iter().any(|route| flag(route, "/jwtVerificationPolicy/disabled"))
        || (!jwt.is_empty() && all(&|route| has(route, "/jwtVerificationPolicy/require")))
    {
        row.guards.auth.add("virtualhost.jwtProviders");
    }
    if has(own, "/spec/virtualhost/rateLimitPolicy") || all(&|route| has(route, "/rateLimitPolicy")) {
        row.guards.rate.add("rateLimitPolicy");
    }
    if has(own, "/spec/virtualhost/tls/clientValidation") {
        let at = |key: &str| flag(own, &format!("/spec/virtualhost/tls/clientValidation/{key}"));
        if at("skipClientCertValidation") {
            row.guards.client_certificate.weak.push("skipClientCertValidation: nothing is verified".into());
        } else if at("optionalClientCertificate") {
            row.guards.client_certificate.weak.push("optionalClientCertificate".into());
        } else {
            row.guards.client_certificate.add("virtualhost.tls.clientValidation");
        }
    }
    let filters = list(own, "/spec/virtualhost/ipAllowPolicy").iter().map(|filter| text(filter, "/cidr").to_owned());
    row.guards.allowed_sources.extend(filters);
    let hsts = |route: &Value| {
        let set = list(route, "/responseHeadersPolicy/set").iter();
        set.filter(|header| text(header, "/name").eq_ignore_ascii_case("strict-transport-security"))
            .find_map(|header| annotations::hsts_age(text(header, "/value")))
    };
    row.guards.hsts = Known::No;
    row.guards.hsts_source = "not every route has a responseHeadersPolicy that sets it".into();
    let ages: Vec<Option<i64>> = routes.iter().map(hsts).collect();
    if let Some(least) = ages.iter().copied().min().flatten() {
        set_hsts(row, &format!("max-age={least}"), "responseHeadersPolicy");
    }
    let guards = &mut row.guards;
    for guard in [&mut guards.auth, &mut guards.rate, &mut guards.client_certificate] {
        guard.settle(true);
    }
}

/// Of an OpenShift Route.
pub fn of_openshift(row: &mut Route, _own: &Value) {
    let get = |key: &str| row.annotations.get(&format!("haproxy.router.openshift.io/{key}")).cloned();
    let (hsts, rate, allowed) =
        (get("hsts_header"), get("rate-limit-connections"), get("ip_whitelist").or(get("ip_allowlist")));
    row.guards.hsts = Known::No;
    row.guards.hsts_source = "no annotation haproxy.router.openshift.io/hsts_header".into();
    if let Some(header) = hsts {
        set_hsts(row, &header, "haproxy.router.openshift.io/hsts_header");
    }
    if rate.is_some_and(|value| value == "true") {
        row.guards.rate.add("haproxy.router.openshift.io/rate-limit-connections");
    }
    let allowed = allowed.unwrap_or_default();
    row.guards.allowed_sources.extend(allowed.split_whitespace().map(str::to_owned));
    let guards = &mut row.guards;
    for guard in [&mut guards.auth, &mut guards.rate, &mut guards.client_certificate] {
        guard.settle(true);
    }
}

/// TLS between the controller and the backends.
pub fn of_backends(world: &World<'_, '_>, row: &mut Route) {
    let get = |key: &str| row.annotations.get(key).map(String::as_str).unwrap_or_default();
    let nginx_tls =
        matches!(get("nginx.ingress.kubernetes.io/backend-protocol").to_ascii_uppercase().as_str(), "HTTPS" | "GRPCS");
    let nginx_verified = get("nginx.ingress.kubernetes.io/proxy-ssl-verify") == "on"
        && !get("nginx.ingress.kubernetes.io/proxy-ssl-secret").is_empty();
    let haproxy_tls = get("haproxy.org/server-ssl") == "true";
    let haproxy_verified = !get("haproxy.org/server-ca").is_empty();
    let snapshot = world.inventory.snapshot;
    let own = if row.family == "ingress" || row.role != Role::Route {
        Value::Null
    } else {
        snapshot
            .get(&row.r#ref.group, &row.r#ref.kind, &row.r#ref.namespace, &row.r#ref.name)
            .map(value)
            .unwrap_or_default()
    };
    for backend in &mut row.backends {
        let service = world.services.get(&backend.namespace, &backend.name);
        match (row.family, row.class.product.as_str()) {
            ("ingress", "ingress-nginx") if nginx_tls => {
                backend.tls = true;
                backend.verified = nginx_verified.into();
            }
            ("ingress", "haproxy") if haproxy_tls => {
                backend.tls = true;
                backend.verified = haproxy_verified.into();
            }
            ("traefik", _) | ("ingress", "traefik") => traefik_backend(world, backend, &own, service),
            ("contour", _) => {
                let services = list(&own, "/spec/routes").iter().flat_map(|route| list(route, "/services"));
                for entry in services.filter(|entry| text(entry, "/name") == backend.name) {
                    backend.tls |= matches!(text(entry, "/protocol"), "tls" | "h2");
                    backend.verified = has(entry, "/validation").into();
                }
            }
            ("openshift", _) => {
                backend.tls = text(&own, "/spec/tls/termination") == "reencrypt";
                // Without one the service CA is trusted, which only a serving certificate satisfies.
                backend.verified = (has(&own, "/spec/tls/destinationCACertificate")
                    || service.is_some_and(|s| {
                        s.metadata.annotations.keys().any(|k| k.contains("serving-cert-secret-name"))
                    }))
                .into();
            }
            ("istio", _) => destination_rule(world, backend),
            ("ingress" | "gateway-api", "kong") => {
                let annotation = |key: &str| service.and_then(|s| s.metadata.annotations.get(key)).map(String::as_str);
                backend.tls |= matches!(annotation("konghq.com/protocol"), Some("https" | "grpcs" | "tls"));
                backend.verified = (annotation("konghq.com/tls-verify") == Some("true")).into();
            }
            ("gateway-api", _) => backend_tls_policy(world, backend),
            _ => {}
        }
    }
}

fn traefik_backend(world: &World<'_, '_>, backend: &mut super::model::Backend, own: &Value, service: Option<&Service>) {
    let annotation = |key: &str| {
        service
            .and_then(|s| s.metadata.annotations.get(&format!("traefik.ingress.kubernetes.io/service.{key}")))
            .map(String::as_str)
    };
    let mut scheme = annotation("serversscheme").unwrap_or_default().to_owned();
    let mut transport = annotation("serverstransport").unwrap_or_default().to_owned();
    let services = list(own, "/spec/routes").iter().flat_map(|route| list(route, "/services"));
    for entry in services.filter(|entry| text(entry, "/name") == backend.name) {
        if has(entry, "/scheme") {
            text(entry, "/scheme").clone_into(&mut scheme);
        }
        if has(entry, "/serversTransport") {
            text(entry, "/serversTransport").clone_into(&mut transport);
        }
    }
    let by_port = service.is_some_and(|service| {
        let hit = service.port(&IntOrText::Text(backend.port.clone()));
        hit.is_some_and(|port| port.port == 443 || port.name.starts_with("https"))
    });
    backend.tls |= scheme == "https" || (scheme.is_empty() && by_port);
    let snapshot = world.inventory.snapshot;
    let found = traefik::GROUPS.iter().flat_map(|group| snapshot.of(group, "ServersTransport")).find(|object| {
        *object.name == *transport || format!("{}-{}@kubernetescrd", object.namespace, object.name) == transport
    });
    // Traefik verifies with the system's roots unless told not to.
    backend.verified = match (transport.is_empty(), found) {
        (true, _) => Known::Yes,
        (false, Some(object)) => (!flag(&value(object), "/spec/insecureSkipVerify")).into(),
        (false, None) => Known::Unknown,
    };
}

fn destination_rule(world: &World<'_, '_>, backend: &mut super::model::Backend) {
    let short = &backend.name;
    let long = format!("{}.{}.svc.cluster.local", backend.name, backend.namespace);
    for object in world.inventory.snapshot.of(super::istio::GROUP, "DestinationRule") {
        let own = value(object);
        let host = text(&own, "/spec/host");
        if host != long
            && !(host == short && *object.namespace == *backend.namespace)
            && host != format!("{short}.{}", backend.namespace)
        {
            continue;
        }
        match text(&own, "/spec/trafficPolicy/tls/mode") {
            "SIMPLE" | "MUTUAL" => {
                backend.tls = true;
                let skips = flag(&own, "/spec/trafficPolicy/tls/insecureSkipVerify");
                backend.verified = (has(&own, "/spec/trafficPolicy/tls/caCertificates") && !skips).into();
            }
            "ISTIO_MUTUAL" => {
                backend.tls = true;
                backend.verified = Known::Yes;
            }
            _ => {}
        }
    }
}

fn backend_tls_policy(world: &World<'_, '_>, backend: &mut super::model::Backend) {
    for object in world.inventory.snapshot.of("gateway.networking.k8s.io", "BackendTLSPolicy") {
        if *object.namespace != *backend.namespace {
            continue;
        }
        let own = value(object);
        if list(&own, "/spec/targetRefs").iter().any(|target| text(target, "/name") == backend.name) {
            backend.tls = true;
            backend.verified = has(&own, "/spec/validation").into();
        }
    }
    if backend.tls
        && backend.verified == Known::Unknown
        && world.proven("gateway.networking.k8s.io", "BackendTLSPolicy")
    {
        backend.verified = Known::No;
    }
}

/// Objects that change the proxies themselves: rows of their own.
pub fn filters(world: &World<'_, '_>, into: &mut Vec<super::ingresses::Draft>) {
    let snapshot = world.inventory.snapshot;
    for object in snapshot.of(super::istio::GROUP, "EnvoyFilter") {
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
        into.push(super::ingresses::Draft::of(row));
    }
}

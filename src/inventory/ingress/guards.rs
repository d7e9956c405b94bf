//! What stands between a client and a backend, family by family.

use serde_json::Value;

use super::{
    draft::Target,
    model::Route,
    plugins::{kong, middlewares, set_hsts},
    services::Exposure,
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

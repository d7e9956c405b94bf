//! TLS between controllers and backends, and whether it is verified.

use serde_json::Value;

use super::{
    model::{Backend, Role, Route},
    services::{IntOrText, Service},
    traefik,
    value::{flag, has, list, text, value},
    world::World,
};
use crate::facts::ingress::Known;

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

fn traefik_backend(world: &World<'_, '_>, backend: &mut Backend, own: &Value, service: Option<&Service>) {
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

fn destination_rule(world: &World<'_, '_>, backend: &mut Backend) {
    let short = &backend.name;
    let long = format!("{}.{}.svc.cluster.local", backend.name, backend.namespace);
    for object in world.inventory.snapshot.of(super::groups::ISTIO, "DestinationRule") {
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

fn backend_tls_policy(world: &World<'_, '_>, backend: &mut Backend) {
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

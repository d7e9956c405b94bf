//! Contour: HTTPProxy.

use serde_json::Value;

use super::{
    draft::{Claim, Draft, Target},
    grants::Grants,
    model::{CatchAll, Host, Role},
    products::products,
    secrets::Secrets,
    services::IntOrText,
    value::{flag, has, list, meta, number, text, value},
    world::World,
};
use crate::facts::{
    hostname,
    ingress::{Known, Plain, Tls},
};

/// The group.
pub const GROUP: &str = "projectcontour.io";

/// The rows of HTTPProxies.
pub fn drafts(world: &World<'_, '_>, grants: &Grants, into: &mut Vec<Draft>) {
    let Some(product) = products().get("contour") else { return };
    for object in world.inventory.snapshot.of(GROUP, "HTTPProxy") {
        let (own, mut meta) = (value(object), meta(object));
        if let Some(class) = meta.annotations.get("projectcontour.io/ingress.class").cloned() {
            meta.annotations.entry(super::world::CLASS_ANNOTATION.into()).or_insert(class);
        }
        let mut row = world.row(object, &meta, Role::Route, "contour");
        row.class = world.own_class(product, text(&own, "/spec/ingressClassName"), &meta.annotations);
        row.exposure = world.exposure(&row.class);
        let mut draft = Draft::of(row);
        draft.row.included = !has(&own, "/spec/virtualhost");
        if !draft.row.included {
            virtual_host(world, grants, &own, &mut draft);
        }
        let tcp = own.pointer("/spec/tcpproxy").map(|proxy| list(proxy, "/services")).unwrap_or_default();
        for (place, service) in list(&own, "/spec/routes")
            .iter()
            .enumerate()
            .flat_map(|(index, route)| {
                list(route, "/services").iter().map(move |s| (format!("spec.routes[{index}]"), s))
            })
            .chain(tcp.iter().map(|service| ("spec.tcpproxy".to_owned(), service)))
        {
            let name = text(service, "/name");
            draft.targets.push(Target {
                path: format!("{place}.services[name={name}]"),
                kind: "Service".into(),
                name: name.to_owned(),
                port: number(service, "/port").map(IntOrText::Int),
            });
        }
        super::guards::of_http_proxy(world, &mut draft.row, &own);
        into.push(draft);
    }
}

fn virtual_host(world: &World<'_, '_>, grants: &Grants, own: &Value, draft: &mut Draft) {
    let namespace = draft.row.r#ref.namespace.clone();
    let host =
        Some(hostname::normal(text(own, "/spec/virtualhost/fqdn"))).filter(|h| !h.is_empty()).unwrap_or("*".into());
    let place = "spec.virtualhost.fqdn".to_owned();
    if host == "*" {
        draft.row.catch_all.push(CatchAll { path: place.clone(), why: "virtual host without a name".into() });
    }
    let has_tls = own.pointer("/spec/virtualhost/tls").is_some_and(Value::is_object);
    let passthrough = flag(own, "/spec/virtualhost/tls/passthrough");
    let (plain, plain_source) = if has(own, "/spec/tcpproxy") {
        (Plain::Absent, "spec.tcpproxy".to_owned())
    } else if !has_tls {
        (Plain::Serves, "no TLS on the virtual host".to_owned())
    } else if let Some(index) = list(own, "/spec/routes").iter().position(|route| flag(route, "/permitInsecure")) {
        (Plain::Serves, format!("spec.routes[{index}].permitInsecure"))
    } else {
        (Plain::Redirects, "a virtual host with TLS redirects".to_owned())
    };
    let offloaded = world.servers(&draft.row.class).any(|(controller, _)| controller.tls_offload);
    draft.row.hosts.push(Host {
        host: host.clone(),
        path: place.clone(),
        tls: match (has_tls, passthrough, offloaded) {
            (true, true, _) => Tls::Passthrough,
            (true, false, _) => Tls::Terminated,
            (false, _, true) => Tls::Offloaded,
            (false, _, false) => Tls::None,
        },
        tls_source: if has_tls { "spec.virtualhost.tls".into() } else { "no tls on its virtual host".into() },
        plain,
        plain_source,
    });
    draft.claims.push(Claim { host: host.clone(), path: String::new(), place });
    if !has_tls {
        return;
    }
    let secret = text(own, "/spec/virtualhost/tls/secretName");
    let entry = if passthrough {
        Secrets::without("spec.virtualhost.tls".into(), "passthrough", "passthrough".into(), vec![host])
    } else if secret.is_empty() {
        Secrets::without("spec.virtualhost.tls".into(), "missing", String::new(), vec![host])
    } else {
        let (home, name) = secret.split_once('/').unwrap_or((&namespace, secret));
        let mut entry = world.secrets.entry("spec.virtualhost.tls.secretName".into(), home, name, vec![host]);
        entry.granted = grants.delegates(&namespace, home, name);
        if entry.granted != Known::Yes {
            entry.grant_reason = format!("no TLSCertificateDelegation in {home} lets {namespace} use it");
        }
        entry
    };
    draft.row.tls.push(entry);
}

//! OpenShift Routes, F5 VirtualServers, and Services that stand outside by themselves.

use super::{
    draft::{Claim, Draft, Target},
    model::{CatchAll, Host, Role},
    products::products,
    secrets::Secrets,
    services::{Exposure, IntOrText, Service},
    value::{flag, has, list, meta, number, text, value},
    world::World,
};
use crate::facts::{
    hostname,
    ingress::{Plain, Tls},
};

/// The rows of all three.
pub fn drafts(world: &World<'_, '_>, into: &mut Vec<Draft>) {
    openshift(world, into);
    f5(world, into);
    services(world, into);
}

fn named(host: &str) -> String {
    if host.is_empty() { "*".into() } else { hostname::normal(host) }
}

fn openshift(world: &World<'_, '_>, into: &mut Vec<Draft>) {
    for object in world.inventory.snapshot.of("route.openshift.io", "Route") {
        let (own, meta) = (value(object), meta(object));
        let mut row = world.row(object, &meta, Role::Route, "openshift");
        row.class.source = "parent";
        row.class.product = "openshift-router".into();
        row.class.served_by =
            world.controllers.iter().filter(|c| c.product == "openshift-router").map(super::world::called).collect();
        row.exposure = world.exposure(&row.class);
        // A Route made without a host gets one in the status.
        let admitted = text(&own, "/status/ingress/0/host");
        let mut host = named(Some(text(&own, "/spec/host")).filter(|host| !host.is_empty()).unwrap_or(admitted));
        if text(&own, "/spec/wildcardPolicy") == "Subdomain"
            && let Some((_, parent)) = host.clone().split_once('.')
        {
            host = format!("*.{parent}");
        }
        let termination = text(&own, "/spec/tls/termination");
        let tls = match termination {
            "edge" | "reencrypt" => Tls::Terminated,
            "passthrough" => Tls::Passthrough,
            _ => Tls::None,
        };
        let plain = match (termination, text(&own, "/spec/tls/insecureEdgeTerminationPolicy")) {
            ("", _) | (_, "Allow") => Plain::Serves,
            (_, "Redirect") => Plain::Redirects,
            _ => Plain::Absent,
        };
        let tls_source = if termination.is_empty() {
            "no spec.tls".to_owned()
        } else {
            format!("spec.tls.termination {termination}")
        };
        row.hosts.push(Host {
            host: host.clone(),
            path: "spec.host".into(),
            tls,
            tls_source,
            plain,
            plain_source: "spec.tls.insecureEdgeTerminationPolicy".into(),
        });
        let external = text(&own, "/spec/tls/externalCertificate/name");
        match tls {
            Tls::Passthrough => {
                row.tls.push(Secrets::without(
                    "spec.tls".into(),
                    "passthrough",
                    termination.into(),
                    vec![host.clone()],
                ));
            }
            Tls::Terminated if !external.is_empty() => row.tls.push(world.secrets.entry(
                "spec.tls.externalCertificate".into(),
                &object.namespace,
                external,
                vec![host.clone()],
            )),
            Tls::Terminated if has(&own, "/spec/tls/certificate") => {
                row.tls.push(Secrets::without(
                    "spec.tls.certificate".into(),
                    "inline",
                    String::new(),
                    vec![host.clone()],
                ));
            }
            Tls::Terminated => {
                row.tls.push(Secrets::without("spec.tls".into(), "default", String::new(), vec![host.clone()]));
            }
            _ => {}
        }
        let backends = own.pointer("/spec/to").into_iter().chain(list(&own, "/spec/alternateBackends"));
        let targets = backends
            .map(|backend| Target {
                path: format!("spec.to[name={}]", text(backend, "/name")),
                kind: Some(text(backend, "/kind")).filter(|kind| !kind.is_empty()).unwrap_or("Service").into(),
                name: text(backend, "/name").into(),
                port: None,
            })
            .collect();
        super::guards::of_openshift(&mut row, &own);
        let claim = Claim { host, path: text(&own, "/spec/path").to_owned(), place: "spec.host".into() };
        into.push(Draft { row, targets, claims: vec![claim] });
    }
}

fn f5(world: &World<'_, '_>, into: &mut Vec<Draft>) {
    let Some(product) = products().get("f5-nginx-ingress") else { return };
    for object in world.inventory.snapshot.of("k8s.nginx.org", "VirtualServer") {
        let (own, meta) = (value(object), meta(object));
        let mut row = world.row(object, &meta, Role::Route, "f5");
        row.class = world.own_class(product, text(&own, "/spec/ingressClassName"), &meta.annotations);
        // It takes a VirtualServer without a class as one of its own.
        row.exposure = world.exposure(&row.class);
        let host = named(text(&own, "/spec/host"));
        if host == "*" {
            row.catch_all.push(CatchAll { path: "spec.host".into(), why: "virtual server without a host".into() });
        }
        let secret = text(&own, "/spec/tls/secret");
        let has_tls = has(&own, "/spec/tls");
        let redirects = flag(&own, "/spec/tls/redirect/enable");
        row.hosts.push(Host {
            host: host.clone(),
            path: "spec.host".into(),
            tls: if has_tls { Tls::Terminated } else { Tls::None },
            tls_source: if has_tls { "spec.tls".into() } else { "no spec.tls".into() },
            plain: if redirects { Plain::Redirects } else { Plain::Serves },
            plain_source: "spec.tls.redirect.enable".into(),
        });
        if !secret.is_empty() {
            row.tls.push(world.secrets.entry("spec.tls.secret".into(), &object.namespace, secret, vec![host.clone()]));
        } else if has_tls {
            row.tls.push(Secrets::without("spec.tls".into(), "default", String::new(), vec![host.clone()]));
        }
        let targets = list(&own, "/spec/upstreams")
            .iter()
            .map(|upstream| Target {
                path: format!("spec.upstreams[name={}]", text(upstream, "/name")),
                kind: "Service".into(),
                name: text(upstream, "/service").into(),
                port: number(upstream, "/port").map(IntOrText::Int),
            })
            .collect();
        super::guards::of_virtual_server(world, &mut row, &own);
        let claim = Claim { host, path: String::new(), place: "spec.host".into() };
        into.push(Draft { row, targets, claims: vec![claim] });
    }
}

/// Services that can be reached from outside the cluster, or that ask for a name in the DNS.
fn services(world: &World<'_, '_>, into: &mut Vec<Draft>) {
    for object in world.inventory.snapshot.of("", "Service") {
        let Ok(service) = object.parse::<Service>() else { continue };
        let names = service.metadata.annotations.get("external-dns.alpha.kubernetes.io/hostname");
        let exposure = service.exposure();
        if exposure == Exposure::Cluster && names.is_none() {
            continue;
        }
        let mut row = world.row(object, &service.metadata, Role::Service, "service");
        row.exposure = exposure;
        row.guards.allowed_sources.clone_from(&service.spec.load_balancer_source_ranges);
        for name in names.into_iter().flat_map(|names| names.split(',')).map(str::trim).filter(|name| !name.is_empty())
        {
            row.hosts.push(Host {
                host: named(name),
                path: "metadata.annotations[external-dns.alpha.kubernetes.io/hostname]".into(),
                tls: if service.offloads_tls() { Tls::Offloaded } else { Tls::Unknown },
                tls_source: "a Service says nothing of TLS".into(),
                plain: Plain::Unknown,
                plain_source: "a Service says nothing of TLS".into(),
            });
        }
        let target =
            Target { path: "spec.ports".into(), kind: "Service".into(), name: object.name.to_string(), port: None };
        into.push(Draft { row, targets: vec![target], claims: Vec::new() });
    }
}

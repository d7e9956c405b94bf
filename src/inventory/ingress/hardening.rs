//! How a controller is kept: what its account may read, who reaches its webhook, what it opens.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    controllers::Controller,
    products::products,
    value::{has, list, text, texts, value},
};
use crate::{
    facts::{ingress::Known, selector::selects},
    inventory::Inventory,
    object::Kind,
};

const RBAC: &str = "rbac.authorization.k8s.io";

/// Fills in what other objects say of the controllers.
pub fn fill(inventory: &Inventory<'_>, controllers: &mut [Controller]) {
    if controllers.is_empty() {
        return;
    }
    let readers = secret_readers(inventory);
    let rbac_whole = ["ClusterRole", "ClusterRoleBinding"]
        .iter()
        .all(|kind| inventory.coverage(&Kind::new(RBAC, kind)).state.is_proof());
    let policies_whole = inventory.coverage(&Kind::new("networking.k8s.io", "NetworkPolicy")).state.is_proof();
    for controller in controllers {
        let Some(workload) = inventory.workloads.workloads.get(controller.workload) else { continue };
        let account = &workload.spec.service_account_name;
        let account = if account.is_empty() { "default" } else { account };
        let reads = readers.contains_key(&(controller.r#ref.namespace.clone(), account.to_owned()));
        controller.reads_all_secrets = match (reads, rbac_whole) {
            (true, _) => Known::Yes,
            (false, true) => Known::No,
            (false, false) => Known::Unknown,
        };
        let embeds = products().get(&controller.product).is_some_and(|product| product.embeds_admission);
        if embeds && let Some(listen) = controller.flags.get(&["validating-webhook"]) {
            let port: i64 = listen.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(8443);
            controller.admission = match guarded(inventory, controller, port, &workload.pod_meta.labels) {
                true => "guarded",
                false if policies_whole => "open",
                false => "unknown",
            };
        }
        controller.admin = admin(controller);
    }
}

/// Accounts that a ClusterRoleBinding lets read every Secret.
fn secret_readers(inventory: &Inventory<'_>) -> BTreeMap<(String, String), ()> {
    let snapshot = inventory.snapshot;
    let any = |list: &[String], wanted: &str| list.iter().any(|item| item == wanted || item == "*");
    let reads = |role: &Value| {
        list(role, "/rules").iter().any(|rule| {
            any(&texts(rule, "/apiGroups"), "")
                && any(&texts(rule, "/resources"), "secrets")
                && ["get", "list", "watch"].iter().any(|verb| any(&texts(rule, "/verbs"), verb))
                && texts(rule, "/resourceNames").is_empty()
        })
    };
    let mut found = BTreeMap::new();
    for object in snapshot.of(RBAC, "ClusterRoleBinding") {
        let binding = value(object);
        let name = text(&binding, "/roleRef/name");
        let Some(role) = snapshot.get(RBAC, "ClusterRole", "", name) else { continue };
        if !reads(&value(role)) {
            continue;
        }
        for subject in list(&binding, "/subjects").iter().filter(|subject| text(subject, "/kind") == "ServiceAccount") {
            found.insert((text(subject, "/namespace").to_owned(), text(subject, "/name").to_owned()), ());
        }
    }
    found
}

/// Whether NetworkPolicies let only named peers reach this port of the controller's pods.
fn guarded(inventory: &Inventory<'_>, controller: &Controller, port: i64, labels: &crate::view::Map) -> bool {
    let mut isolated = false;
    for object in inventory.snapshot.of("networking.k8s.io", "NetworkPolicy") {
        if *object.namespace != *controller.r#ref.namespace {
            continue;
        }
        let policy = value(object);
        let types = texts(&policy, "/spec/policyTypes");
        let ingress = types.is_empty() || types.iter().any(|kind| kind == "Ingress");
        if !ingress || !policy.pointer("/spec/podSelector").is_some_and(|selector| selects(selector, labels)) {
            continue;
        }
        isolated = true;
        let open = list(&policy, "/spec/ingress").iter().any(|rule| {
            let ports = list(rule, "/ports");
            let reaches = ports.is_empty()
                || ports.iter().any(|entry| {
                    entry
                        .get("port")
                        .is_none_or(|named| named.as_i64() == Some(port) || named.as_str() == Some("webhook"))
                });
            let from = list(rule, "/from");
            let all = |peer: &Value| {
                peer.pointer("/namespaceSelector").is_some_and(|selector| selects(selector, &crate::view::Map::new()))
                    && !has(peer, "/podSelector")
            };
            reaches && (from.is_empty() || from.iter().any(all))
        });
        if open {
            return false;
        }
    }
    isolated
}

/// What opens a plane of administration without a guard of its own.
fn admin(controller: &Controller) -> Vec<String> {
    let flags = &controller.flags;
    let mut found = Vec::new();
    match controller.product.as_str() {
        "traefik" if flags.is_on(&["api.insecure"]) => {
            found.push("--api.insecure serves the dashboard without a login".into())
        }
        "kong" => {
            let listen = flags.env(&["KONG_ADMIN_LISTEN"]).unwrap_or_default();
            if listen.split(',').any(|entry| {
                let address = entry.trim();
                address.starts_with("0.0.0.0") || address.starts_with("[::]")
            }) {
                found.push(format!("KONG_ADMIN_LISTEN is {listen}"));
            }
        }
        "ingress-nginx"
            if flags.is_on(&["profiling"])
                && flags.get(&["profiler-address"]).is_some_and(|a| a.starts_with("0.0.0.0")) =>
        {
            found.push("--profiler-address is open to all".into());
        }
        _ => {}
    }
    found
}

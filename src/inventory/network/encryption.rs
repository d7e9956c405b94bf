//! Where each plug-in says whether it encrypts, and which nodes show that they do.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{CiliumConfig, ConfigMap, Network};
use crate::{
    facts::{
        encryption::{Mechanism, flannel_backend, setting},
        enforcement::{NO, NodeOf, UNKNOWN, Word, YES},
        selector::LabelSelector,
    },
    inventory::Inventory,
    object::Kind,
    view::{Bare, nullable},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Felix {
    #[serde(deserialize_with = "nullable")]
    spec: FelixSpec,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct FelixSpec {
    #[serde(deserialize_with = "nullable")]
    wireguard_enabled: bool,
    #[serde(deserialize_with = "nullable")]
    wireguard_enabled_v6: bool,
    #[serde(deserialize_with = "nullable")]
    wireguard_host_encryption_enabled: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PeerAuthentication {
    #[serde(deserialize_with = "nullable")]
    spec: PeerSpec,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PeerSpec {
    selector: Option<LabelSelector>,
    #[serde(deserialize_with = "nullable")]
    mtls: Mtls,
    #[serde(deserialize_with = "nullable")]
    port_level_mtls: BTreeMap<String, Mtls>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Mtls {
    #[serde(deserialize_with = "nullable")]
    mode: String,
}

fn word(on: bool) -> Word {
    if on { YES } else { NO }
}

/// Every mechanism of the plug-ins and meshes that run here.
pub(super) fn of(inventory: &Inventory<'_>, network: &Network<'_>) -> Vec<Mechanism> {
    let mut found = Vec::new();
    for plugin in network.plugins.iter().filter(|plugin| plugin.live) {
        let mechanism = match plugin.id.as_str() {
            "calico" => calico(inventory, network),
            "cilium" => cilium(inventory, network),
            "antrea" => config(
                inventory,
                |name| name.starts_with("antrea-config"),
                "antrea-agent.conf",
                |text| setting(text, "trafficEncryptionMode").unwrap_or("none").to_ascii_lowercase(),
            ),
            "flannel" | "canal" => flannel(inventory, network),
            "weave-net" => weave(inventory),
            "ovn-kubernetes" => ovn(inventory),
            _ => continue,
        };
        // A switch without a node that shows a key proves nothing.
        let unproven = mechanism.by_node && mechanism.on == YES && network.nodes.is_empty();
        let on = if unproven { UNKNOWN } else { mechanism.on };
        found.push(Mechanism { plugin: plugin.id.clone(), on, ..mechanism });
    }
    found.extend(istio(inventory));
    found
}

/// Nodes that are not among those that show a key.
fn without(network: &Network<'_>, keys: &BTreeSet<&str>) -> Vec<NodeOf> {
    network.nodes.iter().filter(|node| !keys.contains(node.name.as_str())).cloned().collect()
}

fn annotated<'s>(inventory: &Inventory<'s>, group: &str, kind: &str, key: &str) -> BTreeSet<&'s str> {
    let has = |object: &&crate::snapshot::Object| {
        let meta = object.parse::<Bare>().unwrap_or_default().metadata;
        meta.annotations.contains_key(key)
    };
    inventory.snapshot.of(group, kind).iter().filter(has).map(|object| &*object.name).collect()
}

fn unread(what: &str) -> Mechanism {
    Mechanism {
        on: UNKNOWN,
        ipv6: UNKNOWN,
        hosts: UNKNOWN,
        evidence: format!("{what} was not read"),
        ..Mechanism::default()
    }
}

fn calico(inventory: &Inventory<'_>, network: &Network<'_>) -> Mechanism {
    let groups = ["projectcalico.org", "crd.projectcalico.org"];
    let felix = groups.iter().find_map(|group| inventory.snapshot.get(group, "FelixConfiguration", "", "default"));
    let is_read = groups
        .iter()
        .all(|group| inventory.snapshot.coverage(&Kind::new(group, "FelixConfiguration")).state.is_proof());
    let Some(felix) = felix else {
        let nothing = Mechanism { on: NO, ipv6: NO, hosts: NO, kind: "wireguard".into(), ..Mechanism::default() };
        let evidence = "there is no FelixConfiguration default".to_owned();
        return if is_read { Mechanism { evidence, ..nothing } } else { unread("FelixConfiguration") };
    };
    let spec = felix.parse::<Felix>().unwrap_or_default().spec;
    let keys = annotated(inventory, "", "Node", "projectcalico.org/WireguardPublicKey");
    Mechanism {
        kind: "wireguard".into(),
        on: word(spec.wireguard_enabled || spec.wireguard_enabled_v6),
        evidence: format!("FelixConfiguration default has wireguardEnabled: {}", spec.wireguard_enabled),
        by_node: true,
        nodes_without: without(network, &keys),
        ipv6: word(spec.wireguard_enabled_v6),
        hosts: word(spec.wireguard_host_encryption_enabled),
        ..Mechanism::default()
    }
}

fn cilium(inventory: &Inventory<'_>, network: &Network<'_>) -> Mechanism {
    let Some(config) = CiliumConfig::of(inventory.snapshot) else { return unread("ConfigMap cilium-config") };
    let on = |key: &str| config.get(key) == "true";
    let kind = [("enable-wireguard", "wireguard"), ("enable-ipsec", "ipsec"), ("enable-ztunnel", "mesh-mtls")];
    let Some((key, kind)) = kind.into_iter().find(|(key, _)| on(key)) else {
        let evidence = "cilium-config enables neither wireguard nor ipsec".into();
        return Mechanism { on: NO, ipv6: NO, hosts: NO, evidence, ..Mechanism::default() };
    };
    let by_node = kind == "wireguard";
    let keys = annotated(inventory, "cilium.io", "CiliumNode", "network.cilium.io/wg-pub-key");
    let without = if by_node { without(network, &keys) } else { Vec::new() };
    Mechanism {
        kind: kind.into(),
        on: YES,
        evidence: format!("cilium-config has {key}: true"),
        by_node,
        nodes_without: without,
        ipv6: YES,
        hosts: word(on("encrypt-node")),
        ..Mechanism::default()
    }
}

/// A mechanism that one key of a ConfigMap names.
fn config(
    inventory: &Inventory<'_>,
    named: impl Fn(&str) -> bool,
    key: &str,
    read: impl Fn(&str) -> String,
) -> Mechanism {
    let object = inventory.snapshot.of("", "ConfigMap").iter().find(|object| named(&object.name));
    let Some(object) = object else { return unread("its ConfigMap") };
    let data = object.parse::<ConfigMap>().unwrap_or_default().data;
    let text = data.get(key).map_or("", String::as_str);
    if text.is_empty() {
        return unread(&format!("{key} of ConfigMap {}", object.name));
    }
    let word_of = read(text);
    let kind = ["wireguard", "ipsec"].into_iter().find(|kind| word_of == *kind);
    let on = word(kind.is_some());
    let evidence = format!("{key} of ConfigMap {} says {word_of}", object.name);
    Mechanism { kind: kind.unwrap_or("none").into(), on, ipv6: on, hosts: NO, evidence, ..Mechanism::default() }
}

/// Each node says which backend it runs.
fn flannel(inventory: &Inventory<'_>, network: &Network<'_>) -> Mechanism {
    let named = |name: &str| matches!(name, "kube-flannel-cfg" | "canal-config" | "rke2-canal-config");
    let mechanism = config(inventory, named, "net-conf.json", |text| flannel_backend(text).unwrap_or_default());
    if mechanism.kind != "wireguard" {
        return mechanism;
    }
    let says = |object: &&crate::snapshot::Object| {
        let meta = object.parse::<Bare>().unwrap_or_default().metadata;
        meta.annotations.get("flannel.alpha.coreos.com/backend-type").is_some_and(|kind| kind == "wireguard")
    };
    let keys = inventory.snapshot.of("", "Node").iter().filter(says).map(|node| &*node.name).collect();
    Mechanism { by_node: true, nodes_without: without(network, &keys), ..mechanism }
}

fn weave(inventory: &Inventory<'_>) -> Mechanism {
    let has = inventory.workloads.workloads.iter().flat_map(|w| &w.spec.containers).any(|container| {
        container.image.contains("weave-kube") && container.env.iter().any(|env| env.name == "WEAVE_PASSWORD")
    });
    let evidence = if has { "WEAVE_PASSWORD is set" } else { "WEAVE_PASSWORD is not set" };
    let on = word(has);
    Mechanism { kind: "sleeve".into(), on, ipv6: on, hosts: NO, evidence: evidence.into(), ..Mechanism::default() }
}

fn ovn(inventory: &Inventory<'_>) -> Mechanism {
    let Some(object) = inventory.snapshot.get("operator.openshift.io", "Network", "", "cluster") else {
        return unread("operator.openshift.io/Network");
    };
    let value: serde_json::Value = object.parse().unwrap_or_default();
    let mode =
        value.pointer("/spec/defaultNetwork/ovnKubernetesConfig/ipsecConfig/mode").and_then(|mode| mode.as_str());
    let on = word(mode == Some("Full"));
    let evidence = format!("ipsecConfig.mode is {}", mode.unwrap_or("not set"));
    Mechanism { kind: "ipsec".into(), on, ipv6: on, hosts: on, evidence, ..Mechanism::default() }
}

/// Strict mutual TLS of the whole mesh, and no exception from it.
fn istio(inventory: &Inventory<'_>) -> Option<Mechanism> {
    if !inventory.extensions.iter().any(|e| e.id == "istio" && !e.capabilities.is_empty()) {
        return None;
    }
    let all: Vec<(&str, PeerSpec)> = inventory
        .snapshot
        .of("security.istio.io", "PeerAuthentication")
        .iter()
        .map(|object| (&*object.namespace, object.parse::<PeerAuthentication>().unwrap_or_default().spec))
        .collect();
    let whole =
        all.iter().any(|(ns, spec)| *ns == "istio-system" && spec.selector.is_none() && spec.mtls.mode == "STRICT");
    let soft = |mtls: &Mtls| matches!(mtls.mode.as_str(), "PERMISSIVE" | "DISABLE");
    let excepted = all.iter().any(|(_, spec)| soft(&spec.mtls) || spec.port_level_mtls.values().any(soft));
    let evidence = match (whole, excepted) {
        (true, false) => "PeerAuthentication of the root namespace is STRICT, without exceptions",
        (true, true) => "PeerAuthentication is STRICT for the mesh, with exceptions",
        (false, _) => "no PeerAuthentication of the root namespace is STRICT",
    };
    let on = word(whole && !excepted);
    Some(Mechanism {
        plugin: "istio".into(),
        kind: "mesh-mtls".into(),
        on,
        evidence: evidence.into(),
        ipv6: on,
        hosts: NO,
        ..Mechanism::default()
    })
}

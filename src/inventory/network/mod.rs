//! The network as a whole: plug-ins, what they enforce, every policy, and every pod under them.
//!
//! Drawn once, when the first table asks for it; joins only, the semantics lie in `facts`.

mod encryption;
pub mod engines;
pub mod gateway;
pub mod matching;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use super::{
    Inventory,
    catalog::Answer,
    detect::{Extension, State},
};
use crate::{
    facts::{
        cidr,
        encryption::Mechanism,
        enforcement::{self, Enforcement, Known, NO, NodeOf, Plugin, UNKNOWN, YES},
        isolation::{Isolator, Settings, Target},
        netpol::{Direction, Engine, Policies},
        selector::Hit,
    },
    object::{Kind, ObjectRef},
    snapshot::Snapshot,
    view::{Bare, Condition, Map, nullable},
};

/// The network of a cluster.
#[derive(Debug)]
pub struct Network<'s> {
    /// Every policy, in order.
    pub policies: Policies<'s>,
    /// What decides what they mean.
    pub settings: Settings,
    /// Network plug-ins that were found.
    pub plugins: Vec<Plugin>,
    /// Whether policies are enforced.
    pub enforcement: Enforcement,
    /// Encryption between nodes.
    pub encryption: Vec<Mechanism>,
    /// Every node.
    pub nodes: Vec<NodeOf>,
    /// Addresses of the nodes.
    pub node_addresses: cidr::Set,
    /// Schemes of the nodes' provider ids: `aws`, `gce`; empty ones left out.
    pub providers: BTreeSet<String>,
    /// MultiNetworkPolicies: their namespace, and the networks that they are for.
    pub multi_policies: Vec<(String, Vec<String>)>,
    /// Why no workload shows the network.
    pub hidden: Option<String>,
    /// Labels of namespaces.
    pub namespaces: BTreeMap<&'s str, Map>,
    /// Pods of one workload that the same policies select, by workload.
    pub groups: Vec<Group>,
}

/// Pods, and the pod template, of one workload that the same policies select.
#[derive(Clone, Debug)]
pub struct Group {
    /// Index of the workload.
    pub workload: usize,
    /// The template is among them.
    pub template: bool,
    /// Indexes of the pods.
    pub pods: Vec<usize>,
    /// Policies that select them.
    pub selecting: Vec<(usize, Hit)>,
}

/// Settings of Cilium, from its ConfigMap.
#[derive(Clone, Debug, Default)]
pub struct CiliumConfig {
    data: Map,
}

impl CiliumConfig {
    /// Reads the ConfigMap `cilium-config`, wherever it lies.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Option<Self> {
        let object = snapshot.of("", "ConfigMap").iter().find(|object| &*object.name == "cilium-config")?;
        Some(Self { data: object.parse::<ConfigMap>().unwrap_or_default().data })
    }

    /// One setting.
    #[must_use]
    pub fn get(&self, key: &str) -> &str {
        self.data.get(key).map_or("", String::as_str)
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ConfigMap {
    #[serde(deserialize_with = "nullable")]
    data: Map,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Node {
    #[serde(deserialize_with = "nullable")]
    metadata: crate::view::Meta,
    #[serde(deserialize_with = "nullable")]
    spec: NodeSpec,
    #[serde(deserialize_with = "nullable")]
    status: NodeStatus,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct NodeSpec {
    #[serde(rename = "providerID", deserialize_with = "nullable")]
    provider_id: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Address {
    #[serde(rename = "type", deserialize_with = "nullable")]
    kind: String,
    #[serde(deserialize_with = "nullable")]
    address: String,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct NodeStatus {
    #[serde(deserialize_with = "nullable")]
    node_info: NodeInfo,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
    #[serde(deserialize_with = "nullable")]
    addresses: Vec<Address>,
}

impl Node {
    fn addresses(&self) -> impl Iterator<Item = &str> {
        self.status.addresses.iter().filter(|a| a.kind.ends_with("IP")).map(|a| a.address.as_str())
    }

    fn provider(&self) -> Option<String> {
        let (scheme, _) = self.spec.provider_id.split_once("://")?;
        (!scheme.is_empty()).then(|| scheme.to_owned())
    }

    fn ready(&self) -> &'static str {
        match self.status.conditions.iter().find(|c| c.kind == "Ready").map(|c| c.status.as_str()) {
            Some("True") => YES,
            Some(_) => NO,
            None => UNKNOWN,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct NodeInfo {
    #[serde(deserialize_with = "nullable")]
    kubelet_version: String,
}

fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => YES,
        Answer::No => NO,
        Answer::Unknown => UNKNOWN,
    }
}

fn plugin(extension: &Extension) -> Option<Plugin> {
    let overlay = extension.capabilities.get("overlay");
    let enforces = extension.capabilities.get("network-policy");
    if extension.aspect != "network" && overlay.is_none() && enforces.is_none() {
        return None;
    }
    let state = serde_json::to_value(extension.state).ok().and_then(|v| v.as_str().map(str::to_owned));
    Some(Plugin {
        id: extension.id.clone(),
        name: extension.name.clone(),
        state: state.unwrap_or_default(),
        live: matches!(extension.state, State::Installed | State::DataPlaneOnly | State::Bundled | State::Managed),
        version: extension.version.clone(),
        overlay: overlay.map_or(UNKNOWN, |c| word(c.value)),
        overlay_evidence: overlay.map(|c| c.evidence.clone()).unwrap_or_default(),
        enforces: enforces.map_or(UNKNOWN, |c| word(c.value)),
        enforces_evidence: enforces.map(|c| c.evidence.clone()).unwrap_or_default(),
        has_agents: extension.agents.is_some(),
        desired: extension.agents.as_ref().and_then(|a| a.desired),
        ready: extension.agents.as_ref().and_then(|a| a.ready),
        nodes_ready: extension.agents.as_ref().map(|a| a.nodes_ready.clone()).unwrap_or_default(),
    })
}

/// A network that no workload shows.
fn hidden(nodes: &[Node]) -> Option<String> {
    let version = |mark: &str| nodes.iter().any(|node| node.status.node_info.kubelet_version.contains(mark));
    let annotated = |prefix: &str| nodes.iter().any(|n| n.metadata.annotations.keys().any(|k| k.starts_with(prefix)));
    if version("+k3s") {
        return Some("k3s carries Flannel and a policy controller inside its binary, which no object shows".into());
    }
    if annotated("flannel.alpha.coreos.com/") {
        return Some("nodes are annotated by Flannel, but no DaemonSet of it is there".into());
    }
    let provider = [("-gke.", "GKE"), ("-eks-", "EKS"), ("-aliyun", "Alibaba Cloud")];
    if let Some((_, name)) = provider.iter().find(|(mark, _)| version(mark)) {
        return Some(format!("the network of {name} is run by the provider, out of sight"));
    }
    let azure = nodes.iter().any(|n| n.metadata.labels.keys().any(|k| k.starts_with("kubernetes.azure.com/")));
    azure.then(|| "the network of AKS is laid down by the node image, out of sight".into())
}

/// For which networks MultiNetworkPolicies are, by their annotation.
fn multi_policies(snapshot: &Snapshot) -> Vec<(String, Vec<String>)> {
    let policies = snapshot.of("k8s.cni.cncf.io", "MultiNetworkPolicy").iter();
    let of = |object: &crate::snapshot::Object| {
        let meta = object.parse::<Bare>().unwrap_or_default().metadata;
        let text = meta.annotations.get("k8s.v1.cni.cncf.io/policy-for").cloned().unwrap_or_default();
        let whole =
            |name: &str| if name.contains('/') { name.to_owned() } else { format!("{}/{name}", object.namespace) };
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(whole);
        (object.namespace.to_string(), names.collect())
    };
    policies.map(of).collect()
}

impl<'s> Network<'s> {
    /// Draws everything.
    #[must_use]
    pub fn of(inventory: &Inventory<'s>) -> Self {
        let snapshot = inventory.snapshot;
        let plugins: Vec<Plugin> = inventory.extensions.iter().filter_map(plugin).collect();
        let nodes: Vec<Node> = snapshot.of("", "Node").iter().map(|o| o.parse().unwrap_or_default()).collect();
        let is_read = |group: &str, kind: &str| snapshot.coverage(&Kind::new(group, kind)).state.is_proof();
        let runs = |ids: &[&str]| plugins.iter().any(|p| p.live && ids.contains(&p.id.as_str()));
        let cilium = runs(&["cilium", "gke-dataplane"]);
        let config = CiliumConfig::of(snapshot).filter(|_| cilium).unwrap_or_default();
        let known = Known {
            nodes: nodes
                .iter()
                .map(|node| NodeOf {
                    name: node.metadata.name.clone(),
                    labels: node.metadata.labels.clone(),
                    ready: node.ready(),
                    created: node.metadata.creation_timestamp.clone().unwrap_or_default(),
                })
                .collect(),
            workloads_read: is_read("apps", "DaemonSet"),
            pods_read: is_read("", "Pod") && is_read("", "Node"),
            audit_mode: config.get("policy-audit-mode") == "true",
            hidden: hidden(&nodes),
        };
        let enforcement = enforcement::of(&plugins, &known);
        let node_addresses = cidr::Set::of(nodes.iter().flat_map(Node::addresses)).0;
        let mut settings =
            Settings { addresses_are_world: cilium, nodes: node_addresses.clone(), ..Settings::default() };
        settings.always = config.get("enable-policy") == "always";
        if known.workloads_read {
            for (engine, ids) in [
                (Engine::Cilium, &["cilium", "gke-dataplane"][..]),
                (Engine::Calico, &["calico", "canal"]),
                (Engine::Antrea, &["antrea"]),
            ] {
                if !runs(ids) {
                    settings.dead.push(engine);
                }
            }
        }
        let namespaces: BTreeMap<&str, Map> = snapshot
            .of("", "Namespace")
            .iter()
            .map(|object| (&*object.name, object.parse::<Bare>().unwrap_or_default().metadata.labels))
            .collect();
        let mut network = Self {
            policies: Policies::of(snapshot),
            settings,
            plugins,
            enforcement,
            encryption: Vec::new(),
            multi_policies: multi_policies(snapshot),
            node_addresses,
            providers: nodes.iter().filter_map(Node::provider).collect(),
            nodes: known.nodes,
            hidden: known.hidden,
            namespaces,
            groups: Vec::new(),
        };
        network.groups = network.grouped(inventory);
        network.encryption = encryption::of(inventory, &network);
        network
    }

    /// Asks about targets.
    #[must_use]
    pub fn isolator(&self) -> Isolator<'_, 's> {
        Isolator::new(&self.policies, self.settings.clone())
    }

    /// Labels of a namespace; none where it was not read.
    #[must_use]
    pub fn labels_of(&self, namespace: &str) -> &Map {
        static NONE: Map = Map::new();
        self.namespaces.get(namespace).unwrap_or(&NONE)
    }

    /// The live labels of pods and the template's of their controllers; equal ones are asked once.
    fn grouped(&self, inventory: &Inventory<'s>) -> Vec<Group> {
        let isolator = self.isolator();
        let mut groups = Vec::new();
        type Known<'k> = HashMap<(&'k str, &'k Map, &'k str), Vec<(usize, Hit)>>;
        let mut known: Known<'_> = HashMap::new();
        for (index, workload) in inventory.workloads.workloads.iter().enumerate() {
            let mut own: Vec<Group> = Vec::new();
            let namespace: &str = &workload.object.namespace;
            let account = workload.spec.service_account_name.as_str();
            let is_pod = &*workload.object.kind.kind == "Pod";
            let live = workload.pods.iter().filter(|pod| !inventory.workloads.pods[**pod].is_done());
            let template = (!is_pod).then_some((None, &workload.pod_meta.labels));
            let pods = live.map(|pod| (Some(*pod), &inventory.workloads.pods[*pod].pod.metadata.labels));
            for (pod, labels) in template.into_iter().chain(pods) {
                let selecting = known.entry((namespace, labels, account)).or_insert_with(|| {
                    isolator.selecting(&Target {
                        namespace,
                        namespace_labels: self.labels_of(namespace),
                        labels: Some(labels),
                        service_account: account,
                    })
                });
                let at = own.iter().position(|group| group.selecting == *selecting).unwrap_or_else(|| {
                    let selecting = selecting.clone();
                    own.push(Group { workload: index, template: false, pods: Vec::new(), selecting });
                    own.len() - 1
                });
                match pod {
                    Some(pod) => own[at].pods.push(pod),
                    None => own[at].template = true,
                }
            }
            groups.extend(own);
        }
        groups
    }

    /// Workloads of each namespace that are not isolated in a direction, or opened again.
    #[must_use]
    pub fn open_workloads(&self, inventory: &Inventory<'_>, direction: Direction) -> BTreeMap<String, usize> {
        let isolator = self.isolator();
        let mut open: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for group in &self.groups {
            let workload = &inventory.workloads.workloads[group.workload];
            if workload.spec.host_network {
                continue;
            }
            let isolation = isolator.isolation(&group.selecting, direction);
            if isolation.isolated != YES || isolation.neutralised {
                open.entry(workload.object.namespace.to_string()).or_default().insert(group.workload);
            }
        }
        open.into_iter().map(|(namespace, workloads)| (namespace, workloads.len())).collect()
    }

    /// Objects that could not be read as their kind says.
    #[must_use]
    pub fn malformed(&self) -> &[(ObjectRef, String)] {
        &self.policies.malformed
    }
}

//! Network policies of every engine, read into one shape.
//!
//! The engines mean opposite things by the same words (an empty rule opens everything in a
//! NetworkPolicy and denies everything in a CiliumNetworkPolicy), so each has a reader of its
//! own, and what comes out of them is plain: who is selected, whether selection isolates, and
//! which rules follow in which order. Nothing here says what is good.

mod admin;
mod antrea;
mod calico;
mod cilium;
mod kubernetes;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    cidr,
    selector::{LabelSelector, Select},
};
use crate::{
    object::ObjectRef,
    snapshot::{Object, Snapshot},
    view::Meta,
};

/// Which program must run for a policy to mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// `networking.k8s.io/NetworkPolicy`: any enforcer.
    Kubernetes,
    /// `policy.networking.k8s.io`: those enforcers that support it.
    Admin,
    /// Cilium's own kinds.
    Cilium,
    /// Calico's own kinds.
    Calico,
    /// Antrea's own kinds.
    Antrea,
}

/// A direction of traffic, seen from the selected pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Towards the pod.
    Ingress,
    /// Away from the pod.
    Egress,
}

/// What a rule does with the traffic that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Lets it through.
    Allow,
    /// Drops or rejects it.
    Deny,
    /// Leaves it to the next tier.
    Pass,
    /// Only tells of it.
    Log,
}

/// What happens in a tier to traffic of a selected pod that no rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// It is dropped.
    Deny,
    /// The next tier decides.
    Pass,
}

/// The place of a tier among all: tiers are asked in this order.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub struct Rank(pub u8, pub f64);

/// A tier of policies.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// Its name: `default`, `admin`, `security`.
    pub name: String,
    /// Its place.
    pub rank: Rank,
    /// What is left over.
    pub unmatched: Unmatched,
}

impl Tier {
    /// The tier of NetworkPolicies, in which all additive engines meet.
    #[must_use]
    pub fn default_tier() -> Self {
        Self { name: "default".into(), rank: Rank(2, 0.0), unmatched: Unmatched::Deny }
    }
}

/// One part of a subject: namespaces, and pods in them.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// The policy's own namespace, where it has one; else by `namespaces`.
    pub own_namespace: Option<String>,
    /// Which namespaces, by their labels.
    pub namespaces: Select,
    /// Which pods, by theirs.
    pub pods: Select,
}

/// The other end of a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Peer {
    /// Addresses, exceptions cut out.
    Addresses(cidr::Set),
    /// Pods.
    Pods(Scope),
    /// Pods of namespaces that share the values of some labels with the subject's.
    SameLabels(Vec<String>),
    /// A class of ends that Cilium names: `world`, `cluster`, `host`, `kube-apiserver` …
    Entity(String),
    /// Nodes of the cluster.
    Nodes,
    /// A DNS name or a pattern of them.
    Name(String),
    /// What cannot be read here, with the reason.
    Opaque(String),
}

/// Ports of one protocol.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Port {
    /// `TCP`, `UDP`, `SCTP`, `ICMP`; `ANY` for all.
    pub protocol: String,
    /// First port; 0 for a named one.
    pub from: u16,
    /// Last port.
    pub to: u16,
    /// Name of a container port, empty for numbers.
    pub name: String,
}

impl Port {
    fn is_all(&self) -> bool {
        self.name.is_empty() && self.from <= 1 && self.to == u16::MAX
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Where it stands: `spec.ingress[0]`.
    pub path: String,
    /// What it does.
    pub action: Action,
    /// Any peer at all.
    pub any_peer: bool,
    /// Its peers, where not any.
    pub peers: Vec<Peer>,
    /// Its ports; none means all.
    pub ports: Vec<Port>,
    /// It has conditions besides peers and ports (HTTP, ICMP types, negations): it matches less.
    pub narrowed: bool,
}

impl Rule {
    /// Every port of every protocol, or a range that is as good as that.
    #[must_use]
    pub fn all_ports(&self) -> bool {
        !self.narrowed && (self.ports.is_empty() || self.ports.iter().any(Port::is_all))
    }

    /// The addresses of all its peers.
    #[must_use]
    pub fn addresses(&self) -> cidr::Set {
        self.peers.iter().fold(cidr::Set::default(), |set, peer| match peer {
            Peer::Addresses(one) => set.union(one),
            _ => set,
        })
    }
}

/// What a policy says of one direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Selected pods fall to what the tier does with unmatched traffic.
    pub isolates: bool,
    /// Its rules, in their order.
    pub rules: Vec<Rule>,
}

/// One policy, or one of several specs in an object.
#[derive(Clone, Debug)]
pub struct Policy<'s> {
    /// The object.
    pub object: &'s Object,
    /// What it is called.
    pub reference: ObjectRef,
    /// Its metadata.
    pub meta: Meta,
    /// Who must run for it to mean anything.
    pub engine: Engine,
    /// Never enforced: a rehearsal.
    pub staged: bool,
    /// Its tier.
    pub tier: Tier,
    /// Its place in the tier; smaller first.
    pub order: f64,
    /// Whom it selects: any of these.
    pub subject: Vec<Scope>,
    /// Towards the selected pods.
    pub ingress: Option<Section>,
    /// Away from them.
    pub egress: Option<Section>,
}

impl Policy<'_> {
    /// What it says of a direction.
    #[must_use]
    pub fn section(&self, direction: Direction) -> Option<&Section> {
        match direction {
            Direction::Ingress => self.ingress.as_ref(),
            Direction::Egress => self.egress.as_ref(),
        }
    }

    /// The one namespace that it can select pods in, where there is one.
    #[must_use]
    pub fn only_namespace(&self) -> Option<&str> {
        let mut scopes = self.subject.iter().map(|scope| scope.own_namespace.as_deref());
        let first = scopes.next()??;
        scopes.all(|other| other == Some(first)).then_some(first)
    }
}

/// Every policy of a snapshot.
#[derive(Clone, Debug, Default)]
pub struct Policies<'s> {
    /// By tier, then in their order.
    pub policies: Vec<Policy<'s>>,
    /// Objects that could not be read as their kind says.
    pub malformed: Vec<(ObjectRef, String)>,
}

/// Kinds of policies that are read here.
pub const KINDS: [(&str, &str); 23] = [
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy.networking.k8s.io", "AdminNetworkPolicy"),
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"),
    ("cilium.io", "CiliumNetworkPolicy"),
    ("cilium.io", "CiliumClusterwideNetworkPolicy"),
    ("projectcalico.org", "NetworkPolicy"),
    ("projectcalico.org", "GlobalNetworkPolicy"),
    ("projectcalico.org", "StagedNetworkPolicy"),
    ("projectcalico.org", "StagedGlobalNetworkPolicy"),
    ("projectcalico.org", "StagedKubernetesNetworkPolicy"),
    ("projectcalico.org", "Tier"),
    ("crd.projectcalico.org", "NetworkPolicy"),
    ("crd.projectcalico.org", "GlobalNetworkPolicy"),
    ("crd.projectcalico.org", "StagedNetworkPolicy"),
    ("crd.projectcalico.org", "StagedGlobalNetworkPolicy"),
    ("crd.projectcalico.org", "StagedKubernetesNetworkPolicy"),
    ("crd.projectcalico.org", "Tier"),
    ("crd.antrea.io", "ClusterNetworkPolicy"),
    ("crd.antrea.io", "NetworkPolicy"),
    ("crd.antrea.io", "Tier"),
    ("security.antrea.tanzu.vmware.com", "ClusterNetworkPolicy"),
    ("security.antrea.tanzu.vmware.com", "NetworkPolicy"),
];

impl<'s> Policies<'s> {
    /// Reads every policy of the snapshot.
    #[must_use]
    pub fn of(snapshot: &'s Snapshot) -> Self {
        let mut all = Self::default();
        kubernetes::read(snapshot, &mut all);
        admin::read(snapshot, &mut all);
        cilium::read(snapshot, &mut all);
        calico::read(snapshot, &mut all);
        antrea::read(snapshot, &mut all);
        all.policies.sort_by(|a, b| {
            let rank = a.tier.rank.partial_cmp(&b.tier.rank).unwrap_or(std::cmp::Ordering::Equal);
            rank.then(a.tier.name.cmp(&b.tier.name))
                .then(a.order.total_cmp(&b.order))
                .then_with(|| a.reference.cmp(&b.reference))
        });
        all
    }

    /// Parses an object as `T`, or notes that it cannot be.
    fn parse<T: Deserialize<'s>>(&mut self, object: &'s Object) -> Option<T> {
        match object.parse() {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                self.malformed.push((object.reference(), error.to_string()));
                None
            }
        }
    }
}

/// A port as manifests write it: a number or a name.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum PortNumber {
    Number(u16),
    Text(String),
}

impl PortNumber {
    fn port(&self, protocol: &str, end: Option<u16>) -> Port {
        let protocol = if protocol.is_empty() { "TCP".to_owned() } else { protocol.to_ascii_uppercase() };
        let number = match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
        };
        match (number, self) {
            (Some(from), _) => Port { protocol, from, to: end.unwrap_or(from).max(from), name: String::new() },
            (None, Self::Text(name)) => Port { protocol, from: 0, to: 0, name: name.clone() },
            (None, Self::Number(_)) => Port { protocol, from: 0, to: 0, name: String::new() },
        }
    }
}

/// All ports of a protocol.
fn whole(protocol: &str) -> Port {
    let protocol = if protocol.is_empty() { "TCP".to_owned() } else { protocol.to_ascii_uppercase() };
    Port { protocol, from: 1, to: u16::MAX, name: String::new() }
}

/// `ipBlock`, as several kinds have it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct IpBlock {
    #[serde(deserialize_with = "crate::view::nullable")]
    cidr: String,
    #[serde(deserialize_with = "crate::view::nullable")]
    except: Vec<String>,
}

impl IpBlock {
    fn peer(&self) -> Peer {
        let (set, broken) = cidr::Set::of([self.cidr.as_str()]);
        if !broken.is_empty() {
            return Peer::Opaque(format!("{:?} is no CIDR", self.cidr));
        }
        Peer::Addresses(set.minus(&cidr::Set::of(self.except.iter().map(String::as_str)).0))
    }
}

/// Pods by two optional label selectors, as NetworkPolicy peers have them.
fn pods(own: Option<&str>, namespaces: Option<LabelSelector>, pods: Option<LabelSelector>) -> Scope {
    match namespaces {
        Some(selector) => Scope {
            own_namespace: None,
            namespaces: Select::labels(selector),
            pods: Select::labels(pods.unwrap_or_default()),
        },
        None => Scope {
            own_namespace: own.map(str::to_owned),
            namespaces: Select::All,
            pods: Select::labels(pods.unwrap_or_default()),
        },
    }
}

/// Tiers by name, for engines that have them as objects.
type Tiers = BTreeMap<String, Tier>;

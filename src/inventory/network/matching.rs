//! Whether a peer of a policy matches anything that is there: pods, pod templates, namespaces.
//!
//! An index by label keeps the question cheap: only pods that carry one of the wanted labels are
//! looked at, and equal questions are answered once.

use std::collections::{BTreeSet, HashMap};

use super::Network;
use crate::{
    facts::{
        isolation::Target,
        netpol::Scope,
        selector::{Hit, Select},
    },
    inventory::Inventory,
    view::Map,
};

struct Member<'n> {
    namespace: &'n str,
    labels: &'n Map,
    account: &'n str,
}

/// Everything that a selector may match.
pub struct Population<'n> {
    members: Vec<Member<'n>>,
    by_label: HashMap<(&'n str, &'n str), Vec<usize>>,
    by_namespace: HashMap<&'n str, Vec<usize>>,
    known: HashMap<String, Hit>,
}

impl std::fmt::Debug for Population<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Population").field("members", &self.members.len()).finish_non_exhaustive()
    }
}

impl<'n> Population<'n> {
    /// Live pods and the templates of their controllers, each set of labels once.
    #[must_use]
    pub fn of(inventory: &'n Inventory<'_>) -> Self {
        let mut seen: BTreeSet<(&str, &Map)> = BTreeSet::new();
        let mut members = Vec::new();
        let workloads = &inventory.workloads;
        for workload in &workloads.workloads {
            let namespace: &str = &workload.object.namespace;
            let account = workload.spec.service_account_name.as_str();
            let live = workload.pods.iter().map(|pod| &workloads.pods[*pod]).filter(|pod| !pod.is_done());
            for labels in std::iter::once(&workload.pod_meta.labels).chain(live.map(|pod| &pod.pod.metadata.labels)) {
                if seen.insert((namespace, labels)) {
                    members.push(Member { namespace, labels, account });
                }
            }
        }
        let mut by_label: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        let mut by_namespace: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, member) in members.iter().enumerate() {
            by_namespace.entry(member.namespace).or_default().push(index);
            for (key, value) in member.labels {
                by_label.entry((key, value)).or_default().push(index);
            }
        }
        Self { members, by_label, by_namespace, known: HashMap::new() }
    }

    /// Whether a scope matches some pod, or where it asks for all pods some namespace.
    pub fn has(&mut self, scope: &Scope, network: &Network<'_>) -> Hit {
        let question = format!("{scope:?}");
        if let Some(hit) = self.known.get(&question) {
            return *hit;
        }
        let hit = self.search(scope, network);
        self.known.insert(question, hit);
        hit
    }

    fn search(&self, scope: &Scope, network: &Network<'_>) -> Hit {
        let ask = |namespace: &str, labels: Option<&Map>, account: &str| {
            Target { namespace, namespace_labels: network.labels_of(namespace), labels, service_account: account }
                .hit(scope)
        };
        if scope.pods.is_all() {
            let mut opaque = Hit::No;
            for namespace in network.namespaces.keys() {
                match ask(namespace, None, "") {
                    Hit::Yes => return Hit::Yes,
                    Hit::No => {}
                    open => opaque = open,
                }
            }
            return if opaque == Hit::No { Hit::No } else { Hit::Opaque };
        }
        let none = Vec::new();
        let everyone: Vec<usize>;
        let candidates = match (&scope.own_namespace, wanted(&scope.pods)) {
            (_, Some(pair)) => self.by_label.get(&pair).unwrap_or(&none),
            (Some(namespace), None) => self.by_namespace.get(namespace.as_str()).unwrap_or(&none),
            (None, None) => {
                everyone = (0..self.members.len()).collect();
                &everyone
            }
        };
        let mut opaque = false;
        for member in candidates.iter().filter_map(|index| self.members.get(*index)) {
            match ask(member.namespace, Some(member.labels), member.account) {
                Hit::Yes => return Hit::Yes,
                Hit::Opaque => opaque = true,
                _ => {}
            }
        }
        if opaque { Hit::Opaque } else { Hit::No }
    }
}

/// A label that everything matched must carry, and that is one of the pod's own.
fn wanted(select: &Select) -> Option<(&str, &str)> {
    match select {
        Select::Labels(selector) => {
            let own = |(key, value): (&'_ String, &'_ String)| !key.contains("io.kubernetes") && !value.is_empty();
            selector
                .match_labels
                .iter()
                .find(|(key, value)| own((key, value)) && !key.starts_with("io.cilium."))
                .map(|(key, value)| (key.as_str(), value.as_str()))
        }
        Select::Every(all) => all.iter().find_map(wanted),
        _ => None,
    }
}

//! Which kinds a run reads, and what access that needs.

use std::collections::BTreeSet;

use crate::{object::Kind, snapshot::outside::Outside};

/// Kinds that facts are drawn from, whatever is asked: who is installed, who runs what where.
const CONTEXT: [(&str, &str); 26] = [
    ("", "ConfigMap"),
    ("", "Namespace"),
    ("", "Node"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("", "Pod"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("gateway.networking.k8s.io", "Gateway"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "IngressClass"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "StorageClass"),
];

/// Kinds that are never read unasked: they change by the second, or answer questions only.
const NEVER: [(&str, &str); 9] = [
    ("", "Event"),
    ("events.k8s.io", "Event"),
    ("coordination.k8s.io", "Lease"),
    ("", "Endpoints"),
    ("", "ComponentStatus"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("apps", "ControllerRevision"),
    ("metrics.k8s.io", "PodMetrics"),
    ("metrics.k8s.io", "NodeMetrics"),
];

/// What to read.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// These kinds, where they are served.
    pub kinds: BTreeSet<Kind>,
    /// Every other kind that is served and can be listed, but for events and their like.
    pub everything: bool,
    /// What was read outside of the cluster, to be laid beside it.
    pub outside: Outside,
}

impl Plan {
    /// These kinds, such as policies and the catalogue name, and those that facts are drawn from.
    #[must_use]
    pub fn of(kinds: impl IntoIterator<Item = Kind>) -> Self {
        let mut kinds: BTreeSet<Kind> = kinds.into_iter().collect();
        kinds.extend(CONTEXT.iter().map(|(group, kind)| Kind::new(group, kind)));
        Self { kinds, ..Self::default() }
    }

    /// Whether a served kind is read. Secrets have a mode of their own.
    #[must_use]
    pub fn wants(&self, kind: &Kind) -> bool {
        if self.kinds.contains(kind) {
            return true;
        }
        self.everything && !NEVER.iter().any(|(group, name)| *kind.group == **group && *kind.kind == **name)
    }
}

/// Kinds whose plural is not what grammar says, from the CRDs of the systems in the catalogue.
const IRREGULAR: [(&str, &str); 20] = [
    ("Assign", "assign"),
    ("AssignImage", "assignimage"),
    ("AssignMetadata", "assignmetadata"),
    ("Endpoints", "endpoints"),
    ("ExpansionTemplate", "expansiontemplate"),
    ("ExportedServices", "exportedservices"),
    ("GatewayParameters", "gatewayparameters"),
    ("IngressClassParams", "ingressclassparams"),
    ("Jenkins", "jenkins"),
    ("LinuxKernelVariables", "linuxkernelvariables"),
    ("ModifySet", "modifyset"),
    ("NetworkAttachmentDefinition", "network-attachment-definitions"),
    ("ProxyDefaults", "proxydefaults"),
    ("RouteAdvertisements", "routeadvertisements"),
    ("Rules", "rules"),
    ("ServiceDefaults", "servicedefaults"),
    ("ServiceIntentions", "serviceintentions"),
    ("ServiceScanResult", "servicesscanresults"),
    ("Settings", "settings"),
    ("TrafficPermissions", "trafficpermissions"),
];

/// The plural of a kind, as Kubernetes and its users form it; discovery knows better where it is at hand.
#[must_use]
pub fn plural(kind: &str) -> String {
    if let Some((_, plural)) = IRREGULAR.iter().find(|(irregular, _)| *irregular == kind) {
        return (*plural).to_owned();
    }
    let lower = kind.to_ascii_lowercase();
    let ends = |suffix: &str| lower.ends_with(suffix);
    if ends("s") || ends("x") || ends("ch") || ends("sh") {
        return format!("{lower}es");
    }
    match lower.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{lower}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_are_those_of_the_api() {
        for (kind, resource) in [
            ("NetworkPolicy", "networkpolicies"),
            ("Gateway", "gateways"),
            ("IngressClass", "ingressclasses"),
            ("Prometheus", "prometheuses"),
            ("Pod", "pods"),
            ("Endpoints", "endpoints"),
        ] {
            assert_eq!(plural(kind), resource);
        }
    }
}

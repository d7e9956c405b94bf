//! What a pod template asks of its node beyond the fields that every fact reads. Only workloads of
//! systems are read again for it: a cluster has few of these and many others.

use serde::Deserialize;

use crate::{
    inventory::workload::Workload,
    view::{Map, nullable},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Controller {
    #[serde(deserialize_with = "nullable")]
    spec: Outer,
}

/// `spec` of a controller, of a CronJob, or of a pod.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Outer {
    template: Option<Template>,
    job_template: Option<Job>,
    #[serde(flatten)]
    pod: Spec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Template {
    #[serde(deserialize_with = "nullable")]
    spec: Spec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Job {
    #[serde(deserialize_with = "nullable")]
    spec: JobSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct JobSpec {
    #[serde(deserialize_with = "nullable")]
    template: Template,
}

/// A PodSpec, as far as it concerns the node.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Spec {
    #[serde(deserialize_with = "nullable")]
    pub containers: Vec<Container>,
    #[serde(deserialize_with = "nullable")]
    pub init_containers: Vec<Container>,
    #[serde(deserialize_with = "nullable")]
    pub priority_class_name: String,
    #[serde(deserialize_with = "nullable")]
    pub affinity: Affinity,
    #[serde(deserialize_with = "nullable")]
    pub topology_spread_constraints: Vec<Spread>,
    #[serde(deserialize_with = "nullable")]
    pub resources: Resources,
}

/// A container, as far as it concerns the node.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Container {
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    #[serde(deserialize_with = "nullable")]
    pub resources: Resources,
    #[serde(deserialize_with = "nullable")]
    pub security_context: Security,
    #[serde(deserialize_with = "nullable")]
    pub args: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub restart_policy: String,
}

/// `resources`; quantities may be numbers.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Resources {
    #[serde(deserialize_with = "nullable")]
    pub requests: std::collections::BTreeMap<String, serde_json::Value>,
    #[serde(deserialize_with = "nullable")]
    pub limits: std::collections::BTreeMap<String, serde_json::Value>,
}

/// `securityContext` of a container.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Security {
    #[serde(deserialize_with = "nullable")]
    pub privileged: bool,
    #[serde(deserialize_with = "nullable")]
    pub capabilities: Capabilities,
}

/// `capabilities` of a container.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Capabilities {
    #[serde(deserialize_with = "nullable")]
    pub add: Vec<String>,
}

/// `affinity`.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Affinity {
    #[serde(deserialize_with = "nullable")]
    pub pod_anti_affinity: AntiAffinity,
}

/// `podAntiAffinity`.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct AntiAffinity {
    #[serde(deserialize_with = "nullable", rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    pub required: Vec<Term>,
    #[serde(deserialize_with = "nullable", rename = "preferredDuringSchedulingIgnoredDuringExecution")]
    pub preferred: Vec<Weighted>,
}

/// A term with a weight.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Weighted {
    #[serde(deserialize_with = "nullable")]
    pub pod_affinity_term: Term,
}

/// What must not share a place.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Term {
    #[serde(deserialize_with = "nullable")]
    pub label_selector: crate::facts::selector::LabelSelector,
    #[serde(deserialize_with = "nullable")]
    pub topology_key: String,
}

/// One of `topologySpreadConstraints`.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Spread {
    #[serde(deserialize_with = "nullable")]
    pub label_selector: crate::facts::selector::LabelSelector,
    #[serde(deserialize_with = "nullable")]
    pub topology_key: String,
    #[serde(deserialize_with = "nullable")]
    pub when_unsatisfiable: String,
}

impl Spec {
    /// Every container but the ephemeral ones.
    pub(super) fn all(&self) -> impl Iterator<Item = &Container> {
        self.containers.iter().chain(&self.init_containers)
    }

    /// Whether one of them is privileged.
    pub(super) fn is_privileged(&self) -> bool {
        self.all().any(|container| container.security_context.privileged)
    }
}

impl Affinity {
    /// Keys of the places that pods with these labels do not share, with whether that is certain.
    pub(super) fn apart(&self, labels: &Map) -> Vec<(String, bool)> {
        let own = |term: &&Term| term.label_selector.matches(labels) == crate::facts::selector::Hit::Yes;
        let anti = &self.pod_anti_affinity;
        let certain = anti.required.iter().filter(own).map(|term| (term.topology_key.clone(), true));
        let wished = anti
            .preferred
            .iter()
            .map(|w| &w.pod_affinity_term)
            .filter(own)
            .map(|term| (term.topology_key.clone(), false));
        certain.chain(wished).collect()
    }
}

/// The template of a workload.
pub(super) fn of(workload: &Workload<'_>) -> Spec {
    let outer = workload.object.parse::<Controller>().unwrap_or_default().spec;
    match (outer.job_template, outer.template) {
        (Some(job), _) => job.spec.template.spec,
        (None, Some(template)) => template.spec,
        (None, None) => outer.pod,
    }
}

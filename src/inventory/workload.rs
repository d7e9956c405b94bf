//! Workloads at controller level: Pod → ReplicaSet → Deployment, Job → CronJob.
//!
//! Findings name the controller, never one pod of it, since pod names do not last. A pod whose
//! controller is of a kind that the snapshot does not hold (an operator's custom resource, a
//! node for static pods) is a workload of its own.

use std::collections::BTreeMap;

use crate::{
    object::{Kind, ObjectRef},
    snapshot::{Object, Snapshot},
    view::{Container, Controller, Meta, Owner, Pod, PodSpec},
};

/// How many copies a workload wants and has. `None` where the source holds no status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scale {
    /// Copies asked for; for a DaemonSet the nodes it should run on (only the status knows).
    pub desired: Option<i64>,
    /// Copies ready.
    pub ready: Option<i64>,
}

impl Scale {
    /// Ready on as many copies as it wants, and at least one; unknown without a status.
    #[must_use]
    pub fn is_ready(self) -> Option<bool> {
        Some(self.ready? >= self.desired?.max(1))
    }

    /// Wants no copy at all: scaled to zero, or a DaemonSet on no node.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.desired == Some(0)
    }
}

/// One workload.
#[derive(Clone, Debug)]
pub struct Workload<'s> {
    /// What it is called.
    pub reference: ObjectRef,
    /// The object it was read from.
    pub object: &'s Object,
    /// Its metadata.
    pub meta: Meta,
    /// Labels and annotations of its pods.
    pub pod_meta: Meta,
    /// Its pod template's spec, or the pod's own.
    pub spec: PodSpec,
    /// Copies wanted and ready.
    pub scale: Scale,
    /// Whether the source holds a status for it.
    pub has_status: bool,
    /// A Helm hook Job or Pod: part of an installation's act, not of what is installed.
    pub helm_hook: bool,
    /// Indexes into [`Workloads::pods`].
    pub pods: Vec<usize>,
}

impl Workload<'_> {
    /// Containers and init containers, with ephemeral ones last.
    pub fn containers(&self) -> impl Iterator<Item = &Container> {
        self.spec.containers.iter().chain(&self.spec.init_containers).chain(&self.spec.ephemeral_containers)
    }

    /// The controlling owner, where there is one.
    #[must_use]
    pub fn owner(&self) -> Option<&Owner> {
        self.meta.owner_references.iter().find(|owner| owner.controller).or(self.meta.owner_references.first())
    }
}

/// One pod and the workload it belongs to.
#[derive(Clone, Debug)]
pub struct PodOf<'s> {
    /// The object it was read from.
    pub object: &'s Object,
    /// The parsed pod.
    pub pod: Pod,
    /// Index of its workload in [`Workloads::workloads`].
    pub workload: usize,
}

impl PodOf<'_> {
    /// Whether the pod's Ready condition is true; unknown without a status.
    #[must_use]
    pub fn is_ready(&self) -> Option<bool> {
        let status = self.pod.status.as_ref()?;
        Some(status.conditions.iter().any(|c| c.kind == "Ready" && c.status == "True"))
    }

    /// Whether it has ended: such a pod neither runs nor fails to.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.pod.status.as_ref().is_some_and(|status| matches!(status.phase.as_str(), "Succeeded" | "Failed"))
    }
}

/// Objects that could not be read as their kind says.
pub type Malformed = Vec<(ObjectRef, String)>;

/// All workloads and pods of a snapshot.
#[derive(Clone, Debug, Default)]
pub struct Workloads<'s> {
    /// In the snapshot's order of their objects.
    pub workloads: Vec<Workload<'s>>,
    /// In the snapshot's order.
    pub pods: Vec<PodOf<'s>>,
    /// What could not be parsed: its kind is no longer complete.
    pub malformed: Malformed,
}

/// Kinds that hold a pod template; what runs is attributed to the first of them up the chain.
pub const CONTROLLERS: [(&str, &str); 11] = [
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("apps.openshift.io", "DeploymentConfig"),
    ("argoproj.io", "Rollout"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("extensions", "DaemonSet"),
    ("extensions", "Deployment"),
    ("", "ReplicationController"),
];

type Key = (String, String, String);

fn key(kind: &str, namespace: &str, name: &str) -> Key {
    (kind.to_owned(), namespace.to_owned(), name.to_owned())
}

impl<'s> Workloads<'s> {
    /// Reads every workload and pod of the snapshot.
    #[must_use]
    pub fn of(snapshot: &'s Snapshot) -> Self {
        let mut all = Self::default();
        let mut index: BTreeMap<Key, usize> = BTreeMap::new();
        // (kind, namespace, name) of a controller that is itself controlled → its owner's key.
        let mut above: BTreeMap<Key, Key> = BTreeMap::new();
        for (group, kind) in CONTROLLERS {
            for object in snapshot.of(group, kind) {
                let mut controller: Controller = match object.parse() {
                    Ok(controller) => controller,
                    Err(error) => {
                        all.malformed.push((object.reference(), error.to_string()));
                        continue;
                    }
                };
                // Who wrote an object is asked of the object itself.
                controller.metadata.managed_fields = Vec::new();
                let own = key(kind, &object.namespace, &object.name);
                if let Some(owner) = controller.metadata.owner_references.iter().find(|o| o.controller)
                    && is_controller(owner)
                {
                    let owner_key = key(&owner.kind, &object.namespace, &owner.name);
                    let present = owner_object(snapshot, owner, &object.namespace);
                    // An orphaned ReplicaSet or Job stands for itself.
                    if present {
                        above.insert(own, owner_key);
                        continue;
                    }
                }
                // A ReplicaSet at zero without an owner runs nothing and never will.
                index.insert(own, all.workloads.len());
                all.workloads.push(Workload::of_controller(object, kind, controller));
            }
        }
        for object in snapshot.of("", "Pod") {
            let mut pod: Pod = match object.parse() {
                Ok(pod) => pod,
                Err(error) => {
                    all.malformed.push((object.reference(), error.to_string()));
                    continue;
                }
            };
            let owner = pod.metadata.owner_references.iter().find(|o| o.controller);
            let workload = owner.and_then(|owner| {
                let mut at = key(&owner.kind, &object.namespace, &owner.name);
                while let Some(next) = above.get(&at) {
                    at = next.clone();
                }
                index.get(&at).copied().or_else(|| {
                    // ReplicaSets are often not collected: their name is the Deployment's and a hash.
                    let hash = pod.metadata.labels.get("pod-template-hash")?;
                    let name = owner.name.strip_suffix(hash.as_str())?.strip_suffix('-')?;
                    index.get(&key("Deployment", &object.namespace, name)).copied()
                })
            });
            let pod_index = all.pods.len();
            let workload = workload.unwrap_or_else(|| {
                all.workloads.push(Workload::of_pod(object, &pod));
                all.workloads.len() - 1
            });
            all.workloads[workload].pods.push(pod_index);
            lighten(&mut pod);
            all.pods.push(PodOf { object, pod, workload });
        }
        all
    }

    /// The pods of a workload.
    pub fn pods_of<'w>(&'w self, workload: &'w Workload<'s>) -> impl Iterator<Item = &'w PodOf<'s>> {
        workload.pods.iter().map(|index| &self.pods[*index])
    }
}

/// The one annotation of a pod that its template need not have.
const NETWORKS: &str = "k8s.v1.cni.cncf.io/networks";

/// Drops what the workload says once for all its pods: a large cluster is mostly pods.
fn lighten(pod: &mut Pod) {
    let Pod { metadata, spec, status } = pod;
    metadata.annotations.retain(|key, _| key == NETWORKS);
    *metadata = Meta {
        labels: std::mem::take(&mut metadata.labels),
        annotations: std::mem::take(&mut metadata.annotations),
        ..Meta::default()
    };
    spec.tolerations = Vec::new();
    spec.volumes.retain(|volume| volume.persistent_volume_claim.is_some());
    spec.volumes.shrink_to_fit();
    for container in spec.containers.iter_mut().chain(&mut spec.init_containers) {
        let (name, image) = (std::mem::take(&mut container.name), std::mem::take(&mut container.image));
        *container = Container { name, image, ..Container::default() };
    }
    if let Some(status) = status {
        status.conditions.retain(|condition| condition.kind == "Ready");
        status.conditions.shrink_to_fit();
        for condition in &mut status.conditions {
            (condition.reason, condition.message) = (String::new(), String::new());
        }
    }
}

fn is_controller(owner: &Owner) -> bool {
    let kind = Kind::from_api_version(&owner.api_version, &owner.kind);
    CONTROLLERS.iter().any(|(group, name)| *group == &*kind.group && *name == &*kind.kind)
}

fn owner_object(snapshot: &Snapshot, owner: &Owner, namespace: &str) -> bool {
    let kind = Kind::from_api_version(&owner.api_version, &owner.kind);
    snapshot.get(&kind.group, &kind.kind, namespace, &owner.name).is_some()
}

impl<'s> Workload<'s> {
    fn of_controller(object: &'s Object, kind: &str, controller: Controller) -> Self {
        let Controller { metadata, spec, status } = controller;
        let has_status = status.as_ref().is_some_and(|s| {
            s.replicas.is_some()
                || s.ready_replicas.is_some()
                || s.desired_number_scheduled.is_some()
                || !s.conditions.is_empty()
        }) || (status.is_some() && matches!(kind, "Job" | "CronJob"));
        let known = status.filter(|_| has_status);
        let scale = match kind {
            "DaemonSet" => Scale {
                desired: known.as_ref().and_then(|s| s.desired_number_scheduled),
                ready: known.as_ref().map(|s| s.number_ready.unwrap_or(0)),
            },
            "Job" | "CronJob" => Scale::default(),
            // The API leaves a counter of zero out.
            _ => Scale {
                desired: Some(spec.replicas.unwrap_or(1)),
                ready: known.as_ref().map(|s| s.ready_replicas.unwrap_or(0)),
            },
        };
        let template = spec.job_template.map_or(spec.template, |job| job.spec.template);
        let helm_hook = metadata.annotations.contains_key("helm.sh/hook");
        Self {
            reference: object.reference(),
            object,
            meta: metadata,
            pod_meta: template.metadata,
            spec: template.spec,
            scale,
            has_status,
            helm_hook,
            pods: Vec::new(),
        }
    }

    fn of_pod(object: &'s Object, pod: &Pod) -> Self {
        let ready = pod
            .status
            .as_ref()
            .filter(|status| !status.phase.is_empty())
            .map(|status| i64::from(status.conditions.iter().any(|c| c.kind == "Ready" && c.status == "True")));
        Self {
            reference: object.reference(),
            object,
            meta: pod.metadata.clone(),
            pod_meta: pod.metadata.clone(),
            spec: pod.spec.clone(),
            scale: Scale { desired: Some(1), ready },
            has_status: ready.is_some(),
            helm_hook: pod.metadata.annotations.contains_key("helm.sh/hook"),
            pods: Vec::new(),
        }
    }
}

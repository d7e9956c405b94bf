//! From what runs and what is left over to systems: which are there, in which state, at which
//! version. Everything it knows of a product stands in the catalogue.

mod answers;
mod capability;
mod condition;
mod evidence;
pub mod explain;
mod health;
mod members;
mod names;
mod state;
mod version;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    catalog::{Answer, Catalog, Lifecycle, Mode, Part, System},
    workload::{Workload, Workloads},
};
use crate::{
    object::{Kind, ObjectRef},
    policy::ASPECTS,
    snapshot::Snapshot,
};
use members::{Found, Member};

/// How a system is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Its controller runs.
    Installed,
    /// Its operator runs, and nothing asks it for anything.
    OperatorOnly,
    /// Its agents run without their controller.
    DataPlaneOnly,
    /// Only leftovers: CRDs, classes, webhooks.
    Residue,
    /// Part of another system.
    Bundled,
    /// Run by the provider, out of sight.
    Managed,
    /// The kinds that would tell were not read.
    Unknown,
}

/// Whether it works, as far as statuses tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Every controller is ready and every resource is answered.
    Healthy,
    /// Something is not.
    Degraded,
    /// The source holds no status.
    Unknown,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// `A`: a name the vendor owns. `B`: an image that runs. `C`: a label, an owner, a node's mark.
    pub tier: char,
    /// `image`, `pod`, `node`, `crd`, `csi-driver`, `storage-class`, `ingress-class`,
    /// `gateway-class`, `webhook`, `api-service`, `config-map`, `object`, `namespace`, `service`.
    pub kind: String,
    /// What was seen, in words.
    pub what: String,
}

/// What a system can do here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Capability {
    /// Proven, proven not, or not seen.
    pub value: Answer,
    /// Whether it stops what it sees, or only tells; left out where it does.
    #[serde(default, skip_serializing_if = "Mode::is_enforce")]
    pub mode: Mode,
    /// By what.
    pub evidence: String,
}

/// One installation of a system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Instance {
    /// Its namespace.
    pub namespace: String,
    /// Its version; null where no tag names one.
    pub version: Option<String>,
    /// Where the version was read.
    pub version_source: String,
    /// The Helm chart that its label names, with the chart's version, which is another than its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<String>,
    /// Whether it works.
    pub health: Health,
    /// Its controllers.
    pub workloads: Vec<ObjectRef>,
    /// The system that carries this installation along.
    pub bundled_by: Option<String>,
}

/// What one workload is to a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The workload.
    pub workload: ObjectRef,
    /// What it proves.
    pub part: Part,
    /// The containers whose image told.
    pub containers: Vec<String>,
}

/// On how many nodes the agents of a system are ready.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Agents {
    /// Copies wanted, where a status tells.
    pub desired: Option<i64>,
    /// Copies ready, where a status tells.
    pub ready: Option<i64>,
    /// Nodes with a ready pod of them.
    pub nodes_ready: Vec<String>,
}

/// One detected system.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Extension {
    /// Kind `Extension`, the id as its name.
    pub r#ref: ObjectRef,
    /// Id of the catalogue.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Aspect of the report.
    pub aspect: String,
    /// What rules may require it for.
    pub roles: Vec<String>,
    /// How it is there.
    pub state: State,
    /// Whether it works; null for what is not installed by itself.
    pub health: Option<Health>,
    /// Why it is not healthy.
    pub health_reason: String,
    /// Its versions, joined with a comma; `unknown` where nothing names one.
    pub version: String,
    /// Where they were read.
    pub version_source: String,
    /// Its installations.
    pub instances: Vec<Instance>,
    /// What it can do here.
    pub capabilities: BTreeMap<String, Capability>,
    /// IngressClass controllers and GatewayClass controller names that it serves.
    pub controllers: Vec<String>,
    /// StorageClass provisioners and CSI drivers that it serves; `*` at the start matches anything.
    pub provisioners: Vec<String>,
    /// Its agents on nodes, where it has any.
    pub agents: Option<Agents>,
    /// Until when it is maintained.
    pub lifecycle: Option<Lifecycle>,
    /// The system that carries it along.
    pub bundled_by: Option<String>,
    /// Every workload of it, agents and parts among them.
    #[serde(skip)]
    pub workloads: Vec<ObjectRef>,
    /// What each of these workloads is to the system, in their order.
    #[serde(skip)]
    pub parts: Vec<Taken>,
    /// Kinds that were not read and could tell more of it.
    pub missing_coverage: Vec<String>,
    /// What was seen.
    pub evidence: Vec<Evidence>,
}

/// Detects every system of the catalogue, by aspect and id. Absent ones are not in the list.
#[must_use]
pub fn detect(snapshot: &Snapshot, workloads: &Workloads<'_>, catalog: &Catalog) -> Vec<Extension> {
    let (detector, found) = Detector::of(snapshot, workloads, catalog);
    let mut extensions: Vec<Extension> =
        catalog.systems.iter().zip(&found).filter_map(|(system, found)| detector.extension(system, found)).collect();
    version::borrowed(catalog, &mut extensions);
    let rank = |aspect: &str| ASPECTS.iter().position(|known| *known == aspect);
    extensions.sort_by(|a, b| (rank(&a.aspect), &a.id).cmp(&(rank(&b.aspect), &b.id)));
    extensions
}

/// What every system is held against.
struct Detector<'d, 's> {
    snapshot: &'s Snapshot,
    workloads: &'d Workloads<'s>,
    seen: evidence::Seen<'s>,
    /// The workloads of each system.
    running: BTreeMap<&'d str, Vec<&'d ObjectRef>>,
}

impl<'d, 's> Detector<'d, 's> {
    /// Looks for every system, and says what was found of each, in the catalogue's order.
    fn of(snapshot: &'s Snapshot, workloads: &'d Workloads<'s>, catalog: &'d Catalog) -> (Self, Vec<Found<'d, 's>>) {
        let seen = evidence::Seen::of(snapshot, catalog);
        let mut found = members::of(workloads, catalog);
        answers::add(workloads, catalog, snapshot, &seen, &mut found);
        for ((index, system), found) in catalog.systems.iter().enumerate().zip(&mut found) {
            seen.of_system(index, system, found);
        }
        members::absorb(catalog, &mut found);
        let running: BTreeMap<&str, Vec<&ObjectRef>> = catalog
            .systems
            .iter()
            .zip(&found)
            .map(|(system, found)| (system.id.as_str(), found.members.iter().map(|m| &m.workload.reference).collect()))
            .collect();
        (Detector { snapshot, workloads, seen, running }, found)
    }

    fn extension(&self, system: &System, found: &Found<'_, '_>) -> Option<Extension> {
        let own = found.workloads();
        let scope = self.scope(&own);
        let state::Standing { state, managed, built_in, missing, .. } = self.standing(system, found);
        let mut state = state?;
        let mut instances = version::instances(system, found, self.workloads);
        let bundled_by = self.bundled(system, &mut instances);
        if bundled_by.is_some() && !matches!(state, State::Residue | State::Unknown) {
            state = State::Bundled;
        }
        let asked =
            version::Asked { system, found, instances: &instances, snapshot: self.snapshot, seen: &self.seen, state };
        let (version, version_source) = asked.version();
        let (health, health_reason) = match state {
            State::Residue | State::Bundled => (None, String::new()),
            State::Unknown => (Some(Health::Unknown), "the kinds that would tell were not read".into()),
            _ => {
                let (health, reason) = health::of(system, found, &scope, built_in, self.workloads);
                (Some(health), reason)
            }
        };
        let live = !matches!(state, State::Residue | State::Unknown);
        let serves = live && system.serves_if.iter().all(|c| scope.holds(c) == Some(true));
        let serving = |names: &[String]| if serves { names.to_vec() } else { Vec::new() };
        let mut evidence: Vec<Evidence> = found.members.iter().map(Member::evidence).collect();
        evidence.extend(managed.map(|case| Evidence { tier: 'C', kind: "node".into(), what: case.note.clone() }));
        evidence.extend(found.leftovers.iter().cloned());
        let identity = &system.identity;
        let controllers = [identity.ingress_controllers.as_slice(), &identity.gateway_controllers].concat();
        let provisioners = [identity.provisioners.as_slice(), &identity.csi_drivers].concat();
        Some(Extension {
            r#ref: ObjectRef::new("", "Extension", "", &system.id),
            id: system.id.clone(),
            name: system.name.clone(),
            aspect: system.aspect.clone(),
            roles: system.roles.clone(),
            state,
            health,
            health_reason,
            version,
            version_source,
            instances,
            capabilities: if live { capability::of(system, &scope, found.is_recognised()) } else { BTreeMap::new() },
            controllers: serving(&controllers),
            provisioners: serving(&provisioners),
            agents: self.agents(found),
            lifecycle: system.lifecycle.clone(),
            bundled_by,
            workloads: found.members.iter().map(|m| m.workload.reference.clone()).collect(),
            parts: found.members.iter().map(Member::taken).collect(),
            missing_coverage: missing.iter().map(Kind::to_string).collect(),
            evidence,
        })
    }

    /// Where the conditions of a system of these workloads are looked for.
    fn scope<'a>(&'a self, workloads: &'a [&'a Workload<'s>]) -> condition::Scope<'a, 's> {
        condition::Scope { snapshot: self.snapshot, seen: &self.seen, workloads, all: self.workloads }
    }

    /// Marks the installations that another system carries along, since it runs in their
    /// namespace; names it where that is all of them.
    fn bundled(&self, system: &System, instances: &mut [Instance]) -> Option<String> {
        if instances.is_empty() {
            return self.seen.shipped_with(system);
        }
        for instance in &mut *instances {
            // Many systems share these: only a common pod tells there.
            let shared = matches!(instance.namespace.as_str(), "kube-system" | "default");
            let beside = |id: &&String| {
                self.running.get(id.as_str()).is_some_and(|theirs| {
                    theirs.iter().any(|their| {
                        their.namespace == instance.namespace && (!shared || instance.workloads.contains(their))
                    })
                })
            };
            instance.bundled_by = system.bundled_by.iter().find(beside).cloned();
        }
        if instances.iter().all(|instance| instance.bundled_by.is_some()) {
            return instances.first().and_then(|instance| instance.bundled_by.clone());
        }
        None
    }

    fn agents(&self, found: &Found<'_, '_>) -> Option<Agents> {
        let is_agent = |m: &&Member<'_, '_>| m.workload.reference.kind == "DaemonSet" && m.part != Part::Other;
        let sets: Vec<&Workload<'_>> = found.members.iter().filter(is_agent).map(|m| m.workload).collect();
        if sets.is_empty() {
            return None;
        }
        let sum = |pick: fn(&Workload<'_>) -> Option<i64>| sets.iter().map(|w| pick(w)).sum::<Option<i64>>();
        let nodes: BTreeSet<String> = sets
            .iter()
            .flat_map(|workload| self.workloads.pods_of(workload))
            .filter(|pod| pod.is_ready() == Some(true))
            .map(|pod| pod.pod.spec.node_name.clone())
            .collect();
        Some(Agents {
            desired: sum(|w| w.scale.desired),
            ready: sum(|w| w.scale.ready),
            nodes_ready: nodes.into_iter().collect(),
        })
    }
}

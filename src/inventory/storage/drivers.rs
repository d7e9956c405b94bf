//! What stands behind a provisioner's name: its CSIDriver, its workloads, its nodes.
//!
//! A workload belongs to a provisioner when it declares the name (an argument or a kept
//! environment variable), or when it declares none and looks like the catalogue says.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::views::{CsiDriver, CsiNode};
use crate::{
    facts::provisioner::{Can, Catalog, Type},
    inventory::workload::{Workload, Workloads},
    snapshot::Snapshot,
};

/// The state of a part of a driver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PartState {
    /// No workload of it was found.
    #[default]
    Absent,
    /// No copy is ready.
    Down,
    /// There is no status to read.
    Unknown,
    /// Some copies are ready.
    Degraded,
    /// Every copy is ready.
    Ready,
}

/// A part of a driver: its controller or its node plug-in.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Part {
    /// The best state among its workloads.
    pub state: PartState,
    /// Its workloads, as `Kind namespace/name ready/desired`.
    pub workloads: Vec<String>,
}

/// A driver or external provisioner, by name.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Driver {
    /// CSI driver name, or provisioner name.
    pub name: String,
    /// Id in the catalogue; empty where it is not there.
    pub id: String,
    /// Whether a CSIDriver object exists.
    pub csi_driver: bool,
    /// Serves only inline volumes: no storage provider.
    pub ephemeral_only: bool,
    /// Data stays on the node.
    pub node_local: bool,
    /// The platform may run its controller outside the cluster.
    pub hosted: bool,
    /// How it is installed.
    pub r#type: Option<Type>,
    /// Its controller.
    pub controller: Part,
    /// Its node plug-in.
    pub node: Part,
    /// Nodes that have registered it.
    pub registered_nodes: usize,
    /// Its controller has a csi-snapshotter.
    pub snapshotter: Can,
    /// Its controller has a csi-resizer.
    pub resizer: Can,
    /// Label keys of its topology, from CSINode.
    #[serde(skip)]
    pub topology_keys: BTreeSet<String>,
}

/// A workload that looks like a provisioner of some sort.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Candidate {
    /// `namespace/name`.
    pub name: String,
    /// Its images.
    pub images: Vec<String>,
    /// Whether it runs.
    pub state: PartState,
}

/// Everything that provisions, by name.
#[derive(Clone, Debug, Default)]
pub struct Drivers {
    /// By name.
    pub by_name: BTreeMap<String, Driver>,
    /// Workloads that a rule may name as an external provisioner.
    pub candidates: Vec<Candidate>,
    /// The controller that snapshots of every driver need.
    pub snapshot_controller: Part,
}

struct Seen<'w, 's> {
    workload: &'w Workload<'s>,
    declared: BTreeSet<String>,
    containers: Vec<(String, Vec<String>)>,
    state: PartState,
}

impl Drivers {
    /// Finds every driver that an object, a class or a node names.
    pub fn of(
        snapshot: &Snapshot,
        workloads: &Workloads<'_>,
        catalog: &Catalog,
        provisioners: &BTreeSet<String>,
    ) -> Self {
        let mut names: BTreeSet<String> = provisioners.clone();
        let mut csi: BTreeMap<String, bool> = BTreeMap::new();
        for object in snapshot.of("storage.k8s.io", "CSIDriver") {
            let driver: CsiDriver = object.parse().unwrap_or_default();
            let modes = &driver.spec.volume_lifecycle_modes;
            csi.insert(object.name.to_string(), !modes.is_empty() && modes.iter().all(|mode| mode == "Ephemeral"));
        }
        names.extend(csi.keys().cloned());
        let mut nodes: BTreeMap<String, (usize, BTreeSet<String>)> = BTreeMap::new();
        for object in snapshot.of("storage.k8s.io", "CSINode") {
            for driver in object.parse::<CsiNode>().unwrap_or_default().spec.drivers {
                let entry = nodes.entry(driver.name).or_default();
                entry.0 += 1;
                entry.1.extend(driver.topology_keys);
            }
        }
        names.extend(nodes.keys().cloned());
        // An in-tree class is served by the driver that it was migrated to.
        let migrated: Vec<String> = names.iter().filter_map(|name| migrates_to(catalog, name)).collect();
        names.extend(migrated);
        // Hand-made volumes have no driver.
        names.retain(|name| {
            catalog.find(name).is_none_or(|known| matches!(known.file.r#type, Type::Csi | Type::External))
        });
        let seen: Vec<Seen<'_, '_>> = workloads.workloads.iter().filter(|w| !w.helm_hook).map(Seen::of).collect();
        let mut by_name = BTreeMap::new();
        for name in names {
            let known = catalog.find(&name);
            let mut controller = Part::default();
            let mut node = Part::default();
            let mut sidecars: Option<(bool, bool)> = None;
            for workload in &seen {
                let is_daemon = workload.workload.reference.kind == "DaemonSet";
                let fits = if workload.declared.is_empty() {
                    known.is_some_and(|known| {
                        let title = &workload.workload.reference.name;
                        if is_daemon {
                            known.is_node_plugin(title, &workload.containers)
                        } else {
                            known.is_controller(title, &workload.containers)
                        }
                    })
                } else {
                    workload.declared.contains(&name)
                };
                if !fits || matches!(workload.workload.reference.kind.as_str(), "Job" | "CronJob") {
                    continue;
                }
                if !is_daemon {
                    let has = |word: &str| workload.containers.iter().any(|(image, _)| image.contains(word));
                    let (snapshotter, resizer) = sidecars.unwrap_or_default();
                    sidecars = Some((snapshotter || has("csi-snapshotter"), resizer || has("csi-resizer")));
                }
                (if is_daemon { &mut node } else { &mut controller }).add(workload);
            }
            let can = |pick: fn((bool, bool)) -> bool| match sidecars {
                None => Can::Unknown,
                Some(found) if pick(found) => Can::Yes,
                // A driver with built-in sidecars (Robin, Trident) shows none.
                Some(found) if !found.0 && !found.1 => Can::Unknown,
                Some(_) => Can::No,
            };
            let (registered_nodes, topology_keys) = nodes.get(&name).cloned().unwrap_or_default();
            let driver = Driver {
                id: known.map_or_else(String::new, |known| known.file.id.clone()),
                csi_driver: csi.contains_key(&name),
                ephemeral_only: csi.get(&name).copied().unwrap_or(false),
                node_local: known.is_some_and(|known| known.file.node_local),
                hosted: known.is_some_and(|known| known.file.hosted),
                r#type: known.map(|known| known.file.r#type),
                controller,
                node,
                registered_nodes,
                snapshotter: can(|found| found.0),
                resizer: can(|found| found.1),
                topology_keys,
                name: name.clone(),
            };
            by_name.insert(name, driver);
        }
        let mut snapshot_controller = Part::default();
        for workload in &seen {
            // Portworx runs it beside its driver; distributions under names of their own.
            if workload.containers.iter().any(|(image, _)| image.contains("snapshot-controller")) {
                snapshot_controller.add(workload);
            }
        }
        Self { by_name, candidates: candidates(&seen), snapshot_controller }
    }
}

/// The CSI driver that serves an in-tree name.
pub(super) fn migrates_to(catalog: &Catalog, name: &str) -> Option<String> {
    let known = catalog.find(name)?;
    let is_in_tree = known.file.in_tree.iter().any(|in_tree| in_tree == name);
    let target = known.file.provisioners.iter().find(|provisioner| !provisioner.contains('*'))?;
    is_in_tree.then(|| target.clone())
}

impl Part {
    fn add(&mut self, seen: &Seen<'_, '_>) {
        let reference = &seen.workload.reference;
        let scale = seen.workload.scale;
        let count = |n: Option<i64>| n.map_or_else(|| "?".into(), |n| n.to_string());
        self.state = self.state.max(seen.state);
        self.workloads.push(format!(
            "{} {}/{} {}/{}",
            reference.kind,
            reference.namespace,
            reference.name,
            count(scale.ready),
            count(scale.desired)
        ));
    }
}

impl<'w, 's> Seen<'w, 's> {
    fn of(workload: &'w Workload<'s>) -> Self {
        let mut declared = BTreeSet::new();
        let mut containers = Vec::new();
        for container in workload.spec.containers.iter().chain(&workload.spec.init_containers) {
            let expand = |text: &str| {
                let mut text = text.to_owned();
                for variable in container.env.iter().filter(|v| !v.value.is_empty()) {
                    text = text.replace(&format!("$({})", variable.name), &variable.value);
                }
                text
            };
            let arguments: Vec<String> = container.command.iter().chain(&container.args).map(|a| expand(a)).collect();
            for argument in &arguments {
                let flag = argument.trim_start_matches('-');
                if let Some((name, value)) = flag.split_once('=') {
                    let names = ["drivername", "driver-name", "provisioner", "provisioner-name"];
                    if argument.starts_with('-') && names.contains(&name) && !value.is_empty() && !value.contains('$') {
                        declared.insert(value.to_owned());
                    }
                }
            }
            for variable in &container.env {
                if matches!(variable.name.as_str(), "PROVISIONER_NAME" | "CSI_DRIVER_NAME")
                    && !variable.value.is_empty()
                {
                    declared.insert(variable.value.clone());
                }
            }
            containers.push((container.image.clone(), arguments));
        }
        let scale = workload.scale;
        let state = match (scale.is_ready(), scale.ready) {
            (Some(true), _) => PartState::Ready,
            (Some(false), Some(ready)) if ready > 0 => PartState::Degraded,
            (Some(false), _) => PartState::Down,
            (None, _) if scale.is_zero() => PartState::Down,
            (None, _) => PartState::Unknown,
        };
        Self { workload, declared, containers, state }
    }
}

fn candidates(seen: &[Seen<'_, '_>]) -> Vec<Candidate> {
    let is_one = |workload: &&Seen<'_, '_>| {
        !workload.declared.is_empty()
            || workload.workload.reference.name.contains("provision")
            || workload.containers.iter().any(|(image, _)| image.contains("provision"))
    };
    let candidate = |workload: &Seen<'_, '_>| Candidate {
        name: format!("{}/{}", workload.workload.reference.namespace, workload.workload.reference.name),
        images: workload.containers.iter().map(|(image, _)| image.clone()).collect(),
        state: workload.state,
    };
    seen.iter().filter(is_one).map(candidate).collect()
}

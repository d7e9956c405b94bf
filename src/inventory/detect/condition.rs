//! Whether a condition of the catalogue holds: yes, no, or nobody can tell, since a kind was not
//! read.

use globset::Glob;
use serde::Deserialize;
use serde_json::Value;

use super::{evidence::Seen, state::unread};
use crate::{
    inventory::{
        catalog::{Condition, ConfigIs},
        workload::{Workload, Workloads},
    },
    object::Kind,
    snapshot::{Object, Snapshot},
    view::{Container, Map, nullable},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct ConfigMap {
    #[serde(deserialize_with = "nullable")]
    data: Map,
}

/// Where conditions are looked for.
pub(super) struct Scope<'d, 's> {
    pub snapshot: &'s Snapshot,
    pub seen: &'d Seen<'s>,
    /// The live workloads of the system.
    pub workloads: &'d [&'d Workload<'s>],
    /// Every workload of the cluster.
    pub all: &'d Workloads<'s>,
}

impl Scope<'_, '_> {
    /// Whether a condition holds; none where what would tell was not read.
    pub(super) fn holds(&self, condition: &Condition) -> Option<bool> {
        // More of the system may run in what was not read.
        let any = |test: &dyn Fn(&Container) -> bool| {
            let held = self.workloads.iter().flat_map(|workload| workload.containers()).any(test);
            if held { Some(true) } else { self.sees_controllers().then_some(false) }
        };
        match condition {
            Condition::Image(expression) => {
                any(&|container| expression.is_match(&crate::facts::image::parse(&container.image).full()))
            }
            Condition::Container(expression) => any(&|container| expression.is_match(&container.name)),
            Condition::Arg(expression) => {
                any(&|container| container.command.iter().chain(&container.args).any(|arg| expression.is_match(arg)))
            }
            Condition::Env(env) => any(&|container| {
                container.env.iter().any(|own| {
                    own.name == env.name && env.value.as_ref().is_none_or(|expression| expression.is_match(&own.value))
                })
            }),
            Condition::Config(config) => self.config(config),
            Condition::ConfigUnread(map) => {
                Some(!self.is_read(&Kind::new("", "ConfigMap")) && config_maps(self.snapshot, map).next().is_none())
            }
            Condition::Resource(kind) => self.found(kind, |_| true),
            Condition::Field(field) => self.found(&field.kind, |object| field.is_met_by(object)),
            Condition::Crd(name) => {
                let crds = Kind::new("apiextensions.k8s.io", "CustomResourceDefinition");
                self.snapshot
                    .get(&crds.group, &crds.kind, "", name)
                    .map(|_| true)
                    .or(self.is_read(&crds).then_some(false))
            }
            Condition::Runs(kind) => {
                let held = self.workloads.iter().any(|workload| workload.reference.kind == *kind);
                if held { Some(true) } else { (!unread(self.snapshot, &Kind::new("apps", kind))).then_some(false) }
            }
            Condition::Not(inner) => self.holds(inner).map(|held| !held),
            Condition::Anywhere(inner) => self.anywhere(inner),
            Condition::Kubelet(expression) => {
                Some(self.seen.nodes.iter().any(|node| expression.is_match(&node.kubelet)))
            }
            Condition::NodeAnnotation(prefix) => {
                Some(self.seen.nodes.iter().any(|n| n.annotations.iter().any(|key| key.starts_with(prefix.as_str()))))
            }
            Condition::NodeLabel(prefix) => {
                Some(self.seen.nodes.iter().any(|n| n.labels.iter().any(|key| key.starts_with(prefix.as_str()))))
            }
        }
    }

    /// Whether it holds of any live workload; no only where everything that runs was read.
    fn anywhere(&self, inner: &Condition) -> Option<bool> {
        let held = if let Condition::Image(expression) = inner {
            Some(self.seen.running(self.all).iter().any(|image| expression.is_match(image)))
        } else {
            let live: Vec<&Workload<'_>> = self.all.workloads.iter().filter(|w| !w.scale.is_zero()).collect();
            Scope { workloads: &live, ..*self }.holds(inner)
        };
        if held == Some(false) && !super::state::running().iter().all(|kind| self.is_read(kind)) {
            return None;
        }
        held
    }

    /// All of them: no as soon as one does not hold, unknown where one cannot be told.
    pub(super) fn all(&self, conditions: &[Condition]) -> Option<bool> {
        let held: Vec<Option<bool>> = conditions.iter().map(|condition| self.holds(condition)).collect();
        if held.contains(&Some(false)) {
            return Some(false);
        }
        held.into_iter().collect::<Option<Vec<bool>>>().map(|_| true)
    }

    /// Whether the kinds that controllers of systems are of were read, as far as the source goes.
    fn sees_controllers(&self) -> bool {
        ["DaemonSet", "Deployment", "StatefulSet"].iter().all(|kind| !unread(self.snapshot, &Kind::new("apps", kind)))
    }

    fn is_read(&self, kind: &Kind) -> bool {
        self.snapshot.coverage(kind).state.is_proof()
    }

    fn found(&self, kind: &Kind, test: impl Fn(&Object) -> bool) -> Option<bool> {
        if &*kind.kind != "*" {
            let held = self.snapshot.of(&kind.group, &kind.kind).iter().any(test);
            return if held { Some(true) } else { self.is_read(kind).then_some(false) };
        }
        let kinds: Vec<&Kind> = self.snapshot.present_kinds().filter(|own| own.group == kind.group).collect();
        if kinds.iter().any(|kind| self.snapshot.of(&kind.group, &kind.kind).iter().any(&test)) {
            return Some(true);
        }
        // Which kinds the group has, only discovery knows.
        let unread =
            self.snapshot.kinds.iter().any(|(own, coverage)| own.group == kind.group && !coverage.state.is_proof());
        let told = self.snapshot.discovery.is_some() || self.snapshot.header.asserted_complete;
        (told && !unread).then_some(false)
    }

    /// No where the map is there and says otherwise, or is not there; unknown where that was not read.
    fn config(&self, config: &ConfigIs) -> Option<bool> {
        let mut is_there = false;
        for data in config_maps(self.snapshot, &config.map) {
            is_there = true;
            if data.get(&config.key).is_some_and(|value| config.value.is_match(value)) {
                return Some(true);
            }
        }
        (is_there || self.is_read(&Kind::new("", "ConfigMap"))).then_some(false)
    }
}

fn config_maps<'s>(snapshot: &'s Snapshot, pattern: &str) -> Box<dyn Iterator<Item = Map> + 's> {
    let data = |object: &Object| object.parse::<ConfigMap>().unwrap_or_default().data;
    if let Some((namespace, name)) = pattern.split_once('/')
        && !pattern.contains('*')
    {
        return Box::new(snapshot.get("", "ConfigMap", namespace, name).into_iter().map(data));
    }
    let Ok(glob) = Glob::new(pattern).map(|glob| glob.compile_matcher()) else { return Box::new(std::iter::empty()) };
    let named = move |object: &&Object| glob.is_match(format!("{}/{}", object.namespace, object.name));
    Box::new(snapshot.of("", "ConfigMap").iter().filter(named).map(data))
}

/// A field of an object as text.
pub(super) fn text_at(object: &Object, path: &str) -> Option<String> {
    let value: Value = serde_json::from_str(&object.json).ok()?;
    let found = path.split('.').try_fold(&value, |value, key| value.get(key))?;
    found.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

//! The cluster as admission needs it: which systems that decide about pods run, which namespaces
//! their selectors fit, and about what their webhooks are asked.

pub mod gatekeeper;
pub mod kyverno;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    facts::selector::{Hit, LabelSelector},
    inventory::{Inventory, detect},
    object::ObjectRef,
    view::{Bare, Map},
};

/// Whether something runs; none where that is not known.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    /// It runs.
    pub known: Option<bool>,
    /// What is wrong with it, in words; empty where nothing is.
    pub gap: String,
}

impl Runs {
    /// Where nobody need be asked.
    #[must_use]
    pub fn known(is: bool) -> Self {
        Self { known: Some(is), gap: String::new() }
    }
}

/// The cluster.
pub struct World<'i, 's> {
    inventory: &'i Inventory<'s>,
    /// Namespaces with their labels.
    pub namespaces: BTreeMap<String, Map>,
}

impl<'i, 's> World<'i, 's> {
    /// Draws it from the snapshot.
    #[must_use]
    pub fn of(inventory: &'i Inventory<'s>) -> Self {
        let namespaces = inventory.snapshot.of("", "Namespace").iter();
        let namespaces = namespaces
            .filter_map(|object| Some((object.reference().name, object.parse::<Bare>().ok()?.metadata.labels)));
        Self { inventory, namespaces: namespaces.collect() }
    }

    /// Every object of a kind that can be read.
    #[must_use]
    pub fn each(&self, group: &str, kind: &str) -> Vec<(ObjectRef, Value)> {
        let objects = self.inventory.snapshot.of(group, kind).iter();
        objects.filter_map(|object| Some((object.reference(), object.parse().ok()?))).collect()
    }

    /// Whether a system of the catalogue runs, and what is wrong with it.
    #[must_use]
    pub fn runs(&self, id: &str) -> Runs {
        let Some(system) = self.inventory.extensions.iter().find(|extension| extension.id == id) else {
            return Runs::known(false);
        };
        match (system.state, system.health) {
            (detect::State::Unknown, _) => Runs::default(),
            // It is asked, and what it cannot answer is refused or let in: that is for its webhook to say.
            (detect::State::Installed | detect::State::Managed, Some(detect::Health::Degraded)) => {
                Runs { gap: format!("{id} is degraded: {}", system.health_reason), ..Runs::known(true) }
            }
            (detect::State::Installed | detect::State::Managed, Some(detect::Health::Healthy)) => Runs::known(true),
            (detect::State::Installed | detect::State::Managed, _) => Runs::default(),
            _ => Runs::known(false),
        }
    }

    /// Namespaces that a selector fits; none where it fits all of them by being empty.
    #[must_use]
    pub fn selected(&self, selector: Option<&Value>) -> Option<Vec<String>> {
        let selector: LabelSelector = serde_json::from_value(selector?.clone()).ok()?;
        if selector == LabelSelector::default() {
            return None;
        }
        let of = self.namespaces.iter().filter(|(_, labels)| selector.matches(labels) == Hit::Yes);
        Some(of.map(|(name, _)| name.clone()).collect())
    }

    /// Namespaces and what they do when they cannot ask, of every webhook whose name fits.
    #[must_use]
    pub fn webhooks(&self, fits: impl Fn(&str) -> bool) -> Vec<Webhook> {
        let mut found = Vec::new();
        for kind in ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"] {
            for (r#ref, value) in self.each("admissionregistration.k8s.io", kind) {
                for hook in value.get("webhooks").and_then(Value::as_array).into_iter().flatten() {
                    if fits(&text(hook, "/name")) || fits(&r#ref.name) {
                        found.push(Webhook {
                            r#ref: r#ref.clone(),
                            namespaces: self.selected(hook.get("namespaceSelector")),
                            ignores_failures: text(hook, "/failurePolicy") == "Ignore",
                            asked: Asked::of(list(hook, "/rules")),
                            narrowed: narrowed(hook),
                            validates: kind.starts_with("Validating"),
                        });
                    }
                }
            }
        }
        found
    }
}

/// One webhook.
pub struct Webhook {
    /// Its configuration.
    pub r#ref: ObjectRef,
    /// Namespaces that it is asked about; none: all.
    pub namespaces: Option<Vec<String>>,
    /// What it cannot be asked about is let in.
    pub ignores_failures: bool,
    /// It says yes or no.
    pub validates: bool,
    /// What it is asked about.
    pub asked: Asked,
    /// It is not asked about some of that: labels or conditions decide.
    pub narrowed: bool,
}

/// What somebody is asked about, of what matters to images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Pods that are made.
    pub creates: bool,
    /// Pods that are changed: their images may be.
    pub updates: bool,
    /// Containers that are put into a pod that runs.
    pub ephemeral: bool,
}

impl Asked {
    /// From rules as webhooks and admission policies have them.
    pub fn of<'v>(rules: impl Iterator<Item = &'v Value>) -> Self {
        let mut asked = Self::default();
        for rule in rules {
            let has = |key: &str, any: &[&str]| texts(rule, key).iter().any(|one| any.contains(&one.as_str()));
            if !has("/apiGroups", &["", "*"])
                || !has("/apiVersions", &["v1", "*"])
                || text(rule, "/scope") == "Cluster"
                || !texts(rule, "/resourceNames").is_empty()
            {
                continue;
            }
            let pods = has("/resources", &["pods", "*", "*/*"]);
            let updates = has("/operations", &["UPDATE", "*"]);
            asked.creates |= pods && has("/operations", &["CREATE", "*"]);
            asked.updates |= pods && updates;
            asked.ephemeral |=
                updates && has("/resources", &["pods/ephemeralcontainers", "pods/*", "*/ephemeralcontainers", "*/*"]);
        }
        asked
    }

    /// What either is asked about.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            creates: self.creates || other.creates,
            updates: self.updates || other.updates,
            ephemeral: self.ephemeral || other.ephemeral,
        }
    }
}

/// Labels of objects or conditions take something out of it.
#[must_use]
pub fn narrowed(hook: &Value) -> bool {
    let selects = hook.get("objectSelector").is_some_and(|selector| {
        serde_json::from_value::<LabelSelector>(selector.clone()).is_ok_and(|read| read != LabelSelector::default())
    });
    selects || list(hook, "/matchConditions").next().is_some()
}

/// Texts of a list.
#[must_use]
pub fn texts(value: &Value, pointer: &str) -> Vec<String> {
    let list = value.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A text; empty where there is none.
#[must_use]
pub fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Items of a list.
pub fn list<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// The first text that is there.
#[must_use]
pub fn first(value: &Value, pointers: &[&str]) -> String {
    pointers.iter().map(|pointer| text(value, pointer)).find(|text| !text.is_empty()).unwrap_or_default()
}

//! Gatekeeper: constraints of the library's templates, whose prefixes are parameters. A template of
//! somebody's own that looks at images is Rego that is not read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Allowed, Held, LISTS, Restriction, both};
use crate::{
    inventory::registry::admission::{Asked, Runs, World, gatekeeper, text, texts},
    object::ObjectRef,
};

const CONSTRAINTS: &str = "constraints.gatekeeper.sh";

pub(super) fn of(world: &World<'_, '_>) -> Vec<Restriction> {
    let door = Door::of(world);
    let (mut templates, mut rows) = (BTreeMap::new(), Vec::new());
    for (r#ref, value) in world.each("templates.gatekeeper.sh", "ConstraintTemplate") {
        let (kind, written) = (text(&value, "/spec/crd/spec/names/kind"), value.to_string());
        if !LIBRARY.contains(&kind.as_str()) && may_restrict(&written) {
            let row = Restriction::new(r#ref, &door.runs).not_read("it looks at images in Rego that is not read");
            rows.push(Restriction { namespaces: door.namespaces.clone(), ..row.asked(door.asked) });
        }
        templates.insert(kind, written);
    }
    for (r#ref, value) in world.each(CONSTRAINTS, "K8sAllowedRepos") {
        let repos = texts(&value, "/spec/parameters/repos");
        let allows = repos.iter().map(|repo| Allowed::prefix(repo)).collect();
        rows.push(door.row(r#ref, &value, world, Held::of(&lists(&templates, "K8sAllowedRepos"), allows)));
    }
    for (r#ref, value) in world.each(CONSTRAINTS, "K8sAllowedReposv2") {
        let images = texts(&value, "/spec/parameters/allowedImages");
        // A star counts at the end only; without it the whole reference has to be equal.
        let allows = images.iter().map(|image| match image.strip_suffix('*') {
            Some(prefix) => Allowed { written: image.clone(), ..Allowed::prefix(prefix) },
            None => Allowed::glob(image),
        });
        let held = Held::of(&lists(&templates, "K8sAllowedReposv2"), allows.collect());
        rows.push(door.row(r#ref, &value, world, held));
    }
    rows
}

/// Templates of the library that look at images, and whose parameters are read or restrict no registry.
const LIBRARY: [&str; 5] =
    ["K8sAllowedRepos", "K8sAllowedReposv2", "K8sDisallowedRepos", "K8sDisallowedTags", "K8sImageDigests"];

/// A template that compares the beginning of images; not one that only exempts some of them.
fn may_restrict(template: &str) -> bool {
    let compares =
        ["startswith(", "any_prefix_match(", "startsWith(", "registr"].iter().any(|one| template.contains(one));
    template.contains(".image") && compares && !template.contains("exemptImages")
}

/// Lists that a template looks at; where it is not there to be read, those that it always did.
fn lists(templates: &BTreeMap<String, String>, kind: &str) -> Vec<&'static str> {
    let Some(template) = templates.get(kind) else { return vec!["containers", "initContainers"] };
    LISTS.into_iter().filter(|list| template.contains(&format!("spec.{list}"))).collect()
}

/// What Gatekeeper is asked about.
struct Door {
    runs: Runs,
    namespaces: Option<Vec<String>>,
    asked: Asked,
    ignores: bool,
    narrowed: bool,
}

impl Door {
    fn of(world: &World<'_, '_>) -> Self {
        let hooks = world.webhooks(|name| name == "validation.gatekeeper.sh");
        let runs = if hooks.is_empty() { Runs::known(false) } else { world.runs("gatekeeper") };
        // What its own configuration leaves out is left out before any constraint is asked.
        let configs = world.each("config.gatekeeper.sh", "Config");
        let left_out: Vec<String> = configs
            .iter()
            .flat_map(|(_, config)| config.pointer("/spec/match").and_then(Value::as_array).into_iter().flatten())
            .filter(|one| texts(one, "/processes").iter().any(|process| process == "*" || process == "webhook"))
            .flat_map(|one| texts(one, "/excludedNamespaces"))
            .collect();
        let rest = (!left_out.is_empty()).then(|| {
            let named = |name: &&String| left_out.iter().any(|one| crate::facts::registry::pattern::matches(one, name));
            world.namespaces.keys().filter(|name| !named(name)).cloned().collect()
        });
        let hook = hooks.iter().find(|hook| hook.validates);
        Self {
            runs,
            namespaces: both(hook.and_then(|hook| hook.namespaces.clone()), rest),
            asked: hook.map(|hook| hook.asked).unwrap_or_default(),
            ignores: hook.is_some_and(|hook| hook.ignores_failures),
            narrowed: hook.is_some_and(|hook| hook.narrowed),
        }
    }

    fn row(&self, r#ref: ObjectRef, value: &Value, world: &World<'_, '_>, held: Held) -> Restriction {
        let mut row = Restriction::new(r#ref, &self.runs).holding(held).asked(self.asked).ignoring(self.ignores);
        row.enforces &= gatekeeper::denies(value) && is_about_pods(value);
        row.namespaces = both(gatekeeper::namespaces(value, world), self.namespaces.clone());
        if self.narrowed {
            row.gaps.push("labels or conditions take some out of its webhook".into());
        }
        if ["/spec/match/labelSelector", "/spec/match/name", "/spec/match/source"]
            .iter()
            .any(|at| value.pointer(at).is_some_and(|v| !matches!(v, Value::Object(map) if map.is_empty())))
        {
            row.gaps.push("it is about some pods only, by their names, labels or source".into());
        }
        row
    }
}

/// Kinds are lists of groups and kinds; none is all of them.
fn is_about_pods(value: &Value) -> bool {
    let kinds = value.pointer("/spec/match/kinds").and_then(Value::as_array);
    let fits = |one: &Value, key: &str, wanted: &str| {
        let all = texts(one, key);
        all.is_empty() || all.iter().any(|name| name == wanted || name == "*")
    };
    kinds.is_none_or(|kinds| {
        kinds.is_empty() || kinds.iter().any(|k| fits(k, "/apiGroups", "") && fits(k, "/kinds", "Pod"))
    })
}

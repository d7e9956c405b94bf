//! Kyverno: rules of (Cluster)Policies that validate images, and ValidatingPolicies.

mod deny;
mod pattern;

use serde_json::Value;

use super::{Held, Restriction, both, cel};
use crate::{
    inventory::registry::admission::{
        Asked, Runs, World,
        kyverno::{called, chosen, excepted, is_about_pods, overridden},
        list, narrowed, text, texts,
    },
    object::ObjectRef,
};

const NARROWED: &str = "labels, conditions or exclusions take some pods out of it";

pub(super) fn of(world: &World<'_, '_>) -> Vec<Restriction> {
    let door = Door::of(world);
    let mut rows = Vec::new();
    let old = world.each("kyverno.io", "PolicyException");
    for kind in ["ClusterPolicy", "Policy"] {
        for (r#ref, value) in world.each("kyverno.io", kind) {
            rows.extend(policy(&r#ref, &value, world, &door, &old));
        }
    }
    let new = world.each("policies.kyverno.io", "PolicyException");
    for kind in ["ValidatingPolicy", "NamespacedValidatingPolicy"] {
        for (r#ref, value) in world.each("policies.kyverno.io", kind) {
            rows.extend(validating(r#ref, &value, world, &door, &new));
        }
    }
    rows
}

/// What Kyverno is asked about.
struct Door {
    runs: Runs,
    namespaces: Option<Vec<String>>,
    asked: Asked,
    narrowed: bool,
}

impl Door {
    fn of(world: &World<'_, '_>) -> Self {
        let named = |name: &str| name.contains("kyverno-resource-validating") || name.contains("validate.kyverno.svc");
        let hooks = world.webhooks(named);
        let hooks: Vec<_> = hooks.into_iter().filter(|hook| hook.validates && hook.asked.creates).collect();
        // One for each way to fail: together they are asked about what any of them is.
        let namespaces = hooks.iter().map(|hook| hook.namespaces.clone()).reduce(|a, b| Some([a?, b?].concat()));
        Self {
            runs: if hooks.is_empty() { Runs::known(false) } else { world.runs("kyverno") },
            namespaces: namespaces.flatten(),
            asked: hooks.iter().map(|hook| hook.asked).fold(Asked::default(), Asked::or),
            narrowed: !hooks.is_empty() && hooks.iter().all(|hook| hook.narrowed),
        }
    }

    fn row(&self, r#ref: ObjectRef, held: Result<Held, String>, ignores: bool) -> Restriction {
        let new = Restriction::new(r#ref, &self.runs);
        let mut row = match held {
            Ok(held) => new.holding(held),
            Err(why) => new.not_read(why),
        };
        if self.runs.known != Some(false) {
            row = row.asked(self.asked);
        }
        if self.narrowed {
            row.gaps.push(NARROWED.into());
        }
        row.ignoring(ignores)
    }
}

fn validating(
    r#ref: ObjectRef,
    value: &Value,
    world: &World<'_, '_>,
    door: &Door,
    exceptions: &[(ObjectRef, Value)],
) -> Option<Restriction> {
    let held = cel::read(value, "/spec/validations", "/spec/variables").transpose()?;
    let namespaces = if r#ref.namespace.is_empty() {
        world.selected(value.pointer("/spec/matchConstraints/namespaceSelector"))
    } else {
        Some(vec![r#ref.namespace.clone()])
    };
    let mut row = door
        .row(r#ref, held, text(value, "/spec/failurePolicy") == "Ignore")
        .asked(Asked::of(list(value, "/spec/matchConstraints/resourceRules")));
    let actions = texts(value, "/spec/validationActions");
    let admission = value.pointer("/spec/evaluation/admission/enabled").and_then(Value::as_bool) != Some(false);
    row.enforces &= admission && (actions.is_empty() || actions.iter().any(|action| action == "Deny"));
    row.namespaces = both(namespaces, door.namespaces.clone());
    for (exception, body) in exceptions {
        if list(body, "/spec/policyRefs").any(|one| text(one, "/name") == row.r#ref.name) {
            row.gaps.push(format!("exception {} takes some out of it", called(exception)));
        }
    }
    let parts = [value.pointer("/spec"), value.pointer("/spec/matchConstraints")];
    if parts.iter().flatten().any(|part| narrowed(part) || list(part, "/excludeResourceRules").next().is_some()) {
        row.gaps.push(NARROWED.into());
    }
    Some(row)
}

fn policy(
    r#ref: &ObjectRef,
    value: &Value,
    world: &World<'_, '_>,
    door: &Door,
    exceptions: &[(ObjectRef, Value)],
) -> Vec<Restriction> {
    let default = text(value, "/spec/validationFailureAction");
    let admission = value.pointer("/spec/admission").and_then(Value::as_bool) != Some(false);
    let ignores = ["/spec/failurePolicy", "/spec/webhookConfiguration/failurePolicy"]
        .iter()
        .any(|pointer| text(value, pointer) == "Ignore");
    let mut rows = Vec::new();
    for rule in list(value, "/spec/rules") {
        let Some(held) = read(rule).transpose() else { continue };
        let mut row = door.row(r#ref.clone(), held, ignores);
        let own = text(rule, "/validate/failureAction");
        let action = if own.is_empty() { default.clone() } else { own };
        let refuses = admission && is_about_pods(rule);
        let overrides: Vec<&Value> = ["/validate/failureActionOverrides", "/validate/validationFailureActionOverrides"]
            .iter()
            .flat_map(|pointer| list(rule, pointer))
            .chain(list(value, "/spec/validationFailureActionOverrides"))
            .collect();
        row.namespaces = both(chosen(r#ref, rule, &world.namespaces), door.namespaces.clone());
        if overrides.is_empty() {
            row.enforces &= refuses && action.eq_ignore_ascii_case("enforce");
        } else {
            let of = |name: &&String| row.namespaces.as_ref().is_none_or(|of| of.contains(name));
            let enforced =
                world.namespaces.keys().filter(of).filter(|name| overridden(&overrides, &action, name, world));
            let enforced: Vec<String> = enforced.cloned().collect();
            row.enforces &= refuses && !enforced.is_empty();
            row.namespaces = Some(enforced);
        }
        row.gaps.extend(excepted(r#ref, &text(rule, "/name"), exceptions));
        if is_narrow(rule) || list(value, "/spec/webhookConfiguration/matchConditions").next().is_some() {
            row.gaps.push(NARROWED.into());
        }
        rows.push(row);
    }
    rows
}

/// What a rule lets in; none where it is not about where images come from.
fn read(rule: &Value) -> Result<Option<Held>, String> {
    let Some(validate) = rule.get("validate") else { return Ok(None) };
    let held = if validate.get("cel").is_some() {
        cel::read(validate, "/cel/expressions", "/cel/variables")?
    } else if let Some(pattern) = validate.get("pattern") {
        pattern::of_pod(pattern).map(Some)?
    } else if validate.get("anyPattern").is_some() {
        let all: Result<Vec<Held>, String> = list(validate, "/anyPattern").map(pattern::of_pod).collect();
        all?.into_iter().reduce(Held::or)
    } else if let Some(conditions) = validate.pointer("/deny/conditions") {
        deny::of(conditions, None)?
    } else {
        let mut all = Held::default();
        for one in list(validate, "/foreach") {
            all = all.and(foreach(one)?);
        }
        Some(all)
    };
    let Some(held) = held.filter(Held::restricts) else { return Ok(None) };
    deny::harmless(rule.get("preconditions"))?;
    Ok(Some(held))
}

/// One list that is gone through.
fn foreach(one: &Value) -> Result<Held, String> {
    let written = text(one, "/list");
    let lists = deny::lists(&written);
    let held = if let Some(pattern) = one.get("pattern") {
        pattern::of_container(pattern)?
    } else if let Some(conditions) = one.pointer("/deny/conditions") {
        deny::of(conditions, Some(&lists))?.unwrap_or_default()
    } else {
        return Ok(Held::default());
    };
    if held.allows.iter().any(|one| !one.is_everything()) {
        if lists.is_empty() {
            return Err("what it goes through is an expression that is not read".into());
        }
        deny::harmless(one.get("preconditions"))?;
    }
    Ok(Held { covers: lists, ..held })
}

/// A rule that is about some pods of its namespaces only.
fn is_narrow(rule: &Value) -> bool {
    let blocks = |side: &str| -> Vec<Value> {
        let lists = ["any", "all"].iter().filter_map(|key| rule.pointer(&format!("/{side}/{key}"))?.as_array());
        let mut found: Vec<Value> = lists.flatten().cloned().collect();
        found.extend(rule.get(side).filter(|one| one.get("any").is_none() && one.get("all").is_none()).cloned());
        found
    };
    let narrows = |block: &Value| {
        let keys = [
            "/subjects",
            "/roles",
            "/clusterRoles",
            "/resources/name",
            "/resources/names",
            "/resources/selector",
            "/resources/annotations",
        ];
        let asks_for_less = !texts(block, "/resources/operations").is_empty()
            && !["CREATE", "UPDATE"].iter().all(|one| texts(block, "/resources/operations").iter().any(|o| o == one));
        keys.iter().any(|key| block.pointer(key).is_some()) || asks_for_less
    };
    blocks("match").iter().any(narrows) || blocks("exclude").iter().any(narrows)
}

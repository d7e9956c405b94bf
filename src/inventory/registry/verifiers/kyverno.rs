//! Kyverno: `verifyImages` of (Cluster)Policies, ImageValidatingPolicies, and exceptions from both.

use serde_json::Value;

use super::{Runs, Verifier, World, authorities, crossing, list, text, texts};
use crate::{
    facts::{
        registry::pattern,
        selector::{Hit, LabelSelector},
    },
    object::ObjectRef,
    view::Map,
};

pub(super) fn of(world: &World<'_, '_>) -> Vec<Verifier> {
    let runs = world.runs("kyverno");
    let mut rows = Vec::new();
    let old: Vec<(ObjectRef, Value)> = world.each("kyverno.io", "PolicyException");
    for kind in ["ClusterPolicy", "Policy"] {
        for (r#ref, value) in world.each("kyverno.io", kind) {
            rows.extend(policy(&r#ref, &value, world, &runs, &old));
        }
    }
    let new = world.each("policies.kyverno.io", "PolicyException");
    for kind in ["ImageValidatingPolicy", "NamespacedImageValidatingPolicy"] {
        for (r#ref, value) in world.each("policies.kyverno.io", kind) {
            rows.push(validating(r#ref, &value, world, &runs, &new));
        }
    }
    rows
}

fn validating(
    r#ref: ObjectRef,
    value: &Value,
    world: &World<'_, '_>,
    runs: &Runs,
    exceptions: &[(ObjectRef, Value)],
) -> Verifier {
    let globs = |pointer: &str| -> Vec<String> {
        list(value, pointer).filter_map(|one| one.get("glob")?.as_str()).map(str::to_owned).collect()
    };
    let admission = value.pointer("/spec/evaluation/admission/enabled").and_then(Value::as_bool) != Some(false);
    let mut verifier = Verifier {
        images: crossing(globs("/spec/matchImageReferences")),
        enforces: admission && texts(value, "/spec/validationActions").iter().any(|action| action == "Deny"),
        namespaces: if r#ref.namespace.is_empty() {
            world.selected(value.pointer("/spec/matchConstraints/namespaceSelector"))
        } else {
            Some(vec![r#ref.namespace.clone()])
        },
        authorities: list(value, "/spec/attestors").flat_map(authorities).collect(),
        ..Verifier::new(r#ref, runs)
    };
    if text(value, "/spec/failurePolicy") == "Ignore" {
        verifier.gaps.push("what it cannot ask about is let in (failurePolicy Ignore)".into());
    }
    for (exception, body) in exceptions {
        if list(body, "/spec/policyRefs").any(|one| text(one, "/name") == verifier.r#ref.name) {
            verifier.gaps.push(format!("exception {} takes some out of it", called(exception)));
        }
    }
    if verifier.images.is_empty() && list(value, "/spec/matchImageReferences").next().is_some() {
        verifier.images.push("**".into());
        verifier.unread = "which images it is about is an expression".into();
    }
    verifier
}

fn called(of: &ObjectRef) -> String {
    if of.namespace.is_empty() { of.name.clone() } else { format!("{}/{}", of.namespace, of.name) }
}

fn policy(
    r#ref: &ObjectRef,
    value: &Value,
    world: &World<'_, '_>,
    runs: &Runs,
    exceptions: &[(ObjectRef, Value)],
) -> Vec<Verifier> {
    let default = text(value, "/spec/validationFailureAction");
    let admission = value.pointer("/spec/admission").and_then(Value::as_bool) != Some(false);
    let ignores = [text(value, "/spec/failurePolicy"), text(value, "/spec/webhookConfiguration/failurePolicy")];
    let mut rows = Vec::new();
    for rule in list(value, "/spec/rules") {
        let name = text(rule, "/name");
        for verify in list(rule, "/verifyImages") {
            let own = text(verify, "/failureAction");
            let action = if own.is_empty() { default.clone() } else { own };
            let required = verify.get("required").and_then(Value::as_bool).unwrap_or(true);
            let overrides: Vec<&Value> = list(value, "/spec/validationFailureActionOverrides").collect();
            let chosen = chosen(r#ref, rule, &world.namespaces);
            let mut verifier = Verifier {
                images: crossing(texts(verify, "/imageReferences")),
                skips: crossing(texts(verify, "/skipImageReferences")),
                enforces: admission && required && is_about_pods(rule) && action.eq_ignore_ascii_case("enforce"),
                namespaces: chosen,
                authorities: list(verify, "/attestors")
                    .flat_map(|set| list(set, "/entries"))
                    .flat_map(authorities)
                    .collect(),
                ..Verifier::new(r#ref.clone(), runs)
            };
            if !overrides.is_empty() {
                let all =
                    world.namespaces.keys().filter(|n| verifier.namespaces.as_ref().is_none_or(|of| of.contains(n)));
                let enforced = all.filter(|name| overridden(&overrides, &action, name, world));
                let enforced: Vec<String> = enforced.cloned().collect();
                verifier.enforces = admission && required && is_about_pods(rule) && !enforced.is_empty();
                verifier.namespaces = Some(enforced);
            }
            if ignores.iter().any(|policy| policy == "Ignore") {
                verifier.gaps.push("what it cannot ask about is let in (failurePolicy Ignore)".into());
            }
            for (exception, body) in exceptions {
                let names = |one: &Value| {
                    let of = text(one, "/policyName");
                    let rules = texts(one, "/ruleNames");
                    (of == r#ref.name || of == called(r#ref))
                        && rules.iter().any(|pattern| pattern::matches(pattern, &name))
                };
                if list(body, "/spec/exceptions").any(names) {
                    verifier.gaps.push(format!("exception {} takes some out of it", called(exception)));
                }
            }
            rows.push(verifier);
        }
    }
    rows
}

/// Whether the action for a namespace is to refuse: the first override that names it, else the rule's.
fn overridden(overrides: &[&Value], action: &str, name: &str, world: &World<'_, '_>) -> bool {
    let found = overrides.iter().find(|one| {
        let names = texts(one, "/namespaces");
        let selector =
            one.get("namespaceSelector").and_then(|s| serde_json::from_value::<LabelSelector>(s.clone()).ok());
        let by_name = names.iter().any(|pattern| pattern::matches(pattern, name));
        let by_label = selector.is_some_and(|selector| {
            world.namespaces.get(name).is_some_and(|labels| selector.matches(labels) == Hit::Yes)
        });
        by_name || by_label
    });
    found.map_or_else(|| action.to_owned(), |one| text(one, "/action")).eq_ignore_ascii_case("enforce")
}

/// Whether a rule is asked about pods: what is only asked of their controllers misses bare ones.
fn is_about_pods(rule: &Value) -> bool {
    let blocks = ["/match/any", "/match/all"].iter().flat_map(|pointer| list(rule, pointer));
    let mut kinds: Vec<String> = blocks.flat_map(|one| texts(one, "/resources/kinds")).collect();
    kinds.extend(texts(rule, "/match/resources/kinds"));
    kinds.is_empty() || kinds.iter().any(|kind| kind == "*" || kind == "Pod" || kind.ends_with("/Pod"))
}

/// Namespaces of a rule: its own, those of its match blocks without those of its excludes.
fn chosen(
    r#ref: &ObjectRef,
    rule: &Value,
    namespaces: &std::collections::BTreeMap<String, Map>,
) -> Option<Vec<String>> {
    if !r#ref.namespace.is_empty() {
        return Some(vec![r#ref.namespace.clone()]);
    }
    let blocks = |side: &str| -> Vec<Value> {
        let lists = ["any", "all"].iter().filter_map(|key| rule.pointer(&format!("/{side}/{key}"))?.as_array());
        let mut found: Vec<Value> = lists.flatten().filter_map(|one| one.get("resources").cloned()).collect();
        found.extend(rule.pointer(&format!("/{side}/resources")).cloned());
        found
    };
    let fits = |block: &Value, name: &str, labels: &Map| {
        let names = texts(block, "/namespaces");
        let by_name = names.is_empty() || names.iter().any(|one| pattern::matches(one, name));
        let selector =
            block.get("namespaceSelector").and_then(|s| serde_json::from_value::<LabelSelector>(s.clone()).ok());
        by_name && selector.is_none_or(|selector| selector.matches(labels) == Hit::Yes)
    };
    let narrow = |block: &Value| !texts(block, "/namespaces").is_empty() || block.get("namespaceSelector").is_some();
    let (matched, excluded) = (blocks("match"), blocks("exclude"));
    if !matched.iter().all(narrow) && !excluded.iter().any(narrow) {
        return None;
    }
    let of = namespaces.iter().filter(|(name, labels)| {
        (matched.is_empty() || matched.iter().any(|block| fits(block, name, labels)))
            && !excluded.iter().filter(|block| narrow(block)).any(|block| fits(block, name, labels))
    });
    Some(of.map(|(name, _)| name.clone()).collect())
}

//! Kyverno: `verifyImages` of (Cluster)Policies, ImageValidatingPolicies, and exceptions from both.

use serde_json::Value;

use super::{Verifier, authorities, crossing};
use crate::{
    inventory::registry::admission::{
        Runs, World,
        kyverno::{called, chosen, excepted, is_about_pods, overridden},
        list, text, texts,
    },
    object::ObjectRef,
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
        pins: admission && value.pointer("/spec/validationConfigurations/mutateDigest") != Some(&Value::Bool(false)),
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
                pins: admission && is_about_pods(rule) && verify.get("mutateDigest") != Some(&Value::Bool(false)),
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
            verifier.gaps.extend(excepted(r#ref, &name, exceptions));
            rows.push(verifier);
        }
    }
    rows
}

//! The API server's own admission policies: each binding of a policy whose validations are about
//! where the images of pods come from.

use serde_json::Value;

use super::{Held, Restriction, both, cel};
use crate::inventory::registry::admission::{Asked, Runs, World, list, narrowed, text, texts};

const GROUP: &str = "admissionregistration.k8s.io";

pub(super) fn of(world: &World<'_, '_>) -> Vec<Restriction> {
    let bindings = world.each(GROUP, "ValidatingAdmissionPolicyBinding");
    let mut rows = Vec::new();
    for (r#ref, policy) in world.each(GROUP, "ValidatingAdmissionPolicy") {
        let row = match cel::read(&policy, "/spec/validations", "/spec/variables") {
            Ok(None) => continue,
            Ok(Some(held)) => (held, String::new()),
            Err(why) => (Held::default(), why),
        };
        let own: Vec<&Value> =
            bindings.iter().map(|(_, b)| b).filter(|b| text(b, "/spec/policyName") == r#ref.name).collect();
        let new = || {
            let (held, why) = row.clone();
            let new = Restriction::new(r#ref.clone(), &Runs::known(true)).holding(held);
            if why.is_empty() { new } else { new.not_read(why) }
        };
        if own.is_empty() {
            rows.push(Restriction { enforces: false, ..new() });
        }
        rows.extend(own.into_iter().map(|binding| bound(new(), &policy, binding, world)));
    }
    rows
}

fn bound(row: Restriction, policy: &Value, binding: &Value, world: &World<'_, '_>) -> Restriction {
    let mut row = row
        .asked(Asked::of(list(policy, "/spec/matchConstraints/resourceRules")))
        .ignoring(text(policy, "/spec/failurePolicy") == "Ignore");
    // A binding narrows what its policy is about, and widens nothing.
    if list(binding, "/spec/matchResources/resourceRules").next().is_some() {
        row = row.asked(Asked::of(list(binding, "/spec/matchResources/resourceRules")));
    }
    row.enforces &= texts(binding, "/spec/validationActions").iter().any(|action| action == "Deny");
    row.namespaces = both(
        world.selected(policy.pointer("/spec/matchConstraints/namespaceSelector")),
        world.selected(binding.pointer("/spec/matchResources/namespaceSelector")),
    );
    let parts =
        [policy.pointer("/spec"), policy.pointer("/spec/matchConstraints"), binding.pointer("/spec/matchResources")];
    if parts.iter().flatten().any(|part| narrowed(part) || list(part, "/excludeResourceRules").next().is_some()) {
        row.gaps.push("labels, conditions or exclusions take some pods out of it".into());
    }
    row
}

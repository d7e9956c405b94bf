//! Kubewarden: the policy of its own library that is about registries, and expressions that its CEL
//! policy carries out. What other modules do is in their WebAssembly.

use serde_json::Value;

use super::{Allowed, Held, LISTS, Restriction, cel};
use crate::inventory::registry::admission::{Asked, World, list, narrowed, text, texts};

pub(super) fn of(world: &World<'_, '_>) -> Vec<Restriction> {
    let runs = world.runs("kubewarden");
    let mut rows = Vec::new();
    for kind in ["ClusterAdmissionPolicy", "AdmissionPolicy"] {
        for (r#ref, value) in world.each("policies.kubewarden.io", kind) {
            let module = text(&value, "/spec/module");
            let held = if module.contains("trusted-repos") {
                Ok(trusted(&value))
            } else if module.contains("cel-policy") {
                cel::read(&value, "/spec/settings/validations", "/spec/settings/variables")
            } else {
                Ok(None)
            };
            let new = Restriction::new(r#ref.clone(), &runs);
            let mut row = match held {
                Ok(None) => continue,
                Ok(Some(held)) => new.holding(held),
                Err(why) => new.not_read(why),
            }
            .asked(Asked::of(list(&value, "/spec/rules")))
            .ignoring(text(&value, "/spec/failurePolicy") == "Ignore");
            let (mode, status) = (text(&value, "/spec/mode"), text(&value, "/status/policyStatus"));
            row.enforces &= matches!(mode.as_str(), "" | "protect") && matches!(status.as_str(), "" | "active");
            row.namespaces = if r#ref.namespace.is_empty() {
                world.selected(value.pointer("/spec/namespaceSelector"))
            } else {
                Some(vec![r#ref.namespace.clone()])
            };
            if value.get("spec").is_some_and(narrowed) {
                row.gaps.push("labels or conditions take some pods out of it".into());
            }
            rows.push(row);
        }
    }
    rows
}

/// Registries and images both have to be let in; a list of what is refused lets in the rest.
fn trusted(value: &Value) -> Option<Held> {
    let registries = texts(value, "/spec/settings/registries/allow");
    let images = texts(value, "/spec/settings/images/allow");
    let allows: Vec<Allowed> = if registries.is_empty() {
        images.iter().map(|image| Allowed::glob(image)).collect()
    } else {
        registries.iter().map(|host| Allowed::registry(host)).collect()
    };
    (!allows.is_empty()).then(|| Held::of(&LISTS, allows))
}

//! What Gatekeeper's constraints have in common, whatever they ask for.

use serde_json::Value;

use super::{World, list, text, texts};
use crate::facts::registry::pattern;

/// What is not as a constraint wants it is refused.
#[must_use]
pub fn denies(value: &Value) -> bool {
    let action = text(value, "/spec/enforcementAction");
    action.is_empty() || action == "deny" || (action == "scoped" && scoped(value))
}

/// One of the enforcement points of a scoped action is the webhook, and refuses there.
fn scoped(value: &Value) -> bool {
    list(value, "/spec/scopedEnforcementActions").any(|one| {
        text(one, "/action") == "deny"
            && list(one, "/enforcementPoints")
                .any(|point| matches!(text(point, "/name").as_str(), "*" | "validation.gatekeeper.sh"))
    })
}

/// Namespaces that a constraint is about; none: all.
#[must_use]
pub fn namespaces(value: &Value, world: &World<'_, '_>) -> Option<Vec<String>> {
    let wanted = texts(value, "/spec/match/namespaces");
    let excluded = texts(value, "/spec/match/excludedNamespaces");
    let selected = world.selected(value.pointer("/spec/match/namespaceSelector"));
    if wanted.is_empty() && excluded.is_empty() && selected.is_none() {
        return None;
    }
    let fits = |patterns: &[String], name: &str| patterns.iter().any(|one| pattern::matches(one, name));
    let of = world.namespaces.keys().filter(|name| {
        (wanted.is_empty() || fits(&wanted, name))
            && !fits(&excluded, name)
            && selected.as_ref().is_none_or(|selected| selected.contains(name))
    });
    Some(of.cloned().collect())
}

//! sigstore's policy-controller. It is asked about namespaces that its webhook selects: by default
//! those with a label of its own, and no others. What it does with images that no policy is about
//! (`no-match-policy`) makes nothing of ours verified, so it is not asked for.

use serde_json::Value;

use super::{Verifier, authorities};
use crate::inventory::registry::admission::{World, list, text};

/// The label that the webhook asks for unless it was changed.
const INCLUDE: &str = "policy.sigstore.dev/include";

pub(super) fn of(world: &World<'_, '_>) -> Vec<Verifier> {
    let hooks = world.webhooks(|name| name == "policy.sigstore.dev");
    let (hooks, writing): (Vec<_>, Vec<_>) = hooks.into_iter().partition(|hook| hook.validates);
    let labelled = world.namespaces.iter().filter(|(_, labels)| labels.get(INCLUDE).is_some_and(|v| v == "true"));
    let labelled: Vec<String> = labelled.map(|(name, _)| name.clone()).collect();
    let asked = match hooks.first() {
        Some(hook) => hook.namespaces.clone(),
        None => Some(labelled),
    };
    let ignores = hooks.iter().any(|hook| hook.ignores_failures);
    let runs = world.runs("sigstore-policy-controller");
    let each = world.each("policy.sigstore.dev", "ClusterImagePolicy").into_iter();
    each.map(|(r#ref, value)| {
        let mode = text(&value, "/spec/mode");
        let mut verifier = Verifier {
            images: list(&value, "/spec/images").filter_map(|one| one.get("glob")?.as_str()).map(glob).collect(),
            enforces: (mode.is_empty() || mode == "enforce") && is_about_pods(&value),
            namespaces: asked.clone(),
            // Its other webhook resolves every tag of the same namespaces.
            pins: !writing.is_empty(),
            authorities: list(&value, "/spec/authorities").flat_map(authorities).collect(),
            ..Verifier::new(r#ref, &runs)
        };
        if ignores {
            verifier.gaps.push("what it cannot ask about is let in (failurePolicy Ignore)".into());
        }
        verifier
    })
    .collect()
}

/// A policy may be narrowed to kinds; pods have to be among them, whatever their labels.
fn is_about_pods(value: &Value) -> bool {
    let mut all = list(value, "/spec/match").peekable();
    all.peek().is_none()
        || all.any(|one| {
            text(one, "/resource") == "pods" && one.get("selector").is_none_or(|s| *s == serde_json::json!({}))
        })
}

/// Its globs: `*` ends at a slash, `**` does not; a name without a host is Docker Hub's.
fn glob(glob: &str) -> String {
    glob.strip_prefix("index.docker.io/").map_or_else(|| glob.to_owned(), |rest| format!("docker.io/{rest}"))
}

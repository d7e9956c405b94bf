//! The parts of a Gateway's listener: its mode, its conditions, whom it selects.

use serde_json::Value;

use super::{
    model::Problem,
    value::{list, number, text},
    world::World,
};
use crate::facts::tls::until;

/// `Terminate` is the default of TLS protocols; others have none.
pub(super) fn tls_mode(listener: &Value) -> String {
    let mode = text(listener, "/tls/mode");
    match (text(listener, "/protocol").to_ascii_uppercase().as_str(), mode) {
        ("HTTPS" | "TLS", "") => "Terminate".into(),
        ("HTTPS" | "TLS", mode) => mode.into(),
        _ => String::new(),
    }
}

pub(super) fn client_auth(gateway: &Value, listener: &Value, port: i64) -> String {
    let by_port = list(gateway, "/spec/tls/frontend/perPort").iter().find(|entry| number(entry, "/port") == Some(port));
    let validation = by_port
        .and_then(|entry| entry.pointer("/tls/validation"))
        .or_else(|| gateway.pointer("/spec/tls/frontend/default/validation"))
        .or_else(|| listener.pointer("/tls/frontendValidation"))
        .filter(|validation| !validation.is_null());
    match validation.map(|validation| text(validation, "/mode")) {
        None => "none",
        Some("AllowInsecureFallback") => "optional",
        Some(_) => "required",
    }
    .into()
}

/// Conditions of a listener that say no.
pub(super) fn problems(world: &World<'_, '_>, own: &Value, listener: &str) -> Vec<Problem> {
    let status = list(own, "/status/listeners").iter().find(|status| text(status, "/name") == listener);
    let generation = number(own, "/metadata/generation");
    let conditions = status.map(|status| list(status, "/conditions")).unwrap_or_default();
    conditions
        .iter()
        .filter(|condition| {
            let bad = match text(condition, "/type") {
                "Conflicted" | "InsecureFrontendValidationMode" => "True",
                _ => "False",
            };
            text(condition, "/status") == bad
        })
        .map(|condition| problem(condition, generation, world.now))
        .collect()
}

/// A condition as a problem.
#[must_use]
pub fn problem(condition: &Value, generation: Option<i64>, now: Option<i64>) -> Problem {
    let observed = number(condition, "/observedGeneration");
    Problem {
        r#type: text(condition, "/type").to_owned(),
        status: text(condition, "/status").to_owned(),
        reason: text(condition, "/reason").to_owned(),
        message: text(condition, "/message").to_owned(),
        age_seconds: until(text(condition, "/lastTransitionTime"), now).map(|seconds| -seconds),
        stale: observed.zip(generation).is_some_and(|(observed, generation)| observed < generation),
    }
}

pub(super) fn selects_all(selector: &Value) -> bool {
    let empty = |pointer: &str| match selector.pointer(pointer) {
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        _ => true,
    };
    empty("/matchLabels") && empty("/matchExpressions")
}

pub(super) fn selector_keys(selector: &Value) -> Vec<String> {
    let labels =
        selector.pointer("/matchLabels").and_then(Value::as_object).into_iter().flat_map(|map| map.keys().cloned());
    labels.chain(list(selector, "/matchExpressions").iter().map(|e| text(e, "/key").to_owned())).collect()
}

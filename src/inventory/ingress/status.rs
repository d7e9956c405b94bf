//! What controllers wrote back: routes, gateways, certificates and issuers that are not served.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{
    listeners::problem,
    model::Problem,
    products::products,
    value::{list, meta, number, text, value},
    world::World,
};
use crate::{
    facts::{ingress::Known, tls::until},
    inventory::Inventory,
    object::ObjectRef,
    snapshot::Object,
};

/// What is known of an object's state.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StatusRow {
    /// The object.
    pub r#ref: ObjectRef,
    /// Whether its controller wrote anything.
    pub written: Known,
    /// Conditions that say no.
    pub problems: Vec<Problem>,
    /// Conditions that say neither yes nor no.
    pub pending: Vec<Problem>,
    /// Seconds since the object was made.
    pub age_seconds: Option<i64>,
    /// Seconds since a Certificate should have been renewed.
    pub renewal_overdue_seconds: Option<i64>,
    /// Attempts of issuance that failed in a row.
    pub failed_attempts: i64,
    /// An Ingress has no address, though its controller writes one and has one itself.
    pub lacks_address: bool,
}

/// Every object that a controller writes back to.
#[must_use]
pub fn of(inventory: &Inventory<'_>) -> Vec<StatusRow> {
    let world = World::of(inventory);
    let mut all = Vec::new();
    let gateway = "gateway.networking.k8s.io";
    for kind in ["Gateway", "ListenerSet", "HTTPRoute", "GRPCRoute", "TLSRoute"] {
        for object in inventory.snapshot.of(gateway, kind) {
            let own = value(object);
            let mut conditions: Vec<&Value> = list(&own, "/status/conditions").iter().collect();
            conditions.extend(list(&own, "/status/parents").iter().flat_map(|parent| list(parent, "/conditions")));
            let bad = |kind: &str| if kind == "PartiallyInvalid" { "True" } else { "False" };
            all.push(conditioned(&world, object, &own, &conditions, bad));
        }
    }
    for (group, kind) in
        [("cert-manager.io", "Certificate"), ("cert-manager.io", "Issuer"), ("cert-manager.io", "ClusterIssuer")]
    {
        for object in inventory.snapshot.of(group, kind) {
            let own = value(object);
            let conditions: Vec<&Value> =
                list(&own, "/status/conditions").iter().filter(|c| text(c, "/type") == "Ready").collect();
            let mut row = conditioned(&world, object, &own, &conditions, |_| "False");
            let renewal = until(text(&own, "/status/renewalTime"), world.now);
            row.renewal_overdue_seconds = renewal.map(|seconds| -seconds).filter(|seconds| *seconds > 0);
            row.failed_attempts = number(&own, "/status/failedIssuanceAttempts").unwrap_or(0);
            all.push(row);
        }
    }
    for kind in ["Order", "Challenge"] {
        for object in inventory.snapshot.of("acme.cert-manager.io", kind) {
            let own = value(object);
            let state = text(&own, "/status/state");
            let mut row = conditioned(&world, object, &own, &[], |_| "False");
            row.written = (!state.is_empty()).into();
            if matches!(state, "invalid" | "errored" | "expired") {
                let failed = Some(text(&own, "/status/failureTime")).filter(|time| !time.is_empty());
                row.problems.push(said(
                    "state",
                    state,
                    text(&own, "/status/reason"),
                    failed.and_then(|t| until(t, world.now)).map(|s| -s),
                ));
            }
            all.push(row);
        }
    }
    for object in inventory.snapshot.of("projectcontour.io", "HTTPProxy") {
        let own = value(object);
        let state = text(&own, "/status/currentStatus");
        let mut row = conditioned(&world, object, &own, &[], |_| "False");
        row.written = (!state.is_empty()).into();
        if matches!(state, "invalid" | "orphaned") {
            row.problems.push(said("currentStatus", state, text(&own, "/status/description"), row.age_seconds));
        }
        all.push(row);
    }
    for object in inventory.snapshot.of("networking.k8s.io", "Ingress") {
        all.extend(ingress(&world, object));
    }
    all.sort_by(|a, b| a.r#ref.cmp(&b.r#ref));
    all
}

fn said(kind: &str, status: &str, message: &str, age: Option<i64>) -> Problem {
    Problem {
        r#type: kind.to_owned(),
        status: status.to_owned(),
        reason: String::new(),
        message: message.to_owned(),
        age_seconds: age,
        stale: false,
    }
}

fn conditioned(
    world: &World<'_, '_>,
    object: &Object,
    own: &Value,
    conditions: &[&Value],
    bad: impl Fn(&str) -> &'static str,
) -> StatusRow {
    let generation = number(own, "/metadata/generation");
    let known = |condition: &&&Value| {
        matches!(text(condition, "/type"), "Accepted" | "Programmed" | "ResolvedRefs" | "PartiallyInvalid" | "Ready")
    };
    let all: Vec<Problem> =
        conditions.iter().filter(known).map(|condition| problem(condition, generation, world.now)).collect();
    let problems = all.iter().filter(|problem| problem.status == bad(&problem.r#type)).cloned().collect();
    let pending = all.iter().filter(|problem| problem.status == "Unknown").cloned().collect();
    StatusRow {
        r#ref: object.reference(),
        written: (!conditions.is_empty()).into(),
        problems,
        pending,
        age_seconds: meta(object).creation_timestamp.as_deref().and_then(|time| until(time, world.now)).map(|s| -s),
        renewal_overdue_seconds: None,
        failed_attempts: 0,
        lacks_address: false,
    }
}

/// Only controllers that are told to publish an address write one; for all others silence is nothing.
fn ingress(world: &World<'_, '_>, object: &Object) -> Option<StatusRow> {
    let own = value(object);
    let annotations = meta(object).annotations;
    let class = world.ingress_class(text(&own, "/spec/ingressClassName"), &annotations);
    let has_address = !list(&own, "/status/loadBalancer/ingress").is_empty();
    let mut row = conditioned(world, object, &own, &[], |_| "False");
    row.written = has_address.into();
    let (controller, _) = world.servers(&class).next()?;
    let fills = products().get(&controller.product).is_some_and(|product| product.fills_status);
    let publishes = controller.flags.get(&["publish-service", "publish-status-address"]).is_some_and(|v| !v.is_empty());
    if !has_address && fills && publishes && class.source != "none" {
        row.lacks_address = controller.services.iter().any(|front| front.has_address);
    }
    (has_address || row.lacks_address).then_some(row)
}

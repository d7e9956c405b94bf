//! IngressClasses and GatewayClasses, with the controllers that claim them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{controllers::Controller, products::products, services::Exposure};
use crate::{
    facts::ingress::Known,
    inventory::Inventory,
    object::ObjectRef,
    view::{Condition, Meta, nullable},
};

/// A controller that claims a class.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Claimant {
    /// The workload.
    pub r#ref: ObjectRef,
    /// Whether a copy is ready.
    pub live: Known,
    /// What restricts it to namespaces; empty where nothing does.
    pub namespaces: String,
}

/// A class of routes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Class {
    /// The IngressClass or GatewayClass.
    pub r#ref: ObjectRef,
    /// `spec.controller` or `spec.controllerName`.
    pub controller: String,
    /// Id of the system whose controller name that is; empty where the catalogue knows none.
    pub product: String,
    /// Marked as the default IngressClass.
    pub is_default: bool,
    /// Creation time, by which newer servers choose among several defaults.
    pub created: String,
    /// Controllers here that claim it.
    pub claimants: Vec<Claimant>,
    /// Whether a controller serves it.
    pub live: Known,
    /// How that is known, or why it is not.
    pub live_reason: String,
    /// Condition Accepted of a GatewayClass: `True`, `False`, `Unknown`, or empty.
    pub accepted: String,
    /// More than one live controller claims it, and neither class nor namespace keeps them apart.
    pub contested: bool,
    /// From where its controllers can be reached.
    pub exposure: Exposure,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ClassView {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    spec: ClassSpec,
    #[serde(deserialize_with = "nullable")]
    status: ClassStatus,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ClassSpec {
    #[serde(deserialize_with = "nullable")]
    controller: String,
    #[serde(deserialize_with = "nullable")]
    controller_name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ClassStatus {
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
}

/// Every class, in the snapshot's order; fills in which classes each controller owns.
///
/// `served` are the classes of which an Ingress has an address: somebody gave it.
#[must_use]
pub fn of(inventory: &Inventory<'_>, controllers: &mut [Controller], served: &dyn Fn(&str) -> bool) -> Vec<Class> {
    let mut all = Vec::new();
    for (group, kind) in [("gateway.networking.k8s.io", "GatewayClass"), ("networking.k8s.io", "IngressClass")] {
        for object in inventory.snapshot.of(group, kind) {
            let view: ClassView = object.parse().unwrap_or_default();
            let gateway = kind == "GatewayClass";
            let controller = if gateway { view.spec.controller_name } else { view.spec.controller };
            let accepted = view.status.conditions.iter().find(|c| c.kind == "Accepted");
            let mut class = Class {
                r#ref: object.reference(),
                product: products().by_controller(&controller).map(|p| p.id.clone()).unwrap_or_default(),
                is_default: !gateway
                    && view
                        .metadata
                        .annotations
                        .get("ingressclass.kubernetes.io/is-default-class")
                        .is_some_and(|v| v == "true"),
                created: view.metadata.creation_timestamp.unwrap_or_default(),
                claimants: Vec::new(),
                live: Known::Unknown,
                live_reason: String::new(),
                accepted: accepted.map(|c| c.status.clone()).unwrap_or_default(),
                contested: false,
                exposure: Exposure::Unknown,
                controller,
            };
            for own in controllers.iter_mut().filter(|c| c.claims(&class.controller, &object.name, gateway)) {
                own.classes.push(object.name.to_string());
                // A system that the catalogue knows under another name (a renamed controller).
                if class.product.is_empty() {
                    class.product.clone_from(&own.product);
                }
                class.exposure = class.exposure.min(own.exposure);
                class.claimants.push(Claimant {
                    r#ref: own.r#ref.clone(),
                    live: own.live,
                    namespaces: own.namespaces.clone(),
                });
            }
            judge(&mut class, gateway, served(&object.name));
            all.push(class);
        }
    }
    for controller in controllers {
        controller.classes.sort();
        controller.classes.dedup();
    }
    all
}

/// Whether somebody serves the class: a fact, from running workloads and from what they wrote.
fn judge(class: &mut Class, gateway: bool, served: bool) {
    let live: Vec<&Claimant> = class.claimants.iter().filter(|c| c.live != Known::No).collect();
    let mut scopes: Vec<&str> = live.iter().map(|claimant| claimant.namespaces.as_str()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    class.contested = live.len() > 1 && (scopes.len() < live.len() || scopes.contains(&""));
    let outside = products().get(&class.product).is_some_and(|product| product.may_run_outside);
    let (known, reason): (Known, String) = if gateway && class.accepted == "False" {
        (Known::No, "its controller did not accept it".into())
    } else if class.claimants.iter().any(|c| c.live == Known::Yes) {
        if gateway && matches!(class.accepted.as_str(), "Unknown" | "") {
            (Known::Unknown, "its controller runs, but has not said whether it accepts it".into())
        } else {
            (Known::Yes, "its controller is ready".into())
        }
    } else if gateway && class.accepted == "True" && class.claimants.is_empty() {
        (Known::Yes, "a controller accepted it".into())
    } else if !class.claimants.is_empty() {
        if class.claimants.iter().all(|c| c.live == Known::No) {
            (Known::No, "its controller has no ready copy".into())
        } else {
            (Known::Unknown, "its controller has no status".into())
        }
    } else if served && (outside || class.product.is_empty()) {
        (Known::Yes, "an Ingress of it has an address".into())
    } else if outside {
        (Known::Unknown, "its controller may run outside the cluster, and nothing of it has an address".into())
    } else if class.product.is_empty() {
        (Known::Unknown, format!("no known system answers to {:?}", class.controller))
    } else {
        (Known::No, format!("no workload answers to {:?}", class.controller))
    };
    class.live = known;
    class.live_reason = reason;
}

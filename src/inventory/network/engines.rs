//! What decides about traffic besides network policies, and what guards the policies themselves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    facts::enforcement::{UNKNOWN, YES},
    inventory::Inventory,
    object::ObjectRef,
    view::nullable,
};

/// Something that decides about traffic.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EngineHere {
    /// The system.
    pub id: String,
    /// `l3-l4` or `l7`.
    pub layer: &'static str,
    /// `enforce`, `observe` or `unknown`.
    pub mode: &'static str,
    /// By what that is known.
    pub evidence: String,
}

/// Every engine that runs, with its layer and whether it enforces.
#[must_use]
pub fn of(inventory: &Inventory<'_>) -> Vec<EngineHere> {
    let network = inventory.network();
    let mut found: Vec<EngineHere> = network
        .plugins
        .iter()
        .filter(|plugin| plugin.live && (plugin.enforces == YES || plugin.enforces == UNKNOWN))
        .filter(|plugin| !plugin.enforces_evidence.is_empty())
        .map(|plugin| EngineHere {
            id: plugin.id.clone(),
            layer: "l3-l4",
            mode: if plugin.enforces == YES { "enforce" } else { "unknown" },
            evidence: plugin.enforces_evidence.clone(),
        })
        .collect();
    let runs = |id: &str| inventory.extensions.iter().any(|e| e.id == id && !e.capabilities.is_empty());
    if runs("neuvector") {
        found.push(neuvector(inventory));
    }
    let authorization = inventory.snapshot.of("security.istio.io", "AuthorizationPolicy").len();
    if runs("istio") && authorization > 0 {
        let evidence = format!("{authorization} AuthorizationPolicies");
        found.push(EngineHere { id: "istio".into(), layer: "l7", mode: "enforce", evidence });
    }
    let groups = inventory.snapshot.of("vpcresources.k8s.aws", "SecurityGroupPolicy").len();
    if groups > 0 {
        let evidence = format!("{groups} SecurityGroupPolicies");
        found.push(EngineHere { id: "aws-security-groups".into(), layer: "l3-l4", mode: "enforce", evidence });
    }
    found
}

/// The mode of NeuVector's rules: Discover and Monitor observe, Protect enforces.
fn neuvector(inventory: &Inventory<'_>) -> EngineHere {
    let mut modes: Vec<String> = Vec::new();
    for kind in ["NvSecurityRule", "NvClusterSecurityRule", "NvGroupDefinition"] {
        for object in inventory.snapshot.of("neuvector.com", kind) {
            let value: Value = object.parse().unwrap_or_default();
            let mode = ["/spec/target/policymode", "/spec/target/selector/policymode"]
                .iter()
                .find_map(|path| value.pointer(path).and_then(Value::as_str));
            modes.extend(mode.map(str::to_owned));
        }
    }
    let protects = modes.iter().any(|mode| mode == "Protect");
    let mode = match (protects, modes.is_empty()) {
        (true, _) => "enforce",
        (false, false) => "observe",
        (false, true) => "unknown",
    };
    let evidence = if modes.is_empty() {
        "its mode is kept in NeuVector itself".to_owned()
    } else {
        modes.sort();
        modes.dedup();
        format!("policy modes: {}", modes.join(", "))
    };
    EngineHere { id: "neuvector".into(), layer: "l3-l4", mode, evidence }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct View {
    #[serde(deserialize_with = "nullable")]
    spec: Value,
}

/// Admission policies that may refuse to change or delete a NetworkPolicy.
#[must_use]
pub fn protecting(inventory: &Inventory<'_>) -> Vec<ObjectRef> {
    let snapshot = inventory.snapshot;
    let spec = |object: &crate::snapshot::Object| object.parse::<View>().unwrap_or_default().spec;
    let list = |value: &Value, path: &str| -> Vec<String> {
        let items = value.pointer(path).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let group = "admissionregistration.k8s.io";
    let bound: Vec<String> = snapshot
        .of(group, "ValidatingAdmissionPolicyBinding")
        .iter()
        .map(spec)
        .filter(|spec| list(spec, "/validationActions").iter().any(|action| action == "Deny"))
        .filter_map(|spec| spec.get("policyName").and_then(Value::as_str).map(str::to_owned))
        .collect();
    let mut found = Vec::new();
    for object in snapshot.of(group, "ValidatingAdmissionPolicy") {
        let spec = spec(object);
        let rules = spec.pointer("/matchConstraints/resourceRules").and_then(Value::as_array);
        let about = rules.into_iter().flatten().any(|rule| {
            let resources = list(rule, "/resources");
            let operations = list(rule, "/operations");
            resources.iter().any(|r| r == "*" || r == "networkpolicies")
                && operations.iter().any(|o| o == "*" || o == "DELETE")
        });
        if about && bound.contains(&object.name.to_string()) {
            found.push(object.reference());
        }
    }
    for kind in ["ClusterPolicy", "Policy"] {
        for object in snapshot.of("kyverno.io", kind) {
            let spec = spec(object);
            let enforces = spec.get("validationFailureAction").and_then(Value::as_str) == Some("Enforce");
            let rules = spec.get("rules").and_then(Value::as_array);
            let about = rules.into_iter().flatten().any(|rule| {
                let text = rule.to_string();
                let denies = rule.pointer("/validate/deny").is_some();
                let own = rule.pointer("/validate/failureAction").and_then(Value::as_str) == Some("Enforce");
                denies && (enforces || own) && text.contains("\"NetworkPolicy\"") && text.contains("\"DELETE\"")
            });
            if about {
                found.push(object.reference());
            }
        }
    }
    found
}

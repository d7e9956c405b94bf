//! Gatekeeper with Ratify: a constraint says where, Ratify's verifiers say whom to believe.

use serde_json::Value;

use super::{Authority, Verifier};
use crate::inventory::registry::admission::{World, first, gatekeeper, list, text, texts};

const RATIFY: &str = "config.ratify.deislabs.io";

pub(super) fn of(world: &World<'_, '_>) -> Vec<Verifier> {
    let runs = world.runs("gatekeeper");
    let ignores = world.webhooks(|name| name == "validation.gatekeeper.sh").iter().any(|hook| hook.ignores_failures);
    let scopes: Vec<Scope> = ["Verifier", "NamespacedVerifier"]
        .iter()
        .flat_map(|kind| world.each(RATIFY, kind))
        .flat_map(|(_, value)| scopes_of(&value))
        .collect();
    let mut rows = Vec::new();
    for (r#ref, value) in world.each("constraints.gatekeeper.sh", "RatifyVerification") {
        let denies = gatekeeper::denies(&value);
        let namespaces = gatekeeper::namespaces(&value, world);
        let row = |images: Vec<String>, authorities: Vec<Authority>, enforces: bool, unread: &str| {
            let mut verifier = Verifier {
                images,
                authorities,
                enforces,
                namespaces: namespaces.clone(),
                unread: unread.to_owned(),
                ..Verifier::new(r#ref.clone(), &runs)
            };
            if ignores {
                verifier.gaps.push("what it cannot ask about is let in (failurePolicy Ignore)".into());
            }
            verifier
        };
        if scopes.is_empty() {
            rows.push(row(vec!["**".into()], Vec::new(), denies, "whom Ratify believes was not read"));
        }
        for scope in &scopes {
            rows.push(row(scope.images.clone(), scope.authorities.clone(), denies && scope.enforces, ""));
        }
    }
    rows
}

/// Images and whom they are believed by.
struct Scope {
    images: Vec<String>,
    authorities: Vec<Authority>,
    enforces: bool,
}

fn scopes_of(value: &Value) -> Vec<Scope> {
    let cosign = list(value, "/spec/parameters/trustPolicies").map(|policy| {
        let mut believed: Vec<Authority> = list(policy, "/keys")
            .map(|key| Authority {
                key: format!("{}/{}", text(key, "/provider"), text(key, "/name")),
                unlogged: policy.get("tLogVerify").and_then(Value::as_bool) == Some(false),
                ..Authority::default()
            })
            .collect();
        if let Some(keyless) = policy.get("keyless") {
            believed.push(Authority {
                issuer: first(keyless, &["/certificateOIDCIssuer", "/certificateOIDCIssuerExp"]),
                subject: first(keyless, &["/certificateIdentity", "/certificateIdentityExp"]),
                ..Authority::default()
            });
        }
        Scope {
            images: texts(policy, "/scopes").iter().map(|s| below(s)).collect(),
            authorities: believed,
            enforces: true,
        }
    });
    let notation = list(value, "/spec/parameters/trustPolicyDoc/trustPolicies").map(|policy| {
        let level = text(policy, "/signatureVerification/level");
        let believed = list(policy, "/trustStores").filter_map(Value::as_str).map(|store| Authority {
            key: store.to_owned(),
            subject: texts(policy, "/trustedIdentities").join(", "),
            ..Authority::default()
        });
        Scope {
            images: texts(policy, "/registryScopes").iter().map(|s| below(s)).collect(),
            authorities: believed.collect(),
            enforces: matches!(level.as_str(), "strict" | "permissive"),
        }
    });
    cosign.chain(notation).collect()
}

/// A scope is everything, a prefix that ends in a star, or one repository.
fn below(scope: &str) -> String {
    scope.strip_suffix('*').map_or_else(|| scope.to_owned(), |prefix| format!("{prefix}**"))
}

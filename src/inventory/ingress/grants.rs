//! Which namespace may refer to what of another: ReferenceGrant and TLSCertificateDelegation.

use std::collections::BTreeMap;

use super::{
    draft::Draft,
    model::{Grant, GrantFrom, GrantTo, Role},
    value::{list, meta, text, texts, value},
    world::World,
};
use crate::facts::ingress::Known;

const GATEWAY: &str = "gateway.networking.k8s.io";

/// One end of a reference.
#[derive(Clone, Copy, Debug)]
pub struct End<'e> {
    /// API group, empty for the core group.
    pub group: &'e str,
    /// Kind.
    pub kind: &'e str,
    /// Namespace.
    pub namespace: &'e str,
    /// Name; of no account for who refers.
    pub name: &'e str,
}

/// Every grant, by the namespace that gives it.
#[derive(Debug, Default)]
pub struct Grants {
    by_namespace: BTreeMap<String, Vec<Grant>>,
    delegations: BTreeMap<(String, String), Vec<String>>,
    grants_whole: bool,
    delegations_whole: bool,
}

impl Grants {
    /// Reads them, and lays the grants out as rows.
    #[must_use]
    pub fn of(world: &World<'_, '_>, drafts: &mut Vec<Draft>) -> Self {
        let mut all = Self {
            grants_whole: world.proven(GATEWAY, "ReferenceGrant"),
            delegations_whole: world.proven("projectcontour.io", "TLSCertificateDelegation"),
            ..Self::default()
        };
        for object in world.inventory.snapshot.of(GATEWAY, "ReferenceGrant") {
            let own = value(object);
            let from = list(&own, "/spec/from").iter().map(|from| {
                let namespace = text(from, "/namespace").to_owned();
                GrantFrom {
                    group: text(from, "/group").to_owned(),
                    kind: text(from, "/kind").to_owned(),
                    exists: World::is_there(world.namespace(&namespace).is_some(), world.namespaces_whole),
                    namespace,
                }
            });
            let to = list(&own, "/spec/to").iter().map(|to| GrantTo {
                group: text(to, "/group").to_owned(),
                kind: text(to, "/kind").to_owned(),
                name: text(to, "/name").to_owned(),
            });
            let grant = Grant { from: from.collect(), to: to.collect() };
            let mut row = world.row(object, &meta(object), Role::Grant, "gateway-api");
            row.grant = Some(grant.clone());
            drafts.push(Draft::of(row));
            all.by_namespace.entry(object.namespace.to_string()).or_default().push(grant);
        }
        for object in world.inventory.snapshot.of("projectcontour.io", "TLSCertificateDelegation") {
            let own = value(object);
            for delegation in list(&own, "/spec/delegations") {
                let key = (object.namespace.to_string(), text(delegation, "/secretName").to_owned());
                all.delegations.entry(key).or_default().extend(texts(delegation, "/targetNamespaces"));
            }
        }
        all
    }

    /// Whether one object may refer to another.
    #[must_use]
    pub fn allows(&self, from: End<'_>, to: End<'_>) -> Known {
        if from.namespace == to.namespace {
            return Known::Yes;
        }
        let hit = self.by_namespace.get(to.namespace).into_iter().flatten().any(|grant| {
            let from_hit = grant
                .from
                .iter()
                .any(|f| f.group == from.group && f.kind == from.kind && f.namespace == from.namespace);
            let to_hit =
                |t: &GrantTo| t.group == to.group && t.kind == to.kind && (t.name.is_empty() || t.name == to.name);
            from_hit && grant.to.iter().any(to_hit)
        });
        World::is_there(hit, self.grants_whole)
    }

    /// Whether a namespace may use a Secret of another that Contour delegates.
    #[must_use]
    pub fn delegates(&self, namespace: &str, secret_namespace: &str, secret: &str) -> Known {
        if namespace == secret_namespace {
            return Known::Yes;
        }
        let targets = |name: &str| self.delegations.get(&(secret_namespace.to_owned(), name.to_owned()));
        let hit = [targets(secret), targets("*")]
            .into_iter()
            .flatten()
            .any(|targets| targets.iter().any(|target| target == "*" || target == namespace));
        World::is_there(hit, self.delegations_whole)
    }
}

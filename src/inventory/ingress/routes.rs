//! Every row of `routes`, in the order of their references.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    backends::{self, Behind},
    conflicts, contour,
    controllers::Controller,
    draft::Draft,
    gateways,
    grants::Grants,
    ingresses, istio,
    model::{Role, Route},
    others, traefik,
    world::{World, called},
};
use crate::{
    facts::ingress::{Known, Risk, annotations, config::Config},
    inventory::Inventory,
    object::ObjectRef,
};

/// Reads every kind that publishes hosts.
#[must_use]
pub fn of(inventory: &Inventory<'_>) -> Vec<Route> {
    let world = World::of(inventory);
    let mut drafts: Vec<Draft> = inventory
        .snapshot
        .of("networking.k8s.io", "Ingress")
        .iter()
        .filter_map(|o| ingresses::draft(&world, o))
        .collect();
    let grants = Grants::of(&world, &mut drafts);
    gateways::drafts(&world, &grants, &mut drafts);
    istio::drafts(&world, &mut drafts);
    contour::drafts(&world, &grants, &mut drafts);
    traefik::routes::drafts(&world, &mut drafts);
    others::drafts(&world, &mut drafts);
    super::guards_mesh::filters(&world, &mut drafts);
    let conflicts = conflicts::of(&world, &drafts);
    let mut behind = Behind::of(&world);
    let mut rows: Vec<Route> = Vec::with_capacity(drafts.len());
    for (draft, conflicts) in drafts.into_iter().zip(conflicts) {
        let Draft { mut row, targets, .. } = draft;
        row.conflicts = conflicts;
        if row.backends.is_empty() {
            row.backends = targets.iter().map(|target| backends::bare(target, &row.r#ref.namespace)).collect();
        }
        for (backend, target) in row.backends.iter_mut().zip(&targets) {
            behind.fill(backend, target.port.as_ref());
        }
        super::backend_tls::of_backends(&world, &mut row);
        rows.push(row);
    }
    let controllers = controllers(&world, &rows);
    rows.extend(controllers);
    rows.sort_by(|a, b| a.r#ref.cmp(&b.r#ref));
    rows
}

fn controllers(world: &World<'_, '_>, routes: &[Route]) -> Vec<Route> {
    let mut served: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in routes.iter().filter(|row| row.role == Role::Route) {
        for server in &row.class.served_by {
            served.entry(server).or_default().insert(&row.r#ref.namespace);
        }
    }
    let row = |(controller, config): (&Controller, &Config)| {
        let ObjectRef { group, kind, namespace, name } = &controller.r#ref;
        let object = world.inventory.snapshot.get(group, kind, namespace, name)?;
        let mut row = world.row(object, &super::value::meta(object), Role::Controller, "controller");
        row.exposure = controller.exposure;
        row.class.product.clone_from(&controller.product);
        let mut controller = controller.clone();
        controller.route_namespaces = served.get(called(&controller).as_str()).map_or(0, BTreeSet::len);
        if controller.product == "ingress-nginx" {
            let takes = annotations::nginx_takes(config, &controller.version);
            if takes.allow != Known::No {
                row.risks.push(Risk {
                    name: "allow-snippet-annotations".into(),
                    path: format!("ConfigMap {}", controller.config_map),
                    kind: "switch",
                    accepted: takes.allow,
                    reason: takes.reason,
                });
            }
        }
        row.controller = Some(Box::new(controller));
        Some(row)
    };
    world.controllers.iter().zip(&world.configs).filter_map(row).collect()
}

//! Every row of `routes`, in the order of their references.

use super::{
    ingresses::{self, Draft},
    model::{Role, Route},
    traefik,
    world::World,
};
use crate::{inventory::Inventory, object::ObjectRef};

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
    traefik::drafts(&world, &mut drafts);
    let mut rows: Vec<Route> = drafts.into_iter().map(|draft| draft.row).collect();
    rows.extend(controllers(&world));
    rows.sort_by(|a, b| a.r#ref.cmp(&b.r#ref));
    rows
}

fn controllers(world: &World<'_, '_>) -> Vec<Route> {
    let row = |controller: &super::controllers::Controller| {
        let ObjectRef { group, kind, namespace, name } = &controller.r#ref;
        let object = world.inventory.snapshot.get(group, kind, namespace, name)?;
        let mut row = world.row(object, &super::value::meta(object), Role::Controller, "controller");
        row.exposure = controller.exposure;
        row.controller = Some(Box::new(controller.clone()));
        Some(row)
    };
    world.controllers.iter().filter_map(row).collect()
}

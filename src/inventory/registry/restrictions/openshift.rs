//! OpenShift: the registries that nodes pull from at all. The nodes hold every image against them,
//! however its pod came to be.

use super::{Allowed, Held, LISTS, Restriction};
use crate::inventory::registry::admission::{Runs, World, texts};

pub(super) fn of(world: &World<'_, '_>) -> Vec<Restriction> {
    let images = world.each("config.openshift.io", "Image").into_iter().filter(|(r#ref, _)| r#ref.name == "cluster");
    let mut rows = Vec::new();
    for (r#ref, value) in images {
        let allowed = texts(&value, "/spec/registrySources/allowedRegistries");
        let allows: Vec<Allowed> = if allowed.is_empty() {
            // What is blocked says nothing of the rest.
            let blocked = texts(&value, "/spec/registrySources/blockedRegistries");
            let rest = format!("everything but {}", blocked.join(", "));
            if blocked.is_empty() { continue } else { vec![Allowed::everything(&rest)] }
        } else {
            allowed.iter().map(|scope| Allowed::scope(scope)).collect()
        };
        rows.push(Restriction::new(r#ref, &Runs::known(true)).holding(Held::of(&LISTS, allows)));
    }
    rows
}

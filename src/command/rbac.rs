//! `sextant rbac`: the least ClusterRole for the chosen policies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{Stop, World, live, preflight};
use crate::{
    cli::RbacArgs,
    collect::{
        cluster::access::{self, Access},
        plan::plural,
    },
    gate::exit,
    inventory::catalog::Catalog,
    policy::Library,
    snapshot::slim::Secrets,
};

/// Prints the role. Returns the exit code.
///
/// # Errors
/// With `--served`, a cluster that cannot be asked.
pub fn run(args: &RbacArgs, world: &mut World<'_>) -> Result<u8, Stop> {
    let library = Library::with(&args.policy.policies).map_err(Stop::usage)?;
    let policies = library.select(&args.policy.select, &args.policy.skip).map_err(Stop::usage)?;
    let catalog = Catalog::with(&args.policy.catalog).map_err(Stop::usage)?;
    let kinds = preflight::verbs(&live::plan(&policies, &catalog), args.secrets);
    // Group and verb → plurals.
    let mut rules: BTreeMap<(String, &str), BTreeSet<String>> = BTreeMap::new();
    if args.served {
        let target = live::target(&args.cluster, world);
        let checked = access::check(&target, &kinds, &live::limits(&args.cluster)).map_err(Stop::no_result)?;
        for one in checked.into_iter().filter(|one| one.access != Access::NotServed) {
            let Some(resource) = one.resource.filter(|resource| resource.listable) else { continue };
            rules.entry((resource.group, one.verb)).or_default().insert(resource.plural);
        }
    } else {
        for (kind, verb) in kinds {
            rules.entry((kind.group.to_string(), verb)).or_default().insert(plural(&kind.kind));
        }
    }
    let out = &mut *world.out;
    writeln!(out, "# What sextant reads for {} policies, and nothing else.", policies.len())?;
    writeln!(out, "# Discovery comes with system:discovery, which every authenticated identity has.")?;
    if args.secrets == Secrets::Named {
        writeln!(out, "# Secrets: narrow it down with Roles and resourceNames where the names are known.")?;
    }
    writeln!(out, "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:")?;
    writeln!(out, "  name: {}\nrules:", json!(args.name))?;
    for ((group, verb), plurals) in rules {
        let plurals: Vec<&String> = plurals.iter().collect();
        writeln!(out, "  - apiGroups: [{}]", json!(group))?;
        writeln!(out, "    resources: {}", json!(plurals))?;
        writeln!(out, "    verbs: [{verb}]")?;
    }
    Ok(exit::SATISFIED)
}

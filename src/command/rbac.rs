//! `sextant rbac`: the least ClusterRole for the chosen policies, and Roles for Secrets by name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{Stop, World, live, preflight};
use crate::{
    cli::{RbacArgs, SourceArgs},
    collect::{
        cluster::access::{self, Access},
        named::Named,
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
    let by_name = !args.names_from.is_empty();
    if by_name && args.secrets != Secrets::Named {
        return Err(Stop::usage("--names-from goes with --secrets named"));
    }
    let asked = if by_name { Secrets::None } else { args.secrets };
    let kinds = preflight::verbs(&live::plan(&policies, &catalog), asked);
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
    if args.secrets == Secrets::Named && !by_name {
        writeln!(out, "# Secrets: --names-from SNAPSHOT narrows them down to Roles with resourceNames.")?;
    }
    writeln!(out, "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:")?;
    writeln!(out, "  name: {}\nrules:", json!(args.name))?;
    for ((group, verb), plurals) in rules {
        let plurals: Vec<&String> = plurals.iter().collect();
        writeln!(out, "  - apiGroups: [{}]", json!(group))?;
        writeln!(out, "    resources: {}", json!(plurals))?;
        writeln!(out, "    verbs: [{verb}]")?;
    }
    if by_name {
        roles(args, world)?;
    }
    Ok(exit::SATISFIED)
}

/// One Role for each namespace of which Secrets are named: `get` honours names, `list` does not.
fn roles(args: &RbacArgs, world: &mut World<'_>) -> Result<(), Stop> {
    let source = SourceArgs {
        paths: args.names_from.clone(),
        sample: false,
        complete: false,
        time: None,
        secrets: Secrets::None,
    };
    let snapshot = super::snapshot(&source)?;
    let mut named = Named::default();
    snapshot.objects().iter().for_each(|object| named.look(object));
    let mut by_namespace: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (namespace, name) in named.secrets {
        by_namespace.entry(namespace).or_default().push(name);
    }
    for (namespace, names) in by_namespace {
        writeln!(world.out, "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:")?;
        writeln!(world.out, "  name: {}\n  namespace: {}\nrules:", json!(args.name), json!(namespace))?;
        writeln!(world.out, "  - apiGroups: [\"\"]\n    resources: [\"secrets\"]")?;
        writeln!(world.out, "    resourceNames: {}\n    verbs: [get]", json!(names))?;
    }
    Ok(())
}

//! `sextant preflight`: what the policies need to read, what this identity lacks, and what would
//! be unknown for it.

use serde_json::json;

use super::{Stop, World, live};
use crate::{
    cli::{InventoryFormat, PreflightArgs},
    collect::cluster::access::{self, Access},
    gate::exit,
    inventory::catalog::Catalog,
    object::Kind,
    policy::Library,
    snapshot::slim::Secrets,
};

/// The kinds that a run reads, each with its verb.
#[must_use]
pub fn verbs(plan: &crate::collect::plan::Plan, secrets: Secrets) -> Vec<(Kind, &'static str)> {
    let secret = Kind::new("", "Secret");
    let verb = match secrets {
        Secrets::None => None,
        Secrets::Named => Some("get"),
        Secrets::Metadata | Secrets::List => Some("list"),
    };
    let kinds = plan.kinds.iter().filter(|kind| **kind != secret).map(|kind| (kind.clone(), "list"));
    let mut all: Vec<_> = kinds.chain(verb.map(|verb| (secret.clone(), verb))).collect();
    all.sort();
    all
}

/// Asks, and says what is missing. Returns the exit code.
///
/// # Errors
/// A cluster that cannot be asked.
pub fn run(args: &PreflightArgs, world: &mut World<'_>) -> Result<u8, Stop> {
    let library = Library::with(&args.policy.policies).map_err(Stop::usage)?;
    let policies = library.select(&args.policy.select, &args.policy.skip).map_err(Stop::usage)?;
    let catalog = Catalog::with(&args.policy.catalog).map_err(Stop::usage)?;
    let kinds = verbs(&live::plan(&policies, &catalog), args.secrets);
    let target = live::target(&args.cluster, world);
    let checked = access::check(&target, &kinds, &live::limits(&args.cluster)).map_err(Stop::no_result)?;
    let users = |kind: &Kind| -> Vec<&str> {
        policies.iter().filter(|policy| policy.kinds().any(|of| of == kind)).map(|policy| policy.id()).collect()
    };
    let lacking: Vec<_> = checked.iter().filter(|one| matches!(one.access, Access::Denied | Access::Unknown)).collect();
    let mut unknown: Vec<&str> = lacking.iter().flat_map(|one| users(&one.kind)).collect();
    unknown.sort_unstable();
    unknown.dedup();
    match args.output {
        InventoryFormat::Json => {
            let kinds: Vec<_> = checked
                .iter()
                .map(|one| json!({"kind": one.kind, "verb": one.verb, "access": word(one.access), "policies": users(&one.kind)}))
                .collect();
            let whole = json!({"format": 1, "kinds": kinds, "unknown_policies": unknown});
            serde_json::to_writer_pretty(&mut *world.out, &whole).map_err(std::io::Error::from)?;
            writeln!(world.out)?;
        }
        InventoryFormat::Table => {
            let served = checked.iter().filter(|one| one.access != Access::NotServed).count();
            for one in &lacking {
                let ids = users(&one.kind);
                let ids = if ids.is_empty() { String::new() } else { format!("  needed by {}", ids.join(", ")) };
                writeln!(world.out, "{:<8} {} {}{ids}", word(one.access), one.verb, one.kind)?;
            }
            writeln!(world.out, "{} of {served} kinds that are served may be read", served - lacking.len())?;
            if !unknown.is_empty() {
                writeln!(world.out, "unknown for it: {}", unknown.join(", "))?;
                writeln!(world.out, "sextant rbac prints the ClusterRole that is needed")?;
            }
        }
    }
    Ok(if lacking.is_empty() { exit::SATISFIED } else { exit::INCOMPLETE })
}

fn word(access: Access) -> &'static str {
    match access {
        Access::Allowed => "allowed",
        Access::Denied => "denied",
        Access::Unknown => "unknown",
        Access::NotServed => "absent",
    }
}

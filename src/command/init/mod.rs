//! `sextant rules init`: a starter set of rules from what a cluster has.
//!
//! It proposes what holds today, each value with where it was seen, and strikes what the audit of
//! the same snapshot would call a fail: a starter set records promises, it makes no new ones.

mod tiers;

use std::collections::BTreeMap;

use super::{Stop, World, judged::audit, source};
use crate::{
    cli::InitArgs,
    embedded,
    inventory::{Inventory, catalog::Catalog},
    judge::Cut,
    policy::{Library, Policy},
    report::Verdict,
    rules::Rules,
    snapshot::Snapshot,
};
use tiers::Tier;

/// Writes the starter set: to a folder, or to standard output.
///
/// # Errors
/// A source that cannot be read, a file that is already there.
pub fn run(args: &InitArgs, world: &mut World<'_>) -> Result<u8, Stop> {
    let library = Library::embedded().map_err(Stop::usage)?;
    let policies = library.select(&["storage".into()], &[]).map_err(Stop::usage)?;
    let catalog = Catalog::with(&[]).map_err(Stop::usage)?;
    let snapshot = source(&args.source, &args.cluster, &super::live::plan(&policies, &catalog), world)?;
    let text = storage(&snapshot, &catalog, &library, &policies)?;
    let Some(folder) = &args.into else {
        write!(world.out, "{text}")?;
        return Ok(0);
    };
    std::fs::create_dir_all(folder).map_err(|e| Stop::usage(format!("{}: {e}", folder.display())))?;
    let path = folder.join("storage.yaml");
    if path.exists() {
        return Err(Stop::usage(format!("{} is already there; init overwrites nothing", path.display())));
    }
    std::fs::write(&path, text)?;
    writeln!(world.out, "{}", path.display())?;
    Ok(0)
}

/// rules/storage.yaml of a snapshot: the default set with proposed tiers.
///
/// # Errors
/// Rules or policies of ours that are broken.
pub fn storage(
    snapshot: &Snapshot,
    catalog: &Catalog,
    library: &Library,
    policies: &[&Policy],
) -> Result<String, Stop> {
    let (mut tiers, defaults) = {
        let inventory = Inventory::of(snapshot, catalog, std::collections::BTreeSet::new());
        let storage = inventory.storage();
        let defaults =
            storage.classes.iter().filter(|class| class.default).map(|class| class.name.clone()).collect::<Vec<_>>();
        (tiers::propose(storage), defaults)
    };
    // Each round strikes at least one promise, or is the last.
    loop {
        let text = write(snapshot, &tiers, &defaults);
        let rules = Rules::embedded_with("storage", &text).map_err(Stop::usage)?;
        let report = audit(snapshot, catalog, library, policies, &rules, Cut::default())?;
        let mut broken: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for finding in report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail) {
            if let Some(promise) = tiers::promise_of(&finding.policy) {
                let why = format!("{} {}: {}", finding.subject, finding.policy, finding.message);
                broken.entry(promise).or_default().push(why);
            }
        }
        if !tiers::strike(&mut tiers, &broken) {
            return Ok(text);
        }
    }
}

/// The default set, with these tiers and the default class as it was seen.
fn write(snapshot: &Snapshot, tiers: &[Tier], defaults: &[String]) -> String {
    let found = embedded::files(&embedded::RULES, "storage.yaml", ".yaml");
    let base = found.first().map(|(_, text)| *text).unwrap_or_default();
    let mut proposed = String::from("tiers:");
    if tiers.is_empty() {
        proposed.push_str(" {}  # no storage class was seen");
    }
    for tier in tiers {
        proposed.push_str(&tier.to_yaml());
    }
    let policy = match defaults {
        [] => ("none", "no storage class is the default".to_owned()),
        [one] => ("exactly-one", format!("storage class {one} is the default")),
        several => ("exactly-one", format!("{} are the default, one of them too many", several.join(", "))),
    };
    let cluster = snapshot.header.context.clone().unwrap_or_else(|| snapshot.header.source.clone());
    let time = snapshot.header.time.clone().unwrap_or_else(|| "an unknown time".into());
    let head = format!(
        "# Proposed by `sextant rules init` from {cluster} as of {time}: what holds there today, with\n\
         # where it was seen. Raise what must be better, and keep what is right.\n#\n"
    );
    let body = base.replacen("\ntiers: {}\n", &format!("\n{}\n", proposed.trim_end()), 1).replacen(
        "  policy: exactly-one\n",
        &format!("  policy: {}  # {}\n", policy.0, policy.1),
        1,
    );
    head + &body
}

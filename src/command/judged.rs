//! One source to one report: read it, lay out the inventory, ask the policies, apply the waivers.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Stop, World, load_rules};
use crate::{
    cli::{ClusterArgs, PolicyArgs, RegistryArgs, SourceArgs},
    engine::{Engine, Limits},
    inventory::{self, Inventory, catalog::Catalog, governance},
    judge::{self, Cut},
    object::Kind,
    policy::{ASPECTS, Library, Policy},
    report::{CatalogueHead, CoverageHead, Judgement, Report},
    rules::Rules,
    snapshot::Snapshot,
    waiver::{self, Waiver},
};

/// What is asked of which source.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The source.
    pub source: &'a SourceArgs,
    /// The cluster, where no path is named.
    pub cluster: &'a ClusterArgs,
    /// The policies.
    pub policy: &'a PolicyArgs,
    /// The registries beside it.
    pub registry: &'a RegistryArgs,
}

/// A source → its report, waivers applied, without a gate's judgement yet. `check` sees the snapshot
/// before anything is judged.
///
/// # Errors
/// Whatever leaves no result.
pub fn judged(
    asked: &Asked<'_>,
    waivers: &[Waiver],
    all: bool,
    check: &mut dyn FnMut(&mut Snapshot),
    world: &mut World<'_>,
) -> Result<Report, Stop> {
    let &Asked { source, cluster, policy, registry } = asked;
    let library = Library::with(&policy.policies).map_err(Stop::usage)?;
    let policies = library.select(&policy.select, &policy.skip).map_err(Stop::usage)?;
    let rules = load_rules(&policy.rules, policy.environment.as_deref())?;
    let catalog = Catalog::with(&policy.catalog).map_err(Stop::usage)?;
    let mut plan = super::live::plan(&policies, &catalog);
    let mut snapshot = match super::registry::prepare(registry, source, &mut plan, world)? {
        (_, Some(alone)) => alone,
        (rest, None) => super::source(&rest, cluster, &plan, world)?,
    };
    check(&mut snapshot);
    let is_time = |time: &String| time.parse::<jiff::Timestamp>().is_ok();
    let now = snapshot.header.time.clone().filter(is_time).unwrap_or_else(|| world.now.clone());
    let cut = Cut { list: all, ..Cut::default() };
    excused(&snapshot, &catalog, &library, &policies, &rules, cut, (waivers, &now))
}

/// Snapshot → report without waivers, and without a gate's judgement yet.
///
/// # Errors
/// Policies that do not compile.
pub fn audit(
    snapshot: &Snapshot,
    catalog: &Catalog,
    library: &Library,
    policies: &[&Policy],
    rules: &Rules,
    cut: Cut,
) -> Result<Report, Stop> {
    excused(snapshot, catalog, library, policies, rules, cut, (&[], ""))
}

/// The table that can only be made once there are findings.
const LAST: &str = "waivers";

/// Waivers come with the day on which they are held against the findings.
fn excused(
    snapshot: &Snapshot,
    catalog: &Catalog,
    library: &Library,
    policies: &[&Policy],
    rules: &Rules,
    cut: Cut,
    (waivers, now): (&[Waiver], &str),
) -> Result<Report, Stop> {
    let needed: BTreeSet<Kind> = policies.iter().flat_map(|policy| policy.kinds().cloned()).collect();
    let mut inventory = Inventory::of(snapshot, catalog, needed).named_by(rules);
    let (last, first): (Vec<&Policy>, Vec<&Policy>) =
        policies.iter().copied().partition(|policy| policy.header.custom.rows == LAST);
    let judgements = by_aspect(&mut inventory, library, &first, rules, cut)?;
    let coverage = coverage(&inventory);
    let extensions = extensions(&inventory);
    let mut report = Report::new(snapshot, judgements, extensions, coverage);
    report.catalogue = Some(catalogue(&inventory));
    if !waivers.is_empty() {
        let known: BTreeSet<&str> = library.policies.iter().map(Policy::id).collect();
        inventory.waivers = waiver::apply(waivers, &mut report, snapshot, &known, now);
    }
    if !last.is_empty() {
        report.add(by_aspect(&mut inventory, library, &last, rules, cut)?);
    }
    for finding in report.findings.iter_mut().filter(|finding| finding.subject.kind == "Waiver") {
        let Some(waiver) = waivers.iter().find(|waiver| waiver.entry.id == finding.subject.name) else { continue };
        (finding.file, finding.line) = (Some(waiver.file.clone()), Some(waiver.line));
    }
    Ok(report)
}

/// Judges one aspect after the other. What one joined and compiled, the next ones seldom ask for: it is
/// not held for them. Every aspect is compiled, so that a policy that does not compile is told.
fn by_aspect<'p>(
    inventory: &mut Inventory<'_>,
    library: &Library,
    policies: &[&'p Policy],
    rules: &Rules,
    cut: Cut,
) -> Result<Vec<Judgement<'p>>, Stop> {
    let mut judgements = Vec::new();
    for aspect in ASPECTS {
        let own: Vec<&Policy> = policies.iter().copied().filter(|policy| policy.aspect == aspect).collect();
        inventory.forget();
        let data = engine_data(inventory, &own, rules);
        let engine = Engine::new(&library.of_aspect(aspect), &data, Limits::default()).map_err(Stop::usage)?;
        drop(data);
        judgements.extend(judge::judge(inventory, &own, &engine, cut));
    }
    Ok(judgements)
}

/// JSON text of `data.sx`: the rules, and the small tables that policies look things up in.
#[must_use]
pub fn engine_data(inventory: &Inventory<'_>, policies: &[&Policy], rules: &Rules) -> String {
    let header = &inventory.snapshot.header;
    let snapshot = json!({"time": header.time, "version": header.version, "source": header.source_kind});
    let uses: BTreeSet<&str> =
        policies.iter().flat_map(|policy| policy.header.custom.uses.iter().map(String::as_str)).collect();
    let rules: Map<String, Value> = rules.as_data().clone().into_iter().collect();
    let mut data = format!("{{\"snapshot\":{snapshot},\"rules\":{},\"inventory\":{{", Value::Object(rules));
    for (index, name) in uses.into_iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        data.push_str(&format!("{comma}{}:[", Value::from(name)));
        for (index, row) in inventory::table(inventory, name).iter().enumerate() {
            if index > 0 {
                data.push(',');
            }
            data.push_str(&row.json);
        }
        data.push(']');
    }
    data.push_str("}}");
    data
}

/// Every kind that was read or that a policy needs, then documents and outside sources.
#[must_use]
pub fn coverage(inventory: &Inventory<'_>) -> Vec<CoverageHead> {
    let snapshot = inventory.snapshot;
    let mut kinds: BTreeSet<&Kind> = inventory.needed.iter().collect();
    kinds.extend(snapshot.kinds.keys());
    let lists = snapshot.header.span.as_ref().map(|span| &span.lists);
    let kinds = kinds.into_iter().map(|kind| {
        let revision = lists.and_then(|lists| lists.get(kind)).map(|list| list.revision.clone());
        CoverageHead { revision, ..CoverageHead::of_kind(kind, inventory.coverage(kind)) }
    });
    let stale = snapshot.discovery.iter().flat_map(|discovery| &discovery.stale_groups).map(|(group, reason)| {
        let coverage = crate::snapshot::Coverage::new(crate::snapshot::State::Unavailable, reason.clone());
        CoverageHead::of_source(&format!("discovery of {group}"), coverage)
    });
    let sources = snapshot.sources.iter().map(|(name, coverage)| CoverageHead::of_source(name, coverage.clone()));
    kinds.chain(stale).chain(sources).collect()
}

/// The systems of a snapshot, as the report shows them.
#[must_use]
pub fn extensions(inventory: &Inventory<'_>) -> Vec<Value> {
    // Rows hold text, numbers, lists and string-keyed maps: that cannot fail.
    inventory.extensions.iter().map(|extension| serde_json::to_value(extension).unwrap_or_default()).collect()
}

/// The catalogue, and how old its dates are.
#[must_use]
pub fn catalogue(inventory: &Inventory<'_>) -> CatalogueHead {
    let systems = &inventory.catalog.systems;
    let known = systems.iter().filter_map(|system| system.lifecycle.as_ref());
    let mut days: Vec<&str> = known.map(|one| one.as_of.as_str()).filter(|day| !day.is_empty()).collect();
    days.sort_unstable();
    let oldest = days.first().map(|day| (*day).to_owned());
    CatalogueHead {
        systems: systems.len(),
        dated: days.len(),
        age_days: oldest.as_deref().and_then(|day| governance::days_until(inventory, day)).map(|days| -days),
        newest: days.last().map(|day| (*day).to_owned()),
        oldest,
    }
}

//! `sextant audit`: the pipeline, read from top to bottom.

use std::{collections::BTreeSet, io, path::Path};

use serde_json::{Map, Value, json};

use super::{
    Stop, World,
    carry::{self, Carrier},
    load_rules,
};
use crate::{
    baseline,
    cli::{AuditArgs, ClusterArgs, Output, PolicyArgs, RegistryArgs, SourceArgs},
    engine::{Engine, Limits},
    gate::{Gate, exit},
    inventory::{self, Inventory, catalog::Catalog},
    judge::{self, Cut},
    object::Kind,
    policy::{Library, Policy},
    render::{self, Format, Style},
    report::{CoverageHead, Report},
    rules::Rules,
    snapshot::Snapshot,
    store::{self, Put},
    waiver::{self, Waiver},
};

/// Audits a source and delivers the report. Returns the exit code.
///
/// # Errors
/// Whatever leaves no result.
pub fn run(args: &AuditArgs, world: &mut World<'_>) -> Result<u8, Stop> {
    if args.fleet.fleet.is_some() {
        return super::fleet::run(args, world);
    }
    let began = std::time::Instant::now();
    let carrier = Carrier::new(&args.carry)?;
    let judged = report(args, &carrier, world);
    let (report, code) = judged.inspect_err(|stop| carrier.failed(args, stop.code, world))?;
    let code = deliver(&args.output, &report, args.all, code, world)?;
    Ok(carrier.carry(args, &report, code, began.elapsed(), world))
}

/// Source → report, waivers and baseline applied, judged by the gate.
///
/// # Errors
/// Whatever leaves no result.
pub fn report(args: &AuditArgs, carrier: &Carrier, world: &mut World<'_>) -> Result<(Report, u8), Stop> {
    // A baseline or a waiver that cannot be read is known before the cluster is asked.
    let baseline = args.baseline.as_ref().map(|path| baseline::load(path)).transpose().map_err(Stop::usage)?;
    let waivers = if args.no_waivers { Vec::new() } else { waiver::load(&args.waivers).map_err(Stop::usage)? };
    let mut stale = false;
    let now = world.now.clone();
    let mut check = |snapshot: &mut Snapshot| stale = carrier.too_old(snapshot, &now);
    let AuditArgs { source, cluster, policy, registry, .. } = args;
    let asked = Asked { source, cluster, policy, registry };
    let mut report = judged(&asked, &waivers, args.all, &mut check, world)?;
    report.snapshot.cluster.name.clone_from(&args.carry.cluster_name);
    if let (Some(before), Some(path)) = (&baseline, &args.baseline) {
        baseline::compare(&mut report, before, &path.display().to_string()).map_err(Stop::usage)?;
    }
    let gate = Gate {
        fail_on: args.fail_on.severity(),
        allow_incomplete: args.allow_incomplete,
        only_new: args.fail_on_new,
        max: args.max.clone(),
        min_coverage: args.min_coverage,
        min_compliance: args.min_compliance.clone(),
    };
    let code = gate.judge(&mut report);
    let code = if stale { carry::too_old_to_prove(&mut report, code, args.allow_incomplete) } else { code };
    Ok((report, code))
}

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
    let data = engine_data(&inventory, policies, rules);
    let engine = Engine::new(library, &data, Limits::default()).map_err(Stop::usage)?;
    drop(data);
    let (last, first): (Vec<&Policy>, Vec<&Policy>) =
        policies.iter().copied().partition(|policy| policy.header.custom.rows == LAST);
    let judgements = judge::judge(&inventory, &first, &engine, cut);
    let coverage = coverage(&inventory);
    let extensions = super::inventory::extensions(&inventory);
    let mut report = Report::new(snapshot, judgements, extensions, coverage);
    if !waivers.is_empty() {
        let known: BTreeSet<&str> = library.policies.iter().map(Policy::id).collect();
        inventory.waivers = waiver::apply(waivers, &mut report, snapshot, &known, now);
    }
    report.add(judge::judge(&inventory, &last, &engine, cut));
    for finding in report.findings.iter_mut().filter(|finding| finding.subject.kind == "Waiver") {
        let Some(waiver) = waivers.iter().find(|waiver| waiver.entry.id == finding.subject.name) else { continue };
        (finding.file, finding.line) = (Some(waiver.file.clone()), Some(waiver.line));
    }
    Ok(report)
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
    let kinds = kinds.into_iter().map(|kind| CoverageHead::of_kind(kind, inventory.coverage(kind)));
    let stale = snapshot.discovery.iter().flat_map(|discovery| &discovery.stale_groups).map(|(group, reason)| {
        let coverage = crate::snapshot::Coverage::new(crate::snapshot::State::Unavailable, reason.clone());
        CoverageHead::of_source(&format!("discovery of {group}"), coverage)
    });
    let sources = snapshot.sources.iter().map(|(name, coverage)| CoverageHead::of_source(name, coverage.clone()));
    kinds.chain(stale).chain(sources).collect()
}

/// Writes a report in every format asked for. Returns the exit code, or that of a failed delivery.
///
/// # Errors
/// None yet: what cannot be written is told, and the others are written.
pub fn deliver(outputs: &[Output], report: &Report, all: bool, code: u8, world: &mut World<'_>) -> Result<u8, Stop> {
    let mut code = code;
    let table = [Output { format: Format::Table, file: None }];
    let outputs = if outputs.is_empty() { &table[..] } else { outputs };
    for output in outputs {
        let style = Style { colour: world.colour && output.file.is_none(), width: world.width, all };
        let written = match &output.file {
            None => render::render(output.format, report, style, world.out),
            Some(path) => file(path, &|out| render::render(output.format, report, style, out)),
        };
        match written {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            Err(error) => {
                let place = output.file.as_ref().map_or("standard output".into(), |path| path.display().to_string());
                let verdict = &report.gate;
                let told = format!(
                    "the gate says exit code {}, failed: {}, incomplete: {}",
                    verdict.exit_code, verdict.failed, verdict.incomplete
                );
                let _ = writeln!(world.err, "sextant: cannot write {place}: {error}; {told}");
                code = exit::DELIVERY;
            }
            Ok(()) => {}
        }
    }
    Ok(code)
}

/// A file appears whole; what is no file (a pipe, /dev/null) is written to.
///
/// # Errors
/// What the disk says; an earlier file stays then.
pub fn file(path: &Path, render: &dyn Fn(&mut dyn io::Write) -> io::Result<()>) -> io::Result<()> {
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        let mut file = io::BufWriter::new(std::fs::OpenOptions::new().write(true).open(path)?);
        render(&mut file)?;
        return io::Write::flush(&mut file);
    }
    let mut bytes = Vec::new();
    render(&mut bytes)?;
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if path.parent().is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        return Err(io::ErrorKind::NotFound.into());
    }
    store::write(&path, &bytes, Put::Replace).map(|_| ())
}

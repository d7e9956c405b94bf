//! `sextant audit`: the pipeline, read from top to bottom.

use std::{collections::BTreeSet, io, path::Path};

use serde_json::{Map, Value, json};

use super::{
    Stop, World,
    carry::{self, Carrier},
    load_rules, source,
};
use crate::{
    cli::AuditArgs,
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
    let code = deliver(args, &report, code, world)?;
    Ok(carrier.carry(args, &report, code, began.elapsed(), world))
}

/// Source → report, judged by the gate.
///
/// # Errors
/// Whatever leaves no result.
pub fn report(args: &AuditArgs, carrier: &Carrier, world: &mut World<'_>) -> Result<(Report, u8), Stop> {
    let library = Library::with(&args.policy.policies).map_err(Stop::usage)?;
    let policies = library.select(&args.policy.select, &args.policy.skip).map_err(Stop::usage)?;
    let rules = load_rules(&args.policy.rules, args.policy.environment.as_deref())?;
    let catalog = Catalog::with(&args.policy.catalog).map_err(Stop::usage)?;
    let mut snapshot = source(&args.source, &args.cluster, &super::live::plan(&policies, &catalog), world)?;
    let stale = carrier.too_old(&mut snapshot, &world.now);
    let mut report = audit(&snapshot, &catalog, &library, &policies, &rules, Cut { list: args.all, ..Cut::default() })?;
    report.snapshot.cluster.name.clone_from(&args.carry.cluster_name);
    let gate = Gate { fail_on: args.fail_on.severity(), allow_incomplete: args.allow_incomplete, only_new: false };
    let code = gate.judge(&mut report);
    let code = if stale { carry::too_old_to_prove(&mut report, code, args.allow_incomplete) } else { code };
    Ok((report, code))
}

/// Snapshot → report, without a gate's judgement yet.
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
    let needed: BTreeSet<Kind> = policies.iter().flat_map(|policy| policy.kinds().cloned()).collect();
    let inventory = Inventory::of(snapshot, catalog, needed);
    let data = engine_data(&inventory, policies, rules);
    let engine = Engine::new(library, &data, Limits::default()).map_err(Stop::usage)?;
    drop(data);
    let judgements = judge::judge(&inventory, policies, &engine, cut);
    let coverage = coverage(&inventory);
    let extensions = super::inventory::extensions(&inventory);
    Ok(Report::new(snapshot, judgements, extensions, coverage))
}

/// JSON text of `data.sx`: the rules, and the small tables that policies look things up in.
#[must_use]
pub fn engine_data(inventory: &Inventory<'_>, policies: &[&Policy], rules: &Rules) -> String {
    let header = &inventory.snapshot.header;
    let snapshot = json!({"time": header.time, "version": header.version, "source": header.source_kind});
    let uses: BTreeSet<&str> =
        policies.iter().flat_map(|policy| policy.header.custom.uses.iter().map(String::as_str)).collect();
    let mut tables = String::from("{");
    for (index, name) in uses.into_iter().enumerate() {
        let rows: Vec<String> = inventory::table(inventory, name).into_iter().map(|row| row.json).collect();
        let comma = if index == 0 { "" } else { "," };
        tables.push_str(&format!("{comma}{}:[{}]", Value::from(name), rows.join(",")));
    }
    tables.push('}');
    let rules: Map<String, Value> = rules.as_data().clone().into_iter().collect();
    format!("{{\"snapshot\":{snapshot},\"rules\":{},\"inventory\":{tables}}}", Value::Object(rules))
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

fn deliver(args: &AuditArgs, report: &Report, code: u8, world: &mut World<'_>) -> Result<u8, Stop> {
    let mut code = code;
    let table = [crate::cli::Output { format: Format::Table, file: None }];
    let outputs = if args.output.is_empty() { &table[..] } else { &args.output[..] };
    for output in outputs {
        let style = Style { colour: world.colour && output.file.is_none(), width: world.width, all: args.all };
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
fn file(path: &Path, render: &dyn Fn(&mut dyn io::Write) -> io::Result<()>) -> io::Result<()> {
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

//! `sextant audit`: the pipeline, read from top to bottom.

use std::{collections::BTreeSet, fs::File, io::BufWriter};

use serde_json::{Map, Value, json};

use super::{Stop, World, load_rules, source};
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
};

/// Audits a source and delivers the report. Returns the exit code.
///
/// # Errors
/// Whatever leaves no result.
pub fn run(args: &AuditArgs, world: &mut World<'_>) -> Result<u8, Stop> {
    let library = Library::with(&args.policy.policies).map_err(Stop::usage)?;
    let policies = library.select(&args.policy.select, &args.policy.skip).map_err(Stop::usage)?;
    let rules = load_rules(&args.policy.rules, args.policy.environment.as_deref())?;
    let catalog = Catalog::with(&args.policy.catalog).map_err(Stop::usage)?;
    let mut plan = super::live::plan(&policies, &catalog);
    let snapshot = match super::registry::prepare(&args.registry, &args.source, &mut plan, world)? {
        (_, Some(alone)) => alone,
        (rest, None) => source(&rest, &args.cluster, &plan, world)?,
    };
    let mut report = audit(&snapshot, &catalog, &library, &policies, &rules, Cut { list: args.all, ..Cut::default() })?;
    let gate = Gate { fail_on: args.fail_on.severity(), allow_incomplete: args.allow_incomplete, only_new: false };
    let code = gate.judge(&mut report);
    deliver(args, &report, code, world)
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
            Some(path) => File::create(path).and_then(|file| {
                let mut file = BufWriter::new(file);
                render::render(output.format, report, style, &mut file)?;
                std::io::Write::flush(&mut file)
            }),
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

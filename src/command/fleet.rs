//! `sextant audit --fleet` and `sextant report merge`: many clusters, one matrix.

use super::{Stop, World, audit, carry::Carrier};
use crate::{
    cli::{AuditArgs, InventoryFormat, MergeArgs, Output},
    fleet::{Failed, Fleet, Matrix, Member, Merge},
    gate::exit,
    history::keep,
    render::{Format, matrix, text},
    report::Report,
    store::{self, Patience, Put, Store, safe},
};

fn fleet(path: &std::path::Path) -> Result<Fleet, Stop> {
    let wrong = |why: String| Stop::usage(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.kind().to_string()))?;
    Fleet::parse(&text).map_err(wrong)
}

/// Audits the clusters of a fleet that are ours, one after another.
///
/// # Errors
/// A fleet file that is wrong.
pub fn run(args: &AuditArgs, world: &mut World<'_>) -> Result<u8, Stop> {
    let Some(path) = &args.fleet.fleet else { return Err(Stop::usage("name a fleet file")) };
    let fleet = fleet(path)?;
    let outputs = outputs(&args.output)?;
    let members = share(&fleet.clusters, args.fleet.shard, args.fleet.shards)?;
    Carrier::new(&args.carry)?;
    let into = args.fleet.into.as_deref().map(|place| store::open(place, Patience::default()));
    let into = into.transpose().map_err(Stop::usage)?;
    let mut merge = Merge::default();
    let mut undelivered = false;
    for member in &members {
        let own = own(args, member);
        let carrier = Carrier::new(&own.carry)?;
        let began = std::time::Instant::now();
        let told = match audit::report(&own, &carrier, world) {
            Ok((report, code)) => {
                merge.report(&report);
                let told = into.as_ref().map_or(Ok(()), |into| fresh(&**into, &member.name, &report));
                undelivered |= carrier.carry(&own, &report, code, began.elapsed(), world) == exit::DELIVERY;
                told
            }
            // Rules or policies that are wrong are wrong for every cluster.
            Err(stop) if stop.code == exit::USAGE => return Err(stop),
            Err(stop) => {
                writeln!(world.err, "sextant: {}: {}", member.name, text::told(&stop.message))?;
                carrier.failed(&own, stop.code, world);
                let failed = Failed {
                    format: 1,
                    cluster: member.name.clone(),
                    time: world.now.clone(),
                    exit_code: stop.code,
                    message: stop.message,
                };
                let told = into.as_ref().map_or(Ok(()), |into| mark_failed(&**into, &failed));
                merge.failed(failed);
                told
            }
        };
        if let Err(failure) = told {
            undelivered = true;
            let place = into.as_ref().map(|into| into.place()).unwrap_or_default();
            writeln!(
                world.err,
                "sextant: {}: cannot deliver to {place}: {}",
                member.name,
                text::told(&failure.to_string())
            )?;
        }
    }
    let expected: Vec<String> = members.iter().map(|member| member.name.clone()).collect();
    let matrix = merge.matrix(&expected, None, &world.now);
    for output in outputs {
        show(&matrix, output, world)?;
    }
    Ok(match matrix.exit_code() {
        _ if undelivered => exit::DELIVERY,
        exit::FAILED | exit::INCOMPLETE | exit::FAILED_AND_INCOMPLETE if args.carry.exit_zero => exit::SATISFIED,
        code => code,
    })
}

/// The earlier report stays until the new one is there whole.
fn fresh(into: &dyn Store, name: &str, report: &Report) -> Result<(), store::Failure> {
    let bytes = serde_json::to_vec(report).map_err(|_| store::Failure::firm("the report cannot be made"))?;
    into.put(&format!("{}.json", safe(name)), &bytes, Put::Replace)?;
    store::failpoint("fleet-written");
    into.delete(&format!("{}.failed.json", safe(name)))
}

fn mark_failed(into: &dyn Store, failed: &Failed) -> Result<(), store::Failure> {
    let bytes = serde_json::to_vec(failed).map_err(|_| store::Failure::firm("the mark cannot be made"))?;
    into.put(&format!("{}.failed.json", safe(&failed.cluster)), &bytes, Put::Replace).map(|_| ())
}

/// Every cluster is in exactly one share.
fn share(members: &[Member], shard: Option<usize>, shards: Option<usize>) -> Result<Vec<Member>, Stop> {
    let Some(shard) = shard else {
        return match shards {
            Some(_) => Err(Stop::usage("--shards needs --shard, or JOB_COMPLETION_INDEX")),
            None => Ok(members.to_vec()),
        };
    };
    let shards = shards.unwrap_or(members.len());
    if shard >= shards {
        return Err(Stop::usage(format!("share {shard} of {shards}: shares are counted from 0")));
    }
    Ok(members.iter().skip(shard).step_by(shards).cloned().collect())
}

/// The arguments as if this cluster were the only one.
fn own(args: &AuditArgs, member: &Member) -> AuditArgs {
    let mut own = args.clone();
    own.fleet.fleet = None;
    own.source.paths = member.source.iter().cloned().collect();
    own.cluster.context.clone_from(&member.context);
    if member.kubeconfig.is_some() {
        own.cluster.kubeconfig.clone_from(&member.kubeconfig);
    }
    if member.environment.is_some() {
        own.policy.environment.clone_from(&member.environment);
    }
    own.carry.cluster_name = Some(member.name.clone());
    own
}

fn outputs(outputs: &[Output]) -> Result<Vec<InventoryFormat>, Stop> {
    let format = |output: &Output| match (&output.file, output.format) {
        (None, Format::Table) => Ok(InventoryFormat::Table),
        (None, Format::Json) => Ok(InventoryFormat::Json),
        _ => Err(Stop::usage("a fleet is shown as table or json; --into keeps the reports of its clusters")),
    };
    if outputs.is_empty() { Ok(vec![InventoryFormat::Table]) } else { outputs.iter().map(format).collect() }
}

fn show(matrix: &Matrix, format: InventoryFormat, world: &mut World<'_>) -> Result<(), Stop> {
    match format {
        InventoryFormat::Table => Ok(matrix::render(matrix, world.out)?),
        InventoryFormat::Json => {
            serde_json::to_writer_pretty(&mut *world.out, matrix).map_err(std::io::Error::from)?;
            Ok(writeln!(world.out)?)
        }
    }
}

/// Puts reports together.
///
/// # Errors
/// A place that cannot be read, a file that is no report.
pub fn merge(args: &MergeArgs, world: &mut World<'_>) -> Result<u8, Stop> {
    let max_age = args.max_age.as_deref().map(keep::seconds).transpose();
    let max_age = max_age.map_err(|why| Stop::usage(format!("--max-age: {why}")))?;
    let expected: Vec<String> = match &args.fleet {
        None => Vec::new(),
        Some(path) => fleet(path)?.clusters.into_iter().map(|member| member.name).collect(),
    };
    let mut merge = Merge::default();
    for place in &args.places {
        let path = std::path::Path::new(place);
        if path.is_file() {
            let bytes = std::fs::read(path).map_err(|error| Stop::no_result(format!("{place}: {}", error.kind())))?;
            one(&mut merge, place, &bytes)?;
            continue;
        }
        let store = store::open(place, Patience::default())?;
        // Only the newest of each: what lies below is history.
        let names = store.list("")?;
        let mut found = false;
        for name in names.iter().filter(|name| is_current(name)) {
            let Some(bytes) = store.get(name)? else { continue };
            found = true;
            one(&mut merge, &format!("{place}/{name}"), &bytes)?;
        }
        if !found && expected.is_empty() {
            return Err(Stop::no_result(format!("{place}: there is no report")));
        }
    }
    for cluster in &merge.twice {
        writeln!(world.err, "sextant: {cluster}: there are several reports; the youngest holds")?;
    }
    let matrix = merge.matrix(&expected, max_age, &world.now);
    show(&matrix, args.output, world)?;
    Ok(matrix.exit_code())
}

fn is_current(name: &str) -> bool {
    name.ends_with(".json") && (!name.contains('/') || name.ends_with("/latest.json"))
}

fn one(merge: &mut Merge, place: &str, bytes: &[u8]) -> Result<(), Stop> {
    if place.ends_with(".failed.json")
        && let Ok(failed) = serde_json::from_slice::<Failed>(bytes)
    {
        merge.failed(failed);
        return Ok(());
    }
    let report: Report = serde_json::from_slice(bytes)
        .map_err(|_| Stop::no_result(format!("{place}: it is no report of format {}", crate::report::FORMAT)))?;
    if report.format != crate::report::FORMAT {
        return Err(Stop::no_result(format!("{place}: a report of format {}", report.format)));
    }
    merge.report(&report);
    Ok(())
}

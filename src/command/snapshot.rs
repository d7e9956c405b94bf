//! `sextant snapshot`: freeze a source in a file; `diff`: what changed between two.

use std::{fs::File, io::BufWriter, path::Path};

use super::{Stop, World, live};
use crate::{
    cli::{InventoryFormat, PolicyArgs, SnapshotArgs, SnapshotCommand},
    collect::{self, cluster, plan::Plan},
    gate::exit,
    inventory::catalog::Catalog,
    policy::Library,
    render::text::clean,
    report::seconds,
    snapshot::{
        Coverage, State,
        diff::{Diff, diff},
        file,
    },
};

/// Takes a snapshot, or compares two. Returns the exit code.
///
/// # Errors
/// A source that cannot be read; a file that cannot be written.
pub fn run(args: &SnapshotArgs, world: &mut World<'_>) -> Result<u8, Stop> {
    if let Some(SnapshotCommand::Diff { before, after, status, output }) = &args.command {
        return compare(args, before, after, *status, *output, world);
    }
    let mut plan = planned(&args.policy)?;
    plan.everything = args.all_kinds;
    let (source, alone) = super::registry::prepare(&args.registry, &args.source, &mut plan, world)?;
    let to_stdout = args.output == Path::new("-");
    if source.paths.is_empty() && alone.is_none() && !source.sample && !to_stdout {
        let options = live::clocked(&super::options(&source)?, world);
        let (target, limits) = (live::target(&args.cluster, world), live::limits(&args.cluster));
        let recorded = live::with_progress(&args.cluster, world, |progress| {
            cluster::record(&target, &plan, &options, &limits, progress, &args.output, args.resume)
        })?;
        let cluster::Recorded { objects, kinds, skew_ms, unfinished } = recorded;
        return told(&args.output, (objects, skew_ms), kinds.iter(), unfinished, world);
    }
    let snapshot = match alone {
        Some(alone) => alone,
        None => super::source(&source, &args.cluster, &plan, world)?,
    };
    if to_stdout {
        file::write(&snapshot, &mut *world.out).map_err(written)?;
        return Ok(exit::SATISFIED);
    }
    let out = File::create(&args.output).map_err(|error| cannot_write(&args.output, &error))?;
    file::write(&snapshot, BufWriter::new(out)).map_err(written)?;
    let skew_ms = snapshot.header.span.as_ref().map(crate::snapshot::span::Span::skew_ms);
    told(&args.output, (snapshot.objects().len() as u64, skew_ms), snapshot.kinds.iter(), false, world)
}

/// What to read. Policies and catalogue are not held while a cluster is read, which does not need them.
fn planned(args: &PolicyArgs) -> Result<Plan, Stop> {
    let library = Library::with(&args.policies).map_err(Stop::usage)?;
    let policies = library.select(&args.select, &args.skip).map_err(Stop::usage)?;
    let catalog = Catalog::with(&args.catalog).map_err(Stop::usage)?;
    Ok(live::plan(&policies, &catalog))
}

fn cannot_write(path: &Path, error: &dyn std::fmt::Display) -> Stop {
    Stop { code: exit::NO_RESULT, message: format!("cannot write {}: {error}", path.display()) }
}

fn written(error: file::FileError) -> Stop {
    Stop { code: exit::NO_RESULT, message: format!("cannot write the snapshot: {error}") }
}

/// Says what is in the file, and what is not.
fn told<'k>(
    path: &Path,
    (objects, skew_ms): (u64, Option<u64>),
    kinds: impl Iterator<Item = (&'k crate::object::Kind, &'k Coverage)>,
    unfinished: bool,
    world: &mut World<'_>,
) -> Result<u8, Stop> {
    let unread: Vec<_> =
        kinds.filter(|(_, coverage)| !coverage.state.is_proof() && coverage.state != State::Skipped).collect();
    let within = skew_ms.map(|ms| format!(", read within {}", seconds(ms))).unwrap_or_default();
    writeln!(world.err, "{}: {objects} objects{within}", path.display())?;
    for (kind, coverage) in &unread {
        writeln!(world.err, "  {kind}: {}: {}", coverage.state.as_str(), clean(&coverage.reason))?;
    }
    if unfinished {
        writeln!(world.err, "  not everything was read; the same command with --resume goes on")?;
    }
    Ok(if unread.is_empty() && !unfinished { exit::SATISFIED } else { exit::INCOMPLETE })
}

fn compare(
    args: &SnapshotArgs,
    before: &str,
    after: &str,
    status: bool,
    output: InventoryFormat,
    world: &mut World<'_>,
) -> Result<u8, Stop> {
    let options = super::options(&args.source)?;
    let read = |path: &str| collect::read(&[path.to_owned()], &options).map_err(Stop::no_result);
    let (before, after) = (read(before)?, read(after)?);
    let found = diff(&before, &after, status);
    match output {
        InventoryFormat::Json => {
            serde_json::to_writer_pretty(&mut *world.out, &found).map_err(std::io::Error::from)?;
            writeln!(world.out)?;
        }
        InventoryFormat::Table => print(&found, world)?,
    }
    Ok(exit::SATISFIED)
}

fn print(found: &Diff, world: &mut World<'_>) -> std::io::Result<()> {
    let out = &mut *world.out;
    if let Some([before, after]) = &found.other_cluster {
        writeln!(out, "! not the same cluster: {before} and {after}")?;
    }
    for change in &found.coverage {
        writeln!(out, "~ {}: {} → {}", change.kind, change.before.as_str(), change.after.as_str())?;
    }
    for object in &found.removed {
        writeln!(out, "- {object}")?;
    }
    for object in &found.added {
        writeln!(out, "+ {object}")?;
    }
    for change in &found.changed {
        writeln!(out, "~ {}: {}", change.object, change.paths.join(", "))?;
    }
    for kind in &found.incomparable {
        writeln!(out, "? {kind}: not read whole in both, so what is missing may only be unread")?;
    }
    writeln!(out, "{} removed, {} added, {} changed", found.removed.len(), found.added.len(), found.changed.len())
}

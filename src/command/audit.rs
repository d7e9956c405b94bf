//! `sextant audit`: the pipeline, read from top to bottom.

use super::{
    Stop, World,
    carry::{self, Carrier},
    judged::{Asked, judged},
    output::deliver,
};
use crate::{baseline, cli::AuditArgs, gate::Gate, report::Report, snapshot::Snapshot, waiver};

/// Audits a source and delivers the report. Returns the exit code.
///
/// # Errors
/// Whatever leaves no result.
pub fn run(args: &AuditArgs, world: &mut World<'_>) -> Result<u8, Stop> {
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

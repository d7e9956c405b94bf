//! What every command that reads a live cluster shares: target, patience, plan, progress.

use std::{cell::RefCell, collections::BTreeSet, time::Duration};

use super::{Stop, World};
use crate::{
    cli::ClusterArgs,
    collect::{
        self, CollectError,
        cluster::{self, Limits, Progress, Target},
        plan::Plan,
    },
    inventory::catalog::Catalog,
    policy::Policy,
    snapshot::Snapshot,
};

/// The kinds that an audit with these policies reads.
#[must_use]
pub fn plan(policies: &[&Policy], catalog: &Catalog) -> Plan {
    let asked = policies.iter().flat_map(|policy| policy.kinds());
    Plan::of(asked.chain(catalog.kinds()).cloned().collect::<BTreeSet<_>>())
}

/// The cluster that the user names.
#[must_use]
pub fn target(args: &ClusterArgs, world: &World<'_>) -> Target {
    Target {
        kubeconfig: args.kubeconfig.clone(),
        context: args.context.clone(),
        in_cluster: args.in_cluster,
        interactive: world.terminal,
        client: None,
        act_as: None,
        account: None,
    }
}

/// The patience that the user grants.
#[must_use]
pub fn limits(args: &ClusterArgs) -> Limits {
    let usual = Limits::default();
    Limits {
        page_size: args.page_size,
        in_flight: args.max_in_flight.map_or(usual.in_flight, |many| many.clamp(1, 8)),
        max_qps: args.max_qps.max(0.0),
        connect_timeout: usual.connect_timeout.min(args.timeout),
        page_timeout: usual.page_timeout.min(args.timeout),
        kind_timeout: usual.kind_timeout.min(args.timeout).max(Duration::from_secs(1)),
        run_timeout: args.timeout,
        namespaces: args.namespace.clone(),
        interruptible: true,
        pin: args.pin,
        ..usual
    }
}

/// Calls `work` with something that shows progress on a terminal, and wipes it afterwards.
pub fn with_progress<T>(
    args: &ClusterArgs,
    world: &mut World<'_>,
    work: impl FnOnce(&dyn Fn(&Progress<'_>)) -> Result<T, CollectError>,
) -> Result<T, Stop> {
    let shown = world.terminal && !args.quiet;
    let width = usize::from(world.width);
    let err = RefCell::new(&mut *world.err);
    let show = |progress: &Progress<'_>| {
        if !shown {
            return;
        }
        let whole = progress.remaining.map(|rest| format!(" of {}", progress.objects + rest)).unwrap_or_default();
        let line = format!("reading {} {}{whole}", progress.kind, progress.objects);
        let line: String = line.chars().take(width.saturating_sub(1)).collect();
        let mut err = err.borrow_mut();
        let _ = write!(err, "\r\x1b[K{line}");
        let _ = err.flush();
    };
    let done = work(&show);
    if shown {
        let _ = write!(world.err, "\r\x1b[K");
    }
    done.map_err(Stop::no_result)
}

/// Reads the cluster into memory.
///
/// # Errors
/// A cluster that cannot be asked: exit 3.
pub fn read(
    args: &ClusterArgs,
    plan: &Plan,
    options: &collect::Options,
    world: &mut World<'_>,
) -> Result<Snapshot, Stop> {
    let (target, limits) = (target(args, world), limits(args));
    let options = clocked(options, world);
    with_progress(args, world, |progress| cluster::read(&target, plan, &options, &limits, progress))
}

/// A live cluster is read now, whatever `--time` says of sources without a clock.
#[must_use]
pub fn clocked(options: &collect::Options, world: &World<'_>) -> collect::Options {
    let time = options.time.clone().or_else(|| Some(world.now.clone()));
    collect::Options { time, ..options.clone() }
}

//! After the gate: the record of the run, then the sinks. Nothing here can change the verdict or
//! lose the report, which was printed before.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use super::{Stop, World};
use crate::{
    cli::{AuditArgs, CarryArgs},
    deliver::{
        self, Parcel,
        config::{Kind, Sink, When},
    },
    gate::exit,
    history::{History, Keep, Link, keep},
    render::{Style, text},
    report::Report,
    snapshot::{Coverage, Snapshot, State},
    store::Patience,
};

/// Sinks and history as the user named them.
#[derive(Debug)]
pub struct Carrier {
    sinks: Vec<Sink>,
    keep: Keep,
    max_age: Option<i64>,
}

/// Patience for the history.
const HISTORY_RETRIES: u32 = 3;
const HISTORY_DEADLINE: Duration = Duration::from_secs(120);

/// Opens a history for one use of it.
///
/// # Errors
/// A place that cannot be opened.
pub fn history(place: &str) -> Result<History, crate::store::Failure> {
    History::open(place, Patience::of(HISTORY_RETRIES, HISTORY_DEADLINE))
}

impl Carrier {
    /// Reads the files of sinks.
    ///
    /// # Errors
    /// Exit 2: a file that is wrong, with its line.
    pub fn new(args: &CarryArgs) -> Result<Self, Stop> {
        let mut sinks = Vec::new();
        let mut taken = BTreeSet::new();
        for path in &args.deliver {
            let wrong = |why: String| Stop::usage(format!("{}: {why}", path.display()));
            let text = std::fs::read_to_string(path).map_err(|error| wrong(error.kind().to_string()))?;
            sinks.extend(deliver::config::parse(&text, &mut taken).map_err(wrong)?);
        }
        sinks.sort_by_key(|sink| sink.kind.is_metrics());
        let keep = args.history_keep.parse().map_err(|why| Stop::usage(format!("--history-keep: {why}")))?;
        let max_age = args.max_age.as_deref().map(keep::seconds).transpose();
        let max_age = max_age.map_err(|why| Stop::usage(format!("--max-age: {why}")))?;
        let news = sinks.iter().find(|sink| matches!(&sink.kind, Kind::Webhook(hook) if hook.when == When::New));
        if let Some(sink) = news
            && args.history.is_none()
        {
            let name = &sink.name;
            return Err(Stop::usage(format!(
                "the sink {name:?} tells what is new (when: new, the default): that needs --history, or when: findings or always"
            )));
        }
        Ok(Self { sinks, keep, max_age })
    }

    /// Notes in the coverage that the source is older than the user grants, or does not say.
    pub fn too_old(&self, snapshot: &mut Snapshot, now: &str) -> bool {
        let Some(max_age) = self.max_age else { return false };
        let seconds = |time: &str| time.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_second);
        let age = match (snapshot.header.time.as_deref().map(seconds), seconds(now)) {
            (Some(Ok(then)), Ok(now)) => Some(now - then),
            _ => None,
        };
        let reason = match age {
            Some(age) if age <= max_age => return false,
            Some(age) => format!("read {}, older than --max-age", ago(age)),
            None => "it does not say when it was read, and --max-age was given".to_owned(),
        };
        snapshot.sources.insert("age of the source".into(), Coverage::new(State::Partial, reason));
        true
    }

    /// Writes the record and calls every sink. Returns the exit code.
    pub fn carry(&self, args: &AuditArgs, report: &Report, code: u8, took: Duration, world: &mut World<'_>) -> u8 {
        // Whatever happens from here on, the report is out.
        let _ = world.out.flush();
        let began = Instant::now();
        let cluster = report.snapshot.cluster.called(&report.snapshot.source).to_owned();
        let mut failed = false;
        let mut kept = None;
        let history = match args.carry.history.as_deref().map(history).transpose() {
            Ok(history) => history,
            Err(failure) => {
                failed = true;
                tell(world, &format!("history: {failure}"), report);
                None
            }
        };
        if let Some(history) = &history {
            match history.append(&cluster, report, &world.now, &self.keep) {
                Ok(done) => kept = Some(done),
                Err(failure) => {
                    failed = true;
                    tell(world, &format!("history: {failure}"), report);
                }
            }
        }
        let is_source = !args.source.sample && args.source.paths.is_empty();
        let change = kept.as_ref().map(|kept| kept.head.change);
        let record = kept.as_ref().map(|kept| &kept.link);
        let parcel = Parcel {
            report,
            cluster: &cluster,
            now: &world.now,
            took,
            history: history.as_ref().zip(record),
            change,
            target: (super::live::target(&args.cluster, world), is_source),
            style: Style { colour: false, width: world.width, all: args.all },
        };
        for outcome in deliver::deliver(&self.sinks, &parcel) {
            let name = &outcome.name;
            match outcome.result {
                Ok(done) if !args.cluster.quiet => {
                    let _ = writeln!(world.err, "sextant: delivered to {name}: {done}");
                }
                Ok(_) => {}
                Err(failure) => {
                    failed = true;
                    tell(world, &format!("{name}: {failure}"), report);
                }
            }
        }
        if let Some(kept) = &kept {
            // Even when quiet: kept in a log, this is what proves the end of the history.
            let Link { seq, sha256 } = &kept.link;
            let took = began.elapsed().as_secs_f32();
            let _ = writeln!(world.err, "sextant: record {seq}:{sha256} of {cluster}, delivered in {took:.1} s");
        }
        match code {
            _ if failed => exit::DELIVERY,
            exit::FAILED | exit::INCOMPLETE | exit::FAILED_AND_INCOMPLETE if args.carry.exit_zero => exit::SATISFIED,
            code => code,
        }
    }

    /// Tells the metrics of a run that came to nothing.
    pub fn failed(&self, args: &AuditArgs, code: u8, world: &World<'_>) {
        let named = args.carry.cluster_name.as_deref().or(args.cluster.context.as_deref());
        // Without a name it would be told of a cluster that is none.
        if let Some(cluster) = named {
            let _ = deliver::deliver_failure(&self.sinks, cluster, &world.now, code);
        }
    }
}

fn tell(world: &mut World<'_>, what: &str, report: &Report) {
    let gate = &report.gate;
    let _ = writeln!(
        world.err,
        "sextant: cannot deliver to {}; the gate says exit code {}, failed: {}, incomplete: {}",
        text::told(what),
        gate.exit_code,
        gate.failed,
        gate.incomplete
    );
}

/// An old source fails the gate as any unknown does.
pub fn too_old_to_prove(report: &mut Report, code: u8, allow_incomplete: bool) -> u8 {
    report.gate.incomplete = true;
    let code = match code {
        exit::SATISFIED if !allow_incomplete => exit::INCOMPLETE,
        exit::FAILED if !allow_incomplete => exit::FAILED_AND_INCOMPLETE,
        code => code,
    };
    report.gate.exit_code = code;
    code
}

/// An age for people.
#[must_use]
pub fn ago(seconds: i64) -> String {
    match seconds {
        ..60 => "just now".into(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

//! What the program does: one file a subcommand.

pub mod audit;
pub mod carry;
pub mod explain;
pub mod fleet;
pub mod history;
pub mod init;
pub mod inventory;
pub mod judged;
pub mod live;
pub mod output;
pub mod policy;
pub mod preflight;
pub mod rbac;
pub mod registry;
pub mod report;
pub mod rules;
pub mod sample;
pub mod snapshot;
pub mod waiver;

use std::io::Write;

use crate::{
    cli::{ClusterArgs, SourceArgs},
    collect::{self, plan::Plan},
    gate::exit,
    rules::Rules,
    snapshot::{Snapshot, retain::Retain},
};

/// Where a run writes, and what its surroundings are: only `main` knows the real ones.
pub struct World<'w> {
    /// Standard output.
    pub out: &'w mut (dyn Write + Send),
    /// Standard error.
    pub err: &'w mut (dyn Write + Send),
    /// Standard output is a terminal that wants colours.
    pub colour: bool,
    /// Standard input and error are a terminal: somebody watches, and can answer.
    pub terminal: bool,
    /// Columns of the terminal.
    pub width: u16,
    /// The run's clock, RFC 3339 in UTC.
    pub now: String,
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

/// Why a run ends without a result: one line for the user, and an exit code.
#[derive(Debug)]
pub struct Stop {
    /// One of [`exit`].
    pub code: u8,
    /// What is wrong, where, and what to do.
    pub message: String,
}

impl Stop {
    /// Wrong usage, rules, waivers or policies.
    pub fn usage(message: impl std::fmt::Display) -> Self {
        Self { code: exit::USAGE, message: message.to_string() }
    }

    /// A result that could not be written to standard output: its exit code is said all the same.
    #[must_use]
    pub fn unwritten(error: &std::io::Error, code: u8) -> Self {
        let message = format!("cannot write standard output: {error}; the result is exit code {code}");
        Self { code: exit::DELIVERY, message }
    }

    /// Nothing could be read.
    pub fn no_result(message: impl std::fmt::Display) -> Self {
        Self { code: exit::NO_RESULT, message: message.to_string() }
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self { code: exit::DELIVERY, message: format!("cannot write: {error}") }
    }
}

/// The options that every source shares.
///
/// # Errors
/// A retain list that is broken.
pub fn options(args: &SourceArgs) -> Result<collect::Options, Stop> {
    let text = crate::embedded::files(&crate::embedded::RULES, "catalog/retain.yaml", ".yaml");
    let text = text.first().map(|(_, text)| *text).unwrap_or_default();
    let list = crate::yaml::parse(text).map_err(|e| Stop::usage(format!("rules/catalog/retain.yaml: {e}")))?;
    let retain = Retain::new([&list]).map_err(|e| Stop::usage(format!("rules/catalog/retain.yaml: {e}")))?;
    Ok(collect::Options { retain, secrets: args.secrets, complete: args.complete, time: args.time.clone() })
}

/// Reads the source that the user named.
///
/// # Errors
/// A source that cannot be read, or that holds no object at all: exit 3.
pub fn snapshot(args: &SourceArgs) -> Result<Snapshot, Stop> {
    let options = options(args)?;
    let snapshot = if args.sample {
        sample::snapshot(&options).map_err(Stop::no_result)?
    } else if args.paths.is_empty() {
        return Err(Stop::usage("name a source: files, folders, globs or - (or --sample for the embedded cluster)"));
    } else {
        collect::read(&args.paths, &options).map_err(Stop::no_result)?
    };
    not_nothing(snapshot)
}

/// Reads the source that the user named, and the cluster where none is named.
///
/// # Errors
/// A source that cannot be read, or that holds no object at all: exit 3.
pub fn source(args: &SourceArgs, cluster: &ClusterArgs, plan: &Plan, world: &mut World<'_>) -> Result<Snapshot, Stop> {
    if args.sample || !args.paths.is_empty() {
        return Ok(snapshot(args)?.beside(plan.outside.clone()));
    }
    not_nothing(live::read(cluster, plan, &options(args)?, world)?)
}

/// A source without any object is no source: exit 3.
fn not_nothing(snapshot: Snapshot) -> Result<Snapshot, Stop> {
    if snapshot.objects().is_empty() && snapshot.discovery.as_ref().is_none_or(|d| d.kinds.is_empty()) {
        let mut message = format!("{}: no Kubernetes object was read", snapshot.header.source);
        for (source, coverage) in snapshot.sources.iter().take(5) {
            message.push_str(&format!("\n  {source}: {}", coverage.reason));
        }
        return Err(Stop::no_result(message));
    }
    Ok(snapshot)
}

/// The rules that the user chose.
///
/// # Errors
/// Exit 2, with file and line.
pub fn load_rules(paths: &[std::path::PathBuf], environment: Option<&str>) -> Result<Rules, Stop> {
    Rules::with(paths, environment).map_err(Stop::usage)
}

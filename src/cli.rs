//! The words of the command line, and no behaviour.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{render::Format, severity::Severity, snapshot::slim::Secrets};

/// Audits Kubernetes clusters for the extensions that production cannot do without.
#[derive(Debug, Parser)]
#[command(name = "sextant", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge a cluster: what must exist, works and is governed
    Audit(Box<AuditArgs>),
    /// Freeze a cluster, or another source, in one portable file without a secret in it
    Snapshot(Box<SnapshotArgs>),
    /// Show what the policies need to read, and what this identity lacks
    Preflight(Box<PreflightArgs>),
    /// Print the least ClusterRole that the policies need
    Rbac(Box<RbacArgs>),
    /// Show which systems are installed, and by which evidence
    Inventory(InventoryArgs),
    /// List, check and test policies
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Check and show rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Hold waivers against a cluster, or write one for a finding
    #[command(subcommand)]
    Waiver(WaiverCommand),
    /// Look at reports together: two of them, over time, and over clusters
    #[command(subcommand)]
    Report(ReportCommand),
    /// Registries: how answers of those that are not asked live are exported
    #[command(subcommand)]
    Registry(RegistryCommand),
    /// Explain a policy by its id, or the exit codes (exit-codes)
    Explain {
        /// A policy id such as NET-004, or exit-codes
        word: String,
        /// Policy files or folders, on top of the embedded ones
        #[arg(long, value_name = "PATH")]
        policies: Vec<PathBuf>,
    },
    /// Print a shell completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Which source is read, and how.
#[derive(Clone, Debug, Args)]
pub struct SourceArgs {
    /// Snapshot, folder of raw API answers, dump, manifests: files, folders, globs, or - for
    /// stdin; without one the cluster of the kubeconfig is read
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// Audit the embedded sample cluster
    #[arg(long, conflicts_with = "paths")]
    pub sample: bool,
    /// Assert that the source holds the whole cluster: a kind that it lacks is empty
    #[arg(long)]
    pub complete: bool,
    /// Time of a source without a clock, RFC 3339
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
    /// Which Secrets are read; never their values
    #[arg(long, value_enum, default_value_t = Secrets::None)]
    pub secrets: Secrets,
}

/// Which cluster is read, and how gently.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub struct ClusterArgs {
    /// Kubeconfig file [default: $KUBECONFIG, ~/.kube/config, the pod's service account]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// The service account of the pod this runs in
    #[arg(long, conflicts_with_all = ["kubeconfig", "context"])]
    pub in_cluster: bool,
    /// Only these namespaces: what must be proven for the whole cluster will be unknown
    #[arg(short, long, value_name = "NAME", value_delimiter = ',')]
    pub namespace: Vec<String>,
    /// Requests a second, with a burst of twice as many; 0 for no limit
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    pub max_qps: f64,
    /// Requests at the same time, at most 8 [default: 4 for a pod's own account, 2 for people]
    #[arg(long, value_name = "N")]
    pub max_in_flight: Option<usize>,
    /// Objects a page [default: by kind]
    #[arg(long, value_name = "N")]
    pub page_size: Option<u32>,
    /// Patience for the whole cluster, such as 90s or 30m
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = patience)]
    pub timeout: std::time::Duration,
    /// No progress on standard error
    #[arg(short, long)]
    pub quiet: bool,
}

/// Which registries are read beside the cluster.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Registries")]
pub struct RegistryArgs {
    /// A registry by the name the rules give it: NAME=https://HOST (Harbor, asked live), or
    /// NAME=FILE of exported answers; may be repeated
    #[arg(long, value_name = "NAME=PLACE")]
    pub registry: Vec<String>,
    /// Account for the one live --registry
    #[arg(long, value_name = "USER", requires = "registry")]
    pub registry_user: Option<String>,
    /// Where its password is: env:NAME or file:PATH; user:password without --registry-user
    #[arg(long, value_name = "REFERENCE", requires = "registry")]
    pub registry_credential: Option<String>,
    /// Certificates to trust for it, instead of the web's
    #[arg(long, value_name = "FILE", requires = "registry")]
    pub registry_ca: Option<PathBuf>,
    /// File with registries in the form of rules/registry.yaml: those with evidence api or file
    /// are read
    #[arg(long, value_name = "FILE")]
    pub registries: Vec<PathBuf>,
}

/// Subcommands of `registry`.
#[derive(Clone, Debug, Subcommand)]
pub enum RegistryCommand {
    /// Print the exact calls whose answers sextant understands, as a shell script
    ExportHelp {
        /// harbor, quay, nexus, artifactory or gitlab
        kind: String,
    },
}

fn patience(text: &str) -> Result<std::time::Duration, String> {
    let parsed: Result<jiff::SignedDuration, _> = text.parse();
    let wrong = || format!("{text:?} is no duration; write 90s, 30m or 1h");
    let duration: std::time::Duration = parsed.map_err(|_| wrong())?.try_into().map_err(|_| wrong())?;
    if duration.is_zero() { Err(wrong()) } else { Ok(duration) }
}

/// Arguments of `snapshot`.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct SnapshotArgs {
    /// Something else to do with snapshots.
    #[command(subcommand)]
    pub command: Option<SnapshotCommand>,
    /// The source.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The cluster, where no path is named.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Registries beside it.
    #[command(flatten)]
    pub registry: RegistryArgs,
    /// The policies whose kinds are read.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// File to write; - for standard output
    #[arg(short, long, value_name = "FILE", default_value = "cluster.sxs")]
    pub output: PathBuf,
    /// Read every kind that is served, but for events and their like
    #[arg(long)]
    pub all_kinds: bool,
    /// Go on where an earlier run to the same file ended
    #[arg(long)]
    pub resume: bool,
}

/// Subcommands of `snapshot`.
#[derive(Clone, Debug, Subcommand)]
pub enum SnapshotCommand {
    /// Show what changed between two sources
    Diff {
        /// The earlier one
        before: String,
        /// The later one
        after: String,
        /// Changes of status too
        #[arg(long)]
        status: bool,
        /// Format
        #[arg(short, long, value_enum, default_value_t = InventoryFormat::Table)]
        output: InventoryFormat,
    },
}

/// Arguments of `preflight`.
#[derive(Clone, Debug, Args)]
pub struct PreflightArgs {
    /// The policies.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// The cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Which Secrets would be read
    #[arg(long, value_enum, default_value_t = Secrets::None)]
    pub secrets: Secrets,
    /// Format
    #[arg(short, long, value_enum, default_value_t = InventoryFormat::Table)]
    pub output: InventoryFormat,
}

/// Arguments of `rbac`.
#[derive(Clone, Debug, Args)]
pub struct RbacArgs {
    /// The policies.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Which Secrets are to be read
    #[arg(long, value_enum, default_value_t = Secrets::None)]
    pub secrets: Secrets,
    /// Name of the role
    #[arg(long, default_value = "sextant")]
    pub name: String,
    /// Only what this cluster serves: asks its discovery
    #[arg(long)]
    pub served: bool,
    /// The cluster, with --served.
    #[command(flatten)]
    pub cluster: ClusterArgs,
}

/// Which policies are asked, under which rules.
#[derive(Clone, Debug, Args)]
pub struct PolicyArgs {
    /// Only these policies: ids or aspects
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Not these policies: ids or aspects
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Policy files or folders, on top of the embedded ones
    #[arg(long, value_name = "PATH")]
    pub policies: Vec<PathBuf>,
    /// Rules files or folders: the same name replaces, others add
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Environment of the rules, such as prod
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Catalogue files or folders: the same id replaces a system, others add
    #[arg(long, value_name = "PATH")]
    pub catalog: Vec<PathBuf>,
}

/// Arguments of `audit`.
#[derive(Clone, Debug, Args)]
pub struct AuditArgs {
    /// The source.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The cluster, where no path is named.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Registries beside it.
    #[command(flatten)]
    pub registry: RegistryArgs,
    /// The policies.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Lowest severity of a violation that fails the gate
    #[arg(long, value_enum, default_value_t = FailOn::High)]
    pub fail_on: FailOn,
    /// Unknown verdicts do not fail the gate
    #[arg(long)]
    pub allow_incomplete: bool,
    /// So many violations of a severity may be, whatever --fail-on says of it, such as high=5
    #[arg(long, value_name = "SEVERITY=N", value_delimiter = ',', value_parser = most)]
    pub max: Vec<(Severity, u64)>,
    /// Least share of the kinds that were read completely, in percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u64).range(0..=100))]
    pub min_coverage: Option<u64>,
    /// Least share of passes in the policies of a framework, in percent, such as cis=90
    #[arg(long, value_name = "FRAMEWORK=PERCENT", value_delimiter = ',', value_parser = least)]
    pub min_compliance: Vec<(String, u64)>,
    /// Waivers files or folders: violations that somebody answers for
    #[arg(long, value_name = "PATH")]
    pub waivers: Vec<PathBuf>,
    /// As if there were no waivers
    #[arg(long)]
    pub no_waivers: bool,
    /// An earlier JSON report: what is new, unchanged, fixed against it
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Only violations that the baseline does not know fail the gate
    #[arg(long, requires = "baseline")]
    pub fail_on_new: bool,
    /// Show everything: every finding, passing and not applicable subjects
    #[arg(long)]
    pub all: bool,
    /// Threads to work with; as many as there are cores by default
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Where the report goes besides.
    #[command(flatten)]
    pub carry: CarryArgs,
    /// Many clusters.
    #[command(flatten)]
    pub fleet: FleetArgs,
    /// Format of the report, and the file it goes to; may be repeated
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = Output::parse)]
    pub output: Vec<Output>,
}

/// `SEVERITY=N`.
fn most(text: &str) -> Result<(Severity, u64), String> {
    let wrong = || format!("{text:?} is not SEVERITY=N, such as critical=0 or high=5");
    let (severity, count) = text.split_once('=').ok_or_else(wrong)?;
    Ok((Severity::from_str(severity, true).map_err(|_| wrong())?, count.parse().map_err(|_| wrong())?))
}

/// `FRAMEWORK=PERCENT`.
fn least(text: &str) -> Result<(String, u64), String> {
    let wrong = || format!("{text:?} is not FRAMEWORK=PERCENT, such as cis=90");
    let (framework, share) = text.split_once('=').ok_or_else(wrong)?;
    let share = share.parse().ok().filter(|share| *share <= 100).ok_or_else(wrong)?;
    if framework.is_empty() { Err(wrong()) } else { Ok((framework.to_owned(), share)) }
}

/// Where a report goes, and what is kept of it.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Delivery")]
pub struct CarryArgs {
    /// YAML file of sinks: files, buckets, report objects, webhooks, metrics; may be repeated
    #[arg(long, value_name = "FILE")]
    pub deliver: Vec<PathBuf>,
    /// Folder or s3://bucket/prefix for an immutable record of each run
    #[arg(long, value_name = "PLACE", env = "SEXTANT_HISTORY")]
    pub history: Option<String>,
    /// Records to keep: a number, an age, or tiers such as 30d:all,1y:weekly
    #[arg(long, value_name = "KEEP", default_value = "all", requires = "history")]
    pub history_keep: String,
    /// What the cluster is called in reports, paths and metrics [default: context or source]
    #[arg(long, value_name = "NAME", env = "SEXTANT_CLUSTER_NAME")]
    pub cluster_name: Option<String>,
    /// Age from which a source is too old to prove anything, such as 24h
    #[arg(long, value_name = "AGE")]
    pub max_age: Option<String>,
    /// Exit with 0 whatever the gate says; 2, 3 and 6 stay
    #[arg(long)]
    pub exit_zero: bool,
}

/// Many clusters in one run.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Fleet")]
pub struct FleetArgs {
    /// YAML file of clusters: contexts or sources; an Indexed Job takes its share
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "sample", "context", "in_cluster", "cluster_name"])]
    pub fleet: Option<PathBuf>,
    /// Folder or s3://bucket/prefix for the report of each cluster
    #[arg(long, value_name = "PLACE", requires = "fleet")]
    pub into: Option<String>,
    /// How many shares there are [default: one a cluster, with JOB_COMPLETION_INDEX]
    #[arg(long, value_name = "N", requires = "fleet")]
    pub shards: Option<usize>,
    /// Which share is ours, from 0
    #[arg(long, value_name = "I", requires = "fleet", env = "JOB_COMPLETION_INDEX")]
    pub shard: Option<usize>,
}

/// Subcommands of `report`.
#[derive(Clone, Debug, Subcommand)]
pub enum ReportCommand {
    /// Show what a later JSON report has new, unchanged or fixed against an earlier one
    Diff(Box<DiffArgs>),
    /// Look into the records of earlier runs
    #[command(subcommand)]
    History(HistoryCommand),
    /// Put the reports of many clusters together: cluster by aspect
    Merge(MergeArgs),
}

/// Arguments of `report merge`.
#[derive(Clone, Debug, Args)]
pub struct MergeArgs {
    /// JSON reports, or folders or s3://bucket/prefix that hold them
    #[arg(required = true, value_name = "PLACE")]
    pub places: Vec<String>,
    /// The clusters that there must be: one without a report is missing, not absent
    #[arg(long, value_name = "FILE")]
    pub fleet: Option<PathBuf>,
    /// Age from which a report is stale
    #[arg(long, value_name = "AGE")]
    pub max_age: Option<String>,
    /// Format
    #[arg(short, long, value_enum, default_value_t = InventoryFormat::Table)]
    pub output: InventoryFormat,
}

/// Where the records are.
#[derive(Clone, Debug, Args)]
pub struct HistoryArgs {
    /// Folder or s3://bucket/prefix of the records
    #[arg(long, value_name = "PLACE", env = "SEXTANT_HISTORY")]
    pub history: String,
    /// Only this cluster
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// Format
    #[arg(short, long, value_enum, default_value_t = InventoryFormat::Table)]
    pub output: InventoryFormat,
}

/// Subcommands of `report history`.
#[derive(Clone, Debug, Subcommand)]
pub enum HistoryCommand {
    /// List the records
    List {
        /// Where.
        #[command(flatten)]
        place: HistoryArgs,
        /// Exit with 4 where a cluster's newest record is older
        #[arg(long, value_name = "AGE")]
        max_age: Option<String>,
    },
    /// Show how the counts moved
    Trend {
        /// Where.
        #[command(flatten)]
        place: HistoryArgs,
        /// Only the last N records
        #[arg(long, value_name = "N")]
        last: Option<usize>,
    },
    /// Show a record by its number, or the life of a finding by its fingerprint
    Show {
        /// Where.
        #[command(flatten)]
        place: HistoryArgs,
        /// Number of a record, last, or a fingerprint
        what: String,
    },
    /// Show what came and went between two records
    Diff {
        /// Where.
        #[command(flatten)]
        place: HistoryArgs,
        /// Number of the earlier record [default: the last but one]
        before: Option<u64>,
        /// Number of the later record [default: the last]
        after: Option<u64>,
    },
    /// Prove that no record was changed or taken away; exit 1 otherwise
    Verify {
        /// Where.
        #[command(flatten)]
        place: HistoryArgs,
    },
    /// Write all records to an SQLite file, to ask it what you like
    Index {
        /// Where.
        #[command(flatten)]
        place: HistoryArgs,
        /// The file
        #[arg(long, value_name = "FILE", default_value = "history.db")]
        into: PathBuf,
    },
}

/// `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the severities, and never")]
pub enum FailOn {
    Info,
    Low,
    Medium,
    High,
    Critical,
    Never,
}

impl FailOn {
    /// The threshold; none for `never`.
    #[must_use]
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Info => Some(Severity::Info),
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
            Self::Never => None,
        }
    }
}

/// `FORMAT[=FILE]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The format.
    pub format: Format,
    /// Where to; standard output without one.
    pub file: Option<PathBuf>,
}

impl Output {
    fn parse(text: &str) -> Result<Self, String> {
        let (format, file) = text.split_once('=').map_or((text, None), |(format, file)| (format, Some(file)));
        if file == Some("") {
            return Err("the file is missing after =".into());
        }
        let format = Format::from_str(format, true).map_err(|_| {
            let known: Vec<String> = Format::value_variants()
                .iter()
                .filter_map(|f| f.to_possible_value())
                .map(|v| v.get_name().to_owned())
                .collect();
            format!("no format {format:?}; there are {}", known.join(", "))
        })?;
        Ok(Self { format, file: file.map(PathBuf::from) })
    }
}

/// Arguments of `inventory`.
#[derive(Clone, Debug, Args)]
pub struct InventoryArgs {
    /// The source.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The cluster, where no path is named.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Catalogue files or folders: the same id replaces a system, others add
    #[arg(long, value_name = "PATH")]
    pub catalog: Vec<PathBuf>,
    /// Format
    #[arg(short, long, value_enum, default_value_t = InventoryFormat::Table)]
    pub output: InventoryFormat,
}

/// `inventory -o`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the formats")]
pub enum InventoryFormat {
    Table,
    Json,
}

/// Subcommands of `policy`.
#[derive(Clone, Debug, Subcommand)]
pub enum PolicyCommand {
    /// List every policy
    List {
        /// Policy files or folders, on top of the embedded ones
        #[arg(long, value_name = "PATH")]
        policies: Vec<PathBuf>,
    },
    /// Compile every policy, and hold the names in it against what exists
    Check {
        /// Policy files or folders, on top of the embedded ones
        #[arg(long, value_name = "PATH")]
        policies: Vec<PathBuf>,
    },
    /// Run the _test.rego files, and say which lines they reach
    Test {
        /// Policy files or folders, on top of the embedded ones
        #[arg(long, value_name = "PATH")]
        policies: Vec<PathBuf>,
        /// Only test files whose path contains this
        filter: Option<String>,
    },
    /// Print docs/policies.md
    Docs {
        /// Policy files or folders, on top of the embedded ones
        #[arg(long, value_name = "PATH")]
        policies: Vec<PathBuf>,
    },
}

/// Arguments of `rules init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The source.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Folder to write the rules to; standard output without one
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
}

/// Subcommands of `rules`.
#[derive(Clone, Debug, Subcommand)]
pub enum RulesCommand {
    /// Propose a starter set from what a cluster has
    Init(Box<InitArgs>),
    /// Check rules against their schemas
    Check {
        /// Rules files or folders
        rules: Vec<PathBuf>,
        /// Environment of the rules
        #[arg(long, value_name = "NAME")]
        environment: Option<String>,
    },
    /// Show what holds, after profiles and environments
    Show {
        /// Rules files or folders
        rules: Vec<PathBuf>,
        /// Environment of the rules
        #[arg(long, value_name = "NAME")]
        environment: Option<String>,
    },
}

/// Subcommands of `waiver`.
#[derive(Clone, Debug, Subcommand)]
pub enum WaiverCommand {
    /// Say of each waiver what it covers: active, expired, unused, too wide, for no policy
    Audit(Box<WaiverAuditArgs>),
    /// Write a waiver for a finding of a report
    Create(Box<WaiverCreateArgs>),
}

/// Arguments of `waiver audit`.
#[derive(Clone, Debug, Args)]
pub struct WaiverAuditArgs {
    /// Waivers files or folders
    #[arg(long, value_name = "PATH", required = true)]
    pub waivers: Vec<PathBuf>,
    /// The source.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The cluster, where no path is named.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Registries beside it.
    #[command(flatten)]
    pub registry: RegistryArgs,
    /// The policies.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Format
    #[arg(short, long, value_enum, default_value_t = InventoryFormat::Table)]
    pub output: InventoryFormat,
}

/// Arguments of `waiver create`.
#[derive(Clone, Debug, Args)]
pub struct WaiverCreateArgs {
    /// JSON report with the finding
    #[arg(long, value_name = "FILE")]
    pub report: PathBuf,
    /// Fingerprint of the finding, or the first digits of it
    #[arg(long, value_name = "DIGITS")]
    pub finding: String,
    /// Id of the waiver [default: W- and the first digits of the fingerprint]
    #[arg(long)]
    pub id: Option<String>,
    /// Who answers for it
    #[arg(long)]
    pub owner: String,
    /// Why the violation may stay
    #[arg(long)]
    pub reason: String,
    /// Days that it holds
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub days: u16,
    /// Who agreed
    #[arg(long)]
    pub approver: Option<String>,
    /// Where it was decided
    #[arg(long)]
    pub ticket: Option<String>,
    /// Waivers file to add it to; standard output without one
    #[arg(long, value_name = "FILE")]
    pub into: Option<PathBuf>,
}

/// Arguments of `report diff`.
#[derive(Clone, Debug, Args)]
pub struct DiffArgs {
    /// The earlier JSON report
    pub before: PathBuf,
    /// The later JSON report
    pub after: PathBuf,
    /// Format of the later report with its states, and the file it goes to [default: a summary]
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = Output::parse)]
    pub output: Vec<Output>,
    /// Unchanged findings too
    #[arg(long)]
    pub all: bool,
}

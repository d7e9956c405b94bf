//! The words of the command line, and no behaviour.

mod audit;
mod carry;
mod report;
mod source;
mod waiver;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::snapshot::slim::Secrets;

pub use audit::{AuditArgs, FailOn, Output, PolicyArgs};
pub use carry::{CarryArgs, FleetArgs};
pub use report::{DiffArgs, HistoryArgs, HistoryCommand, MergeArgs, ReportCommand};
pub use source::{ClusterArgs, RegistryArgs, RegistryCommand, SourceArgs};
pub use waiver::{WaiverAuditArgs, WaiverCommand, WaiverCreateArgs};

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
    /// With --secrets named: the Secrets that this snapshot's listeners and image pulls name, each
    /// by a Role of its namespace, in place of all Secrets by the ClusterRole
    #[arg(long, value_name = "PATH")]
    pub names_from: Vec<String>,
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
    /// Why a system is told as it is: by its id or name, absent ones too
    #[arg(long, value_name = "SYSTEM")]
    pub explain: Option<String>,
    /// In the table, by which evidence each system is known
    #[arg(long, conflicts_with = "explain")]
    pub evidence: bool,
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

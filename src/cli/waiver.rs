//! Words for waivers.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ClusterArgs, InventoryFormat, PolicyArgs, RegistryArgs, SourceArgs};

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

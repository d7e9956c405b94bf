//! Words for reports that are there already.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{InventoryFormat, Output};

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
        /// A record whose hash was kept elsewhere: number and SHA-256, as the log of its run tells them
        #[arg(long, value_name = "N:SHA256")]
        expect: Option<String>,
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

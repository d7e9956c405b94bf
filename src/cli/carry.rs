//! Words for where reports go, and for many clusters at once.

use std::path::PathBuf;

use clap::Args;

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

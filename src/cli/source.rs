//! Words for what is read: sources, clusters, registries.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::snapshot::slim::Secrets;

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
    #[arg(long, value_name = "TIME", value_parser = time)]
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
    /// Read every kind as it stood at one revision, where the server still has it (experimental)
    #[arg(long)]
    pub pin: bool,
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

/// A clock that cannot be read would let certificates and waivers live for ever.
fn time(text: &str) -> Result<String, String> {
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    parsed.map(|_| text.to_owned()).map_err(|_| format!("{text:?} is no RFC 3339 time; write 2026-11-20T08:00:00Z"))
}

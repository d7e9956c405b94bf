//! Which cluster is read, with how much patience, and who hears of it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use super::pod::Account;
use crate::object::Kind;

/// Which cluster.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// Kubeconfig file; none: `KUBECONFIG`, `~/.kube/config`, the pod's account.
    pub kubeconfig: Option<PathBuf>,
    /// Context of it; none: the current one.
    pub context: Option<String>,
    /// The pod's own service account.
    pub in_cluster: bool,
    /// Where that is; none: where Kubernetes puts it.
    pub account: Option<Account>,
    /// Somebody can answer a login prompt.
    pub interactive: bool,
    /// Where the client comes from, if not from a kubeconfig; nothing else is looked at then.
    pub client: Option<Given>,
    /// Impersonate this user; only deliveries do.
    pub act_as: Option<String>,
}

/// Makes a client in another way, on our runtime: for a program around this one, or a test without
/// a socket.
#[derive(Clone)]
pub struct Given(pub Arc<dyn Fn() -> kube::Client + Send + Sync>);

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Given")
    }
}

/// How much of the server's and the user's patience is used.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Objects a page; none: by kind.
    pub page_size: Option<u32>,
    /// Requests at the same time; 0: what the server's fairness leaves to such an identity, four for
    /// a pod's own account and two for people, whose share of it is small.
    pub in_flight: usize,
    /// Requests a second, with a burst of twice as many; 0: as many as go.
    pub max_qps: f64,
    /// Patience for a connection.
    pub connect_timeout: Duration,
    /// Patience for one answer.
    pub page_timeout: Duration,
    /// Patience for one kind.
    pub kind_timeout: Duration,
    /// Patience for the whole run.
    pub run_timeout: Duration,
    /// First wait before another try.
    pub backoff: Duration,
    /// Longest wait before another try, whatever the server asks.
    pub max_wait: Duration,
    /// Largest object.
    pub object_bytes: usize,
    /// Largest page.
    pub page_bytes: usize,
    /// Largest snapshot, uncompressed.
    pub total_bytes: u64,
    /// Only these namespaces.
    pub namespaces: Vec<String>,
    /// End with what was read on Ctrl-C.
    pub interruptible: bool,
    /// Ask for every list as it stood at one revision: what was read is of one moment, where the
    /// server can still give it.
    pub pin: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            page_size: None,
            in_flight: 0,
            max_qps: 10.0,
            connect_timeout: Duration::from_secs(10),
            page_timeout: Duration::from_secs(60),
            kind_timeout: Duration::from_secs(300),
            run_timeout: Duration::from_secs(1800),
            backoff: Duration::from_millis(250),
            max_wait: Duration::from_secs(30),
            object_bytes: 4 << 20,
            page_bytes: 256 << 20,
            total_bytes: 4 << 30,
            namespaces: Vec::new(),
            interruptible: false,
            pin: false,
        }
    }
}

/// How far a kind has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'p> {
    /// The kind.
    pub kind: &'p Kind,
    /// Objects read.
    pub objects: u64,
    /// Objects still to come, where the server says.
    pub remaining: Option<u64>,
}

/// Hears of progress.
pub type ProgressFn<'f> = dyn Fn(&Progress<'_>) + 'f;

//! What the readers of all kinds share.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::OnceCell;

use super::{Limits, ProgressFn, discover::Served, fault::Fault, page::PageWork, wire::Wire};

/// What the readers of all kinds share.
pub(super) struct Reader<'r> {
    pub wire: Wire,
    pub limits: Limits,
    pub served: Served,
    /// Discovery asked again, after a 404 for something that was served a moment ago.
    pub again: OnceCell<Option<Served>>,
    /// Only these namespaces, where the user names some.
    pub only: Option<BTreeSet<String>>,
    /// The revision that every list is asked for.
    pub pinned: Option<String>,
    /// Every namespace, asked where a cluster-wide list is forbidden.
    pub namespaces: OnceCell<Result<Vec<String>, Fault>>,
    pub page: Arc<PageWork>,
    pub progress: &'r ProgressFn<'r>,
}

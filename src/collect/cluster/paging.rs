//! One list, page by page: the whole cluster or one namespace, at one revision where that can be had.

use std::fmt::Write as _;

use tokio::{task::spawn_blocking, time::Instant};

use super::{
    Progress,
    fault::{Class, Fault},
    page::{Head, Sunk, head, is_core, page_path, pinned_path, work},
    reader::Reader,
    wire::Answer,
};
use crate::{
    collect::{CollectError, discovery::Resource},
    snapshot::{Coverage, State, sink::KindSink, slim::Secrets, span::Listed},
};

/// How one list ended.
#[derive(Default)]
pub(super) struct Ended {
    pub objects: u64,
    pub pages: u64,
    pub fault: Option<Fault>,
    pub problems: Vec<String>,
    /// When it was read, and as of which revision.
    pub listed: Listed,
    /// The version that was read, where the preferred one failed, and why it did.
    pub instead: Option<String>,
}

impl Ended {
    /// How far the list is behind the first page.
    fn saw(&mut self, head: &Head) {
        let Some(revision) = &head.revision else { return };
        if self.listed.revision.is_empty() {
            self.listed.revision.clone_from(revision);
        } else if self.listed.revision != *revision {
            self.listed.last_revision.clone_from(revision);
        }
    }
}

/// What a list is asked with, and which ways out of a failure were tried already.
struct Ask<'a> {
    resource: &'a Resource,
    path: String,
    accept: &'static str,
    deadline: Instant,
    limit: u32,
    pinned: Option<&'a str>,
    expired: bool,
    halved: bool,
}

impl Ask<'_> {
    /// Whether to begin again from the first page, and with what.
    fn again(&mut self, fault: &Fault, first: bool) -> bool {
        match fault.class {
            // The pinned revision may be compacted, or unknown to the server of another group.
            Class::Expired | Class::Refused | Class::Timeout | Class::ServerError if first && self.pinned.is_some() => {
                self.pinned = None;
                true
            }
            // Compacted: once more from the start, with larger pages, and then as it comes.
            Class::Expired if !self.expired => {
                self.expired = true;
                self.pinned = None;
                self.limit = self.limit.saturating_mul(2);
                true
            }
            // Too much at once, perhaps.
            Class::Timeout | Class::ServerError
                if !self.halved && self.limit > 50 && Instant::now() < self.deadline =>
            {
                self.halved = true;
                self.limit = (self.limit / 2).max(50);
                true
            }
            _ => false,
        }
    }
}

impl Reader<'_> {
    /// One list, in another served version where the server cannot give it in the preferred one.
    pub(super) async fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        deadline: Instant,
        before: u64,
        sink: &mut Sunk,
    ) -> Result<Ended, CollectError> {
        let first = self.list_version(resource, namespace, deadline, before, sink).await?;
        let broken = first.fault.as_ref().filter(|fault| fault.class == Class::ServerError);
        let Some(fault) = broken else { return Ok(first) };
        let Some(other) = self.served.others.get(&resource.kind).and_then(|others| others.first()) else {
            return Ok(first);
        };
        // What was read of the first version stays: the same objects are replaced by their names.
        let mut second = self.list_version(other, namespace, deadline, before, sink).await?;
        if second.fault.is_some() {
            sink.rollback().map_err(|error| CollectError::io("snapshot", error))?;
            return Ok(first);
        }
        second.instead =
            Some(format!("read as {}, since {} failed: {}", other.version, resource.version, fault.detail));
        Ok(second)
    }

    /// All pages with the same limit.
    async fn list_version(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        deadline: Instant,
        before: u64,
        sink: &mut Sunk,
    ) -> Result<Ended, CollectError> {
        let tables = is_core(&resource.kind, "Secret") && self.page.secrets == Secrets::Metadata;
        let mut ask = Ask {
            resource,
            path: resource.path(namespace),
            accept: if tables { TABLE } else { JSON },
            deadline,
            limit: self.limits.page_size.unwrap_or_else(|| usual_limit(resource)),
            pinned: self.pinned.as_deref(),
            expired: false,
            halved: false,
        };
        loop {
            if let Some(mut ended) = self.attempt(&mut ask, before, sink).await? {
                ended.listed.pages = ended.pages;
                ended.listed.finished = self.wire.now();
                return Ok(ended);
            }
            sink.rollback().map_err(|error| CollectError::io("snapshot", error))?;
        }
    }

    async fn page(&self, ask: &Ask<'_>, token: Option<&str>) -> Result<(Answer, Head), Fault> {
        let path = match (token, ask.pinned) {
            (None, Some(revision)) => pinned_path(&ask.path, ask.limit, revision),
            _ => page_path(&ask.path, ask.limit, token),
        };
        self.wire.get(&path, ask.accept, Some(ask.deadline), head).await
    }

    /// One try from the first page on; none where another one is due.
    async fn attempt(&self, ask: &mut Ask<'_>, before: u64, sink: &mut Sunk) -> Result<Option<Ended>, CollectError> {
        let disk = |error| CollectError::io("snapshot", error);
        let mut ended = Ended { listed: Listed { started: self.wire.now(), ..Listed::default() }, ..Ended::default() };
        sink.begin().map_err(disk)?;
        let mut answer = self.page(ask, None).await;
        let mut mixed = false;
        let mut before_this: Option<String> = None;
        loop {
            match answer {
                Ok((page, mut head)) => {
                    if head.token.is_some() && head.token == before_this {
                        ended.problems.push("the server sends the same page again and again".into());
                        head.token = None;
                    }
                    before_this.clone_from(&head.token);
                    if head.token.is_none() && head.remaining.is_some_and(|rest| rest > 0) {
                        ended.problems.push("the server says that there is more, and not where".into());
                    }
                    ended.saw(&head);
                    let shared = self.page.clone();
                    let of = ask.resource.clone();
                    let mut moved = std::mem::replace(sink, Box::new(Nowhere));
                    let slimmed = spawn_blocking(move || {
                        let result = work(&page.body, &of, &shared, &mut moved);
                        (moved, result)
                    });
                    // The next page is on its way while this one is worked on.
                    let next = async {
                        let token = head.token.as_deref()?;
                        Some(self.page(ask, Some(token)).await)
                    };
                    let (slimmed, next) = tokio::join!(slimmed, next);
                    let (back, result) = slimmed.map_err(|_| disk(std::io::Error::other("a worker died")))?;
                    *sink = back;
                    let result = result.map_err(disk)?;
                    ended.pages += 1;
                    ended.objects += result.objects;
                    ended.problems.extend(result.problems);
                    (self.progress)(&Progress {
                        kind: &ask.resource.kind,
                        objects: before + ended.objects,
                        remaining: head.remaining,
                    });
                    if result.full && next.is_some() {
                        ended.fault = Some(Fault::new(Class::Stopped, "the snapshot reached its size limit"));
                        return Ok(Some(ended));
                    }
                    match next {
                        None => {
                            if mixed {
                                ended.problems.push("the list spans two revisions (410)".into());
                            }
                            return Ok(Some(ended));
                        }
                        Some(next) => answer = next,
                    }
                }
                Err(fault) if ask.again(&fault, ended.pages == 0) => return Ok(None),
                Err(fault) => {
                    let goes_on = fault.class == Class::Expired && ended.pages > 0 && !mixed;
                    match fault.resume.as_deref().filter(|_| goes_on) {
                        Some(token) => {
                            mixed = true;
                            answer = self.page(ask, Some(token)).await;
                        }
                        None => {
                            ended.fault = Some(fault);
                            return Ok(Some(ended));
                        }
                    }
                }
            }
        }
    }
}

pub(super) const JSON: &str = "application/json";
/// Names and types without the values: they never leave the server.
const TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json";

/// Coverage of a list that ended.
pub(super) fn settle(ended: &Ended) -> Coverage {
    let mut coverage = match &ended.fault {
        None => Coverage::new(State::Complete, ended.instead.clone().unwrap_or_default()),
        Some(fault) if ended.pages == 0 => Coverage::new(fault.state(), fault.detail.clone()),
        Some(fault) => Coverage::new(State::Partial, format!("page {}: {}", ended.pages + 1, fault.detail)),
    };
    if let Some(first) = ended.problems.first() {
        if coverage.state.is_proof() {
            coverage.state = State::Partial;
            coverage.reason = first.clone();
        }
        if ended.problems.len() > 1 {
            let _ = write!(coverage.reason, " (and {} more)", ended.problems.len() - 1);
        }
    }
    coverage.objects = ended.objects;
    coverage
}

/// About a megabyte a page, and what the server counts as a dozen seats.
fn usual_limit(resource: &Resource) -> u32 {
    match (&*resource.kind.group, &*resource.kind.kind) {
        ("apiextensions.k8s.io", "CustomResourceDefinition") | ("", "Secret") => 25,
        ("", "ConfigMap") => 100,
        // Two pages of each list are in memory: 50,000 pods peaked at 56 to 62 MB in pages of 250, at
        // 49 in these, for twice as many requests.
        ("", "Pod") => 125,
        ("", "Namespace" | "ServiceAccount" | "PersistentVolume" | "PersistentVolumeClaim")
        | ("rbac.authorization.k8s.io" | "storage.k8s.io", _) => 500,
        _ => 250,
    }
}

/// Stands in while a sink is away with a worker.
struct Nowhere;

impl KindSink for Nowhere {
    fn begin(&mut self) -> std::io::Result<()> {
        Ok(())
    }
    fn push(&mut self, _object: crate::snapshot::Object) -> std::io::Result<()> {
        Ok(())
    }
    fn rollback(&mut self) -> std::io::Result<()> {
        Ok(())
    }
    fn finish(self: Box<Self>, _coverage: &Coverage, _listed: Option<&Listed>) -> std::io::Result<()> {
        Ok(())
    }
}

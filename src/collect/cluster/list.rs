//! One kind, page by page, until all of it is read or it is known why not.

use std::{collections::BTreeSet, fmt::Write as _, sync::Arc};

use serde::Deserialize;
use tokio::{sync::OnceCell, task::spawn_blocking, time::Instant};

use super::{
    Limits, Progress, ProgressFn,
    discover::{self, Served},
    fault::{Class, Fault},
    page::{PageWork, Sunk, head, is_core, page_path, work},
    wire::Wire,
};
use crate::{
    collect::{CollectError, discovery::Resource},
    snapshot::{Coverage, State, sink::KindSink, slim::Secrets},
};

/// What the readers of all kinds share.
pub(super) struct Reader<'r> {
    pub wire: Wire,
    pub limits: Limits,
    pub served: Served,
    /// Discovery asked again, after a 404 for something that was served a moment ago.
    pub again: OnceCell<Option<Served>>,
    /// Only these namespaces, where the user names some.
    pub only: Option<BTreeSet<String>>,
    /// Every namespace, asked where a cluster-wide list is forbidden.
    pub namespaces: OnceCell<Result<Vec<String>, Fault>>,
    pub page: Arc<PageWork>,
    pub progress: &'r ProgressFn<'r>,
}

/// How one list ended.
#[derive(Default)]
struct Ended {
    objects: u64,
    pages: u64,
    fault: Option<Fault>,
    problems: Vec<String>,
}

impl Reader<'_> {
    /// Reads one kind into its sink and closes it.
    ///
    /// # Errors
    /// The disk only; everything else is coverage.
    pub async fn kind(&self, resource: &Resource, mut sink: Sunk) -> Result<Coverage, CollectError> {
        let deadline = Instant::now() + self.limits.kind_timeout;
        let mut coverage = match &self.only {
            Some(only) if resource.namespaced => {
                let names: Vec<String> = only.iter().cloned().collect();
                let mut coverage = self.namespaced(resource, &names, deadline, &mut sink).await?;
                if coverage.state == State::Complete {
                    coverage.state = State::Partial;
                    coverage.reason = format!("only in {}", names.join(", "));
                }
                coverage
            }
            _ => {
                let ended = self.list(resource, None, deadline, 0, &mut sink).await?;
                match &ended.fault {
                    Some(fault) if fault.class == Class::Forbidden && ended.pages == 0 && resource.namespaced => {
                        self.by_namespace(resource, deadline, &mut sink).await?
                    }
                    Some(fault) if fault.class == Class::NotFound => self.raced(resource, &ended, fault).await,
                    _ => settle(&ended),
                }
            }
        };
        if self.page.secrets == Secrets::Metadata && is_core(&resource.kind, "Secret") && coverage.reason.is_empty() {
            coverage.reason = "names, types and labels only (--secrets metadata)".into();
        }
        spawn_blocking(move || sink.finish(&coverage).map(|()| coverage))
            .await
            .map_err(|_| CollectError::io("snapshot", std::io::Error::other("a worker died")))?
            .map_err(|error| CollectError::io("snapshot", error))
    }

    /// Namespace by namespace, where the cluster-wide list is forbidden.
    async fn by_namespace(
        &self,
        resource: &Resource,
        deadline: Instant,
        sink: &mut Sunk,
    ) -> Result<Coverage, CollectError> {
        let names = self.namespaces.get_or_init(|| self.all_namespaces()).await;
        match names {
            Ok(names) => self.namespaced(resource, names, deadline, sink).await,
            Err(fault) => {
                let reason = format!(
                    "not allowed to list {} in the whole cluster, nor namespaces ({}); --namespace names some",
                    resource.plural, fault.detail
                );
                Ok(Coverage::new(State::Forbidden, reason))
            }
        }
    }

    async fn namespaced(
        &self,
        resource: &Resource,
        names: &[String],
        deadline: Instant,
        sink: &mut Sunk,
    ) -> Result<Coverage, CollectError> {
        let mut all = Coverage::new(State::Complete, "");
        let mut broken: Option<(State, String)> = None;
        let mut read = 0_u64;
        for name in names {
            let ended = self.list(resource, Some(name), deadline, all.objects, sink).await?;
            all.objects += ended.objects;
            match &ended.fault {
                // A namespace that went away while we read holds nothing.
                Some(fault) if fault.class == Class::NotFound && ended.pages == 0 => {
                    let coverage = self.raced(resource, &ended, fault).await;
                    if coverage.state == State::Absent {
                        return Ok(coverage);
                    }
                    broken.get_or_insert((coverage.state, format!("{name}: {}", coverage.reason)));
                }
                Some(fault) if fault.class == Class::Forbidden && ended.pages == 0 => {
                    all.denied_namespaces.push(name.clone());
                }
                _ => {
                    let coverage = settle(&ended);
                    if coverage.state == State::Complete {
                        read += 1;
                    } else {
                        broken.get_or_insert((coverage.state, format!("{name}: {}", coverage.reason)));
                    }
                    if ended.fault.as_ref().is_some_and(|fault| fault.class == Class::Stopped) {
                        break;
                    }
                }
            }
        }
        let denied = all.denied_namespaces.len();
        if let Some((state, reason)) = broken {
            all.state = if read > 0 || all.objects > 0 { State::Partial } else { state };
            all.reason = reason;
        } else if denied > 0 {
            let what = format!("not allowed to list {} in {denied} of {} namespaces", resource.plural, names.len());
            all.state = if read > 0 { State::Partial } else { State::Forbidden };
            all.reason = what;
        } else if names.is_empty() {
            all = Coverage::new(
                State::Forbidden,
                format!("not allowed to list {}, and no namespace is known", resource.plural),
            );
        }
        Ok(all)
    }

    async fn all_namespaces(&self) -> Result<Vec<String>, Fault> {
        let mut names = BTreeSet::new();
        let mut token: Option<String> = None;
        loop {
            let path = page_path("/api/v1/namespaces", 500, token.as_deref());
            let (answer, head) = self.wire.get(&path, JSON, None, head).await?;
            #[derive(Deserialize)]
            struct Names {
                #[serde(default, deserialize_with = "crate::view::nullable")]
                items: Vec<crate::view::Bare>,
            }
            let page: Names = serde_json::from_slice(&answer.body)
                .map_err(|_| Fault::new(Class::Malformed, "the list of namespaces cannot be read"))?;
            names.extend(page.items.into_iter().map(|namespace| namespace.metadata.name));
            match head.token {
                Some(next) if token.as_ref() == Some(&next) => {
                    return Err(Fault::new(Class::Malformed, "the list of namespaces does not go on"));
                }
                Some(next) => token = Some(next),
                None if head.remaining.is_some_and(|rest| rest > 0) => {
                    return Err(Fault::new(Class::Malformed, "the list of namespaces breaks off"));
                }
                None => break,
            }
        }
        // The order of a snapshot is that of "namespace/name".
        let mut names: Vec<String> = names.into_iter().collect();
        names.sort_by_key(|name| format!("{name}/"));
        Ok(names)
    }

    /// A 404 for a kind that discovery named: gone since, or a server that is beside itself.
    async fn raced(&self, resource: &Resource, ended: &Ended, fault: &Fault) -> Coverage {
        let again = self.again.get_or_init(|| async { discover::discover(&self.wire).await.ok() }).await;
        let gone = again.as_ref().is_some_and(|served| {
            !served.resources.contains_key(&resource.kind) && !served.stale.contains_key(&*resource.kind.group)
        });
        if gone && ended.objects == 0 {
            return Coverage::new(State::Absent, "removed while the cluster was read");
        }
        let mut coverage = settle(ended);
        coverage.reason = format!("{}, though discovery names it", fault.detail);
        coverage
    }

    /// One list: the whole cluster or one namespace, all pages with the same limit.
    async fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        deadline: Instant,
        before: u64,
        sink: &mut Sunk,
    ) -> Result<Ended, CollectError> {
        let disk = |error| CollectError::io("snapshot", error);
        let path = resource.path(namespace);
        let accept =
            if is_core(&resource.kind, "Secret") && self.page.secrets == Secrets::Metadata { TABLE } else { JSON };
        let mut limit = self.limits.page_size.unwrap_or_else(|| usual_limit(resource));
        let (mut expired, mut halved) = (false, false);
        'again: loop {
            let mut ended = Ended::default();
            sink.begin().map_err(disk)?;
            let mut answer = self.wire.get(&page_path(&path, limit, None), accept, Some(deadline), head).await;
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
                        let shared = self.page.clone();
                        let of = resource.clone();
                        let mut moved = std::mem::replace(sink, Box::new(Nowhere));
                        let slimmed = spawn_blocking(move || {
                            let result = work(&page.body, &of, &shared, &mut moved);
                            (moved, result)
                        });
                        // The next page is on its way while this one is worked on.
                        let next = async {
                            let token = head.token.as_deref()?;
                            let path = page_path(&path, limit, Some(token));
                            Some(self.wire.get(&path, accept, Some(deadline), super::page::head).await)
                        };
                        let (slimmed, next) = tokio::join!(slimmed, next);
                        let (back, result) = slimmed.map_err(|_| disk(std::io::Error::other("a worker died")))?;
                        *sink = back;
                        let result = result.map_err(disk)?;
                        ended.pages += 1;
                        ended.objects += result.objects;
                        ended.problems.extend(result.problems);
                        (self.progress)(&Progress {
                            kind: &resource.kind,
                            objects: before + ended.objects,
                            remaining: head.remaining,
                        });
                        if result.full && next.is_some() {
                            ended.fault = Some(Fault::new(Class::Stopped, "the snapshot reached its size limit"));
                            return Ok(ended);
                        }
                        match next {
                            None => {
                                if mixed {
                                    ended.problems.push("the list spans two revisions (410)".into());
                                }
                                return Ok(ended);
                            }
                            Some(next) => answer = next,
                        }
                    }
                    Err(fault) => {
                        let first = ended.pages == 0;
                        match fault.class {
                            // Compacted: once more from the start, with larger pages, and then as it comes.
                            Class::Expired if !expired => {
                                expired = true;
                                limit = limit.saturating_mul(2);
                                sink.rollback().map_err(disk)?;
                                continue 'again;
                            }
                            Class::Expired if !first && !mixed && fault.resume.is_some() => {
                                mixed = true;
                                let path = page_path(&path, limit, fault.resume.as_deref());
                                answer = self.wire.get(&path, accept, Some(deadline), head).await;
                            }
                            // Too much at once, perhaps.
                            Class::Timeout | Class::ServerError
                                if !halved && limit > 50 && Instant::now() < deadline =>
                            {
                                halved = true;
                                limit = (limit / 2).max(50);
                                sink.rollback().map_err(disk)?;
                                continue 'again;
                            }
                            _ => {
                                ended.fault = Some(fault);
                                return Ok(ended);
                            }
                        }
                    }
                }
            }
        }
    }
}

const JSON: &str = "application/json";
/// Names and types without the values: they never leave the server.
const TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json";

/// Coverage of a list that ended.
fn settle(ended: &Ended) -> Coverage {
    let mut coverage = match &ended.fault {
        None => Coverage::new(State::Complete, ""),
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
    fn finish(self: Box<Self>, _coverage: &Coverage) -> std::io::Result<()> {
        Ok(())
    }
}

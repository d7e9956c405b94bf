//! One kind, page by page, until all of it is read or it is known why not.

use std::collections::BTreeSet;

use serde::Deserialize;
use tokio::{task::spawn_blocking, time::Instant};

use super::{
    discover,
    fault::{Class, Fault},
    page::{Sunk, head, is_core, page_path},
    paging::{Ended, JSON, settle},
    reader::Reader,
};
use crate::{
    collect::{CollectError, discovery::Resource},
    snapshot::{Coverage, State, slim::Secrets, span::Listed},
};

impl Reader<'_> {
    /// Reads one kind into its sink and closes it.
    ///
    /// # Errors
    /// The disk only; everything else is coverage.
    pub async fn kind(&self, resource: &Resource, mut sink: Sunk) -> Result<(Coverage, Option<Listed>), CollectError> {
        let deadline = Instant::now() + self.limits.kind_timeout;
        let mut listed = None;
        let mut coverage = match &self.only {
            Some(only) if resource.namespaced => {
                let names: Vec<String> = only.iter().cloned().collect();
                let mut coverage = self.namespaced(resource, &names, deadline, &mut sink, &mut listed).await?;
                if coverage.state == State::Complete {
                    coverage.state = State::Partial;
                    coverage.reason = format!("only in {}", names.join(", "));
                }
                coverage
            }
            _ => {
                let ended = self.list(resource, None, deadline, 0, &mut sink).await?;
                join(&mut listed, &ended.listed);
                match &ended.fault {
                    Some(fault) if fault.class == Class::Forbidden && ended.pages == 0 && resource.namespaced => {
                        self.by_namespace(resource, deadline, &mut sink, &mut listed).await?
                    }
                    Some(fault) if fault.class == Class::NotFound => self.raced(resource, &ended, fault).await,
                    _ => settle(&ended),
                }
            }
        };
        if self.page.secrets == Secrets::Metadata && is_core(&resource.kind, "Secret") && coverage.reason.is_empty() {
            coverage.reason = "names, types and labels only (--secrets metadata)".into();
        }
        spawn_blocking(move || sink.finish(&coverage, listed.as_ref()).map(|()| (coverage, listed)))
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
        listed: &mut Option<Listed>,
    ) -> Result<Coverage, CollectError> {
        let names = self.namespaces.get_or_init(|| self.all_namespaces()).await;
        match names {
            Ok(names) => self.namespaced(resource, names, deadline, sink, listed).await,
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
        listed: &mut Option<Listed>,
    ) -> Result<Coverage, CollectError> {
        let mut all = Coverage::new(State::Complete, "");
        let mut broken: Option<(State, String)> = None;
        let mut read = 0_u64;
        for name in names {
            let ended = self.list(resource, Some(name), deadline, all.objects, sink).await?;
            join(listed, &ended.listed);
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
                        if all.reason.is_empty() {
                            all.reason = coverage.reason;
                        }
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
}

/// One list after another: from the first page of the first to the last page of the last.
fn join(all: &mut Option<Listed>, next: &Listed) {
    if next.pages == 0 || next.started.is_empty() {
        return;
    }
    let Some(all) = all else {
        *all = Some(next.clone());
        return;
    };
    all.finished.clone_from(&next.finished);
    all.pages += next.pages;
    let last = if next.last_revision.is_empty() { &next.revision } else { &next.last_revision };
    if *last != all.revision {
        all.last_revision.clone_from(last);
    }
}

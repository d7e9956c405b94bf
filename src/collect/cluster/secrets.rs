//! Secrets as the mode wants them: as a table without values, or one by one by their name.

use super::{
    fault::{Class, Fault},
    reader::Reader,
};
use crate::{
    collect::CollectError,
    snapshot::{
        Coverage, State,
        sink::KindSink,
        slim::{Secrets, Slimmer},
    },
};

/// What became of the Secrets that others name.
pub(super) struct NamedSecrets {
    pub coverage: Coverage,
    /// By `Secret namespace/name`: why it is not in the snapshot.
    pub missing: Vec<(String, Coverage)>,
}

impl Reader<'_> {
    /// Reads the Secrets that the objects read before name, one by one.
    ///
    /// # Errors
    /// The disk only.
    pub async fn named_secrets(&self, mut sink: Box<dyn KindSink>) -> Result<NamedSecrets, CollectError> {
        let disk = |error| CollectError::io("snapshot", error);
        let named = self.page.learnt().named.secrets.clone();
        let mut coverage = Coverage::new(State::Partial, "only those that a listener or an image pull names");
        let (mut missing, mut denied) = (Vec::new(), 0_u64);
        sink.begin().map_err(disk)?;
        let mut sorted: Vec<&(String, String)> = named.iter().collect();
        sorted.sort_by_key(|(namespace, name)| format!("{namespace}/{name}"));
        for (namespace, name) in sorted {
            if self.only.as_ref().is_some_and(|only| !only.contains(namespace)) || !is_name(namespace) || !is_name(name)
            {
                continue;
            }
            let path = format!("/api/v1/namespaces/{namespace}/secrets/{name}");
            let slimmer = Slimmer { retain: &self.page.retain, secrets: Secrets::Named };
            let answer = self
                .wire
                .get(&path, "application/json", None, |answer| {
                    std::str::from_utf8(&answer.body)
                        .ok()
                        .and_then(|text| slimmer.object(text, Some(("v1", "Secret")), None).ok())
                        .and_then(|slim| slim.object)
                        .filter(|object| super::page::is_core(&object.kind, "Secret"))
                        .ok_or_else(|| Fault::new(Class::Malformed, "the answer is no Secret"))
                })
                .await;
            let place = format!("Secret {namespace}/{name}");
            match answer {
                Ok((_, object)) => {
                    sink.push(object).map_err(disk)?;
                    coverage.objects += 1;
                }
                Err(fault) if fault.class == Class::NotFound => {
                    missing.push((place, Coverage::new(State::Absent, "named, but not there")));
                }
                Err(fault) => {
                    denied += 1;
                    missing.push((place, Coverage::new(fault.state(), fault.detail.clone())));
                    if fault.class == Class::Stopped {
                        break;
                    }
                }
            }
        }
        if denied > 0 {
            coverage.reason = format!("{}; {denied} of them could not be read", coverage.reason);
            if coverage.objects == 0 {
                coverage.state = State::Forbidden;
            }
        }
        sink.finish(&coverage, None).map_err(disk)?;
        Ok(NamedSecrets { coverage, missing })
    }
}

/// Names go into a path, so they must be names.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

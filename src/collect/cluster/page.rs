//! One page: what its head says, and how its items become redacted objects.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    fault::{Class, Fault},
    wire::Answer,
};
use crate::{
    collect::{discovery::Resource, named::Named},
    object::Kind,
    snapshot::{
        retain::Retain,
        sink::KindSink,
        slim::{Secrets, Slimmer},
    },
};

/// What is done with a page, off the threads that wait for the network.
pub(super) struct PageWork {
    pub retain: Retain,
    pub secrets: Secrets,
    pub object_bytes: usize,
    pub total_bytes: u64,
    pub learnt: Mutex<Learnt>,
}

/// What is learnt from objects as they pass.
#[derive(Default)]
pub(super) struct Learnt {
    /// UID of kube-system.
    pub uid: Option<String>,
    /// Secrets that other objects name.
    pub named: Named,
    /// Bytes kept so far.
    pub bytes: u64,
}

impl PageWork {
    pub fn learnt(&self) -> std::sync::MutexGuard<'_, Learnt> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The head of a page: enough to ask for the next one.
#[derive(Debug)]
pub(super) struct Head {
    pub token: Option<String>,
    pub remaining: Option<u64>,
    /// resourceVersion of the list.
    pub revision: Option<String>,
}

#[derive(Deserialize)]
struct HeadText<'a> {
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    metadata: HeadMeta,
    #[serde(borrow, default)]
    items: Option<&'a RawValue>,
    #[serde(borrow, default)]
    rows: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct HeadMeta {
    #[serde(rename = "continue", default)]
    token: Option<String>,
    #[serde(rename = "remainingItemCount", default)]
    remaining: Option<i64>,
    #[serde(rename = "resourceVersion", default)]
    revision: Option<String>,
}

/// Understands the head, or says that this is no list.
pub(super) fn head(answer: &Answer) -> Result<Head, Fault> {
    let unlike = || Fault::new(Class::Malformed, "the answer is no list");
    let text: HeadText<'_> = serde_json::from_slice(&answer.body).map_err(|_| unlike())?;
    let is_table = text.kind.as_deref() == Some("Table");
    let holds = |raw: Option<&RawValue>| raw.is_some_and(|raw| raw.get().starts_with('[') || raw.get() == "null");
    // Go writes an empty slice as null; but a body without the key is something else.
    let has_null = |key: &str| {
        serde_json::from_slice::<BTreeMap<String, serde::de::IgnoredAny>>(&answer.body)
            .is_ok_and(|keys| keys.contains_key(key))
    };
    let fine = if is_table {
        holds(text.rows) || has_null("rows")
    } else {
        text.kind.as_deref().is_none_or(|kind| kind.ends_with("List")) && (holds(text.items) || has_null("items"))
    };
    if !fine {
        return Err(unlike());
    }
    let HeadMeta { token, remaining, revision } = text.metadata;
    let told = |text: Option<String>| text.filter(|text| !text.is_empty());
    let remaining = remaining.and_then(|count| u64::try_from(count).ok());
    Ok(Head { token: told(token), remaining, revision: told(revision) })
}

/// What one page came to.
#[derive(Default)]
pub(super) struct PageResult {
    pub objects: u64,
    pub problems: Vec<String>,
    /// The snapshot has reached its size limit.
    pub full: bool,
}

pub(super) type Sunk = Box<dyn KindSink>;

/// Redacts and stores the objects of a page.
pub(super) fn work(body: &Bytes, resource: &Resource, work: &PageWork, sink: &mut Sunk) -> std::io::Result<PageResult> {
    let mut result = PageResult::default();
    let api_version = resource.api_version();
    let slimmer = Slimmer { retain: &work.retain, secrets: work.secrets };
    let mut items: Vec<std::borrow::Cow<'_, str>> = Vec::new();
    // The head was understood already, so this cannot fail in earnest.
    let page: HeadText<'_> = serde_json::from_slice(body)?;
    if page.kind.as_deref() == Some("Table") {
        match super::table::from_table(body) {
            Some(secrets) => items.extend(secrets.into_iter().map(Into::into)),
            None => result.problems.push("the table of Secrets cannot be read".into()),
        }
    } else if let Some(list) = page.items {
        let list: Option<Vec<&RawValue>> = serde_json::from_str(list.get())?;
        items.extend(list.unwrap_or_default().into_iter().map(|item| item.get().into()));
    }
    let (mut bytes, mut named, mut uid) = (0, Named::default(), None);
    for item in &items {
        if item.len() > work.object_bytes {
            result.problems.push(format!("an object of {} bytes is larger than the limit", item.len()));
            continue;
        }
        match slimmer.object(item, Some((&api_version, &resource.kind.kind)), None) {
            Ok(slim) => {
                let Some(object) = slim.object else { continue };
                bytes += object.json.len() as u64;
                if work.secrets == Secrets::Named {
                    named.look(&object);
                }
                if object.name.as_ref() == "kube-system" && is_core(&resource.kind, "Namespace") {
                    uid = object.parse::<crate::view::Bare>().ok().map(|namespace| namespace.metadata.uid);
                }
                sink.push(object)?;
                result.objects += 1;
            }
            // What serde says may quote the text.
            Err(_) => result.problems.push("an item is no Kubernetes object".into()),
        }
    }
    let mut learnt = work.learnt();
    learnt.bytes += bytes;
    result.full = learnt.bytes > work.total_bytes;
    learnt.named.merge(named);
    if uid.is_some() {
        learnt.uid = uid;
    }
    Ok(result)
}

/// Whether a kind is this one of the core group.
pub(super) fn is_core(kind: &Kind, name: &str) -> bool {
    kind.group.is_empty() && *kind.kind == *name
}

/// Path of a page of a list.
pub(super) fn page_path(path: &str, limit: u32, token: Option<&str>) -> String {
    let mut path = format!("{path}?limit={limit}");
    if let Some(token) = token {
        path.push_str("&continue=");
        push_encoded(&mut path, token);
    }
    path
}

/// Path of the first page of a list as it stood at a revision; later pages follow its token.
pub(super) fn pinned_path(path: &str, limit: u32, revision: &str) -> String {
    let mut path = format!("{path}?limit={limit}&resourceVersionMatch=Exact&resourceVersion=");
    push_encoded(&mut path, revision);
    path
}

fn push_encoded(path: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            let _ = write!(path, "%{byte:02X}");
        }
    }
}

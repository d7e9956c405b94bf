//! A folder of raw API answers: `discovery/{api,apis}.json`, `lists/GROUP_VERSION_RESOURCE.json`
//! and `version.json`, byte for byte as an API server gave them.
//!
//! Fresh discovery proves what is served, so a kind without a list is complete and empty;
//! events and leases are the exception, since nobody reads them.

use std::{fs::File, path::Path};

use serde::{Deserialize, de::DeserializeOwned};

use super::{
    CollectError, Options,
    discovery::{self, Group, GroupList},
    files::Gathered,
};
use crate::{
    object::Kind,
    snapshot::{Coverage, Discovery, Header, Snapshot, SnapshotBuilder, SourceKind, State},
};

/// Whether a folder is one of raw answers.
#[must_use]
pub fn looks_like(dir: &Path) -> bool {
    dir.join("lists").is_dir() && dir.join("discovery").is_dir()
}

fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, CollectError> {
    let text = std::fs::read_to_string(path).map_err(|e| CollectError::io(path, e))?;
    serde_json::from_str(&text)
        .map_err(|error| CollectError::Answers { path: path.display().to_string(), reason: error.to_string() })
}

/// Reads the folder.
///
/// # Errors
/// Discovery that is missing or no discovery: without it nothing could be told absent.
pub fn read(dir: &Path, options: &Options) -> Result<Snapshot, CollectError> {
    let mut builder = SnapshotBuilder::new(Header {
        source_kind: SourceKind::Answers,
        source: dir.display().to_string(),
        time: options.time.clone(),
        uid: None,
        version: None,
        context: None,
        secrets: options.secrets,
        asserted_complete: false,
        span: None,
    });
    #[derive(Deserialize)]
    struct ServerVersion {
        #[serde(rename = "gitVersion")]
        git_version: String,
    }
    let version = dir.join("version.json");
    if version.is_file() {
        builder.header_mut().version = Some(parse::<ServerVersion>(&version)?.git_version);
    }
    let mut served = Discovery::default();
    for name in ["api.json", "apis.json"] {
        let groups: GroupList = parse(&dir.join("discovery").join(name))?;
        for group in &groups.items {
            take(group, &mut served, &mut builder);
        }
    }
    served.kinds.sort();
    served.kinds.dedup();
    let mut gathered = Gathered::default();
    let lists = dir.join("lists");
    let mut names: Vec<_> = std::fs::read_dir(&lists)
        .map_err(|e| CollectError::io(&lists, e))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "json"))
        .collect();
    names.sort();
    for path in names {
        let file = File::open(&path).map_err(|e| CollectError::io(&path, e))?;
        let name = path.display().to_string();
        gathered.read(file, &name, true, options, &mut builder).map_err(|e| CollectError::io(&path, e))?;
    }
    builder.discover(served);
    let mut snapshot = gathered.finish(builder, options);
    // The origin of an object of a cluster is the cluster, not a file of the dump.
    snapshot.forget_origins();
    Ok(snapshot)
}

/// Kinds that a dump leaves out by custom: nobody may take their silence for emptiness.
const UNREAD: [(&str, &str); 3] = [("", "Event"), ("events.k8s.io", "Event"), ("coordination.k8s.io", "Lease")];

fn take(group: &Group, served: &mut Discovery, builder: &mut SnapshotBuilder) {
    for version in &group.versions {
        if version.freshness == "Stale" {
            let reason = format!("{}/{} is stale: its server did not answer", group.metadata.name, version.version);
            served.stale_groups.insert(group.metadata.name.clone(), reason);
            continue;
        }
        for resource in discovery::aggregated(&group.metadata.name, version).filter(|resource| resource.listable) {
            let unread = UNREAD.iter().any(|(group, name)| Kind::new(group, name) == resource.kind);
            let coverage = if unread {
                Coverage::new(State::Skipped, "not part of such a dump")
            } else {
                Coverage::new(State::Complete, "")
            };
            builder.cover(resource.kind.clone(), coverage);
            served.kinds.push(resource.kind);
        }
    }
}

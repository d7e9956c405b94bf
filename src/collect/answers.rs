//! A folder of raw API answers: `discovery/{api,apis}.json`, `lists/GROUP_VERSION_RESOURCE.json`
//! and `version.json`, byte for byte as an API server gave them.
//!
//! Fresh discovery proves what is served, so a kind without a list is complete and empty;
//! events and leases are the exception, since nobody reads them.

use std::{fs::File, path::Path};

use serde::Deserialize;

use super::{CollectError, Options, files::Gathered};
use crate::{
    object::Kind,
    snapshot::{Coverage, Discovery, Header, Snapshot, SnapshotBuilder, SourceKind, State},
    view::nullable,
};

/// `APIGroupDiscoveryList` of apidiscovery.k8s.io/v2.
#[derive(Deserialize)]
struct GroupList {
    #[serde(default, deserialize_with = "nullable")]
    items: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default, deserialize_with = "nullable")]
    metadata: crate::view::Named,
    #[serde(default, deserialize_with = "nullable")]
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    #[serde(default)]
    freshness: String,
    #[serde(default, deserialize_with = "nullable")]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    #[serde(default)]
    response_kind: Option<ResponseKind>,
    #[serde(default, deserialize_with = "nullable")]
    verbs: Vec<String>,
}

#[derive(Deserialize)]
struct ResponseKind {
    #[serde(default)]
    group: String,
    kind: String,
}

/// Whether a folder is one of raw answers.
#[must_use]
pub fn looks_like(dir: &Path) -> bool {
    dir.join("lists").is_dir() && dir.join("discovery").is_dir()
}

fn parse<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, CollectError> {
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
    let mut discovery = Discovery::default();
    for name in ["api.json", "apis.json"] {
        let groups: GroupList = parse(&dir.join("discovery").join(name))?;
        for group in &groups.items {
            take(group, &mut discovery, &mut builder);
        }
    }
    discovery.kinds.sort();
    discovery.kinds.dedup();
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
    builder.discover(discovery);
    let mut snapshot = gathered.finish(builder, options);
    // The origin of an object of a cluster is the cluster, not a file of the dump.
    snapshot.forget_origins();
    Ok(snapshot)
}

/// Kinds that a dump leaves out by custom: nobody may take their silence for emptiness.
const UNREAD: [(&str, &str); 3] = [("", "Event"), ("events.k8s.io", "Event"), ("coordination.k8s.io", "Lease")];

fn take(group: &Group, discovery: &mut Discovery, builder: &mut SnapshotBuilder) {
    for version in &group.versions {
        if version.freshness == "Stale" {
            let reason = format!("{}/{} is stale: its server did not answer", group.metadata.name, version.version);
            discovery.stale_groups.insert(group.metadata.name.clone(), reason);
            continue;
        }
        for resource in &version.resources {
            let Some(response) = &resource.response_kind else { continue };
            if !resource.verbs.iter().any(|verb| verb == "list") {
                continue;
            }
            let group = if response.group.is_empty() { &group.metadata.name } else { &response.group };
            let kind = Kind::new(group, &response.kind);
            let unread = UNREAD.iter().any(|(group, name)| Kind::new(group, name) == kind);
            let coverage = if unread {
                Coverage::new(State::Skipped, "not part of such a dump")
            } else {
                Coverage::new(State::Complete, "")
            };
            builder.cover(kind.clone(), coverage);
            discovery.kinds.push(kind);
        }
    }
}

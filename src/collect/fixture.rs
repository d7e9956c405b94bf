//! A small hand-made cluster: a folder of manifests with a `cluster.yaml` that says what a live
//! source would know by itself: time, version, what is served, what could not be read.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{CollectError, Options, files::Gathered};
use crate::{
    object::Kind,
    snapshot::{Coverage, Discovery, Header, Snapshot, SnapshotBuilder, SourceKind, State},
    yaml,
};

/// The file that makes a folder a cluster.
pub const MARK: &str = "cluster.yaml";

/// `cluster.yaml`; unknown keys are refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClusterFile {
    /// `fixture/1`.
    sextant: String,
    time: String,
    version: String,
    #[serde(default)]
    context: Option<String>,
    /// Kinds served besides the built-in ones and those that have objects.
    #[serde(default)]
    served: Vec<Kind>,
    /// Groups whose server does not answer.
    #[serde(default)]
    stale_groups: BTreeMap<String, String>,
    #[serde(default)]
    coverage: BTreeMap<Kind, Unread>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unread {
    state: State,
    #[serde(default)]
    reason: String,
}

/// Kinds that every API server of v1.37 serves and a collector may list.
const BUILT_IN: [(&str, &[&str]); 14] = [
    (
        "",
        &[
            "ConfigMap",
            "LimitRange",
            "Namespace",
            "Node",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "Pod",
            "ReplicationController",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
            "Endpoints",
        ],
    ),
    ("apps", &["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"]),
    ("batch", &["CronJob", "Job"]),
    ("autoscaling", &["HorizontalPodAutoscaler"]),
    ("networking.k8s.io", &["Ingress", "IngressClass", "NetworkPolicy"]),
    ("policy", &["PodDisruptionBudget"]),
    ("rbac.authorization.k8s.io", &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]),
    (
        "storage.k8s.io",
        &["CSIDriver", "CSINode", "CSIStorageCapacity", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"],
    ),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
        ],
    ),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["APIService"]),
    ("scheduling.k8s.io", &["PriorityClass"]),
    ("discovery.k8s.io", &["EndpointSlice"]),
    ("node.k8s.io", &["RuntimeClass"]),
];

/// Whether a folder is a hand-made cluster.
#[must_use]
pub fn looks_like(dir: &Path) -> bool {
    dir.join(MARK).is_file()
}

/// Reads the manifests of a folder (not those in its sub-folders, which are rules).
///
/// # Errors
/// Files that cannot be read, a `cluster.yaml` that is none.
pub fn read(dir: &Path, options: &Options) -> Result<Snapshot, CollectError> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(dir)
        .map_err(|e| CollectError::io(dir, e))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "yaml" || suffix == "json"))
        .collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(|e| CollectError::io(&path, e))?;
        files.push((path.display().to_string(), text));
    }
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    from_files(&dir.display().to_string(), &borrowed, options)
}

/// Reads a cluster from the texts of its files, `(path, text)`.
///
/// # Errors
/// No `cluster.yaml` among them, or one that cannot be read.
pub fn from_files(name: &str, files: &[(&str, &str)], options: &Options) -> Result<Snapshot, CollectError> {
    let is_mark = |path: &str| path == MARK || path.ends_with("/cluster.yaml");
    let beside = |path: &str| path.ends_with("/waivers.yaml") || path == "waivers.yaml";
    let Some((path, text)) = files.iter().find(|(path, _)| is_mark(path)) else {
        return Err(CollectError::Answers { path: name.into(), reason: format!("no {MARK}") });
    };
    let broken = |line: u32, reason: String| CollectError::Answers { path: format!("{path}:{line}"), reason };
    let cluster: ClusterFile = yaml::parse(text).map_err(|e| broken(e.line.unwrap_or(1), e.reason))?;
    if cluster.sextant != "fixture/1" {
        return Err(broken(1, format!("unknown format {:?}; this program reads fixture/1", cluster.sextant)));
    }
    let mut builder = SnapshotBuilder::new(Header {
        source_kind: SourceKind::Cluster,
        source: name.into(),
        time: options.time.clone().or(Some(cluster.time)),
        uid: None,
        version: Some(cluster.version),
        context: cluster.context,
        secrets: options.secrets,
        asserted_complete: false,
        span: None,
    });
    let built_in = BUILT_IN.iter().flat_map(|(group, kinds)| kinds.iter().map(move |kind| Kind::new(group, kind)));
    let mut served: Vec<Kind> = built_in.chain(cluster.served).collect();
    let mut gathered = Gathered::default();
    for (path, text) in files.iter().filter(|(path, _)| !is_mark(path) && !beside(path)) {
        gathered.read(text.as_bytes(), path, true, options, &mut builder).map_err(|e| CollectError::io(path, e))?;
    }
    served.extend(builder.kinds());
    served.sort();
    served.dedup();
    for kind in &served {
        builder.cover(kind.clone(), Coverage::new(State::Complete, ""));
    }
    for (kind, unread) in cluster.coverage {
        builder.cover(kind, Coverage::new(unread.state, unread.reason));
    }
    builder.discover(Discovery { kinds: served, stale_groups: cluster.stale_groups });
    let mut snapshot = gathered.finish(builder, options);
    snapshot.forget_origins();
    Ok(snapshot)
}

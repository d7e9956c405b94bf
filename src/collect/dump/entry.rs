//! What one file of a dump is, by its place in what the tool writes.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead, BufReader, Cursor, Read},
    sync::LazyLock,
};

use regex::Regex;
use serde_json::value::RawValue;

use crate::object::Kind;

/// What to do with a file.
pub(super) enum Entry {
    /// Not for us: logs, duplicates, reports.
    Skip,
    /// Objects; of this apiVersion and kind where the items say nothing.
    Read(Option<(&'static str, &'static str)>),
    /// What could not be read of this kind; without one, of kinds that the file does not name.
    Errors(Option<Kind>),
}

/// Folders and files of troubleshoot's `cluster-resources`, with what their items are.
const TROUBLESHOOT: [(&str, &str, &str); 38] = [
    ("certificatesigningrequests", "certificates.k8s.io/v1", "CertificateSigningRequest"),
    ("clusterrolebindings", "rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("clusterroles", "rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("configmaps", "v1", "ConfigMap"),
    ("cronjobs", "batch/v1", "CronJob"),
    ("custom-resource-definitions", "apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("daemonsets", "apps/v1", "DaemonSet"),
    ("deployments", "apps/v1", "Deployment"),
    ("endpoints", "v1", "Endpoints"),
    ("endpointslices", "discovery.k8s.io/v1", "EndpointSlice"),
    ("events", "v1", "Event"),
    ("ingress", "networking.k8s.io/v1", "Ingress"),
    ("ingress-classes", "networking.k8s.io/v1", "IngressClass"),
    ("ingressclasses", "networking.k8s.io/v1", "IngressClass"),
    ("jobs", "batch/v1", "Job"),
    ("leases", "coordination.k8s.io/v1", "Lease"),
    ("limitranges", "v1", "LimitRange"),
    ("mutating-webhook-configurations", "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    ("namespaces", "v1", "Namespace"),
    ("network-policy", "networking.k8s.io/v1", "NetworkPolicy"),
    ("networkpolicy", "networking.k8s.io/v1", "NetworkPolicy"),
    ("nodes", "v1", "Node"),
    ("pod-disruption-budgets", "policy/v1", "PodDisruptionBudget"),
    ("pods", "v1", "Pod"),
    ("priorityclasses", "scheduling.k8s.io/v1", "PriorityClass"),
    ("pvcs", "v1", "PersistentVolumeClaim"),
    ("pvs", "v1", "PersistentVolume"),
    ("replicasets", "apps/v1", "ReplicaSet"),
    ("resource-quota", "v1", "ResourceQuota"),
    ("rolebindings", "rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("roles", "rbac.authorization.k8s.io/v1", "Role"),
    ("serviceaccounts", "v1", "ServiceAccount"),
    ("services", "v1", "Service"),
    ("statefulsets", "apps/v1", "StatefulSet"),
    ("storage-classes", "storage.k8s.io/v1", "StorageClass"),
    // Errors alone stand under this name, in bundles of older versions.
    ("storage", "storage.k8s.io/v1", "StorageClass"),
    ("validating-webhook-configurations", "admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    ("volumeattachments", "storage.k8s.io/v1", "VolumeAttachment"),
];

/// Whose dump it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tool {
    /// troubleshoot.sh: `cluster-resources/…`.
    Troubleshoot,
    /// must-gather and `oc adm inspect`: `cluster-scoped-resources/…`, `namespaces/…`, and much else.
    MustGather,
    /// Velero: `resources/RESOURCE/{cluster,namespaces/NS}/NAME.json`.
    Velero,
    /// Crash diagnostics: `kubecapture/GROUP_VERSION/[NS/]RESOURCE-TIME.json`, each run beside the others.
    Crashd,
    /// Objects in files.
    Any,
}

/// How the files of a dump lie.
pub(super) struct Layout {
    tool: Tool,
    /// Files of an earlier run, of which a later one is there.
    older: BTreeSet<String>,
}

/// `RESOURCE-2026-11-28T02-17-53Z.1234`.
static RUN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(.*)-(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.\d+)\.(?:json|yaml)$").ok());

impl Layout {
    /// Known by the names of its files.
    pub fn of(names: &[String]) -> Self {
        let has = |folder: &str| names.iter().any(|name| name.split('/').any(|part| part == folder));
        let tool = if has("cluster-resources") {
            Tool::Troubleshoot
        } else if has("kubecapture") {
            Tool::Crashd
        } else if has("cluster-scoped-resources") {
            Tool::MustGather
        } else if names.iter().any(|name| velero(name)) {
            Tool::Velero
        } else {
            Tool::Any
        };
        let mut newest: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
        let mut older = BTreeSet::new();
        for name in names.iter().filter(|_| tool == Tool::Crashd) {
            let Some(found) = RUN.as_ref().and_then(|run| run.captures(name)) else { continue };
            let (Some(of), Some(time)) = (found.get(1), found.get(2)) else { continue };
            match newest.get_mut(of.as_str()) {
                Some((before, file)) if *before < time.as_str() => {
                    older.insert((*file).to_owned());
                    (*before, *file) = (time.as_str(), name);
                }
                Some(_) => {
                    older.insert(name.clone());
                }
                None => {
                    newest.insert(of.as_str(), (time.as_str(), name));
                }
            }
        }
        Self { tool, older }
    }

    /// Tells by the path.
    pub fn classify(&self, path: &str) -> Entry {
        let file = path.rsplit('/').next().unwrap_or_default();
        let suffix = file.rsplit_once('.').map_or("", |(_, suffix)| suffix);
        if !["json", "yaml", "yml"].contains(&suffix) || file.starts_with('.') || self.older.contains(path) {
            return Entry::Skip;
        }
        let below = |folder: &str| path.split('/').any(|part| part == folder);
        match self.tool {
            Tool::Troubleshoot => troubleshoot(path),
            // Answers of other programs lie beside the objects: Prometheus, etcd.
            Tool::MustGather if !below("cluster-scoped-resources") && !below("namespaces") => Entry::Skip,
            // Each object is there once more in other versions: `RESOURCE/VERSION[-preferredversion]/…`.
            Tool::Velero if !velero(path) => Entry::Skip,
            Tool::Crashd if !below("kubecapture") => Entry::Skip,
            _ => Entry::Read(None),
        }
    }
}

fn velero(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let at = parts.iter().position(|part| *part == "resources");
    at.and_then(|at| parts.get(at + 2)).is_some_and(|scope| *scope == "cluster" || *scope == "namespaces")
}

fn troubleshoot(path: &str) -> Entry {
    let parts: Vec<&str> = path.split('/').collect();
    let Some((file, folders)) = parts.split_last() else { return Entry::Skip };
    let Some(at) = folders.iter().position(|folder| *folder == "cluster-resources") else {
        return Entry::Skip;
    };
    let stem = file.rsplit_once('.').map_or(*file, |(stem, _)| stem);
    if let Some(name) = stem.strip_suffix("-errors") {
        // Errors of what we do not read (answers of can-i) say nothing about objects.
        return match of(name) {
            Some((api_version, kind)) => Entry::Errors(Some(Kind::from_api_version(api_version, kind))),
            None if name == "custom-resources" || folders.get(at + 1) == Some(&"custom-resources") => {
                Entry::Errors(None)
            }
            None => Entry::Skip,
        };
    }
    match folders.get(at + 1) {
        // Custom resources say themselves what they are; answers of can-i are no objects.
        Some(folder) if *folder == "custom-resources" => Entry::Read(None),
        Some(folder) => of(folder).map_or(Entry::Skip, |types| Entry::Read(Some(types))),
        None => of(stem).map_or(Entry::Skip, |types| Entry::Read(Some(types))),
    }
}

fn of(name: &str) -> Option<(&'static str, &'static str)> {
    TROUBLESHOOT.iter().find(|(folder, _, _)| *folder == name).map(|(_, api_version, kind)| (*api_version, *kind))
}

/// Bare arrays, and lists and objects that do not say what they are, become those that do.
pub(super) fn typed<'c>(content: &'c mut dyn Read, types: Option<(&str, &str)>) -> io::Result<Box<dyn Read + 'c>> {
    let mut content = BufReader::new(content);
    let Some((api_version, kind)) = types else { return Ok(Box::new(content)) };
    let head = content.fill_buf()?.trim_ascii_start();
    if head.first() == Some(&b'[') {
        let head = format!(r#"{{"apiVersion":"{api_version}","kind":"{kind}List","items":"#);
        return Ok(Box::new(Cursor::new(head.into_bytes()).chain(content).chain(Cursor::new(b"}"))));
    }
    // Go writes the types first, where there are any.
    let first = head.strip_prefix(b"{").map(<[u8]>::trim_ascii_start).unwrap_or_default();
    if !first.starts_with(b"\"metadata\"") {
        return Ok(Box::new(content));
    }
    let mut text = String::new();
    content.read_to_string(&mut text)?;
    let is_list = serde_json::from_str::<BTreeMap<String, &RawValue>>(&text).is_ok_and(|map| map.contains_key("items"));
    let kind = if is_list { format!("{kind}List") } else { kind.to_owned() };
    let rest = text.trim_start().strip_prefix('{').unwrap_or_default();
    let whole = format!(r#"{{"apiVersion":"{api_version}","kind":"{kind}",{rest}"#);
    Ok(Box::new(Cursor::new(whole.into_bytes())))
}

/// Whether an errors file holds any.
pub(super) fn tells_errors(content: &mut dyn Read) -> io::Result<bool> {
    let mut text = String::new();
    content.take(1 << 20).read_to_string(&mut text)?;
    Ok(!matches!(text.trim(), "" | "null" | "[]" | "{}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_become_lists() {
        for (before, after) in [
            (" [{}]", r#"{"apiVersion":"v1","kind":"PodList","items": [{}]}"#),
            (
                "{\n \"metadata\":{},\"items\":[]}",
                "{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\n \"metadata\":{},\"items\":[]}",
            ),
            (r#"{"metadata":{}}"#, r#"{"apiVersion":"v1","kind":"Pod","metadata":{}}"#),
            (r#"{"kind":"PodList"}"#, r#"{"kind":"PodList"}"#),
            ("", ""),
        ] {
            let mut text = String::new();
            typed(&mut before.as_bytes(), Some(("v1", "Pod"))).unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, after);
        }
    }
}

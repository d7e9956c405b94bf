//! What one file of a dump is, by its place.

use std::io::{self, BufRead, BufReader, Cursor, Read};

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
const TROUBLESHOOT: [(&str, &str, &str); 35] = [
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
    ("mutatingwebhookconfigurations", "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
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
    ("volumeattachments", "storage.k8s.io/v1", "VolumeAttachment"),
];

/// Tells by the path.
pub(super) fn classify(path: &str) -> Entry {
    let parts: Vec<&str> = path.split('/').collect();
    let Some((file, folders)) = parts.split_last() else { return Entry::Skip };
    let suffix = file.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    if !["json", "yaml", "yml"].contains(&suffix) || file.starts_with('.') {
        return Entry::Skip;
    }
    // Velero keeps each object twice: once in the version that its own server prefers.
    if folders.iter().any(|folder| folder.ends_with("-preferredversion")) {
        return Entry::Skip;
    }
    let Some(at) = folders.iter().position(|folder| *folder == "cluster-resources") else {
        return Entry::Read(None);
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

/// A bare array becomes a typed list; everything else stays what it is.
pub(super) fn typed<'c>(content: &'c mut dyn Read, types: Option<(&str, &str)>) -> io::Result<Box<dyn Read + 'c>> {
    let mut content = BufReader::new(content);
    let is_array = content.fill_buf()?.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let Some((api_version, kind)) = types.filter(|_| is_array) else { return Ok(Box::new(content)) };
    let head = format!(r#"{{"apiVersion":"{api_version}","kind":"{kind}List","items":"#);
    Ok(Box::new(Cursor::new(head.into_bytes()).chain(content).chain(Cursor::new(b"}"))))
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
        let mut text = String::new();
        typed(&mut &b" [{}]"[..], Some(("v1", "Pod"))).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, r#"{"apiVersion":"v1","kind":"PodList","items": [{}]}"#);
    }
}

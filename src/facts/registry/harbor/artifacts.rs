//! Images: their digests, tags, scans and what is attached.

use serde_json::Value;

use super::text;
use crate::facts::registry::Artifact;

pub(super) fn artifact(artifact: &Value) -> Artifact {
    let items = |key: &str| artifact.get(key).and_then(Value::as_array);
    let kinds = |key: &str| items(key).into_iter().flatten().map(|a| text(a, "type").to_owned()).collect::<Vec<_>>();
    let references = items("references").into_iter().flatten();
    let children: Vec<String> = references.map(|r| text(r, "child_digest").to_owned()).collect();
    let report = artifact.get("scan_overview").and_then(Value::as_object).and_then(|by_type| by_type.values().next());
    let mut accessories = kinds("accessories");
    accessories.extend(kinds("inherited_accessories"));
    let pulled = artifact.get("pull_time").and_then(Value::as_str).filter(|time| !time.starts_with("0001"));
    Artifact {
        digest: text(artifact, "digest").into(),
        tags: items("tags").into_iter().flatten().map(|tag| text(tag, "name").to_owned()).collect(),
        kind: text(artifact, "type").into(),
        index: !children.is_empty(),
        children,
        pushed: artifact.get("push_time").and_then(Value::as_str).map(str::to_owned),
        pulled: pulled.map(str::to_owned),
        created: artifact.pointer("/extra_attrs/created").and_then(Value::as_str).map(str::to_owned),
        accessories: Some(accessories),
        scan_status: Some(report.map_or("", |r| text(r, "scan_status")).into()),
        scan_end: report
            .map(|r| text(r, "end_time"))
            .filter(|t| !t.is_empty() && !t.starts_with("0001"))
            .map(str::to_owned),
        scan_severity: report.map_or("", |r| text(r, "severity")).to_ascii_lowercase(),
        sbom: Some(
            artifact.pointer("/sbom_overview/sbom_digest").and_then(Value::as_str).is_some_and(|d| !d.is_empty()),
        ),
        base_eol: None,
    }
}

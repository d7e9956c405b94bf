//! Report objects for clusters: wgpolicyk8s.io/v1alpha2 and openreports.io/v1alpha1, which Policy
//! Reporter and Kyverno's tools show. A List of JSON, which is YAML too and says nothing else.
//! One object a namespace, sharded, since etcd takes no more than 1.5 MiB.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde_json::{Map, Value, json};

use super::{json, text};
use crate::{
    object::ObjectRef,
    report::{Counts, Finding, PolicyHead, Report, Verdict},
};

/// Results of an object: well below 1 MiB with the longest texts that stay below.
const SHARD: usize = 250;
/// Characters of a text.
const TEXT: usize = 1_000;

/// Which of the two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// wgpolicyk8s.io/v1alpha2.
    PolicyReport,
    /// openreports.io/v1alpha1.
    OpenReports,
}

impl Api {
    fn version(self) -> &'static str {
        match self {
            Self::PolicyReport => "wgpolicyk8s.io/v1alpha2",
            Self::OpenReports => "openreports.io/v1alpha1",
        }
    }

    fn kind(self, cluster: bool) -> &'static str {
        match (self, cluster) {
            (Self::PolicyReport, true) => "ClusterPolicyReport",
            (Self::PolicyReport, false) => "PolicyReport",
            (Self::OpenReports, true) => "ClusterReport",
            (Self::OpenReports, false) => "Report",
        }
    }
}

/// Writes the List.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, api: Api, out: &mut dyn Write) -> io::Result<()> {
    let policies = text::policies(report);
    let mut places: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (finding, occurrence) in report.findings.iter().zip(text::occurrences(report)) {
        let namespace = namespace(&finding.subject);
        let policy = policies.get(finding.policy.as_str()).map(|(_, policy)| *policy);
        places.entry(namespace).or_default().push(result(report, finding, occurrence, policy));
    }
    // The cluster's object holds what passed, so it is there even when nothing failed.
    let passed = places.entry("").or_default();
    passed.extend(report.policies.iter().filter_map(|policy| pass(report, policy)));
    let mut items = Vec::new();
    for (namespace, results) in places {
        for (shard, results) in results.chunks(SHARD).enumerate() {
            items.push(object(report, api, namespace, shard, results));
        }
        if results.is_empty() {
            items.push(object(report, api, namespace, 0, &[]));
        }
    }
    json::pretty(&json!({"apiVersion": "v1", "kind": "List", "items": items}), out)
}

/// Where a subject's results are kept; manifests may hold what is no namespace.
fn namespace(subject: &ObjectRef) -> &str {
    let name = &subject.namespace;
    let label = name.len() <= 63
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if label { name } else { "" }
}

fn object(report: &Report, api: Api, namespace: &str, shard: usize, results: &[Value]) -> Value {
    let mut metadata = Map::new();
    metadata.insert("name".into(), json!(format!("sextant-{shard}")));
    if !namespace.is_empty() {
        metadata.insert("namespace".into(), json!(namespace));
    }
    metadata.insert("labels".into(), json!({"app.kubernetes.io/managed-by": "sextant"}));
    let count = |word: &str| results.iter().filter(|result| result["result"] == word).count();
    let mut object = json!({
        "apiVersion": api.version(),
        "kind": api.kind(namespace.is_empty()),
        "metadata": metadata,
        "summary": {"pass": count("pass"), "fail": count("fail"), "warn": 0, "error": count("error"), "skip": count("skip")},
        "results": results,
    });
    if api == Api::OpenReports {
        object["source"] = json!(report.tool.name);
    }
    object
}

fn stamp(report: &Report) -> Value {
    let time = text::time(report);
    json!({"seconds": time.as_second(), "nanos": time.subsec_nanosecond()})
}

fn short(text: &str) -> String {
    let text = text::clean(text);
    if text.chars().count() <= TEXT { text } else { text.chars().take(TEXT - 1).chain(['…']).collect() }
}

fn result(report: &Report, finding: &Finding, occurrence: u32, policy: Option<&PolicyHead>) -> Value {
    let ObjectRef { group, kind, namespace, name } = &finding.subject;
    let mut properties = Map::new();
    let id =
        if occurrence == 1 { finding.fingerprint.clone() } else { format!("{}-{occurrence}", finding.fingerprint) };
    // Policy Reporter's key of a result.
    properties.insert("resultID".into(), json!(id));
    let mut say = |key: &str, text: &str| {
        if !text.is_empty() {
            properties.insert(key.into(), json!(short(text)));
        }
    };
    say("path", &finding.path);
    say("group", group);
    if finding.evidence.as_object().is_some_and(|evidence| !evidence.is_empty()) {
        say("evidence", &finding.evidence.to_string());
    }
    say("state", finding.state.as_deref().unwrap_or_default());
    if finding.verdict == Verdict::Waived {
        say("waiver", &text::waived(report, finding));
    }
    say("remediation", &policy.map(|policy| text::one_line(&policy.remediation)).unwrap_or_default());
    let mut resource = Map::new();
    for (key, text) in [("kind", kind), ("namespace", namespace), ("name", name)] {
        if !text.is_empty() {
            resource.insert(key.into(), json!(short(text)));
        }
    }
    json!({
        "source": report.tool.name,
        "policy": finding.policy,
        "rule": policy.map_or(finding.policy.as_str(), |policy| &policy.title),
        "category": finding.aspect,
        "severity": finding.severity.as_str(),
        "result": match finding.verdict {
            Verdict::Unknown => "error",
            Verdict::Waived => "skip",
            Verdict::Pass | Verdict::NotApplicable => "pass",
            Verdict::Fail => "fail",
        },
        "scored": true,
        "message": short(&finding.message),
        "resources": [resource],
        "properties": properties,
        "timestamp": stamp(report),
    })
}

fn pass(report: &Report, policy: &PolicyHead) -> Option<Value> {
    let Counts { pass, .. } = policy.counts;
    (pass > 0).then(|| {
        json!({
            "source": report.tool.name,
            "policy": policy.id,
            "rule": policy.title,
            "category": policy.aspect,
            "severity": policy.severity.as_str(),
            "result": "pass",
            "scored": true,
            "message": format!("{pass} subjects passed"),
            "properties": {"resultID": text::uuid(&["pass", &policy.id])},
            "timestamp": stamp(report),
        })
    })
}

//! OSCAL 1.1.3 Assessment Results: observations of objects, and a finding for each control that a
//! policy speaks for. Unknown is never `satisfied`. UUIDs come from names, so they are stable.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use serde_json::{Value, json};

use super::{json, text};
use crate::{
    object::ObjectRef,
    report::{Counts, Finding, PolicyHead, Report, Verdict},
};

/// Whose words the properties are; a name, not an address.
const NAMESPACE: &str = "https://sextant.example/ns/oscal";

/// Writes the document.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let of = |words: &[&str]| text::uuid(&[&["oscal", text::cluster(report)], words].concat());
    let time = text::time(report).to_string();
    let title = text::clean(&format!("Audit of {}", text::cluster(report)));
    let (party, plan, tool) = (of(&["party"]), of(&["plan"]), of(&["tool"]));
    let controls = controls(report);
    let ids: Vec<Value> = controls.keys().map(|id| json!({"control-id": id})).collect();
    let observations = Observations::of(report, &of, &tool, &time);
    let findings: Vec<Value> =
        controls.iter().filter_map(|(id, policies)| finding(id, policies, &observations, &of)).collect();
    let mut result = json!({
        "uuid": of(&["result", &time]),
        "title": title,
        "description": format!("{} policies; {}.", report.policies.len(), text::gate(report)),
        "start": time,
        "end": time,
        "local-definitions": {
            "components": [{
                "uuid": tool,
                "type": "software",
                "title": report.tool.name,
                "description": "Judges snapshots of Kubernetes clusters with Rego policies.",
                "props": [{"name": "version", "value": report.tool.version}],
                "status": {"state": "operational"},
            }],
        },
        "reviewed-controls": {"control-selections": [{"description": "Controls that the policies speak for"}]},
        "assessment-log": {"entries": [{"uuid": of(&["log", &time]), "title": "audit", "start": time, "end": time}]},
    });
    if ids.is_empty() {
        result["reviewed-controls"]["control-selections"][0]["include-all"] = json!({});
    } else {
        result["reviewed-controls"]["control-selections"][0]["include-controls"] = json!(ids);
    }
    let Observations { items, list, risks, .. } = observations;
    // Empty arrays are refused.
    let lists = [("observations", list), ("risks", risks), ("findings", findings)];
    for (key, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        result[key] = Value::Array(list);
    }
    if !items.is_empty() {
        result["local-definitions"]["inventory-items"] = Value::Array(items.into_values().collect());
    }
    let document = json!({"assessment-results": {
        "uuid": of(&["document", &time]),
        "metadata": {
            "title": title,
            "last-modified": time,
            "version": time,
            "oscal-version": "1.1.3",
            "roles": [{"id": "assessor", "title": "Assessor"}],
            "parties": [{"uuid": party, "type": "organization", "name": report.tool.name}],
            "responsible-parties": [{"role-id": "assessor", "party-uuids": [party]}],
        },
        "import-ap": {"href": format!("#{plan}")},
        "local-definitions": {"activities": [{
            "uuid": of(&["activity"]),
            "title": "Automated audit",
            "description": "Policies judge a snapshot of the cluster.",
            "props": [{"name": "method", "value": "TEST"}],
        }]},
        "results": [result],
        "back-matter": {"resources": [{
            "uuid": plan,
            "title": "Assessment plan",
            "description": "The policies and rules of the run stand in for a plan.",
            "rlinks": [{"href": "urn:sextant:plan"}],
        }]},
    }});
    json::pretty(&document, out)
}

/// OSCAL's token: a letter first, then letters, digits, dots, dashes, underscores.
fn token(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_alphanumeric() || ".-_".contains(c) { c } else { '_' }).collect();
    if text.starts_with(|c: char| c.is_alphabetic() || c == '_') { text } else { format!("_{text}") }
}

fn controls(report: &Report) -> BTreeMap<String, Vec<&PolicyHead>> {
    let mut controls: BTreeMap<String, Vec<&PolicyHead>> = BTreeMap::new();
    for policy in &report.policies {
        for (framework, ids) in &policy.controls {
            for id in ids.iter().collect::<BTreeSet<_>>() {
                controls.entry(token(&format!("{framework}-{id}"))).or_default().push(policy);
            }
        }
    }
    controls
}

/// Observations and risks of a policy, by their UUIDs.
type Related = (Vec<String>, Vec<String>);

#[derive(Default)]
struct Observations<'r> {
    items: BTreeMap<&'r ObjectRef, Value>,
    list: Vec<Value>,
    risks: Vec<Value>,
    related: BTreeMap<&'r str, Related>,
}

impl<'r> Observations<'r> {
    fn of(report: &'r Report, of: &dyn Fn(&[&str]) -> String, tool: &str, time: &str) -> Self {
        let mut all = Self::default();
        for (finding, occurrence) in report.findings.iter().zip(text::occurrences(report)) {
            let key = format!("{}:{occurrence}", finding.fingerprint);
            let ObjectRef { group, kind, namespace, name } = &finding.subject;
            let item = of(&["item", group, kind, namespace, name]);
            all.items.entry(&finding.subject).or_insert_with(|| {
                let parts = [group, kind, namespace, name].map(|part| text::segment(part)).join("/");
                json!({
                    "uuid": item,
                    "description": text::clean(&finding.subject.to_string()),
                    "props": [{"name": "asset-id", "value": parts}],
                })
            });
            let (observations, risks) = all.related.entry(&finding.policy).or_default();
            let uuid = of(&["observation", &key]);
            all.list.push(observation(finding, &uuid, &item, tool, time));
            observations.push(uuid);
            if finding.verdict == Verdict::Waived {
                let uuid = of(&["risk", &key]);
                all.risks.push(risk(report, finding, &uuid));
                risks.push(uuid);
            }
        }
        all
    }
}

fn observation(finding: &Finding, uuid: &str, item: &str, tool: &str, time: &str) -> Value {
    let message = text::clean(&finding.message);
    let mut told = json!({
        "uuid": uuid,
        "title": finding.policy,
        "description": if message.trim().is_empty() { "no message".into() } else { message },
        "props": [
            {"name": "verdict", "ns": NAMESPACE, "value": finding.verdict.as_str()},
            {"name": "severity", "ns": NAMESPACE, "value": finding.severity.as_str()},
            {"name": "fingerprint", "ns": NAMESPACE, "value": finding.fingerprint},
        ],
        "methods": ["TEST"],
        "types": ["finding"],
        "origins": [{"actors": [{"type": "tool", "actor-uuid": tool}]}],
        "subjects": [{"subject-uuid": item, "type": "inventory-item"}],
        "relevant-evidence": [{"description": text::clean(&format!("{} {}", finding.path, finding.evidence))}],
        "collected": time,
    });
    if let (Some(state), Some(props)) = (&finding.state, told["props"].as_array_mut()) {
        props.push(json!({"name": "state", "ns": NAMESPACE, "value": token(state)}));
    }
    if finding.verdict == Verdict::Unknown {
        told["remarks"] = json!("It could not be judged; this is not a pass.");
    }
    told
}

fn risk(report: &Report, finding: &Finding, uuid: &str) -> Value {
    let told = text::clean(&text::waived(report, finding));
    let mut risk = json!({
        "uuid": uuid,
        "title": finding.policy,
        "description": text::clean(&text::sentence(finding)),
        "statement": told,
        "status": "deviation-approved",
    });
    let expires = text::waiver(report, finding).and_then(|waiver| waiver["expires"].as_str());
    if let Some(date) = expires.and_then(|expires| expires.get(..10)?.parse::<jiff::civil::Date>().ok()) {
        risk["deadline"] = json!(format!("{date}T23:59:59Z"));
    }
    risk
}

fn finding(
    control: &str,
    policies: &[&PolicyHead],
    observations: &Observations<'_>,
    of: &dyn Fn(&[&str]) -> String,
) -> Option<Value> {
    let sum = |count: fn(&Counts) -> u64| policies.iter().map(|policy| count(&policy.counts)).sum::<u64>();
    let (fail, unknown) = (sum(|counts| counts.fail), sum(|counts| counts.unknown));
    let (waived, pass) = (sum(|counts| counts.waived), sum(|counts| counts.pass));
    // Nothing was judged: the control was not assessed, and is not told as if it were.
    if fail + unknown + waived + pass == 0 {
        return None;
    }
    let (state, reason) = match (fail + waived, unknown) {
        (0, 0) => ("satisfied", "pass"),
        (0, _) => ("not-satisfied", "other"),
        _ => ("not-satisfied", "fail"),
    };
    let names: Vec<&str> = policies.iter().map(|policy| policy.id.as_str()).collect();
    let mut finding = json!({
        "uuid": of(&["finding", control]),
        "title": control,
        "description": format!(
            "{}: {fail} failed, {unknown} could not be judged, {waived} waived, {pass} passed.", names.join(", ")
        ),
        "target": {"type": "objective-id", "target-id": control, "status": {"state": state, "reason": reason}},
    });
    let related = |pick: fn(&Related) -> &Vec<String>, key: &str| -> Vec<Value> {
        let related = policies.iter().filter_map(|policy| observations.related.get(policy.id.as_str()));
        related.flat_map(pick).map(|uuid| json!({key: uuid})).collect()
    };
    let (seen, risks) = (related(|(seen, _)| seen, "observation-uuid"), related(|(_, risks)| risks, "risk-uuid"));
    for (key, list) in [("related-observations", seen), ("related-risks", risks)] {
        if !list.is_empty() {
            finding[key] = Value::Array(list);
        }
    }
    Some(finding)
}

//! The findings as columns with every text once: what the page's script reads. Above a size it is
//! packed, so that 10,000 findings stay below 1 MB.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use base64::Engine as _;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::{json, text};
use crate::report::{Finding, Report, Verdict};

/// Bytes of JSON that are embedded as they are.
const PLAIN: usize = 256 * 1024;

#[derive(Default, Serialize)]
struct Columns {
    text: Vec<String>,
    policies: Vec<Value>,
    verdict: Vec<u8>,
    severity: Vec<u8>,
    policy: Vec<usize>,
    kind: Vec<usize>,
    /// What the subject is filtered by: a Namespace belongs to itself.
    namespace: Vec<usize>,
    object: Vec<usize>,
    name: Vec<String>,
    path: Vec<usize>,
    message: Vec<usize>,
    evidence: Vec<usize>,
    fingerprint: Vec<String>,
    file: Vec<usize>,
    line: Vec<u32>,
    state: Vec<usize>,
    waiver: Vec<usize>,
    #[serde(skip)]
    known: HashMap<String, usize>,
}

impl Columns {
    fn text(&mut self, text: &str) -> usize {
        let text = text::clean(text);
        if let Some(index) = self.known.get(&text) {
            return *index;
        }
        self.text.push(text.clone());
        self.known.insert(text, self.text.len() - 1);
        self.text.len() - 1
    }
}

/// Open ones first, the worst first; else the order of the report.
#[must_use]
pub fn ranked(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| (finding.verdict, std::cmp::Reverse(finding.severity)));
    findings
}

/// The namespace of a subject; a Namespace is its own.
#[must_use]
pub fn namespace(finding: &Finding) -> &str {
    let subject = &finding.subject;
    if subject.kind == "Namespace" && subject.group.is_empty() { &subject.name } else { &subject.namespace }
}

/// Writes the script element.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let policies = text::policies(report);
    let told = report
        .policies
        .iter()
        .map(|policy| {
            let controls: Vec<String> =
                policy.controls.iter().map(|(name, ids)| format!("{name}: {}", ids.join(", "))).collect();
            // Only these schemes are links; a policy of somebody else may say anything.
            let links: Vec<&String> = policy.links.iter().filter(|link| link.starts_with("https://")).collect();
            json!({
                "id": text::clean(&policy.id), "title": text::clean(&policy.title), "aspect": policy.aspect,
                "description": text::one_line(&policy.description),
                "remediation": text::one_line(&policy.remediation),
                "controls": text::clean(&controls.join("; ")), "links": links,
            })
        })
        .collect();
    let mut columns = Columns { policies: told, ..Columns::default() };
    for finding in ranked(report) {
        let Some((policy, _)) = policies.get(finding.policy.as_str()) else { continue };
        columns.policy.push(*policy);
        columns.verdict.push(match finding.verdict {
            Verdict::Unknown => 1,
            Verdict::Waived => 2,
            _ => 0,
        });
        columns.severity.push(4 - finding.severity as u8);
        let subject = &finding.subject;
        let evidence = if finding.evidence.as_object().is_some_and(serde_json::Map::is_empty) {
            String::new()
        } else {
            finding.evidence.to_string()
        };
        let waiver = if finding.waiver.is_some() { text::waived(report, finding) } else { String::new() };
        let index = [
            &subject.kind,
            namespace(finding),
            &subject.namespace,
            &finding.path,
            &finding.message,
            &evidence,
            finding.file.as_deref().unwrap_or_default(),
            finding.state.as_deref().unwrap_or_default(),
            &waiver,
        ]
        .map(|text| columns.text(text));
        let [kind, namespace, object, path, message, evidence, file, state, waiver] = index;
        columns.kind.push(kind);
        columns.namespace.push(namespace);
        columns.object.push(object);
        columns.path.push(path);
        columns.message.push(message);
        columns.evidence.push(evidence);
        columns.file.push(file);
        columns.state.push(state);
        columns.waiver.push(waiver);
        columns.name.push(text::clean(&subject.name));
        columns.fingerprint.push(finding.fingerprint.clone());
        columns.line.push(finding.line.unwrap_or(0));
    }
    let mut plain = Vec::new();
    json::embedded(&columns, &mut plain)?;
    if plain.len() <= PLAIN {
        out.write_all(br#"<script type="application/json" id="data">"#)?;
        out.write_all(&plain)?;
    } else {
        // No time in the header: the same report is the same bytes.
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(&plain)?;
        out.write_all(br#"<script type="application/gzip" id="data">"#)?;
        out.write_all(base64::engine::general_purpose::STANDARD.encode(packed.finish()?).as_bytes())?;
    }
    out.write_all(b"</script>\n")
}

//! What renderers share: text of the cluster made inert, names that are stable from run to run,
//! and what a finding's policy and waiver say. Nothing here knows a format.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use crate::{
    object::ObjectRef,
    report::{Finding, PolicyHead, Report, Verdict},
};

/// Characters that a terminal obeys or that hide text: controls, direction, no width, tags; and
/// those that are no characters at all, which XML and HTML refuse.
#[must_use]
pub fn hostile(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xfffe == 0xfffe
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{fdd0}'..='\u{fdef}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Printable ASCII, as nearly every text is: nothing in it is hostile.
#[must_use]
pub fn plain(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// Whether a `[` after this text would end the head of a logging command. Runners of CI obey
/// `##[name]` (GitHub) and `##vso[name]` (Azure) wherever they stand in a line of the log, and any
/// format may be printed into a log.
#[must_use]
pub fn commands(before: &str) -> bool {
    before.trim_end_matches(|c: char| c.is_ascii_alphanumeric()).ends_with("##")
}

/// Names and messages come from the cluster: what a terminal or the log of a CI job would obey
/// becomes visible.
#[must_use]
pub fn clean(text: &str) -> String {
    if plain(text) && !text.contains("##") {
        return text.to_owned();
    }
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '[' && commands(&cleaned) {
            cleaned.push('\u{fffd}');
        }
        cleaned.push(if hostile(c) { '\u{fffd}' } else { c });
    }
    cleaned
}

/// Lines of the project's own prose, as one line.
#[must_use]
pub fn one_line(text: &str) -> String {
    clean(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Text without markup, for places that take `&`, `<` and quotes for their own; XML 1.0 and HTML.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '[' if commands(&escaped) => escaped.push_str("&#91;"),
            c if hostile(c) => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// What people call the cluster.
#[must_use]
pub fn cluster(report: &Report) -> &str {
    report.snapshot.cluster.called(&report.snapshot.source)
}

/// The report's time, for formats that cannot do without one.
#[must_use]
pub fn time(report: &Report) -> jiff::Timestamp {
    let told = report.snapshot.time.as_deref().and_then(|time| time.parse().ok());
    told.unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

/// A name-based UUID: the same words give the same one in every run.
#[must_use]
pub fn uuid(words: &[&str]) -> String {
    // Of the project alone, so that no other tool's names meet ours.
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_OID, b"sextant/v1");
    Uuid::new_v5(&namespace, words.join("\0").as_bytes()).to_string()
}

/// One part of a path or URI: everything that could mean something is percent-encoded.
#[must_use]
pub fn segment(text: &str) -> String {
    if text.is_empty() {
        return "_".into();
    }
    let dots = text.bytes().all(|byte| byte == b'.');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) || (byte == b'.' && !dots);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Where a finding is: the user's file as a relative URI, or a path of its own for an object that
/// no file holds, the same in every run.
#[must_use]
pub fn place(report: &Report, finding: &Finding) -> String {
    if let Some(file) = &finding.file {
        return parts(file).map(|part| if part == ".." { part } else { segment(&part) }).collect::<Vec<_>>().join("/");
    }
    let ObjectRef { group, kind, namespace, name } = &finding.subject;
    let namespace = if namespace.is_empty() { "_cluster".into() } else { segment(namespace) };
    let kind = if group.is_empty() { segment(kind) } else { format!("{}.{}", segment(kind), segment(group)) };
    format!("cluster/{}/{namespace}/{kind}/{}.yaml", segment(cluster(report)), segment(name))
}

/// The same for consumers that want a path of the repository and no URI: the file by its own name.
#[must_use]
pub fn path(report: &Report, finding: &Finding) -> String {
    match &finding.file {
        Some(file) => clean(&parts(file).collect::<Vec<_>>().join("/")),
        None => place(report, finding),
    }
}

fn parts(file: &str) -> impl Iterator<Item = String> {
    let file = file.replace('\\', "/");
    let parts: Vec<String> =
        file.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect();
    parts.into_iter()
}

/// What was not read, by state and reason, in the order of the report: many kinds have one cause.
#[must_use]
pub fn gaps(report: &Report) -> Vec<Gap<'_>> {
    let mut groups: Vec<Gap<'_>> = Vec::new();
    for gap in report.gaps() {
        let what = gap.kind.as_deref().or(gap.source.as_deref()).unwrap_or_default();
        match groups.iter_mut().find(|group| group.state == gap.state.as_str() && group.reason == gap.reason) {
            Some(group) => group.what.push(what),
            None => groups.push(Gap { state: gap.state.as_str(), reason: &gap.reason, what: vec![what] }),
        }
    }
    groups
}

/// Kinds and sources that were not read for one cause.
#[derive(Clone, Debug)]
pub struct Gap<'r> {
    /// State of coverage.
    pub state: &'static str,
    /// Why.
    pub reason: &'r str,
    /// Kinds and sources.
    pub what: Vec<&'r str>,
}

/// How often this fingerprint stood before, from 1: a policy may have two things to say about one
/// place, and formats that key on fingerprints would fold them.
#[must_use]
pub fn occurrences(report: &Report) -> Vec<u32> {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let count = |finding| {
        let times = seen.entry(finding).or_default();
        *times += 1;
        *times
    };
    report.findings.iter().map(|finding| finding.fingerprint.as_str()).map(count).collect()
}

/// Policies by id.
#[must_use]
pub fn policies(report: &Report) -> HashMap<&str, (usize, &PolicyHead)> {
    report.policies.iter().enumerate().map(|(index, policy)| (policy.id.as_str(), (index, policy))).collect()
}

/// The waiver of a finding, where the report has it.
#[must_use]
pub fn waiver<'r>(report: &'r Report, finding: &Finding) -> Option<&'r Value> {
    let id = finding.waiver.as_deref()?;
    report.waivers.iter().find(|waiver| waiver["id"] == id)
}

/// Who answers for a waived finding, until when and why, in one line.
#[must_use]
pub fn waived(report: &Report, finding: &Finding) -> String {
    let id = finding.waiver.as_deref().unwrap_or("unnamed");
    let Some(waiver) = waiver(report, finding) else { return format!("waiver {id}") };
    let word = |key: &str| waiver[key].as_str().unwrap_or("-");
    format!("waiver {id} of {} until {}: {}", word("owner"), word("expires"), word("reason"))
}

/// Findings with this verdict; a subject with two findings counts twice.
#[must_use]
pub fn count(report: &Report, verdict: Verdict) -> usize {
    report.findings.iter().filter(|finding| finding.verdict == verdict).count()
}

/// Title and message with the object: what a reader needs where a format has one line.
#[must_use]
pub fn sentence(finding: &Finding) -> String {
    let path = if finding.path.is_empty() { String::new() } else { format!(" {}", finding.path) };
    format!("{}{path}: {}", finding.subject, finding.message)
}

/// The judgement of the gate in words.
#[must_use]
pub fn gate(report: &Report) -> &'static str {
    let gate = &report.gate;
    match (gate.failed, gate.incomplete) {
        (true, true) => "gate failed, and incomplete",
        (true, false) => "gate failed",
        (false, true) if gate.exit_code != 0 => "incomplete",
        (false, true) => "gate satisfied, though incomplete",
        (false, false) => "gate satisfied",
    }
}

/// What the gate fails on, in words.
#[must_use]
pub fn threshold(report: &Report) -> String {
    match report.gate.fail_on.as_str() {
        "never" => "violations alone do not fail it".into(),
        "critical" => "fails on critical".into(),
        severity => format!("fails on {} and above", clean(severity)),
    }
}

/// How many violations are in which state against the baseline, in a line; none without one.
#[must_use]
pub fn compared(report: &Report) -> Option<String> {
    let head = report.baseline.as_ref()?;
    let of = head.time.as_ref().map_or(String::new(), |time| format!(" of {time}"));
    Some(format!(
        "against the baseline{of}: {} new, {} regressed, {} unchanged, {} fixed, {} incomparable",
        head.new, head.regressed, head.unchanged, head.fixed, head.incomparable
    ))
}

/// Lines for a log. GitHub's runner obeys `::name::` at the head of a line, whatever blanks stand
/// before it: the first of such colons becomes visible.
#[must_use]
pub fn calm(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.lines().any(|line| line.trim_start().starts_with("::")) {
        return text.into();
    }
    let calmed = text.split_inclusive('\n').map(|line| {
        let rest = line.trim_start();
        match rest.strip_prefix("::") {
            Some(after) => format!("{}\u{fffd}:{after}", &line[..line.len() - rest.len()]),
            None => line.to_owned(),
        }
    });
    calmed.collect::<String>().into()
}

/// What is told of something that went wrong, as lines for a log: what a terminal or a runner would
/// obey is visible, and lines stay lines.
#[must_use]
pub fn told(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| clean(&line.replace('\t', "    "))).collect();
    calm(&lines.join("\n")).into_owned()
}

/// Judged subjects that passed, in whole percent; unknown is not passed, 99.9 is not 100.
#[must_use]
pub fn percent(counts: &crate::report::Counts) -> Option<u64> {
    let judged = counts.judged();
    (judged > 0).then(|| counts.pass * 100 / judged)
}

//! GitHub-flavoured Markdown: the verdict, what was not seen, the counts, then findings by policy.
//! Text of the cluster is escaped so that it makes no markup, no link, no mention and no new line.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use super::text::{self, clean};
use crate::report::{Finding, Report, Verdict};

/// Writes the document; with a limit, findings are left out, counted, before it is passed.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, limit: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { text: String::new(), limit: limit.unwrap_or(usize::MAX), left_out: 0 };
    head(report, &mut page);
    coverage(report, &mut page);
    extensions(report, &mut page);
    for (verdict, title) in
        [(Verdict::Fail, "Violations"), (Verdict::Unknown, "Unknown: could not be judged"), (Verdict::Waived, "Waived")]
    {
        findings(report, verdict, title, &mut page);
    }
    gone(report, &mut page);
    if page.left_out > 0 {
        page.text.truncate(page.text.trim_end().len());
        page.text.push_str(&format!("\n\n{} more lines stand in the full report.\n", page.left_out));
    }
    out.write_all(page.text.as_bytes())
}

/// Kept free for the line that tells what was left out.
const RESERVE: usize = 500;

struct Page {
    text: String,
    limit: usize,
    left_out: usize,
}

impl Page {
    fn line(&mut self, text: &str) {
        // What is left out is the end, not lines here and there.
        if self.left_out > 0 || self.text.len() + text.len() + RESERVE > self.limit {
            self.left_out += 1;
        } else {
            self.text.push_str(text);
            self.text.push('\n');
        }
    }
}

/// Text that says what it says and nothing else.
#[must_use]
pub fn prose(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    let text = clean(&text.replace(['\r', '\n', '\t'], " "));
    let text = text.trim();
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(c);
            }
            // Neither a mention nor a mail address; neither link nor bare domain: a joiner of no width between.
            '@' => escaped.push_str("@\u{2060}"),
            ':' if rest.starts_with("//") => escaped.push_str(":\u{2060}"),
            '.' if text[..at].to_ascii_lowercase().ends_with("www") => escaped.push_str("\u{2060}."),
            // What begins a list, a rule or a heading at the head of a line.
            '-' | '+' | '=' if at == 0 => {
                escaped.push('\\');
                escaped.push(c);
            }
            '.' if text[..at].bytes().all(|byte| byte.is_ascii_digit()) && at > 0 => escaped.push_str("\\."),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A name as code: no markup in it, and mentions and links sleep.
#[must_use]
pub fn code(text: &str) -> String {
    let text = clean(&text.replace(['\r', '\n', '\t'], " ")).replace('|', "\u{2502}");
    if text.trim().is_empty() {
        return "–".into();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", text.trim())
}

fn head(report: &Report, page: &mut Page) {
    let gate = &report.gate;
    page.line(&format!("# Audit of {}", prose(text::cluster(report))));
    page.line("");
    let verdict = text::gate(report).to_uppercase();
    page.line(&format!("**{verdict}** – {}; exit code {}.", prose(&text::threshold(report)), gate.exit_code));
    for reason in &gate.reasons {
        page.line(&format!("{}.", prose(reason)));
    }
    let count = |verdict| text::count(report, verdict);
    page.line(&format!(
        "{} violations, {} unknown, {} waived.",
        count(Verdict::Fail),
        count(Verdict::Unknown),
        count(Verdict::Waived)
    ));
    page.line("");
    let time = report.snapshot.as_of("unknown time");
    let version = report.snapshot.cluster.version.as_deref().unwrap_or("unknown version");
    page.line(&format!(
        "Kubernetes {}, as of {}; sextant {}, {} policies.",
        prose(version),
        prose(&time),
        prose(&report.tool.version),
        report.policies.len()
    ));
    if let Some(told) = text::compared(report) {
        page.line(&format!("\nViolations {}.", prose(&told)));
    }
    page.line("\n## Aspects\n");
    page.line("| Aspect | Fail | Unknown | Waived | Pass | N/A | Passed |");
    page.line("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for aspect in &report.aspects {
        let counts = &aspect.counts;
        let percent = text::percent(counts).map_or("–".into(), |percent| format!("{percent} %"));
        page.line(&format!(
            "| {} | {} | {} | {} | {} | {} | {percent} |",
            prose(&aspect.aspect),
            counts.fail,
            counts.unknown,
            counts.waived,
            counts.pass,
            counts.not_applicable
        ));
    }
}

fn coverage(report: &Report, page: &mut Page) {
    let unread = report.gaps().count();
    page.line("\n## Coverage\n");
    let read = report.coverage.len() - unread;
    if unread == 0 {
        return page.line(&format!("All {read} kinds and sources were read, or are proven absent."));
    }
    page.line(&format!("{read} kinds and sources were read or are proven absent; {unread} were not:\n"));
    page.line("| What | State | Reason |");
    page.line("| --- | --- | --- |");
    for gap in text::gaps(report) {
        let what: Vec<String> = gap.what.iter().map(|what| code(what)).collect();
        page.line(&format!("| {} | {} | {} |", what.join(", "), gap.state, prose(gap.reason)));
    }
}

fn extensions(report: &Report, page: &mut Page) {
    page.line("\n## Extensions\n");
    if report.extensions.is_empty() {
        return page.line("None detected.");
    }
    page.line("| Aspect | System | Version | State | Health |");
    page.line("| --- | --- | --- | --- | --- |");
    for extension in &report.extensions {
        let word = |key: &str| prose(extension[key].as_str().unwrap_or("–"));
        page.line(&format!(
            "| {} | {} | {} | {} | {} |",
            word("aspect"),
            code(extension["id"].as_str().unwrap_or_default()),
            word("version"),
            word("state"),
            word("health")
        ));
    }
    if let Some(catalogue) = &report.catalogue {
        page.line(&format!("\n{}", prose(&catalogue.told())));
    }
}

fn findings(report: &Report, verdict: Verdict, title: &str, page: &mut Page) {
    let mut groups: HashMap<&str, Vec<&Finding>> = HashMap::new();
    for finding in report.findings.iter().filter(|finding| finding.verdict == verdict) {
        groups.entry(&finding.policy).or_default().push(finding);
    }
    let total: usize = groups.values().map(Vec::len).sum();
    if total == 0 {
        return;
    }
    page.line(&format!("\n## {title} ({total})"));
    let mut policies: Vec<_> =
        report.policies.iter().filter_map(|policy| Some((policy, groups.remove(policy.id.as_str())?))).collect();
    // Stable: within a severity by id.
    policies.sort_by_key(|(_, group)| std::cmp::Reverse(group.iter().map(|finding| finding.severity).max()));
    for (policy, group) in policies {
        let worst = group.iter().map(|finding| finding.severity).max().unwrap_or(policy.severity);
        page.line(&format!("\n### {} {} ({worst}, {})\n", prose(&policy.id), prose(&policy.title), group.len()));
        if verdict == Verdict::Fail && !policy.remediation.is_empty() {
            page.line(&format!("Fix: {}\n", prose(&text::one_line(&policy.remediation))));
        }
        for finding in group {
            let path = if finding.path.is_empty() { String::new() } else { format!(" {}", code(&finding.path)) };
            let place = finding.file.as_ref().map_or(String::new(), |file| {
                format!(" in {}", code(&format!("{file}:{}", finding.line.unwrap_or(1))))
            });
            let state = finding.state.as_deref().map_or(String::new(), |state| format!(" *({})*", prose(state)));
            let waiver = match verdict {
                Verdict::Waived => format!(" – {}", prose(&text::waived(report, finding))),
                _ => String::new(),
            };
            let subject = code(&finding.subject.to_string());
            page.line(&format!("- {subject}{path}: {}{place}{state}{waiver}", prose(&finding.message)));
        }
    }
}

/// What the baseline has and this report has not.
fn gone(report: &Report, page: &mut Page) {
    if report.absent.is_empty() {
        return;
    }
    page.line(&format!("\n## Gone since the baseline ({})\n", report.absent.len()));
    for finding in &report.absent {
        let path = if finding.path.is_empty() { String::new() } else { format!(" {}", code(&finding.path)) };
        let state = prose(finding.state.as_deref().unwrap_or_default());
        let (policy, subject) = (prose(&finding.policy), code(&finding.subject.to_string()));
        page.line(&format!("- *{state}* {policy} {subject}{path}: {}", prose(&finding.message)));
    }
}

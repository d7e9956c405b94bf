//! Findings by aspect and policy: grouped, and of many only so many, with counts of the rest.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{
    super::{Style, text::clean},
    layout::{Paint, fold, wrap},
};
use crate::{
    report::{Finding, PolicyHead, Report, Verdict},
    severity::Severity,
};

/// Findings of one policy that are shown unless all are asked for.
const SHOWN: usize = 8;
/// Findings of a verdict from which on its policies are capped harder.
const MANY: usize = 300;

/// Of many findings: policies that are told in full, and findings of each; the other policies are
/// a line each, so that nothing is left out and the terminal is not flooded.
fn cap(verdict: Verdict, findings: usize, style: Style) -> (usize, usize) {
    match verdict {
        _ if style.all => (usize::MAX, usize::MAX),
        _ if findings <= MANY => (usize::MAX, SHOWN),
        Verdict::Fail => (10, 3),
        _ => (3, 2),
    }
}

/// The worst severity among a policy's findings, which may be graded by case.
fn worst(groups: &BTreeMap<&str, Vec<&Finding>>, policy: &str) -> Severity {
    let group = groups.get(policy).map(Vec::as_slice).unwrap_or_default();
    group.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Info)
}

/// Findings of one verdict.
pub fn findings(
    report: &Report,
    verdict: Verdict,
    title: &str,
    style: Style,
    paint: &Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut groups: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.verdict == verdict) {
        groups.entry(&finding.policy).or_default().push(finding);
    }
    if groups.is_empty() {
        return Ok(());
    }
    let total: usize = groups.values().map(Vec::len).sum();
    writeln!(out, "\n{}  {total}", paint.bold(title))?;
    // The worst policies are told in full; none is left out.
    let mut ranked: Vec<(Severity, &str)> = groups.keys().map(|id| (worst(&groups, id), *id)).collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let (most, shown) = cap(verdict, total, style);
    let full: std::collections::BTreeSet<&str> = ranked.into_iter().take(most).map(|(_, id)| id).collect();
    for aspect in &report.aspects {
        let mut policies: Vec<&PolicyHead> = report
            .policies
            .iter()
            .filter(|policy| policy.aspect == aspect.aspect && groups.contains_key(policy.id.as_str()))
            .collect();
        policies.sort_by_key(|policy| (std::cmp::Reverse(worst(&groups, &policy.id)), &policy.id));
        if policies.is_empty() {
            continue;
        }
        writeln!(out, "\n{}", paint.bold(&aspect.aspect.to_uppercase()))?;
        for policy in policies {
            let group = groups.get(policy.id.as_str()).map(Vec::as_slice).unwrap_or_default();
            if full.contains(policy.id.as_str()) {
                policy_block(policy, group, verdict, shown, style, out)?;
            } else {
                policy_line(policy, group, style, out)?;
            }
        }
    }
    if full.len() < groups.len() {
        fold(
            style,
            "\n  ",
            2,
            &format!("{} policies in a line each; --all shows everything", groups.len() - full.len()),
            true,
            out,
        )?;
    }
    Ok(())
}

fn policy_line(policy: &PolicyHead, group: &[&Finding], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint(style.colour);
    let worst = group.iter().map(|finding| finding.severity).max().unwrap_or(policy.severity);
    let head = format!("  {} {}  ", paint.severity(worst), paint.bold(&policy.id));
    let told = format!("{} × {}", group.len(), clean(&policy.title));
    let mut lines = wrap(&told, usize::from(style.width).saturating_sub(14 + policy.id.len()).max(20)).into_iter();
    let first = lines.next().unwrap_or_default();
    writeln!(out, "{head}{first}{}", if lines.next().is_some() { "…" } else { "" })
}

fn policy_block(
    policy: &PolicyHead,
    group: &[&Finding],
    verdict: Verdict,
    shown: usize,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint(style.colour);
    let worst = group.iter().map(|finding| finding.severity).max().unwrap_or(policy.severity);
    let head = format!("  {} {}  ", paint.severity(worst), paint.bold(&policy.id));
    fold(style, &head, 13 + policy.id.len(), &clean(&policy.title), false, out)?;
    // Unknowns of one cause are one line with a count, not a flood.
    let mut by_message: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in group {
        by_message.entry(&finding.message).or_default().push(finding);
    }
    let (mut lines, mut told) = (0, 0);
    for finding in group {
        if lines == shown {
            writeln!(out, "      … and {} more (--all)", group.len() - told)?;
            break;
        }
        let same = by_message.get(finding.message.as_str()).map_or(0, Vec::len);
        if same > 3 && !style.all {
            let Some(all) = by_message.remove(finding.message.as_str()) else { continue };
            let names: Vec<String> = all.iter().take(4).map(|f| clean(&f.subject.to_string())).collect();
            let more = if all.len() > 4 { format!(" and {} more", all.len() - 4) } else { String::new() };
            fold(style, "    - ", 6, &format!("{} subjects: {}", all.len(), clean(&finding.message)), false, out)?;
            fold(style, "      ", 6, &format!("{}{more}", names.join(", ")), true, out)?;
            (lines, told) = (lines + 1, told + all.len());
            continue;
        }
        if !by_message.contains_key(finding.message.as_str()) {
            continue;
        }
        let place = match (&finding.file, finding.line) {
            (Some(file), Some(line)) => format!(" ({}:{line})", clean(file)),
            _ => String::new(),
        };
        let path = if finding.path.is_empty() { String::new() } else { format!(" {}", clean(&finding.path)) };
        let state = finding.state.as_deref().map_or(String::new(), |state| format!(" [{}]", clean(state)));
        let waiver = finding.waiver.as_deref().map_or(String::new(), |id| format!(" [waiver {}]", clean(id)));
        let text =
            format!("{}{path}: {}{place}{state}{waiver}", clean(&finding.subject.to_string()), clean(&finding.message));
        fold(style, "    - ", 6, &text, false, out)?;
        (lines, told) = (lines + 1, told + 1);
    }
    if verdict == Verdict::Fail {
        let remedy = policy.remediation.split_whitespace().collect::<Vec<_>>().join(" ");
        fold(style, "    fix: ", 9, &clean(&remedy), true, out)?;
    }
    Ok(())
}

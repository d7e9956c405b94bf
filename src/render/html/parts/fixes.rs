//! The remedies that clear most of the worst.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use super::{escape, open, text};
use crate::{
    report::{Report, Verdict},
    severity::Severity,
};

/// Remedies that are told.
const FIXES: usize = 12;

/// The remedies that clear most of the worst.
pub fn fixes(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    open("fixes", "What to fix first", out)?;
    let mut groups: HashMap<&str, (Severity, usize)> = HashMap::new();
    for finding in report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail) {
        let group = groups.entry(&finding.policy).or_insert((finding.severity, 0));
        *group = (group.0.max(finding.severity), group.1 + 1);
    }
    let mut fixes: Vec<_> =
        report.policies.iter().filter_map(|policy| Some((policy, *groups.get(policy.id.as_str())?))).collect();
    fixes.sort_by_key(|(_, group)| std::cmp::Reverse(*group));
    if fixes.is_empty() {
        return writeln!(out, "<p>Nothing.</p>\n</section>");
    }
    writeln!(
        out,
        "<table class=\"stack\"><caption>By severity, then by what it clears</caption><thead><tr><th scope=\"col\">Severity</th>\
         <th scope=\"col\">Policy</th><th scope=\"col\" class=\"num\">Clears</th><th scope=\"col\">What to do</th></tr></thead><tbody>"
    )?;
    for (policy, (severity, count)) in fixes.iter().take(FIXES) {
        writeln!(
            out,
            "<tr><td><span class=\"badge {severity}\">{severity}</span></td><th scope=\"row\" class=\"id\" data-policy=\"{id}\">{id}</th>\
             <td class=\"num\" data-l=\"clears\">{count}</td><td>{}<br><span class=\"soft\">{}</span></td></tr>",
            escape(&text::one_line(&policy.remediation)),
            escape(&policy.title),
            id = escape(&policy.id)
        )?;
    }
    writeln!(out, "</tbody></table>")?;
    if fixes.len() > FIXES {
        writeln!(out, "<p class=\"soft\">{} more policies have violations.</p>", fixes.len() - FIXES)?;
    }
    writeln!(out, "</section>")
}

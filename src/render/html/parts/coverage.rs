//! What was read and what was not, and policies that could not run.

use std::io::{self, Write};

use super::{escape, open, scroll, text};
use crate::report::Report;

/// Kinds of one cause that are named each; more are folded.
const SHOWN: usize = 6;

/// What was read and what was not.
pub fn coverage(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    open("coverage", "Coverage: what was seen", out)?;
    let unread = report.gaps().count();
    let absent = report.coverage.iter().filter(|c| c.state == crate::snapshot::State::Absent).count();
    let read = report.coverage.len() - unread - absent;
    writeln!(
        out,
        "<p>{read} kinds and sources were read completely, {absent} are proven not to be served, <strong>{unread} were not \
         read completely</strong>.</p>"
    )?;
    if unread > 0 {
        writeln!(
            out,
            "<p>What depends on them is <em>unknown</em>, never passed. <code>sextant preflight</code> shows what access is \
             missing, <code>sextant rbac</code> prints the role that is enough.</p>"
        )?;
        scroll("What was not read", out)?;
        writeln!(
            out,
            "<table class=\"stack\"><caption>Not read completely</caption><thead><tr><th scope=\"col\">What</th><th scope=\"col\">State</th>\
             <th scope=\"col\">Reason</th></tr></thead><tbody>"
        )?;
        for gap in text::gaps(report) {
            let names: Vec<String> = gap.what.iter().map(|what| format!("<code>{}</code>", escape(what))).collect();
            let what = if names.len() > SHOWN {
                format!("<details><summary>{} kinds and sources</summary>{}</details>", names.len(), names.join(" "))
            } else {
                names.join(" ")
            };
            writeln!(
                out,
                "<tr><th scope=\"row\">{what}</th><td>{}</td><td>{}</td></tr>",
                gap.state,
                escape(gap.reason)
            )?;
        }
        writeln!(out, "</tbody></table></section>")?;
    }
    let errors: Vec<_> = report.policies.iter().filter_map(|p| Some((&p.id, p.error.as_deref()?))).collect();
    if !errors.is_empty() {
        writeln!(out, "<h3>Policies that could not run</h3><ul>")?;
        for (id, error) in errors {
            writeln!(out, "<li><code>{}</code> {}</li>", escape(id), escape(error))?;
        }
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "</section>")
}

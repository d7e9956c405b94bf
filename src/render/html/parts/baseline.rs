//! What became of the findings of a baseline.

use std::io::{self, Write};

use super::{escape, open, text};
use crate::report::Report;

/// Findings that are gone; the JSON report has all.
const GONE: usize = 200;

/// Counts by state, and what is gone. Nothing without a baseline.
pub fn baseline(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (Some(head), Some(told)) = (&report.baseline, text::compared(report)) else { return Ok(()) };
    open("baseline", "Against the baseline", out)?;
    writeln!(out, "<p>Violations {}. The baseline is <code>{}</code>.</p>", escape(&told), escape(&head.source))?;
    if report.absent.is_empty() {
        return writeln!(out, "<p>Nothing of it is gone.</p>\n</section>");
    }
    let shown = report.absent.len().min(GONE);
    let of =
        if shown < report.absent.len() { format!("{shown} of {}", report.absent.len()) } else { shown.to_string() };
    writeln!(
        out,
        "<table class=\"stack\"><caption>Gone since then: {of}. Fixed is proven; incomparable is what this run could \
         not judge.</caption><thead><tr><th scope=\"col\">State</th><th scope=\"col\">Policy</th><th scope=\"col\">Object</th>\
         <th scope=\"col\">What was wrong</th></tr></thead><tbody>"
    )?;
    for finding in report.absent.iter().take(GONE) {
        writeln!(
            out,
            "<tr><td>{}</td><td class=\"id\">{}</td><td class=\"name\">{}</td><td class=\"name\">{}</td></tr>",
            escape(finding.state.as_deref().unwrap_or_default()),
            escape(&finding.policy),
            escape(&finding.subject.to_string()),
            escape(&finding.message)
        )?;
    }
    writeln!(out, "</tbody></table>\n</section>")
}

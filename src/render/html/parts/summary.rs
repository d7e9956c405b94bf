//! Tiles by severity, then aspects.

use std::io::{self, Write};

use super::{bar, escape, open, scroll, text};
use crate::{
    report::{Report, Verdict},
    severity::Severity,
};

/// Tiles by severity, then aspects.
pub fn summary(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    open("summary", "Summary", out)?;
    writeln!(out, "<ul class=\"tiles\">")?;
    for severity in Severity::WORST_FIRST {
        let of = |verdict| report.findings.iter().filter(|f| f.severity == severity && f.verdict == verdict).count();
        let new =
            report.findings.iter().filter(|f| f.severity == severity && f.state.as_deref() == Some("new")).count();
        let new = if new > 0 { format!(", {new} new") } else { String::new() };
        writeln!(
            out,
            "<li><span class=\"badge {severity}\">{severity}</span> <strong>{}</strong><small>{} unknown, {} waived{new}</small></li>",
            of(Verdict::Fail),
            of(Verdict::Unknown),
            of(Verdict::Waived)
        )?;
    }
    writeln!(out, "</ul>\n<h3>By aspect</h3>")?;
    scroll("Verdicts by aspect", out)?;
    writeln!(
        out,
        "<table><caption>Subjects by verdict; unknown counts as not passed</caption><thead><tr><th scope=\"col\">Aspect</th>\
         <th scope=\"col\" class=\"num\">Passed</th><th scope=\"col\">Share</th><th scope=\"col\" class=\"num\">Fail</th>\
         <th scope=\"col\" class=\"num\">Unknown</th><th scope=\"col\" class=\"num\">Waived</th>\
         <th scope=\"col\" class=\"num\">Pass</th><th scope=\"col\" class=\"num\">N/A</th></tr></thead><tbody>"
    )?;
    let total = ("all aspects".to_owned(), report.counts);
    let rows = report.aspects.iter().map(|aspect| (aspect.aspect.clone(), aspect.counts));
    for (aspect, counts) in rows.chain([total]) {
        let percent = text::percent(&counts).map_or("–".into(), |percent| format!("{percent} %"));
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"num\">{percent}</td><td>{}</td><td class=\"num\">{}</td>\
             <td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td></tr>",
            escape(&aspect),
            bar(&counts),
            counts.fail,
            counts.unknown,
            counts.waived,
            counts.pass,
            counts.not_applicable
        )?;
    }
    writeln!(out, "</tbody></table></section>\n</section>")
}

//! Who answers for what, until when.

use std::io::{self, Write};

use super::{escape, open, scroll};
use crate::report::Report;

/// Who answers for what, until when.
pub fn waivers(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    open("waivers", "Waivers", out)?;
    if report.waivers.is_empty() {
        return writeln!(out, "<p>None was applied.</p>\n</section>");
    }
    scroll("Table of waivers", out)?;
    writeln!(
        out,
        "<table><caption>Applied waivers; what they cover stays visible among the findings</caption><thead><tr>\
         <th scope=\"col\">Id</th><th scope=\"col\" class=\"num\">Covers</th><th scope=\"col\">Until</th><th scope=\"col\">Owner</th>\
         <th scope=\"col\">Approver</th><th scope=\"col\">Ticket</th><th scope=\"col\">Reason</th></tr></thead><tbody>"
    )?;
    for waiver in &report.waivers {
        let word = |key: &str| escape(waiver[key].as_str().unwrap_or("–"));
        let covers =
            report.findings.iter().filter(|f| f.waiver.is_some() && f.waiver.as_deref() == waiver["id"].as_str());
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"num\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            word("id"),
            covers.count(),
            word("expires"),
            word("owner"),
            word("approver"),
            word("ticket"),
            word("reason")
        )?;
    }
    writeln!(out, "</tbody></table></section>\n</section>")
}

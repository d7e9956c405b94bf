//! Every policy that was asked.

use std::io::{self, Write};

use super::{escape, open, scroll};
use crate::report::Report;

/// Every policy that was asked.
pub fn policies(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    open("policies", "Policies", out)?;
    writeln!(out, "<details><summary>All {} policies and what each came to</summary>", report.policies.len())?;
    scroll("Table of policies", out)?;
    writeln!(
        out,
        "<table><caption>Subjects by verdict</caption><thead><tr><th scope=\"col\">Policy</th><th scope=\"col\">Severity</th>\
         <th scope=\"col\">Requirement</th><th scope=\"col\" class=\"num\">Fail</th><th scope=\"col\" class=\"num\">Unknown</th>\
         <th scope=\"col\" class=\"num\">Waived</th><th scope=\"col\" class=\"num\">Pass</th><th scope=\"col\" class=\"num\">N/A</th>\
         </tr></thead><tbody>"
    )?;
    for policy in &report.policies {
        let counts = &policy.counts;
        writeln!(
            out,
            "<tr><th scope=\"row\" class=\"id\">{}</th><td>{}</td><td>{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td>\
             <td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td></tr>",
            escape(&policy.id),
            policy.severity,
            escape(&policy.title),
            counts.fail,
            counts.unknown,
            counts.waived,
            counts.pass,
            counts.not_applicable
        )?;
    }
    writeln!(out, "</tbody></table></section></details>\n</section>")
}

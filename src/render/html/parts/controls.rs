//! Controls by framework.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{bar, escape, open, scroll};
use crate::report::{Counts, Report};

/// Controls by framework: what the policies say of each.
pub fn controls(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    open("controls", "Controls", out)?;
    let mut frameworks: BTreeMap<&str, BTreeMap<&str, Counts>> = BTreeMap::new();
    for policy in &report.policies {
        for (framework, ids) in &policy.controls {
            for id in ids {
                let sum = frameworks.entry(framework).or_default().entry(id).or_default();
                sum.fail += policy.counts.fail;
                sum.unknown += policy.counts.unknown;
                sum.waived += policy.counts.waived;
                sum.pass += policy.counts.pass;
            }
        }
    }
    if frameworks.is_empty() {
        return writeln!(out, "<p>No policy names a control.</p>\n</section>");
    }
    scroll("Controls by framework", out)?;
    writeln!(
        out,
        "<table><caption>Controls that the policies speak for; no framework is covered as a whole. One violation fails \
         a control, an unknown verdict leaves it unknown.</caption><thead><tr><th scope=\"col\">Framework</th>\
         <th scope=\"col\">Share</th><th scope=\"col\" class=\"num\">Failed</th><th scope=\"col\" class=\"num\">Unknown</th>\
         <th scope=\"col\" class=\"num\">Waived</th><th scope=\"col\" class=\"num\">Passed</th>\
         <th scope=\"col\" class=\"num\">Not judged</th></tr></thead><tbody>"
    )?;
    for (framework, controls) in frameworks {
        let (mut sum, mut idle) = (Counts::default(), 0);
        for counts in controls.values() {
            match (counts.fail, counts.unknown, counts.waived, counts.pass) {
                (0, 0, 0, 0) => idle += 1,
                (0, 0, 0, _) => sum.pass += 1,
                (0, 0, _, _) => sum.waived += 1,
                (0, _, _, _) => sum.unknown += 1,
                _ => sum.fail += 1,
            }
        }
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td>\
             <td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"num\">{idle}</td></tr>",
            escape(framework),
            bar(&sum),
            sum.fail,
            sum.unknown,
            sum.waived,
            sum.pass
        )?;
    }
    writeln!(out, "</tbody></table></section>\n</section>")
}

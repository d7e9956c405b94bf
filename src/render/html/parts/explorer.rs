//! The findings: facets for the script, and the worst as they are without it.

use std::io::{self, Write};

use super::{super::data::ranked, badge, escape, open};
use crate::report::Report;

/// Findings in the page itself, for readers without script and for paper.
const STATIC: usize = 200;

/// The facets and the rows that the script fills; the worst findings as they are, without it.
pub fn explorer(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    open("findings", "Findings", out)?;
    let head = "<thead><tr><th scope=\"col\">Severity</th><th scope=\"col\">Policy</th><th scope=\"col\">Object</th>\
                <th scope=\"col\">What is wrong</th></tr></thead>";
    let facets: String = ["verdict", "severity", "aspect", "namespace", "policy", "kind", "state"]
        .map(|key| {
            let name = format!("{}{}", key[..1].to_uppercase(), &key[1..]);
            format!("<label>{name}<select id=\"f-{key}\"><option value=\"\">all</option></select></label>")
        })
        .concat();
    writeln!(
        out,
        "<div id=\"explore\" hidden><div class=\"facets\" role=\"search\" aria-label=\"Findings\"><label class=\"wide\">Search \
         (press /)<input id=\"f-text\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\"></label>{facets}</div>\
         <div class=\"tools\"><span id=\"count\" role=\"status\" aria-live=\"polite\"></span><span>\
         <button class=\"act\" type=\"button\" id=\"clear\">Show all</button> \
         <button class=\"act\" type=\"button\" id=\"prev\">Previous</button> \
         <button class=\"act\" type=\"button\" id=\"next\">Next</button></span></div>\
         <table class=\"stack\"><caption>Each policy opens its evidence and remedy</caption>{head}<tbody id=\"rows\"></tbody></table></div>"
    )?;
    let ranked = ranked(report);
    writeln!(out, "<div id=\"static\">")?;
    if ranked.is_empty() {
        writeln!(out, "<p>None.</p>")?;
    } else {
        let told = if ranked.len() > STATIC {
            format!(
                "The worst {STATIC} of {}; a browser with script shows all, and so does the JSON report",
                ranked.len()
            )
        } else {
            format!("{} findings", ranked.len())
        };
        writeln!(out, "<table class=\"stack\"><caption>{told}</caption>{head}<tbody>")?;
        for finding in ranked.iter().take(STATIC) {
            writeln!(
                out,
                "<tr><td>{}</td><td class=\"id\">{}</td><td class=\"name\">{}</td><td class=\"name\">{}</td></tr>",
                badge(finding),
                escape(&finding.policy),
                escape(&finding.subject.to_string()),
                escape(&finding.message)
            )?;
        }
        writeln!(out, "</tbody></table>")?;
    }
    writeln!(out, "</div>\n</section>")
}

//! Systems with their evidence.

use std::io::{self, Write};

use super::{escape, open};
use crate::report::Report;

/// Systems with their evidence.
pub fn extensions(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    open("extensions", "Extensions", out)?;
    if report.extensions.is_empty() {
        return writeln!(out, "<p>None detected.</p>\n</section>");
    }
    writeln!(
        out,
        "<table class=\"stack\"><caption>Systems detected, with what proves them</caption><thead><tr><th scope=\"col\">Aspect</th>\
         <th scope=\"col\">System</th><th scope=\"col\">Version</th><th scope=\"col\">State</th>\
         <th scope=\"col\">Evidence and capabilities</th></tr></thead><tbody>"
    )?;
    for extension in &report.extensions {
        let word = |key: &str| escape(extension[key].as_str().unwrap_or_default());
        let name = if word("name").is_empty() { word("id") } else { word("name") };
        let health = word("health");
        let health = if health.is_empty() { health } else { format!(", {health}") };
        let evidence: Vec<String> = extension["evidence"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|evidence| evidence["what"].as_str().or(evidence.as_str()))
            .map(|what| format!("<li>{}</li>", escape(what)))
            .collect();
        let capabilities: Vec<String> = extension["capabilities"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, proof)| {
                let value = proof["value"].as_str().map_or_else(|| proof["value"].to_string(), str::to_owned);
                let why = proof["evidence"].as_str().unwrap_or_default();
                format!("<li>{}: {} <span class=\"soft\">{}</span></li>", escape(name), escape(&value), escape(why))
            })
            .collect();
        let count = evidence.len();
        let mut proofs = if count == 0 {
            String::new()
        } else {
            format!(
                "<details><summary>Evidence ({count})</summary><ul class=\"ev\">{}</ul></details>",
                evidence.concat()
            )
        };
        if !capabilities.is_empty() {
            proofs.push_str(&format!(
                "<details><summary>Capabilities ({})</summary><ul class=\"ev\">{}</ul></details>",
                capabilities.len(),
                capabilities.concat()
            ));
        }
        writeln!(
            out,
            "<tr><td>{}</td><th scope=\"row\" class=\"name\">{name}</th><td class=\"name\">{}</td><td>{}{health}</td><td>{proofs}</td></tr>",
            word("aspect"),
            word("version"),
            word("state")
        )?;
    }
    let told = report.catalogue.as_ref().map(|c| format!("<p class=\"soft\">{}</p>", escape(&c.told())));
    writeln!(out, "</tbody></table>{}\n</section>", told.unwrap_or_default())
}

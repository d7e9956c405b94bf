//! One page that asks nothing of the network: what people and auditors read. Verdict and coverage
//! stand before findings. Without script, or on paper, everything but the whole list is there; the
//! script may run only because the page names its hash.

mod data;
mod parts;

use std::io::{self, Write};

use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use super::text::{self, escape};
use crate::report::{Report, Verdict};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes the page.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let hash =
        |text: &str| format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text)));
    let cluster = escape(text::cluster(report));
    // Tabs and bookmarks show no more.
    let title: String = text::cluster(report).chars().take(24).collect();
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; \
         form-action 'none'; img-src data:; style-src {}; script-src {}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Audit of {} – sextant</title>\n<link rel=\"icon\" href=\"data:,\">\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the findings</a>\n",
        hash(STYLE),
        hash(SCRIPT),
        escape(&title)
    )?;
    head(report, &cluster, out)?;
    writeln!(out, "<main id=\"main\" tabindex=\"-1\">")?;
    parts::coverage(report, out)?;
    parts::summary(report, out)?;
    parts::baseline(report, out)?;
    parts::heat(report, out)?;
    parts::fixes(report, out)?;
    parts::explorer(report, out)?;
    parts::extensions(report, out)?;
    parts::controls(report, out)?;
    parts::waivers(report, out)?;
    parts::policies(report, out)?;
    writeln!(out, "</main>")?;
    let time = escape(report.snapshot.time.as_deref().unwrap_or("an unknown time"));
    writeln!(
        out,
        "<footer><p>Written by sextant {}. Everything here is as of {time}; values of Secrets were never read.</p></footer>",
        escape(&report.tool.version)
    )?;
    data::render(report, out)?;
    write!(out, "<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

fn head(report: &Report, cluster: &str, out: &mut dyn Write) -> io::Result<()> {
    let gate = &report.gate;
    let class = match (gate.failed, gate.incomplete) {
        (true, _) => "bad",
        (false, true) => "warn",
        (false, false) => "good",
    };
    let count = |verdict| text::count(report, verdict);
    let (fail, unknown, waived) = (count(Verdict::Fail), count(Verdict::Unknown), count(Verdict::Waived));
    let fact = |name: &str, value: &str| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(value));
    let snapshot = &report.snapshot;
    let facts = [
        fact("As of", &snapshot.as_of("unknown")),
        fact("Kubernetes", snapshot.cluster.version.as_deref().unwrap_or("unknown")),
        fact("Cluster id", snapshot.cluster.uid.as_deref().unwrap_or("unknown")),
        fact("Source", &snapshot.source),
        fact("Policies", &report.policies.len().to_string()),
    ];
    let new = report.baseline.as_ref().map_or(String::new(), |head| format!(", {} new against the baseline", head.new));
    let reasons: Vec<String> = gate.reasons.iter().map(|reason| format!("<li>{}</li>", escape(reason))).collect();
    let reasons =
        if reasons.is_empty() { String::new() } else { format!("<ul class=\"reasons\">{}</ul>", reasons.concat()) };
    let sections = [
        ("coverage", "Coverage"),
        ("summary", "Summary"),
        ("baseline", "Baseline"),
        ("heat", "Where"),
        ("fixes", "What to fix"),
        ("findings", "Findings"),
        ("extensions", "Extensions"),
        ("controls", "Controls"),
        ("waivers", "Waivers"),
        ("policies", "Policies"),
    ];
    let sections: Vec<String> = sections
        .iter()
        .filter(|(id, _)| *id != "baseline" || report.baseline.is_some())
        .map(|(id, name)| format!("<li><a href=\"#{id}\">{name}</a></li>"))
        .collect();
    writeln!(
        out,
        "<header>\n<h1>Audit of {cluster}</h1>\n<dl class=\"facts\">{}</dl>\n\
         <div class=\"outcome {class}\" data-fail=\"{fail}\" data-unknown=\"{unknown}\" data-waived=\"{waived}\">\
         <strong>{}</strong><span>{fail} violations, {unknown} unknown, {waived} waived{new}</span>\
         <span class=\"soft\">{}; exit code {}</span>{reasons}</div>\n\
         <nav aria-label=\"Sections\"><ul>{}</ul></nav>\n</header>",
        facts.concat(),
        text::gate(report),
        escape(&text::threshold(report)),
        gate.exit_code,
        sections.concat()
    )
}

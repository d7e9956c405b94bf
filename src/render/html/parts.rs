//! The sections of the page, each one function, each text of the cluster through `escape`.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::{self, Write},
};

use super::{
    super::text::{self, escape},
    data::{namespace, ranked},
};
use crate::{
    report::{Counts, Finding, Report, Verdict},
    severity::Severity,
};

/// Findings in the page itself, for readers without script and for paper.
const STATIC: usize = 200;
/// Namespaces of the heat map; the others are one row.
const NAMESPACES: usize = 30;
/// Remedies that are told.
const FIXES: usize = 12;

fn open(id: &str, title: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"{id}\" aria-labelledby=\"{id}-h\">\n<h2 id=\"{id}-h\" tabindex=\"-1\">{title}</h2>")
}

/// A table that scrolls by itself where the page is narrow, and can be reached with the keyboard.
fn scroll(label: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{label}\">")
}

fn badge(finding: &Finding) -> String {
    let word = if finding.verdict == Verdict::Fail { finding.severity.as_str() } else { finding.verdict.as_str() };
    format!("<span class=\"badge {word}\">{word}</span>")
}

/// What was read and what was not.
pub fn coverage(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    open("coverage", "Coverage: what was seen", out)?;
    let gaps: Vec<_> = report.gaps().collect();
    let absent = report.coverage.iter().filter(|c| c.state == crate::snapshot::State::Absent).count();
    let read = report.coverage.len() - gaps.len() - absent;
    writeln!(
        out,
        "<p>{read} kinds and sources were read completely, {absent} are proven not to be served, <strong>{} were not \
         read completely</strong>.</p>",
        gaps.len()
    )?;
    if !gaps.is_empty() {
        writeln!(
            out,
            "<p>What depends on them is <em>unknown</em>, never passed. <code>sextant preflight</code> shows what access is \
             missing, <code>sextant rbac</code> prints the role that is enough.</p>"
        )?;
        scroll("What was not read", out)?;
        writeln!(
            out,
            "<table><caption>Not read completely</caption><thead><tr><th scope=\"col\">What</th><th scope=\"col\">State</th>\
             <th scope=\"col\">Reason</th></tr></thead><tbody>"
        )?;
        for gap in gaps {
            let what = escape(gap.kind.as_deref().or(gap.source.as_deref()).unwrap_or_default());
            writeln!(
                out,
                "<tr><th scope=\"row\"><code>{what}</code></th><td>{}</td><td>{}</td></tr>",
                gap.state.as_str(),
                escape(&gap.reason)
            )?;
        }
        writeln!(out, "</tbody></table></div>")?;
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
    writeln!(out, "</tbody></table></div>\n</section>")
}

/// Shares as a picture; the numbers stand beside it.
fn bar(counts: &Counts) -> String {
    let judged = counts.judged().max(1);
    let mut at = 0;
    let mut rects = String::new();
    for (class, count) in [("bp", counts.pass), ("bw", counts.waived), ("bu", counts.unknown), ("bf", counts.fail)] {
        let end = at + count;
        // A sliver stays visible.
        let (from, to) =
            (at * 1000 / judged, (end * 1000 / judged).max(at * 1000 / judged + u64::from(count > 0) * 12));
        if count > 0 {
            rects.push_str(&format!("<rect class=\"{class}\" x=\"{from}\" width=\"{}\" height=\"10\"/>", to - from));
        }
        at = end;
    }
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{rects}</svg>"
    )
}

/// Namespaces by aspects.
pub fn heat(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    open("heat", "Where: namespaces by aspect", out)?;
    let weight = |severity| match severity {
        Severity::Critical => 20,
        Severity::High => 8,
        Severity::Medium => 3,
        Severity::Low => 1,
        Severity::Info => 0,
    };
    let mut cells: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail) {
        let namespace = namespace(finding);
        let (count, heat) = cells.entry((namespace, &finding.aspect)).or_default();
        *count += 1;
        *heat += weight(finding.severity);
        *rows.entry(namespace).or_default() += weight(finding.severity);
    }
    if cells.is_empty() {
        return writeln!(out, "<p>No violation anywhere.</p>\n</section>");
    }
    let hottest = cells.values().map(|(_, heat)| *heat).max().unwrap_or(1).max(1);
    let used: BTreeSet<&str> = cells.keys().map(|(_, aspect)| *aspect).collect();
    let aspects: Vec<&str> = report.aspects.iter().map(|a| a.aspect.as_str()).filter(|a| used.contains(a)).collect();
    let mut order: Vec<(&str, u64)> = rows.into_iter().collect();
    order.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    writeln!(
        out,
        "<p class=\"soft\">Violations; the deeper the colour, the more severe. The worst namespaces first.</p>"
    )?;
    scroll("Violations by namespace and aspect", out)?;
    let heads: Vec<String> =
        aspects.iter().map(|aspect| format!("<th scope=\"col\">{}</th>", escape(aspect))).collect();
    writeln!(
        out,
        "<table class=\"heat\"><thead><tr><th scope=\"col\">Namespace</th>{}</tr></thead><tbody>",
        heads.concat()
    )?;
    for (namespace, _) in order.iter().take(NAMESPACES) {
        let name = if namespace.is_empty() { "(cluster)" } else { namespace };
        write!(out, "<tr><th scope=\"row\" class=\"name\">{}</th>", escape(name))?;
        for aspect in &aspects {
            match cells.get(&(*namespace, *aspect)) {
                None => write!(out, "<td><span aria-label=\"none\" role=\"img\">·</span></td>")?,
                Some((count, heat)) => {
                    // A power spreads what would be all pale beside one hot cell.
                    let step = ((*heat as f64 / hottest as f64).powf(0.75) * 5.0).ceil().clamp(1.0, 5.0);
                    write!(
                        out,
                        "<td class=\"h{step}\" data-aspect=\"{}\" data-namespace=\"{}\"><span>{count}</span></td>",
                        escape(aspect),
                        escape(name)
                    )?;
                }
            }
        }
        writeln!(out, "</tr>")?;
    }
    if order.len() > NAMESPACES {
        let rest: BTreeSet<&str> = order[NAMESPACES..].iter().map(|(namespace, _)| *namespace).collect();
        write!(out, "<tr><th scope=\"row\">{} others</th>", rest.len())?;
        for aspect in &aspects {
            let count: u64 =
                cells.iter().filter(|((n, a), _)| a == aspect && rest.contains(n)).map(|(_, (count, _))| count).sum();
            write!(out, "<td><span>{count}</span></td>")?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></div>\n</section>")
}

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
            "<tr><td><span class=\"badge {severity}\">{severity}</span></td><th scope=\"row\" data-policy=\"{id}\">{id}</th>\
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
                "<tr><td>{}</td><td>{}</td><td class=\"name\">{}</td><td class=\"name\">{}</td></tr>",
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
    writeln!(out, "</tbody></table>\n</section>")
}

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
    writeln!(out, "</tbody></table></div>\n</section>")
}

/// Who answers for what, until when.
pub fn waivers(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    open("waivers", "Waivers", out)?;
    if report.waivers.is_empty() {
        return writeln!(out, "<p>None was applied.</p>\n</section>");
    }
    scroll("Waivers", out)?;
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
    writeln!(out, "</tbody></table></div>\n</section>")
}

/// Every policy that was asked.
pub fn policies(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    open("policies", "Policies", out)?;
    writeln!(out, "<details><summary>All {} policies and what each came to</summary>", report.policies.len())?;
    scroll("Policies", out)?;
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
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td>\
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
    writeln!(out, "</tbody></table></div></details>\n</section>")
}

//! The heat map: where violations are, namespaces by aspect.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use super::{super::data::namespace, escape, open, scroll};
use crate::{
    report::{Report, Verdict},
    severity::Severity,
};

/// Namespaces of the heat map; the others are one row.
const NAMESPACES: usize = 30;

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
    writeln!(out, "</tbody></table></section>\n</section>")
}

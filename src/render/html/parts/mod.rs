//! The sections of the page, one file each, and what they share. Each text of the cluster goes
//! through `escape`.

mod baseline;
mod controls;
mod coverage;
mod explorer;
mod extensions;
mod fixes;
mod heat;
mod policies;
mod summary;
mod waivers;

use std::io::{self, Write};

use super::super::text::{self, escape};
use crate::report::{Counts, Finding, Verdict};

pub use self::{
    baseline::baseline, controls::controls, coverage::coverage, explorer::explorer, extensions::extensions,
    fixes::fixes, heat::heat, policies::policies, summary::summary, waivers::waivers,
};

fn open(id: &str, title: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"{id}\" aria-labelledby=\"{id}-h\">\n<h2 id=\"{id}-h\" tabindex=\"-1\">{title}</h2>")
}

/// A table that scrolls by itself where the page is narrow, and can be reached with the keyboard.
fn scroll(label: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section class=\"scroll\" tabindex=\"0\" aria-label=\"{label}\">")
}

fn badge(finding: &Finding) -> String {
    let word = if finding.verdict == Verdict::Fail { finding.severity.as_str() } else { finding.verdict.as_str() };
    format!("<span class=\"badge {word}\">{word}</span>")
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

//! What became of the findings of a baseline.

use std::io::{self, Write};

use super::{
    super::{
        Style,
        text::{self, clean},
    },
    layout::{Paint, fold},
};
use crate::report::Report;

/// Findings that are gone, unless all are asked for.
const SHOWN: usize = 20;

/// How many violations are new, unchanged, back, fixed and incomparable.
pub fn counts(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let Some(told) = text::compared(report) else { return Ok(()) };
    fold(style, "", 0, &clean(&told), false, out)
}

/// What the baseline has and this report has not.
pub fn gone(report: &Report, style: Style, paint: &Paint, out: &mut dyn Write) -> io::Result<()> {
    if report.absent.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}  {}", paint.bold("Gone since the baseline"), report.absent.len())?;
    let shown = if style.all { usize::MAX } else { SHOWN };
    for finding in report.absent.iter().take(shown) {
        let head = format!("  {:<13} {}  ", finding.state.as_deref().unwrap_or_default(), finding.policy);
        fold(style, &head, 18 + finding.policy.len(), &clean(&text::sentence(finding)), true, out)?;
    }
    if report.absent.len() > shown {
        writeln!(out, "  … and {} more (--all)", report.absent.len() - shown)?;
    }
    Ok(())
}

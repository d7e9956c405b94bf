//! The JSON report, format 1: the report as it is.

use std::io::{self, Write};

use crate::report::Report;

/// Writes it with two spaces of indentation and a final line feed.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}

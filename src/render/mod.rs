//! Report → bytes: one file a format, and this list of them.

pub mod json;
pub mod table;

use std::io::{self, Write};

use crate::report::Report;

/// Every format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people at a terminal.
    Table,
    /// For programs: format 1.
    Json,
}

/// How a report is shown; never what it says.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Colours and weights.
    pub colour: bool,
    /// Columns of the terminal.
    pub width: u16,
    /// Every finding, not only the first of each policy.
    pub all: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { colour: false, width: 100, all: false }
    }
}

/// Renders a report.
///
/// # Errors
/// What the writer says.
pub fn render(format: Format, report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => table::render(report, style, out),
        Format::Json => json::render(report, out),
    }
}

//! Report → bytes: one file a format, and this list of them. No clock, no randomness: the same
//! report gives the same bytes. Everything that comes from the cluster goes through `text` or
//! `json`, which make it inert.

pub mod csv;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod matrix;
pub mod ndjson;
pub mod ocsf;
pub mod openmetrics;
pub mod oscal;
pub mod policyreport;
pub mod sarif;
pub mod systems;
pub mod table;
pub mod text;

use std::io::{self, Write};

use crate::report::Report;

/// Every format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Format {
    /// For people at a terminal
    Table,
    /// For programs: format 1, see schema/report.schema.json
    Json,
    /// A line a finding, between a header and a summary
    Ndjson,
    /// SARIF 2.1.0 as GitHub code scanning takes it: the worst 5,000 open findings
    Sarif,
    /// SARIF 2.1.0 with everything: waived, unknown, baseline
    SarifFull,
    /// JUnit XML: a suite a policy
    Junit,
    /// GitLab Code Quality
    Gitlab,
    /// GitHub workflow commands: annotations
    Github,
    /// GitHub step summary: Markdown below its limit
    GithubSummary,
    /// Markdown
    Markdown,
    /// One page that asks nothing of the network
    Html,
    /// A row a finding
    Csv,
    /// OpenMetrics, which Prometheus reads too
    Openmetrics,
    /// A List of wgpolicyk8s.io/v1alpha2 objects
    Policyreport,
    /// A List of openreports.io/v1alpha1 objects
    Openreports,
    /// OSCAL 1.1.3 Assessment Results
    Oscal,
    /// OCSF 1.5.0 Compliance Findings, a line each
    Ocsf,
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
        Format::Ndjson => ndjson::render(report, out),
        Format::Sarif => sarif::render(report, sarif::Profile::Github, out),
        Format::SarifFull => sarif::render(report, sarif::Profile::Full, out),
        Format::Junit => junit::render(report, out),
        Format::Gitlab => gitlab::render(report, out),
        Format::Github => github::render(report, out),
        Format::GithubSummary => markdown::render(report, Some(github::SUMMARY_LIMIT), out),
        Format::Markdown => markdown::render(report, None, out),
        Format::Html => html::render(report, out),
        Format::Csv => csv::render(report, out),
        Format::Openmetrics => openmetrics::render(report, out),
        Format::Policyreport => policyreport::render(report, policyreport::Api::PolicyReport, out),
        Format::Openreports => policyreport::render(report, policyreport::Api::OpenReports, out),
        Format::Oscal => oscal::render(report, out),
        Format::Ocsf => ocsf::render(report, out),
    }
}

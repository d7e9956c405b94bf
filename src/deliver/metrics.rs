//! Metrics for a Pushgateway or a textfile collector: the renderer's, and what only a run knows.

use std::fmt::Write as _;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

use super::config::Pushgateway;
use crate::{
    history::Change,
    render::{self, Format, Style},
    report::Report,
    store::{Failure, Patience, failpoint, http::Client},
};

const SUCCESS: &str = "sextant_last_success_timestamp_seconds";

/// What a run knows and a report does not.
#[derive(Clone, Copy, Debug)]
pub struct Run<'r> {
    /// The cluster.
    pub cluster: &'r str,
    /// When, RFC 3339.
    pub now: &'r str,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Against the runs before.
    pub change: Option<Change>,
    /// Number of the run's record in the history.
    pub record: Option<u64>,
}

fn quoted(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// The exposition. Which sinks took the report is told too.
///
/// # Errors
/// None in practice: it is made in memory.
pub fn exposition(report: &Report, run: Run<'_>, sinks: &[(String, bool)]) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    render::render(Format::Openmetrics, report, Style::default(), &mut bytes)
        .map_err(|_| Failure::firm("the metrics cannot be made"))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut text = text.trim_end().trim_end_matches("# EOF").to_owned();
    let one = format!("cluster=\"{}\"", quoted(run.cluster));
    let now = run.now.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_second).unwrap_or_default();
    let mut family = |name: &str, help: &str, samples: &[(String, f64)]| {
        let head = format!("# HELP {name} {help}\n# TYPE {name} gauge\n");
        // A family is told once: what the renderer says holds.
        if !text.contains(&format!("# TYPE {name} ")) && !samples.is_empty() {
            text.push_str(&head);
            for (labels, value) in samples {
                let _ = writeln!(text, "{name}{{{labels}}} {value}");
            }
        }
    };
    let seconds = now as f64;
    family("sextant_last_scan_timestamp_seconds", "When the cluster was read.", &[(one.clone(), seconds)]);
    if !report.gate.incomplete {
        family(SUCCESS, "The last audit to which nothing was unknown.", &[(one.clone(), seconds)]);
    }
    family("sextant_scan_duration_seconds", "How long the audit took.", &[(one.clone(), run.seconds)]);
    let kinds: Vec<_> = report.coverage.iter().filter(|coverage| coverage.kind.is_some()).collect();
    let read = kinds.iter().filter(|coverage| coverage.state.is_proof()).count();
    let ratio = if kinds.is_empty() { 0.0 } else { read as f64 / kinds.len() as f64 };
    family("sextant_coverage_ratio", "Kinds that were read completely.", &[(one.clone(), ratio)]);
    if let Some(change) = run.change {
        let of = |state: &str, count: u64| (format!("{one},state=\"{state}\""), count as f64);
        let samples = [
            of("fixed", change.fixed),
            of("new", change.new),
            of("new_policy", change.new_policy),
            of("unproven", change.unproven),
        ];
        family("sextant_findings_change", "Violations against the runs before.", &samples);
    }
    if let Some(record) = run.record {
        let help = "Number of the newest record in the history.";
        family("sextant_history_record_number", help, &[(one.clone(), record as f64)]);
    }
    let samples: Vec<(String, f64)> = sinks
        .iter()
        .map(|(name, taken)| (format!("{one},sink=\"{}\"", quoted(name)), f64::from(u8::from(*taken))))
        .collect();
    family("sextant_delivery_success", "1 if the sink took the report.", &samples);
    text.push_str("# EOF\n");
    Ok(text)
}

/// What is told of a run without a result.
#[must_use]
pub fn failed(run: Run<'_>, exit_code: u8) -> String {
    let one = format!("cluster=\"{}\"", quoted(run.cluster));
    let now = run.now.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_second).unwrap_or_default();
    format!(
        "# HELP sextant_scan_exit_code What the gate says.\n# TYPE sextant_scan_exit_code gauge\n\
         sextant_scan_exit_code{{{one}}} {exit_code}\n\
         # HELP sextant_scan_complete 1 if no verdict is unknown.\n# TYPE sextant_scan_complete gauge\n\
         sextant_scan_complete{{{one}}} 0\n\
         # HELP sextant_last_scan_timestamp_seconds When the cluster was read.\n\
         # TYPE sextant_last_scan_timestamp_seconds gauge\nsextant_last_scan_timestamp_seconds{{{one}}} {now}\n# EOF\n"
    )
}

/// Pushes. POST leaves families alone that are not in it: the last success outlives a failure.
///
/// # Errors
/// A gateway that does not take it.
pub fn push(sink: &Pushgateway, run: Run<'_>, text: &str, patience: Patience) -> Result<String, Failure> {
    let client = Client::new(sink.ca.as_deref())?;
    let group = |name: &str, value: &str| format!("{name}@base64/{}", URL_SAFE_NO_PAD.encode(value));
    let base = sink.url.trim_end_matches('/');
    let url = format!("{base}/metrics/{}/{}", group("job", &sink.job), group("cluster", run.cluster));
    let login = match (&sink.user, &sink.password) {
        (Some(user), Some(password)) => {
            let pair = format!("{}:{}", user.read()?.reveal(), password.read()?.reveal());
            Some(format!("Basic {}", STANDARD.encode(pair)))
        }
        (None, None) => None,
        _ => return Err(Failure::firm("basic authentication wants user and password")),
    };
    let mut headers = vec![("content-type", "text/plain; version=0.0.4")];
    headers.extend(login.as_ref().map(|login| ("authorization", login.as_str())));
    failpoint("push-send");
    patience.insist(|left| client.send("POST", &url, &headers, text.as_bytes(), left)?.success(&url))?;
    failpoint("push-sent");
    Ok(format!("group job={}, cluster={}", sink.job, run.cluster))
}

/// Carries the last success over from the file of an earlier run.
#[must_use]
pub fn with_last_success(text: String, earlier: &str) -> String {
    if text.contains(SUCCESS) {
        return text;
    }
    let lines: Vec<&str> = earlier.lines().filter(|line| line.contains(SUCCESS)).collect();
    if lines.is_empty() {
        return text;
    }
    format!("{}{}\n# EOF\n", text.trim_end().trim_end_matches("# EOF"), lines.join("\n"))
}

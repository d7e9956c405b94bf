//! Report → exit code. Display filters never reach this room.

use crate::{
    report::{GateHead, Report, Verdict},
    severity::Severity,
};

/// The exit codes, frozen.
pub mod exit {
    /// The gate is satisfied.
    pub const SATISFIED: u8 = 0;
    /// The gate failed.
    pub const FAILED: u8 = 1;
    /// Usage, rules, waivers or policies are wrong.
    pub const USAGE: u8 = 2;
    /// No result could be produced.
    pub const NO_RESULT: u8 = 3;
    /// Unknown verdicts, and nothing failed.
    pub const INCOMPLETE: u8 = 4;
    /// The gate failed, and there are unknown verdicts.
    pub const FAILED_AND_INCOMPLETE: u8 = 5;
    /// The result is there, but a delivery failed.
    pub const DELIVERY: u8 = 6;

    /// Every code with its meaning, for `sextant explain exit-codes`.
    pub const ALL: [(u8, &str); 7] = [
        (SATISFIED, "the gate is satisfied"),
        (FAILED, "the gate failed: a violation at or above --fail-on"),
        (USAGE, "wrong usage, or rules, waivers or policies that cannot be loaded"),
        (NO_RESULT, "no result could be produced: nothing was read"),
        (INCOMPLETE, "incomplete: verdicts are unknown, and nothing failed (--allow-incomplete accepts it)"),
        (FAILED_AND_INCOMPLETE, "the gate failed, and verdicts are unknown"),
        (DELIVERY, "the result was produced, but could not be delivered somewhere"),
    ];
}

/// What the user lets pass.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Fails from this severity on; none: violations never fail the gate.
    pub fail_on: Option<Severity>,
    /// Unknown verdicts do not fail it.
    pub allow_incomplete: bool,
    /// Only findings that the baseline does not know fail it.
    pub only_new: bool,
    /// So many violations of a severity may be, whatever `fail_on` says of it.
    pub max: Vec<(Severity, u64)>,
    /// Least share of the kinds that were read completely, in percent.
    pub min_coverage: Option<u64>,
    /// Least share of passes among the subjects of a framework's policies, in percent.
    pub min_compliance: Vec<(String, u64)>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            fail_on: Some(Severity::High),
            allow_incomplete: false,
            only_new: false,
            max: Vec::new(),
            min_coverage: None,
            min_compliance: Vec::new(),
        }
    }
}

impl Gate {
    /// Judges a report and writes the judgement into it.
    pub fn judge(&self, report: &mut Report) -> u8 {
        let mut reasons = self.violations(report);
        if let Some(least) = self.min_coverage {
            let share = coverage(report);
            if share < least {
                reasons.push(format!("{share} % of the kinds were read completely, less than {least} %"));
            }
        }
        for (framework, least) in &self.min_compliance {
            let (share, judged) = compliance(report, framework);
            if judged == 0 {
                reasons.push(format!("no policy of {framework} judged anything"));
            } else if share < *least {
                reasons.push(format!("{share} % of the subjects comply with {framework}, less than {least} %"));
            }
        }
        let failed = !reasons.is_empty();
        let unknown = report.findings.iter().any(|finding| finding.verdict == Verdict::Unknown);
        let incomplete = unknown && !self.allow_incomplete;
        let exit_code = match (failed, incomplete) {
            (false, false) => exit::SATISFIED,
            (true, false) => exit::FAILED,
            (false, true) => exit::INCOMPLETE,
            (true, true) => exit::FAILED_AND_INCOMPLETE,
        };
        let fail_on = self.fail_on.map_or("never", Severity::as_str).to_owned();
        report.gate = GateHead { exit_code, failed, incomplete: unknown, fail_on, reasons };
        exit_code
    }

    /// A reason for each severity that has more violations than it may.
    fn violations(&self, report: &Report) -> Vec<String> {
        let is_old = |state: Option<&str>| self.only_new && state == Some("unchanged");
        let of = |severity: Severity| {
            let fails = report.findings.iter().filter(|f| f.verdict == Verdict::Fail && f.severity == severity);
            fails.filter(|finding| !is_old(finding.state.as_deref())).count() as u64
        };
        let what = if self.only_new { "violations that the baseline does not know" } else { "violations" };
        let mut reasons = Vec::new();
        for severity in Severity::WORST_FIRST {
            let allowed = match self.max.iter().rev().find(|(of, _)| *of == severity) {
                Some((_, most)) => Some(*most),
                None => self.fail_on.filter(|threshold| severity >= *threshold).map(|_| 0),
            };
            let Some(allowed) = allowed else { continue };
            let count = of(severity);
            if count > allowed {
                let most = if allowed == 0 { String::new() } else { format!(", more than {allowed}") };
                reasons.push(format!("{count} {severity} {what}{most}"));
            }
        }
        reasons
    }
}

/// Share of whole parts, in percent, never rounded up: 99.9 is 99.
fn percent(part: u64, whole: u64) -> u64 {
    (part * 100).checked_div(whole).unwrap_or(100)
}

fn coverage(report: &Report) -> u64 {
    let kinds: Vec<_> = report.coverage.iter().filter(|coverage| coverage.kind.is_some()).collect();
    percent(kinds.iter().filter(|coverage| coverage.state.is_proof()).count() as u64, kinds.len() as u64)
}

/// Passes among the judged subjects of the policies that name a framework, and how many were judged.
fn compliance(report: &Report, framework: &str) -> (u64, u64) {
    let names = |key: &str| key == framework || key.strip_prefix(framework).is_some_and(|rest| rest.starts_with('-'));
    let of = report.policies.iter().filter(|policy| policy.controls.keys().any(|key| names(key)));
    let (pass, judged) =
        of.fold((0, 0), |(pass, judged), policy| (pass + policy.counts.pass, judged + policy.counts.judged()));
    (percent(pass, judged), judged)
}

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
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// Fails from this severity on; none: violations never fail the gate.
    pub fail_on: Option<Severity>,
    /// Unknown verdicts do not fail it.
    pub allow_incomplete: bool,
    /// Only findings that the baseline does not know fail it.
    pub only_new: bool,
}

impl Default for Gate {
    fn default() -> Self {
        Self { fail_on: Some(Severity::High), allow_incomplete: false, only_new: false }
    }
}

impl Gate {
    /// Judges a report and writes the judgement into it.
    pub fn judge(&self, report: &mut Report) -> u8 {
        let is_old = |state: Option<&str>| self.only_new && state == Some("unchanged");
        let failed = report.findings.iter().any(|finding| {
            finding.verdict == Verdict::Fail
                && self.fail_on.is_some_and(|threshold| finding.severity >= threshold)
                && !is_old(finding.state.as_deref())
        });
        let unknown = report.findings.iter().any(|finding| finding.verdict == Verdict::Unknown);
        let incomplete = unknown && !self.allow_incomplete;
        let exit_code = match (failed, incomplete) {
            (false, false) => exit::SATISFIED,
            (true, false) => exit::FAILED,
            (false, true) => exit::INCOMPLETE,
            (true, true) => exit::FAILED_AND_INCOMPLETE,
        };
        let fail_on = self.fail_on.map_or("never", Severity::as_str).to_owned();
        report.gate = GateHead { exit_code, failed, incomplete: unknown, fail_on };
        exit_code
    }
}

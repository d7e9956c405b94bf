//! Verdicts, why they are unknown, and how many there are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a policy says of a subject, after waivers. Order: the worse first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A violation was proven.
    Fail,
    /// It could not be judged. Never a pass.
    Unknown,
    /// It would fail, and somebody answers for it.
    Waived,
    /// Judged on complete evidence, and nothing was found.
    Pass,
    /// The policy does not concern it.
    NotApplicable,
}

impl Verdict {
    /// The word of reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Waived => "waived",
            Self::Pass => "pass",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// Why a verdict is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A kind that the policy needs was not read completely.
    Coverage,
    /// The policy cannot judge this row.
    Evidence,
    /// It came while the cluster was read: what it lacks may have come after it.
    Skew,
    /// The policy failed or ran out of time.
    PolicyError,
    /// Nothing more to say.
    #[serde(rename = "")]
    None,
}

/// How many subjects got which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the five verdicts")]
pub struct Counts {
    pub fail: u64,
    pub unknown: u64,
    pub waived: u64,
    pub pass: u64,
    pub not_applicable: u64,
}

impl Counts {
    pub(super) fn add(&mut self, other: Self) {
        self.fail += other.fail;
        self.unknown += other.unknown;
        self.waived += other.waived;
        self.pass += other.pass;
        self.not_applicable += other.not_applicable;
    }

    /// Judged subjects: everything but not applicable.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.fail + self.unknown + self.waived + self.pass
    }
}

//! One finding, one subject without any, and the fingerprint that both are known by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Reason, Verdict};
use crate::object::ObjectRef;

/// One finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Id of the policy.
    pub policy: String,
    /// `fail`, `unknown` or `waived`.
    pub verdict: Verdict,
    /// How bad.
    #[schemars(with = "String")]
    pub severity: crate::severity::Severity,
    /// One of the eleven aspects.
    pub aspect: String,
    /// What it is about.
    pub subject: ObjectRef,
    /// Where in the object; list items by their key.
    pub path: String,
    /// What is wrong with this object.
    pub message: String,
    /// What was seen.
    pub evidence: Value,
    /// Survives redeployment and API migration: 32 hexadecimal digits.
    pub fingerprint: String,
    /// Why it is unknown; empty for a fail.
    pub reason: Reason,
    /// The user's file, for manifests.
    pub file: Option<String>,
    /// Line in it, from 1.
    pub line: Option<u32>,
    /// Id of the waiver that covers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<String>,
    /// Against a baseline: `new`, `unchanged`, `regressed`, `incomparable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// A subject without a finding, for `--all`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// Id of the policy.
    pub policy: String,
    /// `pass` or `not_applicable`.
    pub verdict: Verdict,
    /// The subject.
    pub subject: ObjectRef,
    /// Why it does not apply, where something is to be said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Policy, object and place; no version, UID, line or message.
#[must_use]
pub fn fingerprint(policy: &str, subject: &ObjectRef, path: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"sextant/v1");
    for part in [policy, &subject.group, &subject.kind, &subject.namespace, &subject.name, path] {
        hash.update([0]);
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

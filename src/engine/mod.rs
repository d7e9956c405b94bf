//! The only room that names regorus: compile the library, ask a policy about a chunk of rows.
//!
//! One engine is compiled and warmed, then cloned by every worker, which costs next to nothing.
//! Everything hangs below `data.sx`, since the top level of `data` is copied at each question.

pub mod builtins;
mod calls;
pub mod check;
pub mod test;

use std::{num::NonZeroU32, time::Duration};

use serde::Deserialize;
use serde_json::Value as Json;

use crate::{
    object::ObjectRef,
    policy::{Library, Policy, PolicyError},
    severity::Severity,
};

/// One element of `violation` or `unknown`, as Rego says it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The subject; a row's `ref`.
    pub r#ref: ObjectRef,
    /// What is wrong with this object.
    pub message: String,
    /// Where in the object; list items by their key.
    #[serde(default)]
    pub path: String,
    /// What was seen.
    #[serde(default)]
    pub evidence: Json,
    /// Where the entry of the check grades by case.
    #[serde(default)]
    pub severity: Option<Severity>,
}

/// What a policy says about one chunk of rows.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Proven violations.
    pub violations: Vec<Answer>,
    /// Rows that cannot be judged.
    pub unknowns: Vec<Answer>,
    /// The rows that are judged; `None` where all are.
    pub subjects: Option<Vec<ObjectRef>>,
}

/// A compiled library with its data.
#[derive(Clone)]
pub struct Engine {
    inner: regorus::Engine,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}

/// How long one policy may think about one chunk.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Wall-clock time for one question.
    pub question: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { question: Duration::from_secs(10) }
    }
}

impl Engine {
    /// Compiles every module and lays `data` (JSON text of the value of `data.sx`) below them.
    ///
    /// # Errors
    /// The first module that does not compile, with its file and line.
    pub fn new(library: &Library, data: &str, limits: Limits) -> Result<Self, PolicyError> {
        let mut inner = bare();
        for module in &library.modules {
            inner
                .add_policy(module.path.clone(), module.text.clone())
                .map_err(|e| placed(&e.to_string(), &module.path))?;
        }
        let sx = regorus::Value::from_json_str(data).map_err(|e| placed(&e.to_string(), "data"))?;
        let mut value = regorus::Value::new_object();
        value.as_object_mut().map_err(|e| placed(&e.to_string(), "data"))?.insert("sx".into(), sx);
        inner.add_data(value).map_err(|e| placed(&e.to_string(), "data"))?;
        if let Some(interval) = NonZeroU32::new(1024) {
            inner.set_execution_timer_config(regorus::utils::limits::ExecutionTimerConfig {
                limit: limits.question,
                check_interval: interval,
            });
        }
        // The first question compiles: what is unsafe or unknown shows here, not halfway.
        inner.set_input(regorus::Value::from_json_str(r#"{"rows":[]}"#).map_err(|e| placed(&e.to_string(), "input"))?);
        for policy in &library.policies {
            let rule = format!("data.{}.{}", policy.package, if policy.has_unknown { "unknown" } else { "violation" });
            inner.eval_rule(rule).map_err(|e| placed(&e.to_string(), &policy.path))?;
        }
        Ok(Self { inner })
    }

    /// Hands over a chunk of rows: JSON texts of objects.
    ///
    /// # Errors
    /// Rows that are no JSON, which would be a fault of ours.
    pub fn set_rows<'r>(&mut self, rows: impl Iterator<Item = &'r str>) -> Result<(), String> {
        let mut text = String::from("{\"rows\":[");
        for (index, row) in rows.enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(row);
        }
        text.push_str("]}");
        self.inner.set_input(regorus::Value::from_json_str(&text).map_err(|e| e.to_string())?);
        Ok(())
    }

    /// Asks one policy about the rows handed over.
    ///
    /// # Errors
    /// A run-time error, the time limit, or answers of the wrong shape: the policy's error.
    pub fn ask(&mut self, policy: &Policy) -> Result<Answers, String> {
        let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| -> Result<Answers, String> {
            let violations = if policy.has_violation { self.set_of(policy, "violation")? } else { Vec::new() };
            let unknowns = if policy.has_unknown { self.set_of(policy, "unknown")? } else { Vec::new() };
            let subjects = if policy.has_subject { Some(self.set_of(policy, "subject")?) } else { None };
            Ok(Answers { violations, unknowns, subjects })
        }));
        asked.unwrap_or_else(|_| Err("the engine panicked".into()))
    }

    fn set_of<T: for<'a> Deserialize<'a>>(&mut self, policy: &Policy, rule: &str) -> Result<Vec<T>, String> {
        let value = self.inner.eval_rule(format!("data.{}.{rule}", policy.package));
        let value = value.map_err(|error| brief(&error.to_string()))?;
        if matches!(value, regorus::Value::Undefined) {
            return Ok(Vec::new());
        }
        let json = serde_json::to_value(&value).map_err(|error| error.to_string())?;
        serde_json::from_value(json).map_err(|error| format!("{rule} has an answer of the wrong shape: {error}"))
    }
}

/// An engine with our settings and builtins, and nothing in it.
fn bare() -> regorus::Engine {
    let mut engine = regorus::Engine::new();
    engine.set_strict_builtin_errors(false);
    engine.set_gather_prints(true);
    builtins::add(&mut engine);
    engine
}

/// The last line of an engine error says what is wrong; the rest draws the source.
fn brief(text: &str) -> String {
    let line = text.lines().rev().find(|line| line.contains("error: ")).or_else(|| text.lines().last()).unwrap_or(text);
    let place = text.lines().find_map(|line| line.trim().strip_prefix("--> "));
    let message = line.trim().trim_start_matches("error: ");
    place.map_or_else(|| message.to_owned(), |place| format!("{place}: {message}"))
}

/// An engine error with the file and line it names.
fn placed(text: &str, fallback: &str) -> PolicyError {
    let place = text.lines().find_map(|line| line.trim().strip_prefix("--> "));
    let mut parts = place.unwrap_or_default().rsplitn(3, ':');
    let (_column, line, path) = (parts.next(), parts.next(), parts.next());
    let message =
        text.lines().rev().find(|line| line.contains("error: ")).or_else(|| text.lines().last()).unwrap_or(text);
    PolicyError {
        path: path.filter(|path| !path.is_empty()).unwrap_or(fallback).to_owned(),
        line: line.and_then(|line| line.parse().ok()).unwrap_or(1),
        reason: message.trim().trim_start_matches("error: ").to_owned(),
    }
}

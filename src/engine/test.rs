//! Runs `_test.rego` files, and says which lines of the policies they reached.

use std::collections::{BTreeMap, BTreeSet};

use super::{bare, brief, placed};
use crate::policy::{Library, PolicyError};

/// What one `test_` rule came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The test file.
    pub path: String,
    /// `test_denies_nothing`.
    pub name: String,
    /// Why it failed; none where it passed.
    pub failure: Option<String>,
}

/// A whole test run.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Every test, by file and name.
    pub outcomes: Vec<Outcome>,
    /// Lines of each policy and helper that no test reached.
    pub uncovered: BTreeMap<String, BTreeSet<u32>>,
    /// Lines reached and lines in all.
    pub lines: (usize, usize),
}

/// Runs the tests of the files whose path contains `filter`.
///
/// # Errors
/// A file that does not compile.
pub fn run(library: &Library, data: &str, filter: &str) -> Result<Run, PolicyError> {
    let mut engine = bare();
    engine.set_enable_coverage(true);
    for module in library.modules.iter().chain(&library.tests) {
        engine
            .add_policy(module.path.clone(), module.text.clone())
            .map_err(|e| placed(&e.to_string(), &module.path))?;
    }
    let value =
        regorus::Value::from_json_str(&format!("{{\"sx\":{data}}}")).map_err(|e| placed(&e.to_string(), "data"))?;
    engine.add_data(value).map_err(|e| placed(&e.to_string(), "data"))?;
    let mut run = Run::default();
    let chosen: Vec<_> = library.tests.iter().filter(|module| module.path.contains(filter)).collect();
    for module in &chosen {
        let package = module.text.lines().find_map(|line| line.strip_prefix("package ")).unwrap_or_default().trim();
        let mut names: Vec<&str> = module
            .text
            .lines()
            .filter(|line| line.starts_with("test_"))
            .filter_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_').next())
            .collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let failure = match engine.eval_rule(format!("data.{package}.{name}")) {
                Ok(regorus::Value::Bool(true)) => None,
                Ok(value) => Some(format!("is {}", value.to_json_str().unwrap_or_else(|_| "undefined".into()))),
                Err(error) => Some(brief(&error.to_string())),
            };
            let prints = engine.take_prints().unwrap_or_default().join("; ");
            let failure = failure.map(|f| if prints.is_empty() { f } else { format!("{f} (printed: {prints})") });
            run.outcomes.push(Outcome { path: module.path.clone(), name: name.to_owned(), failure });
        }
    }
    let report = engine.get_coverage_report().map_err(|e| placed(&e.to_string(), "coverage"))?;
    for file in report.files {
        let tested =
            chosen.iter().any(|test| test.path.trim_end_matches("_test.rego") == file.path.trim_end_matches(".rego"));
        if file.path.ends_with("_test.rego") || !(tested || filter.is_empty()) {
            continue;
        }
        run.lines.0 += file.covered.len();
        run.lines.1 += file.covered.len() + file.not_covered.len();
        if !file.not_covered.is_empty() {
            run.uncovered.insert(file.path, file.not_covered.into_iter().collect());
        }
    }
    Ok(run)
}

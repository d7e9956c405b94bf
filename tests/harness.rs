//! How a test runs the program: in this process, with its own clock and no terminal.

use std::path::{Path, PathBuf};

use serde_json::Value;
use sextant::{command::World, run};

/// What a run left behind.
pub struct Run {
    pub code: u8,
    pub out: String,
    pub err: String,
}

/// Runs the program with these arguments.
pub fn sextant(arguments: &[&str]) -> Run {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut world = World {
        out: &mut out,
        err: &mut err,
        colour: false,
        terminal: false,
        width: 100,
        now: "2026-11-23T12:00:00Z".into(),
    };
    let code = run::run(std::iter::once("sextant").chain(arguments.iter().copied()).map(Into::into), &mut world);
    Run { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

/// Audits with `-o json` and reads the report.
pub fn audit(arguments: &[&str]) -> (u8, Value) {
    let run = sextant(&[&["audit", "-o", "json"], arguments].concat());
    let report = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}{}", run.out, run.err));
    (run.code, report)
}

/// The checkout.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The real data beside the checkout; without it the caller's test is skipped, loudly.
pub fn shared(what: &str) -> Option<PathBuf> {
    let base = std::env::var_os("SEXTANT_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let path = base.join(what);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there (set SEXTANT_SHARED)", path.display());
    None
}

/// A path as an argument.
pub fn text(path: &Path) -> String {
    path.display().to_string()
}

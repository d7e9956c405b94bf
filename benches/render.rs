//! How long each format takes at 10,000 findings, and how big it is:
//! `cargo bench --bench render [FINDINGS]`.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, dead_code, reason = "a measurement")]

#[path = "../tests/render/made.rs"]
mod made;

use std::time::Instant;

use clap::ValueEnum as _;
use sextant::render::{self, Format, Style};

fn main() {
    let findings = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(10_000);
    let report = made::big(findings, 120);
    println!("{findings} findings of 120 policies");
    for format in Format::value_variants() {
        let mut best = f64::MAX;
        let mut bytes = 0;
        for _ in 0..3 {
            let mut out = Vec::new();
            let start = Instant::now();
            render::render(*format, &report, Style { width: 80, ..Style::default() }, &mut out).unwrap();
            best = best.min(start.elapsed().as_secs_f64());
            bytes = out.len();
        }
        let name = format.to_possible_value().unwrap();
        println!("{:<15} {:>8.1} ms  {:>9.1} KiB", name.get_name(), best * 1000.0, bytes as f64 / 1024.0);
    }
}

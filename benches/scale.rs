//! A real cluster, 25 and 50 times over: seconds, objects a second, peak memory, the ratio to
//! `jq -c .` over the same bytes in the same run, and the growth when the input doubles.
//!
//! `cargo bench --bench scale`; the cluster is data/clusters/bank beside the checkout.

#![allow(clippy::expect_used, clippy::print_stdout, clippy::print_stderr, reason = "a bench prints, and fails loudly")]

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

fn main() {
    let base = std::env::var_os("SEXTANT_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let lists = base.join("data/clusters/bank/lists");
    if !lists.is_dir() {
        eprintln!("SKIPPED: {} is not there (set SEXTANT_SHARED)", lists.display());
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut seconds = Vec::new();
    for copies in [25, 50] {
        let path = dir.path().join(format!("bank-{copies}.yaml"));
        let (objects, bytes) = scale(&lists, copies, &path);
        let path = path.display().to_string();
        let sextant = best(env!("CARGO_BIN_EXE_sextant"), &["audit", "--complete", "-o", "json", &path]);
        let jq = best("jq", &["-c", ".", &json_lines(&path)]);
        let wall = sextant.0.as_secs_f64();
        print!("×{copies}: {objects} objects, {} MB: {wall:.2} s, ", bytes / 1_000_000);
        let rate = f64::from(u32::try_from(objects).unwrap_or(u32::MAX)) / wall;
        print!("{rate:.0} objects/s, peak {} MB", sextant.1 / 1024);
        match jq {
            (time, _) if time > Duration::ZERO => println!(", {:.2} × jq -c .", wall / time.as_secs_f64()),
            _ => println!(", jq is not installed"),
        }
        seconds.push(wall);
    }
    if let [one, two] = seconds[..] {
        println!("growth from ×25 to ×50: {:.2}", two / one);
    }
}

/// JSON documents in a YAML stream: every namespaced object and namespace in `copies` copies.
fn scale(lists: &Path, copies: usize, out: &Path) -> (usize, usize) {
    let mut text = String::new();
    let mut objects = 0;
    let mut files: Vec<_> = std::fs::read_dir(lists).expect("lists").map(|e| e.expect("an entry").path()).collect();
    files.sort();
    for file in files {
        let list: Value = serde_json::from_str(&std::fs::read_to_string(file).expect("a list")).expect("JSON");
        let kind = list["kind"].as_str().expect("a kind").trim_end_matches("List").to_owned();
        for item in list["items"].as_array().expect("items") {
            let mut object = item.clone();
            object["apiVersion"] = list["apiVersion"].clone();
            object["kind"] = Value::from(kind.clone());
            object["metadata"].as_object_mut().expect("metadata").remove("managedFields");
            let namespace = object["metadata"]["namespace"].as_str().map(str::to_owned);
            let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            for copy in 0..copies {
                if copy > 0 {
                    match &namespace {
                        Some(namespace) => object["metadata"]["namespace"] = Value::from(format!("{namespace}-{copy}")),
                        None if kind == "Namespace" => {
                            object["metadata"]["name"] = Value::from(format!("{name}-{copy}"))
                        }
                        None => break,
                    }
                }
                let _ = writeln!(text, "---\n{object}");
                objects += 1;
            }
        }
    }
    std::fs::write(out, &text).expect("the scaled cluster");
    (objects, text.len())
}

/// The same without the separators, which jq does not read.
fn json_lines(path: &str) -> String {
    let text = std::fs::read_to_string(path).expect("the scaled cluster");
    let plain: String = text.lines().filter(|line| *line != "---").map(|line| format!("{line}\n")).collect();
    let to = format!("{path}.jsonl");
    std::fs::write(&to, plain).expect("JSON lines");
    to
}

/// The best of three runs: wall time and peak memory in KiB.
fn best(program: &str, arguments: &[&str]) -> (Duration, u64) {
    let mut best = (Duration::ZERO, 0);
    for _ in 0..3 {
        let start = Instant::now();
        let Ok(mut child) = Command::new(program).args(arguments).stdout(Stdio::null()).spawn() else {
            return (Duration::ZERO, 0);
        };
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        while child.try_wait().expect("the child").is_none() {
            let line = std::fs::read_to_string(&status).unwrap_or_default();
            let high = line.lines().find_map(|l| l.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse().ok());
            peak = peak.max(high.unwrap_or(0));
            std::thread::sleep(Duration::from_millis(2));
        }
        let time = start.elapsed();
        if best.0 == Duration::ZERO || time < best.0 {
            best = (time, peak);
        }
    }
    best
}

//! The exit codes, for every format and outcome, and whatever happens to the output.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use clap::ValueEnum as _;
use sextant::{command::World, render::Format, run};

use crate::harness::{audit, root, sextant, text};

fn cluster(name: &str) -> String {
    text(&root().join("fixtures/clusters").join(name))
}

/// What comes out, by what goes in.
const OUTCOMES: [(&str, &[&str], u8); 9] = [
    ("tidy", &[], 0),
    ("empty", &[], 1),
    ("menagerie", &[], 1),
    ("menagerie", &["--fail-on", "never"], 0),
    ("no-rbac", &[], 4),
    ("no-rbac", &["--allow-incomplete"], 0),
    ("no-rbac", &["--rules", "fixtures/cases/SEC-001/fires/rules"], 5),
    ("tidy", &["--select", "NO-SUCH"], 2),
    ("no-such-cluster", &[], 3),
];

#[test]
fn the_exit_code_does_not_depend_on_the_format() {
    let names = Format::value_variants().iter().filter_map(|f| f.to_possible_value()).map(|v| v.get_name().to_owned());
    let mut table = Vec::new();
    let formats: Vec<String> = names.collect();
    let dir = tempfile::tempdir().unwrap();
    for (source, more, wanted) in OUTCOMES {
        let (source, more) = (
            cluster(source),
            more.iter().map(|word| match word.split_once("fixtures/") {
                Some((_, rest)) => text(&root().join("fixtures").join(rest)),
                None => (*word).to_owned(),
            }),
        );
        let more: Vec<String> = more.collect();
        let more: Vec<&str> = more.iter().map(String::as_str).collect();
        // Every format in one run, each to a file; then each alone to standard output where it is quick.
        let mut words = vec!["audit", &source];
        words.extend(&more);
        let files: Vec<String> =
            formats.iter().map(|f| format!("{f}={}", text(&dir.path().join(format!("{f}.out"))))).collect();
        files.iter().for_each(|file| words.extend(["-o", file]));
        let run = sextant(&words);
        table.push((source.clone(), more.join(" "), run.code));
        assert_eq!(run.code, wanted, "{source} {more:?}: {}", run.err);
        let has_result = !matches!(wanted, 2 | 3);
        assert_eq!(run.err.is_empty(), has_result, "{source} {more:?}: {}", run.err);
        for format in &formats {
            let path = dir.path().join(format!("{format}.out"));
            assert_eq!(path.exists(), has_result, "{format}");
            let _ = std::fs::remove_file(path);
        }
    }
    for format in &formats {
        assert_eq!(sextant(&["audit", &cluster("tidy"), "-o", format]).code, 0, "{format}");
        assert_eq!(sextant(&["audit", &cluster("empty"), "-o", format]).code, 1, "{format}");
    }
    println!("{table:#?}");
}

#[test]
fn other_commands_have_the_same_codes() {
    for (words, wanted) in [
        (&["inventory", "--sample"][..], 0),
        (&["inventory", "no-such-cluster"], 3),
        (&["explain", "NET-004"], 0),
        (&["explain", "NO-SUCH"], 2),
        (&["explain", "exit-codes"], 0),
        (&["policy", "list"], 0),
        (&["policy", "check"], 0),
        (&["policy", "check", "--policies", "no-such-folder"], 2),
        (&["rules", "check"], 0),
        (&["rules", "check", "no-such-folder"], 2),
        (&["rbac"], 0),
        (&["rbac", "--select", "NO-SUCH"], 2),
        (&["waiver", "audit", "--waivers", "no-such-file", "--sample"], 2),
        (&["report", "diff", "no-such-file", "no-such-file"], 2),
        (&["snapshot", "no-such-cluster", "-o", "no-such-folder/x"], 3),
        (&["snapshot", "diff", "no-such-file", "no-such-file"], 3),
        (&["completions", "bash"], 0),
        (&["man"], 0),
        (&["no-such-command"], 2),
        (&["--version"], 0),
    ] {
        let run = sextant(words);
        assert_eq!(run.code, wanted, "{words:?}: {}", run.err);
    }
}

#[test]
fn thresholds_by_count_coverage_and_framework() {
    let menagerie = cluster("menagerie");
    let (_, report) = audit(&[&menagerie]);
    let high = |severity: &str| {
        let of = |f: &&serde_json::Value| f["verdict"] == "fail" && f["severity"] == severity;
        report["findings"].as_array().unwrap().iter().filter(of).count()
    };
    let (critical, many) = (high("critical"), high("high"));
    assert!(many > 1);
    let judge = |words: &[&str]| {
        let (code, report) = audit(&[&[menagerie.as_str()], words].concat());
        (code, report["gate"]["reasons"].as_array().cloned().unwrap_or_default())
    };
    let enough = format!("high={many},critical={critical}");
    assert_eq!(judge(&["--max", &enough]).0, 0, "so many may be");
    let (code, reasons) = judge(&["--max", &format!("high={},critical={critical}", many - 1)]);
    assert_eq!((code, reasons.len()), (1, 1), "{reasons:?}");
    assert!(
        reasons[0].as_str().unwrap().contains(&format!("{many} high violations, more than {}", many - 1)),
        "{reasons:?}"
    );
    assert_eq!(judge(&["--fail-on", "never", "--max", "high=0"]).0, 1, "a count holds whatever the threshold says");
    assert_eq!(judge(&["--fail-on", "never", "--min-compliance", "nsa=100"]).0, 1);
    assert_eq!(judge(&["--fail-on", "never", "--min-compliance", "nsa-1.2=0"]).0, 0);
    assert_eq!(
        judge(&["--fail-on", "never", "--min-compliance", "no-such=0"]).0,
        1,
        "nothing judged complies with nothing"
    );
    let unread = |words: &[&str]| audit(&[&[cluster("no-rbac").as_str(), "--allow-incomplete"], words].concat()).0;
    assert_eq!(unread(&["--min-coverage", "100"]), 1);
    assert_eq!(unread(&["--min-coverage", "1"]), 0);
    for words in [["--max", "high"], ["--max", "worst=1"], ["--min-compliance", "cis=101"], ["--min-coverage", "101"]] {
        assert_eq!(sextant(&[&["audit", &menagerie], &words[..]].concat()).code, 2, "{words:?}");
    }
}

/// What fails when it is written to.
struct Broken(std::io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(self.0.into())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn into(mut out: impl Write + Send, words: &[&str]) -> (u8, String) {
    let mut err = Vec::new();
    let now = "2026-11-23T12:00:00Z".into();
    let mut world = World { out: &mut out, err: &mut err, colour: false, terminal: false, width: 100, now };
    let code = run::run(std::iter::once("sextant").chain(words.iter().copied()).map(Into::into), &mut world);
    (code, String::from_utf8(err).unwrap())
}

#[test]
fn a_reader_that_has_had_enough_is_no_error_and_a_full_disk_is() {
    let empty = cluster("empty");
    let words = ["audit", &empty];
    assert_eq!(into(Broken(std::io::ErrorKind::BrokenPipe), &words), (1, String::new()), "the gate still counts");
    let (code, err) = into(Broken(std::io::ErrorKind::StorageFull), &words);
    assert_eq!(code, 6);
    assert!(err.contains("the gate says exit code 1, failed: true"), "{err}");
}

#[test]
fn a_full_disk_leaves_the_earlier_report_and_the_verdict() {
    let full = std::path::Path::new("/dev/full");
    if full.exists() {
        let run = sextant(&["audit", &cluster("empty"), "-o", "json=/dev/full", "-o", "table"]);
        assert_eq!(run.code, 6);
        assert!(run.err.contains("/dev/full") && run.err.contains("exit code 1"), "{}", run.err);
        assert!(!run.out.is_empty(), "the other format is written");
    }
    // A folder that is not there; an earlier report beside a failing one stays.
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("report.json");
    std::fs::write(&path, "earlier").unwrap();
    let gone = text(&dir.path().join("gone/report.json"));
    assert_eq!(sextant(&["audit", &cluster("tidy"), "-o", &format!("json={gone}")]).code, 6);
    assert_eq!(sextant(&["audit", "no-such-cluster", "-o", &format!("json={}", text(&path))]).code, 3);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "earlier");
    assert_eq!(sextant(&["audit", &cluster("tidy"), "-o", &format!("json={}", text(&path))]).code, 0);
    assert!(std::fs::read_to_string(&path).unwrap().starts_with('{'));
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["report.json"]);
}

#[test]
fn head_closes_the_pipe_of_the_real_program() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sextant"))
        .args(["audit", &cluster("menagerie"), "-o", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(1), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
}

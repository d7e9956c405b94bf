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
    let mut table = Vec::new();
    let formats = formats();
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

/// Reports and files that commands about reports are asked with.
struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { dir: tempfile::tempdir().unwrap() };
        for (name, source) in [("tidy", "tidy"), ("menagerie", "menagerie"), ("blind", "no-rbac")] {
            let out = format!("json={}", desk.path(name));
            sextant(&["audit", &cluster(source), "-o", &out]);
            // One cluster at three times.
            let mut report: serde_json::Value = serde_json::from_str(&desk.read(name)).unwrap();
            report["snapshot"]["cluster"]["uid"] = serde_json::Value::Null;
            report["findings"].as_array_mut().unwrap().iter_mut().for_each(|f| f["evidence"] = serde_json::json!({}));
            desk.write(name, &report.to_string());
        }
        desk.write("broken", "{");
        desk
    }

    fn path(&self, name: &str) -> String {
        text(&self.dir.path().join(name))
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }
}

fn formats() -> Vec<String> {
    Format::value_variants().iter().filter_map(|f| f.to_possible_value()).map(|v| v.get_name().to_owned()).collect()
}

/// `report diff`: new ones fail, what nobody could judge is incomplete, in every format.
#[test]
fn a_difference_has_the_codes_of_a_gate_in_every_format() {
    let desk = Desk::new();
    let [tidy, menagerie, blind, broken] = ["tidy", "menagerie", "blind", "broken"].map(|name| desk.path(name));
    for (before, after, wanted) in [
        (&tidy, &tidy, 0),
        (&menagerie, &menagerie, 0),
        (&tidy, &menagerie, 1),
        (&menagerie, &blind, 4),
        (&blind, &menagerie, 5),
        (&tidy, &broken, 2),
        (&broken, &tidy, 2),
    ] {
        let plain = sextant(&["report", "diff", before, after]);
        assert_eq!(plain.code, wanted, "{before} {after}: {}", plain.err);
        for format in formats() {
            let run = sextant(&["report", "diff", before, after, "-o", &format]);
            assert_eq!(run.code, wanted, "{before} {after} {format}: {}", run.err);
            // A stream of events is empty where there is nothing to tell.
            let silent = wanted == 2 || format == "ocsf" && before == after && before == &tidy;
            assert_eq!((run.out.is_empty(), run.err.is_empty()), (silent, wanted != 2), "{format}");
            let file = format!("{format}={}", desk.path("gone/report"));
            let run = sextant(&["report", "diff", before, after, "-o", &file]);
            assert_eq!(run.code, if wanted == 2 { 2 } else { 6 }, "{format} to a folder that is not there");
        }
    }
}

/// Commands with two formats, each with every outcome that it has.
#[test]
fn other_commands_have_the_same_codes_in_both_formats() {
    let desk = Desk::new();
    let [tidy, menagerie, blind, broken] = ["tidy", "menagerie", "blind", "broken"].map(|name| desk.path(name));
    let case = |name: &str| cluster("../cases/COV-004/").to_owned() + name;
    let (fires, silent) = (case("fires"), case("silent"));
    let [fires_waivers, silent_waivers] = [&fires, &silent].map(|dir| format!("{dir}/waivers.yaml"));
    let (no_rbac, calm) = (cluster("no-rbac"), cluster("tidy"));
    let history = desk.path("history");
    for name in ["tidy", "menagerie"] {
        sextant(&["audit", &cluster(name), "--history", &history, "--cluster-name", "one", "--quiet"]);
    }
    let commands: [(&[&str], u8); 20] = [
        (&["inventory", "--sample"], 0),
        (&["inventory", &no_rbac], 0),
        (&["inventory", "no-such-cluster"], 3),
        (&["inventory", &broken], 3),
        (&["waiver", "audit", &silent, "--waivers", &silent_waivers], 0),
        (&["waiver", "audit", &fires, "--waivers", &fires_waivers], 1),
        (&["waiver", "audit", &fires, "--waivers", &broken], 2),
        (&["waiver", "audit", "no-such-cluster", "--waivers", &silent_waivers], 3),
        (&["report", "merge", &tidy], 0),
        (&["report", "merge", &menagerie], 1),
        (&["report", "merge", &blind], 4),
        (&["report", "merge", &blind, &menagerie], 5),
        (&["report", "merge", "no-such-file"], 3),
        (&["report", "history", "list", "--history", &history], 0),
        (&["report", "history", "trend", "--history", &history], 0),
        (&["report", "history", "diff", "--history", &history], 0),
        (&["report", "history", "verify", "--history", &history], 0),
        (&["report", "history", "show", "last", "--history", &history], 0),
        (&["snapshot", "diff", &calm, &calm], 0),
        (&["snapshot", "diff", &calm, "no-such-file"], 3),
    ];
    for (words, wanted) in commands {
        for format in ["table", "json"] {
            let words = [words, &["-o", format]].concat();
            let run = sextant(&words);
            assert_eq!(run.code, wanted, "{words:?}: {}{}", run.out, run.err);
            if wanted < 2 && format == "json" {
                assert!(serde_json::from_str::<serde_json::Value>(&run.out).is_ok(), "{words:?}: {}", run.out);
            }
        }
    }
}

#[test]
fn commands_without_a_format_have_them_too() {
    for (words, wanted) in [
        (&["explain", "NET-004"][..], 0),
        (&["explain", "NO-SUCH"], 2),
        (&["explain", "exit-codes"], 0),
        (&["policy", "list"], 0),
        (&["policy", "check"], 0),
        (&["policy", "check", "--policies", "no-such-folder"], 2),
        (&["rules", "check"], 0),
        (&["rules", "check", "no-such-folder"], 2),
        (&["rbac"], 0),
        (&["rbac", "--select", "NO-SUCH"], 2),
        (&["rbac", "--names-from", "cluster.sxs"], 2),
        (&["rbac", "--secrets", "named", "--names-from", "no-such-file"], 3),
        (
            &["waiver", "create", "--report", "no-such-file", "--finding", "00000000", "--owner", "o", "--reason", "r"],
            2,
        ),
        (&["report", "diff", "no-such-file", "no-such-file"], 2),
        (&["snapshot", "no-such-cluster", "-o", "no-such-folder/x"], 3),
        (&["preflight", "--kubeconfig", "no-such-file"], 3),
        (&["completions", "bash"], 0),
        (&["man"], 0),
        (&["no-such-command"], 2),
        (&["audit", "--sample", "-o", "no-such-format"], 2),
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
    let desk = Desk::new();
    let [tidy, menagerie] = ["tidy", "menagerie"].map(|name| desk.path(name));
    let empty = cluster("empty");
    let fires = cluster("../cases/COV-004/fires");
    let waivers = format!("{fires}/waivers.yaml");
    // Whether the result is a gate's, whose verdict is told where it cannot be written.
    let commands: [(&[&str], u8, &str); 15] = [
        (&["audit", &empty, "--select", "NET-001"], 1, "the gate says exit code 1, failed: true"),
        (&["audit", &empty, "--select", "NET-001", "-o", "github"], 1, "the gate says exit code 1, failed: true"),
        (&["audit", &empty, "--select", "NET-001", "--threads", "1"], 1, "exit code 1"),
        (&["report", "diff", &tidy, &menagerie], 1, "exit code 1"),
        (&["report", "diff", &tidy, &menagerie, "-o", "html"], 1, "exit code"),
        (&["waiver", "audit", &fires, "--waivers", &waivers, "--select", "COV-004"], 1, "exit code 1"),
        (&["waiver", "audit", &fires, "--waivers", &waivers, "--select", "COV-004", "-o", "json"], 1, "exit code 1"),
        (&["inventory", "--sample"], 0, ""),
        (&["inventory", "--sample", "-o", "json"], 0, ""),
        (&["report", "merge", &tidy], 0, ""),
        (&["explain", "NET-004"], 0, ""),
        (&["policy", "list"], 0, ""),
        (&["rbac"], 0, ""),
        (&["rules", "show"], 0, ""),
        (&["man"], 0, ""),
    ];
    for (words, wanted, told) in commands {
        let closed = into(Broken(std::io::ErrorKind::BrokenPipe), words);
        assert_eq!(closed, (wanted, String::new()), "{words:?}");
        let (code, err) = into(Broken(std::io::ErrorKind::StorageFull), words);
        assert_eq!(code, 6, "{words:?} {err}");
        assert!(err.contains("cannot write") && err.contains(told), "{words:?}: {err}");
        // What fits into a buffer fails when that is emptied.
        let (code, err) =
            into(std::io::BufWriter::with_capacity(1 << 24, Broken(std::io::ErrorKind::StorageFull)), words);
        assert_eq!(code, 6, "{words:?} {err}");
        assert!(err.contains("cannot write") && err.contains(told), "{words:?}: {err}");
    }
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

#[test]
fn a_full_disk_under_the_real_program() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    for (format, gate) in [("json", "exit code 1"), ("github", "exit code 1")] {
        let done = Command::new(env!("CARGO_BIN_EXE_sextant"))
            .args(["audit", &cluster("empty"), "-o", format])
            .stdout(full.try_clone().unwrap())
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(6), "{format}: {err}");
        assert!(err.contains(gate) && err.lines().count() == 1, "{format}: {err}");
    }
}

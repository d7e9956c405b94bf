//! Waivers mark and never hide; what is wrong with one is told.

use serde_json::Value;

use crate::harness::{audit, root, sextant, text};

fn case(name: &str) -> (String, String) {
    let dir = root().join("fixtures/cases/COV-004").join(name);
    (text(&dir), text(&dir.join("waivers.yaml")))
}

fn of<'r>(report: &'r Value, policy: &str) -> Vec<&'r Value> {
    report["findings"].as_array().unwrap().iter().filter(|finding| finding["policy"] == policy).collect()
}

fn written(dir: &tempfile::TempDir, lines: &str) -> String {
    let path = dir.path().join("waivers.yaml");
    std::fs::write(&path, lines).unwrap();
    text(&path)
}

const REST: &str = "owner: platform@bank.example, reason: migration, expires: 2026-12-31";

#[test]
fn a_waived_violation_stays_in_the_report_and_leaves_the_gate() {
    let (cluster, waivers) = case("silent");
    let (code, bare) = audit(&[&cluster, "--select", "NET-004", "--fail-on", "low"]);
    assert_eq!((code, &bare["counts"]["fail"]), (1, &1.into()));
    let arguments = [cluster.as_str(), "--select", "NET-004,COV-004", "--fail-on", "low", "--waivers", &waivers];
    let (code, report) = audit(&arguments);
    assert_eq!(code, 0, "{report}");
    let finding = of(&report, "NET-004")[0];
    assert_eq!((&finding["verdict"], &finding["waiver"]), (&"waived".into(), &"W-2026-001".into()));
    assert_eq!(finding["message"], of(&bare, "NET-004")[0]["message"]);
    assert_eq!((&report["counts"]["waived"], &report["counts"]["pass"]), (&1.into(), &1.into()), "COV-004 passes");
    let told = &report["waivers"][0];
    assert_eq!((&told["state"], &told["matched"], &told["ticket"]), (&"active".into(), &1.into(), &"SEC-1234".into()));
    let (code, without) = audit(&[&arguments[..], &["--no-waivers"]].concat());
    assert_eq!((code, &without["counts"]["waived"]), (1, &0.into()));
    let table = sextant(&[&["audit", "--all"], &arguments[..]].concat()).out;
    assert!(table.contains("W-2026-001"), "{table}");
}

#[test]
fn what_is_wrong_with_a_waiver_is_told_with_its_line() {
    let (cluster, waivers) = case("fires");
    let (code, report) = audit(&[&cluster, "--select", "NET-004,COV-004", "--waivers", &waivers]);
    let told: Vec<_> = of(&report, "COV-004")
        .into_iter()
        .map(|f| (f["subject"]["name"].as_str().unwrap(), f["message"].as_str().unwrap(), f["line"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("W-2026-001", "expired on 2026-10-31; 1 violations that it covered count again", 2),
            ("W-2026-002", "covers every object", 8),
            ("W-2026-002", "covers every policy", 8),
            ("W-2026-003", "names policy NET-999, which does not exist", 14),
        ]
    );
    // The expired one covers nothing, the wide one does.
    assert_eq!(of(&report, "NET-004")[0]["waiver"], "W-2026-002");
    assert_eq!(code, 0, "COV-004 is medium: {report}");
}

#[test]
fn the_last_day_counts_and_the_clock_is_that_of_the_snapshot() {
    let (cluster, _) = case("silent");
    let dir = tempfile::tempdir().unwrap();
    for (day, waived) in [("2026-11-20", 1), ("2026-11-19", 0)] {
        let line = format!(
            "waivers: [{{id: W, policies: [NET-*], match: {{namespace: legacy-payments}}, owner: a, reason: b, expires: {day}}}]"
        );
        let (_, report) = audit(&[&cluster, "--select", "NET-004", "--waivers", &written(&dir, &line)]);
        assert_eq!(report["counts"]["waived"], waived, "{day}");
    }
    let line = "waivers: [{id: W, policies: [NET-004], match: {name: legacy-payments}, owner: a, reason: b, expires: 2026-11-20}]";
    let path = written(&dir, line);
    let (_, later) = audit(&[&cluster, "--select", "NET-004", "--waivers", &path, "--time", "2026-11-21T00:00:00Z"]);
    assert_eq!(later["counts"]["waived"], 0);
    // A clock that cannot be read would let it live for ever.
    let run = sextant(&["audit", &cluster, "--waivers", &path, "--time", "tomorrow"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("RFC 3339"), "{}", run.err);
}

/// Dumps take their clock from what is in them, and anything may be in them.
#[test]
fn a_source_whose_clock_is_none_is_held_against_the_clock_of_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let source = text(&dir.path().join("dump.json"));
    let object =
        r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a","uid":"u","creationTimestamp":"zzz"}}"#;
    std::fs::write(&source, object).unwrap();
    for (day, waived) in [("2026-11-22", 0), ("2026-11-23", 1)] {
        let line = format!(
            "waivers: [{{id: W, policies: [NET-004], match: {{name: a}}, owner: a, reason: b, expires: {day}}}]"
        );
        let (_, report) = audit(&[&source, "--complete", "--select", "NET-004", "--waivers", &written(&dir, &line)]);
        assert_eq!(report["counts"]["waived"], waived, "{day}: {report}");
    }
}

#[test]
fn everything_that_a_match_names_must_hold() {
    let (cluster, _) = case("silent");
    let dir = tempfile::tempdir().unwrap();
    let (_, bare) = audit(&[&cluster, "--select", "NET-004"]);
    let print = of(&bare, "NET-004")[0]["fingerprint"].as_str().unwrap().to_owned();
    for (of, waived) in [
        ("{kind: Namespace, group: core, name: legacy-payments}".to_owned(), 1),
        ("{group: \"\", namespace: legacy-*}".to_owned(), 1),
        ("{group: apps, name: legacy-payments}".to_owned(), 0),
        ("{kind: Deployment, name: legacy-payments}".to_owned(), 0),
        ("{name: legacy}".to_owned(), 0),
        ("{labels: {kubernetes.io/metadata.name: legacy-*}}".to_owned(), 1),
        ("{labels: {team: \"*\"}}".to_owned(), 0),
        (format!("{{fingerprint: \"{print}\"}}"), 1),
        ("{fingerprint: \"00000000\"}".to_owned(), 0),
        ("{name: legacy-payments, cluster: elsewhere}".to_owned(), 0),
    ] {
        let line = format!("waivers: [{{id: W, policies: [NET-004], match: {of}, {REST}}}]");
        let (_, report) = audit(&[&cluster, "--select", "NET-004", "--waivers", &written(&dir, &line)]);
        assert_eq!(report["counts"]["waived"], waived, "{of}");
    }
}

#[test]
fn nobody_answers_for_what_nobody_could_read() {
    let dir = tempfile::tempdir().unwrap();
    let line = format!("waivers: [{{id: W, policies: [\"*\"], match: {{}}, {REST}}}]");
    let cluster = text(&root().join("fixtures/clusters/no-rbac"));
    let (_, before) = audit(&[&cluster]);
    let (code, after) = audit(&[&cluster, "--waivers", &written(&dir, &line)]);
    assert_eq!(before["counts"]["unknown"], after["counts"]["unknown"]);
    assert_eq!(code, 4);
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_its_line() {
    let (cluster, _) = case("silent");
    let dir = tempfile::tempdir().unwrap();
    let good = format!("  - {{id: W-1, policies: [NET-004], match: {{name: a}}, {REST}}}\n");
    for (lines, line, words) in [
        ("waivers:\n  - id: W-1\n    polices: [NET-004]\n".to_owned(), 3, "polices"),
        ("waivers:\n  - id: W-1\n    policies: [NET-004]\n".to_owned(), 3, "match"),
        (format!("waivers:\n{good}{good}"), 3, "unique"),
        (format!("waivers:\n{}", good.replace("2026-12-31", "next year")), 2, "YYYY-MM-DD"),
        (format!("waivers:\n{}", good.replace("reason: migration", "reason: \"\"")), 2, "reason is empty"),
        (format!("waivers:\n{}", good.replace("name: a", "name: \"[\"")), 2, "no pattern"),
        ("waivers: {".to_owned(), 1, ""),
        ("exceptions: []\n".to_owned(), 1, "exceptions"),
    ] {
        let path = written(&dir, &lines);
        let run = sextant(&["audit", &cluster, "--waivers", &path]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{lines}");
        assert!(run.err.contains(&format!("waivers.yaml:{line}: ")) && run.err.contains(words), "{lines}: {}", run.err);
    }
    let run = sextant(&["audit", &cluster, "--waivers", "no-such-file.yaml"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("no-such-file.yaml"), "{}", run.err);
}

#[test]
fn waiver_audit_says_what_each_one_does() {
    let (cluster, waivers) = case("fires");
    let run = sextant(&["waiver", "audit", "--waivers", &waivers, &cluster]);
    assert_eq!(run.code, 1, "{}", run.err);
    for words in ["expired   W-2026-001", "NET-999, which does not exist", "covers every policy", "3 waivers, 3 with"] {
        assert!(run.out.contains(words), "{words}: {}", run.out);
    }
    let (cluster, waivers) = case("silent");
    let run = sextant(&["waiver", "audit", "--waivers", &waivers, &cluster, "-o", "json"]);
    assert_eq!(run.code, 0, "{}", run.out);
    let told: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        (&told["waivers"][0]["state"], &told["waivers"][0]["problems"]),
        (&"active".into(), &Value::Array(vec![]))
    );
}

#[test]
fn a_waiver_is_made_from_a_finding_and_covers_it() {
    let (cluster, _) = case("silent");
    let dir = tempfile::tempdir().unwrap();
    let report = text(&dir.path().join("report.json"));
    let file = text(&dir.path().join("waivers.yaml"));
    assert_eq!(
        sextant(&[
            "audit",
            &cluster,
            "--select",
            "NET-004,NET-005",
            "--fail-on",
            "low",
            "-o",
            &format!("json={report}")
        ])
        .code,
        1
    );
    let findings: Value = serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
    let print = |policy: &str| of(&findings, policy)[0]["fingerprint"].as_str().unwrap().to_owned();
    let make = |finding: &str, more: &[&str]| {
        let base = [
            "waiver",
            "create",
            "--report",
            &report,
            "--finding",
            finding,
            "--owner",
            "a@b",
            "--reason",
            "it: \"was\" #so",
        ];
        sextant(&[&base, more].concat())
    };
    std::fs::write(&file, "# kept\nwaivers:  # ours\n").unwrap();
    for policy in ["NET-004", "NET-005"] {
        let run = make(&print(policy)[..12], &["--into", &file, "--days", "30"]);
        assert_eq!(run.code, 0, "{}", run.err);
    }
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.starts_with("# kept\nwaivers:  # ours\n") && written.contains("2026-12-23"), "{written}");
    let (code, after) = audit(&[&cluster, "--select", "NET-004,NET-005", "--fail-on", "low", "--waivers", &file]);
    assert_eq!((code, &after["counts"]["waived"]), (0, &2.into()));
    // Twice the same id is refused, and the file stays as it was.
    assert_eq!(make(&print("NET-004"), &["--into", &file]).code, 2);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
    // To standard output it is a file of its own.
    assert!(make(&print("NET-004"), &[]).out.starts_with("waivers:\n  - id: "));
    for (finding, words) in [("0000000000", "no finding"), ("ab", "too short")] {
        let run = make(finding, &[]);
        assert_eq!(run.code, 2);
        assert!(run.err.contains(words), "{}", run.err);
    }
}

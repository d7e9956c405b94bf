//! Bad input: a clear message with file and line, the documented exit code, and no panic.

use std::path::PathBuf;

use crate::harness::{audit, root, sextant, text};

fn folder(name: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    for (file, content) in files {
        let file = path.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }
    std::fs::create_dir_all(&path).unwrap();
    (dir, path)
}

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";

#[test]
fn a_folder_without_manifests() {
    let (_keep, path) = folder("none", &[("notes.txt", "hello")]);
    let run = sextant(&["audit", &text(&path)]);
    assert_eq!(run.code, 3);
    assert!(run.err.contains("no Kubernetes object was read"), "{}", run.err);
    assert_eq!(sextant(&["audit", "no/such/file.yaml"]).code, 3);
    assert_eq!(sextant(&["audit", "no-such-*.yaml"]).code, 3);
}

#[test]
fn a_broken_third_document_leaves_the_others_and_is_coverage() {
    let text_of = format!(
        "{NAMESPACE}---\n{NAMESPACE}---\nkind: [\n---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: last}}\n"
    );
    let (_keep, path) = folder("m", &[("a.yaml", &text_of)]);
    let (code, report) = audit(&[&text(&path), "--complete"]);
    let broken = report["coverage"].as_array().unwrap().iter().find(|c| c["state"] == "malformed").unwrap();
    assert!(broken["source"].as_str().unwrap().ends_with("a.yaml#3"), "{broken}");
    assert!(
        broken["reason"].as_str().unwrap().starts_with("line 9: ")
            || broken["reason"].as_str().unwrap().starts_with("line 10: "),
        "{broken}"
    );
    // Any kind may have been in it: nothing is complete, and nothing passes for want of evidence.
    assert!(matches!(code, 4 | 5), "{code}");
    let namespaces = report["coverage"].as_array().unwrap().iter().find(|c| c["kind"] == "core/Namespace").unwrap();
    assert_eq!((namespaces["state"].as_str(), namespaces["objects"].as_u64()), (Some("partial"), Some(2)));
}

#[test]
fn a_snapshot_cut_in_half() {
    let arguments = sextant::cli::SourceArgs {
        paths: vec![text(&root().join("fixtures/clusters/tidy"))],
        sample: false,
        complete: false,
        time: None,
        secrets: sextant::snapshot::slim::Secrets::None,
    };
    let snapshot = sextant::command::snapshot(&arguments).unwrap();
    let mut bytes = Vec::new();
    sextant::snapshot::file::write(&snapshot, &mut bytes).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole.sxs");
    std::fs::write(&whole, &bytes).unwrap();
    let (code, report) = audit(&[&text(&whole)]);
    let (tidy_code, tidy) = audit(&[&text(&root().join("fixtures/clusters/tidy"))]);
    assert_eq!(code, tidy_code);
    assert_eq!(report["counts"], tidy["counts"]);
    let half = dir.path().join("half.sxs");
    std::fs::write(&half, &bytes[..bytes.len() / 2]).unwrap();
    let run = sextant(&["audit", &text(&half)]);
    assert!(matches!(run.code, 3..=5), "{} {}{}", run.code, run.out, run.err);
    assert!(
        run.out.contains("it was cut") || run.out.contains("after line") || run.err.contains("half.sxs"),
        "{}{}",
        run.out,
        run.err
    );
}

#[test]
fn an_unknown_policy() {
    let run = sextant(&["audit", "--sample", "--select", "NET-999"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("NET-999") && run.err.contains("policy list"), "{}", run.err);
}

#[test]
fn a_misspelt_rule() {
    let (_keep, path) = folder("rules", &[("network.yaml", "approved: [calico]\ndefault_deny:\n  ingres: required\n")]);
    let run = sextant(&["audit", "--sample", "--rules", &text(&path)]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("network.yaml:3: ") && run.err.contains("ingres"), "{}", run.err);
}

const HEADER: &str = "# METADATA\n# title: t\n# description: d\n# custom:\n#   id: X-1\n#   severity: high\n#   claim: presence\n#   rows: cluster\n#   remediation: r\npackage sextant.network.x\n\n";

#[test]
fn a_policy_that_does_not_compile() {
    let text_of = format!(
        "{HEADER}violation contains {{\"ref\": row.ref, \"message\": \"m\"}} if {{\n\tsome row in input.rows\n\trow.(\n}}\n"
    );
    let (_keep, path) = folder("policies", &[("network/x.rego", &text_of)]);
    let run = sextant(&["audit", "--sample", "--policies", &text(&path)]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("x.rego:14"), "{}", run.err);
}

#[test]
fn a_policy_that_loops_is_unknown_and_the_others_go_on() {
    let text_of = format!(
        "{HEADER}violation contains {{\"ref\": row.ref, \"message\": \"m\"}} if {{\n\tsome row in input.rows\n\tn := numbers.range(1, 3000)\n\tcount([1 | some a in n; some b in n; some c in n; a + b + c == 0]) > 0\n}}\n"
    );
    let (_keep, path) = folder("policies", &[("network/x.rego", &text_of)]);
    let (code, report) = audit(&["--sample", "--policies", &text(&path), "--select", "X-1,NET-001"]);
    assert_eq!(code, 4);
    let policy = |id: &str| report["policies"].as_array().unwrap().iter().find(|p| p["id"] == id).unwrap().clone();
    assert_eq!(policy("X-1")["counts"]["unknown"], 1);
    assert!(policy("X-1")["error"].as_str().unwrap().contains("time"), "{}", policy("X-1")["error"]);
    assert_eq!(policy("NET-001")["counts"]["pass"], 1);
}

#[test]
fn manifests_are_judged_by_what_is_in_them() {
    let (_keep, path) = folder("m", &[("a.yaml", NAMESPACE)]);
    let (code, report) = audit(&[&text(&path)]);
    assert_eq!(code, 0, "{:#}", report["findings"]);
    assert_eq!(
        report["counts"]["pass"].as_u64().unwrap() + report["counts"]["fail"].as_u64().unwrap(),
        report["counts"]["pass"]
    );
    let (code, _) = audit(&[&text(&path), "--complete"]);
    assert_eq!(code, 1);
}

//! What is said to a user who names a registry wrongly: one line, the remedy, and exit code 2.

use crate::harness::{sextant, text};

#[test]
fn what_cannot_be_followed_is_told_with_its_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| text(&dir.path().join(name));
    let write = |name: &str, content: &str| {
        std::fs::write(path(name), content).unwrap();
        path(name)
    };
    let pem = write("no.pem", "-----BEGIN NOTHING-----\n");
    let export =
        write("quay.jsonl", "{\"call\": \"/api/v1/superuser/users/\", \"status\": 200, \"body\": {\"users\": []}}\n");
    let cut = write("cut.jsonl", "{\"call\": \"/api/v1/x\", \"status\": 200}\n\n{\"call\": \n");
    let other = write("other.jsonl", "{\"call\": \"/nobody/knows\", \"status\": 200, \"body\": []}\n");
    let login = write("login", "robot$x:secret\n");
    let empty = write("empty", "\n");
    let live = write("live.yaml", "registries: [{name: z, type: zot, evidence: {mode: api, endpoint: 'https://z'}}]\n");
    let nowhere = write("nowhere.yaml", "registries: [{name: h, type: harbor, evidence: {mode: api}}]\n");
    let no_file = write("no-file.yaml", "registries: [{name: q, type: quay, evidence: {mode: file}}]\n");
    let kind = write("kind.yaml", "registries: [{name: q, type: gitlab, evidence: {mode: file, file: quay.jsonl}}]\n");
    let inline = write(
        "inline.yaml",
        "registries: [{name: h, type: harbor, evidence: {mode: api, endpoint: 'https://h', credential: hunter2}}]\n",
    );
    let no_list = write("no-list.yaml", "registries: {name: h}\n");
    let broken = write("broken.yaml", "registries: [\n");
    let by = format!("file:{login}");
    let cases: Vec<(Vec<String>, &str)> = [
        (vec!["--registry", "bank"], "NAME=https://HOST (Harbor), or NAME=FILE"),
        (vec!["--registry", "=https://h"], "NAME=https://HOST (Harbor), or NAME=FILE"),
        (vec!["--registry", "https://h=x"], "NAME=https://HOST (Harbor), or NAME=FILE"),
        (vec!["--registry", "bank=http://h.example"], "registry bank: the endpoint must be https"),
        (vec!["--registry", "bank=ftp://h.example"], "registry bank: the endpoint must be https"),
        (vec!["--registry", "bank=https://u:hunter2@h.example"], "name it by env: or file:"),
        (vec!["--registry", &format!("bank={}", path("gone.jsonl"))], "gone.jsonl: entity not found"),
        (vec!["--registry", &format!("bank={}", text(dir.path()))], "is a directory"),
        (vec!["--registry", &format!("bank={cut}")], "cut.jsonl: line 3: not {\"call\""),
        (vec!["--registry", &format!("bank={other}")], "sextant registry export-help"),
        (
            vec!["--registry", &format!("bank={export}"), "--registry", &format!("bank={export}")],
            "registry bank is named twice",
        ),
        (
            vec!["--registry", &format!("bank={export}"), "--registry-credential", &by],
            "a credential is for one --registry NAME=https://HOST",
        ),
        (
            vec!["--registry", "bank=https://h.example", "--registry-user", "u"],
            "--registry-user needs --registry-credential",
        ),
        (vec!["--registry", "bank=https://h.example", "--registry-credential", "hunter2"], "env:NAME or file:PATH"),
        (
            vec!["--registry", "bank=https://h.example", "--registry-credential", "env:NOT_SET_ANYWHERE"],
            "NOT_SET_ANYWHERE is not set",
        ),
        (
            vec!["--registry", "bank=https://h.example", "--registry-credential", &format!("file:{}", path("gone"))],
            "gone cannot be read",
        ),
        (vec!["--registry", "bank=https://h.example", "--registry-credential", &format!("file:{empty}")], "is empty"),
        (
            vec!["--registry", "bank=https://h.example", "--registry-ca", &path("gone.pem")],
            "gone.pem: entity not found",
        ),
        (vec!["--registry", "bank=https://h.example", "--registry-ca", &pem], "no.pem: holds no certificate"),
        (vec!["--registries", &path("gone.yaml")], "gone.yaml: entity not found"),
        (vec!["--registries", &live], "only harbor is asked live; export the answers of others (mode: file)"),
        (vec!["--registries", &nowhere], "registry h: evidence names no endpoint"),
        (vec!["--registries", &no_file], "registry q: evidence names no file"),
        (vec!["--registries", &kind], "quay.jsonl: its calls are those of quay, and it is said to be gitlab"),
        (vec!["--registries", &inline], "registry h: a credential is named as env:NAME or file:PATH"),
        (vec!["--registries", &no_list], "is no list of registries with name, type and evidence"),
        (vec!["--registries", &broken], "broken.yaml:"),
    ]
    .into_iter()
    .map(|(words, told)| (words.into_iter().map(str::to_owned).collect(), told))
    .collect();
    for (words, told) in cases {
        let mut arguments = vec!["audit", "--sample"];
        arguments.extend(words.iter().map(String::as_str));
        let run = sextant(&arguments);
        assert_eq!(run.code, 2, "{words:?}: {}", run.err);
        assert!(run.err.contains(told), "{words:?} says\n{}\nnot\n{told}", run.err);
        assert!(run.err.trim_end().lines().count() <= 3, "{words:?}: {}", run.err);
        assert!(!run.err.contains("hunter2"), "{}", run.err);
    }
}

#[test]
fn a_registry_that_does_not_answer_is_coverage_and_no_usage_error() {
    let rules = tempfile::tempdir().unwrap();
    let text_of = "registries: [{name: bank, type: harbor, hosts: [h.example]}]\nrepositories: [{match: 'h.example/**', publish: {allow: []}}]\n";
    std::fs::write(rules.path().join("registry.yaml"), text_of).unwrap();
    let run = sextant(&[
        "audit",
        "--sample",
        "--rules",
        &text(rules.path()),
        "--select",
        "REG-003",
        "--registry",
        "bank=https://127.0.0.1:1",
        "-o",
        "json",
    ]);
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(run.code, 4, "{}", run.err);
    let sources = report["coverage"].as_array().unwrap();
    let grants = sources.iter().find(|one| one["source"] == "harbor:bank/grants").unwrap();
    assert_eq!(grants["state"], "unavailable");
    assert!(report["policies"][0]["counts"]["pass"] == 0, "{}", report["policies"][0]);
}

#[test]
fn export_help_prints_the_calls_of_every_product() {
    for (kind, call) in [
        ("harbor", "/api/v2.0/projects?page=PAGE&page_size=100"),
        ("quay", "robots?permissions=true&token=false"),
        ("nexus", "/service/rest/v1/security/privileges"),
        ("artifactory", "/access/api/v2/permissions/PERMISSION"),
        ("gitlab", "/registry/protection/repository/rules"),
    ] {
        let run = sextant(&["registry", "export-help", kind]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out.contains(call) && run.out.contains("Needs: "), "{}", run.out);
        // It is a script: a shell takes it.
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.sh");
        std::fs::write(&path, &run.out).unwrap();
        let shell = std::process::Command::new("sh").arg("-n").arg(&path).output().unwrap();
        assert!(shell.status.success(), "{kind}: {}", String::from_utf8_lossy(&shell.stderr));
    }
    let run = sextant(&["registry", "export-help", "docker-hub"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("known are harbor, quay, nexus, artifactory, gitlab"), "{}", run.err);
}

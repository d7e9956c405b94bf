//! The hand-made clusters: each must come out as it was made to.

use crate::harness::{audit, root, text};

fn cluster(name: &str) -> String {
    text(&root().join("fixtures/clusters").join(name))
}

#[test]
fn tidy_is_silent() {
    let (code, report) = audit(&[&cluster("tidy")]);
    // Secrets are not read, but cert-manager vouches for those that routes name.
    assert_eq!(report["findings"].as_array().unwrap().len(), 0, "{:#}", report["findings"]);
    assert_eq!(code, 0);
    assert!(report["counts"]["pass"].as_u64().unwrap() > 30);
}

#[test]
fn every_policy_fires_on_the_menagerie_or_on_the_empty_cluster() {
    let library = sextant::policy::Library::embedded().unwrap();
    let (_, menagerie) = audit(&[&cluster("menagerie")]);
    let (_, empty) = audit(&[&cluster("empty")]);
    let (_, unread) = audit(&[&cluster("no-rbac")]);
    for policy in &library.policies {
        let fires = [&menagerie, &empty, &unread].iter().any(|report| {
            report["findings"].as_array().unwrap().iter().any(|finding| finding["policy"] == policy.id())
        });
        assert!(fires || fires_in_its_own_case(policy.id()), "{} fires nowhere", policy.id());
    }
}

/// `fixtures/cases/ID/fires`: what one cluster cannot hold beside the others, or needs rules for.
fn fires_in_its_own_case(id: &str) -> bool {
    let fires = |case: &std::path::Path| -> bool {
        if !case.exists() {
            return false;
        }
        let (rules, waivers, case) = (text(&case.join("rules")), text(&case.join("waivers.yaml")), text(case));
        let mut arguments = vec![case.as_str(), "--select", id, "--secrets", "list"];
        if std::path::Path::new(&rules).exists() {
            arguments.extend(["--rules", &rules]);
        }
        if std::path::Path::new(&waivers).exists() {
            arguments.extend(["--waivers", &waivers]);
        }
        let (_, report) = audit(&arguments);
        report["findings"].as_array().unwrap().iter().any(|f| f["policy"] == id && f["verdict"] == "fail")
    };
    let folder = root().join("fixtures/cases").join(id);
    fires(&folder.join("fires"))
}

#[test]
fn the_empty_cluster_fails_what_must_exist_and_passes_nothing_vacuously() {
    let (code, report) = audit(&[&cluster("empty")]);
    assert_eq!(code, 1);
    for id in
        ["NET-001", "NET-003", "STO-001", "CICD-001", "SEC-002", "ING-001", "REG-001", "OBS-001", "OBS-005", "EXT-001"]
    {
        let policy = report["policies"].as_array().unwrap().iter().find(|policy| policy["id"] == id);
        if let Some(policy) = policy {
            assert_eq!(policy["counts"]["fail"], 1, "{id}");
            assert_eq!(policy["counts"]["pass"], 0, "{id}");
        }
    }
    for id in ["RUN-001", "ING-002", "ING-003", "ING-004", "ING-005", "REG-002"] {
        let policy = report["policies"].as_array().unwrap().iter().find(|policy| policy["id"] == id).unwrap();
        assert_eq!(policy["counts"]["pass"], 0, "{id} passes on nothing");
        assert!(policy["counts"]["not_applicable"].as_u64().unwrap() > 0, "{id}");
    }
}

#[test]
fn what_may_not_be_listed_is_unknown_and_never_a_pass() {
    let (code, report) = audit(&[&cluster("no-rbac")]);
    assert_eq!(code, 4);
    for id in ["NET-004", "NET-005", "COV-001"] {
        let policy = report["policies"].as_array().unwrap().iter().find(|policy| policy["id"] == id).unwrap();
        assert!(policy["counts"]["unknown"].as_u64().unwrap() > 0, "{id}");
        assert_eq!(policy["counts"]["fail"], 0, "{id}");
    }
    let (_, tidy) = audit(&[&cluster("tidy")]);
    for (before, after) in tidy["policies"].as_array().unwrap().iter().zip(report["policies"].as_array().unwrap()) {
        assert!(after["counts"]["pass"].as_u64() <= before["counts"]["pass"].as_u64(), "{}", after["id"]);
    }
    let (code, _) = audit(&[&cluster("no-rbac"), "--allow-incomplete"]);
    assert_eq!(code, 0);
    // Where something fails besides, the code says both.
    let rules = text(&root().join("fixtures/cases/SEC-001/fires/rules"));
    let (code, _) = audit(&[&cluster("no-rbac"), "--rules", &rules]);
    assert_eq!(code, 5);
    let (code, _) = audit(&[&cluster("no-rbac"), "--rules", &rules, "--allow-incomplete"]);
    assert_eq!(code, 1);
}

#[test]
fn the_sample_judges_every_aspect_and_is_the_menagerie() {
    let (code, sample) = audit(&["--sample"]);
    assert_eq!(code, 1);
    let (_, menagerie) = audit(&[&cluster("menagerie")]);
    assert_eq!(sample["findings"], menagerie["findings"]);
    for aspect in ["network", "cicd", "security", "ingress", "runtime", "registry", "observability"] {
        let counts =
            sample["aspects"].as_array().unwrap().iter().find(|a| a["aspect"] == aspect).unwrap()["counts"].clone();
        let judged: u64 = ["fail", "unknown", "waived", "pass"].iter().map(|k| counts[k].as_u64().unwrap()).sum();
        assert!(judged > 0, "{aspect} is not judged");
    }
    assert!(!sample["extensions"].to_string().contains("weave-net"), "a decoy was found");
}

#[test]
fn the_same_source_gives_the_same_bytes_with_any_number_of_threads() {
    let run = |threads: &str| {
        crate::harness::sextant(&["audit", "-o", "json", "--all", "--sample", "--threads", threads]).out
    };
    let one = run("1");
    assert_eq!(one, run("1"));
    assert_eq!(one, run("2"));
}

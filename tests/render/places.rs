//! Where SARIF and Code Quality say a finding is: the user's own file and line, or a path that is
//! the same in every run.

use serde_json::Value;
use sextant::{object::ObjectRef, render::Format, report::Report};

use super::{made, rendered};

fn uris(report: &Report) -> Vec<(String, u64)> {
    let log: Value = serde_json::from_str(&rendered(Format::SarifFull, report)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap().clone();
    let place = |result: Value| {
        let place = &result["locations"][0]["physicalLocation"];
        let line = place["region"]["startLine"].as_u64().unwrap();
        (place["artifactLocation"]["uri"].as_str().unwrap().to_owned(), line)
    };
    results.into_iter().map(place).collect()
}

#[test]
fn objects_of_a_cluster_have_paths_that_hold() {
    let mut report = made::big(1, 1);
    let finding = &mut report.findings[0];
    (finding.file, finding.line) = (None, None);
    finding.subject = ObjectRef::new("apps", "Deployment", "web", "front");
    assert_eq!(uris(&report), [("cluster/prod/web/Deployment.apps/front.yaml".into(), 1)]);
    report.findings[0].subject = ObjectRef::cluster();
    assert_eq!(uris(&report), [("cluster/prod/_cluster/Cluster/_.yaml".into(), 1)]);
    report.findings[0].subject = ObjectRef::new("", "Pod", "..", "../../etc/passwd?#%\n");
    assert_eq!(uris(&report), [("cluster/prod/%2E%2E/Pod/..%2F..%2Fetc%2Fpasswd%3F%23%25%0A.yaml".into(), 1)]);
}

#[test]
fn manifests_keep_their_file_and_line() {
    let mut report = made::big(1, 1);
    report.findings[0].file = Some("./deploy/my app.yaml".into());
    report.findings[0].line = Some(42);
    assert_eq!(uris(&report), [("deploy/my%20app.yaml".into(), 42)]);

    let root = crate::harness::root().join("fixtures/clusters/menagerie");
    // Files by themselves: the folder is a fixture, whose objects have no file.
    let files = ["tenants.yaml", "storage.yaml"].map(|file| crate::harness::text(&root.join(file)));
    let (_, report) = crate::harness::audit(&["--complete", &files[0], &files[1]]);
    let report: Report = serde_json::from_value(report).unwrap();
    let in_files = report.findings.iter().filter(|finding| finding.file.is_some()).count();
    assert!(in_files > 0, "findings of manifests name their files");
    for ((uri, line), finding) in uris(&report).iter().zip(&report.findings) {
        let Some(file) = &finding.file else { continue };
        assert!(file.replace(' ', "%20").ends_with(uri.as_str()), "{file} {uri}");
        let text = std::fs::read_to_string(file).unwrap();
        let at = usize::try_from(*line).unwrap();
        assert!(at >= 1 && at <= text.lines().count(), "{file}:{line}");
    }
}

//! Many clusters: shares, a cluster that cannot be read, the matrix.

use serde_json::Value;

use super::{files, run, source};
use crate::harness::text;

#[test]
fn shares_cover_a_fleet_and_the_matrix_keeps_states_apart() {
    let home = tempfile::tempdir().unwrap();
    let fleet = text(&home.path().join("fleet.yaml"));
    let yaml = format!(
        "clusters:\n- {{name: prod, source: {}}}\n- {{name: tidy, source: {}}}\n- {{name: gone, source: /nothing}}\n",
        source("menagerie"),
        source("tidy")
    );
    std::fs::write(&fleet, yaml).unwrap();
    let into = text(&home.path().join("into"));
    let share = |index: &str| {
        run(&["audit", "--fleet", &fleet, "--into", &into, "-o", "json"], &[("JOB_COMPLETION_INDEX", index)])
    };
    let codes: Vec<u8> = ["0", "1", "2"].iter().map(|index| share(index).code).collect();
    assert_eq!(codes, [1, 0, 3]);
    assert_eq!(share("3").code, 2, "there is no fourth share");
    let found = files(&home.path().join("into"));
    assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), ["gone.failed.json", "prod.json", "tidy.json"]);
    let merge = |more: &[&str]| {
        let done = run(&[&["report", "merge", &into, "-o", "json"], more].concat(), &[]);
        (done.code, serde_json::from_str::<Value>(&done.out).unwrap_or_else(|_| panic!("{}", done.err)))
    };
    let (code, matrix) = merge(&[]);
    assert_eq!(code, 5);
    let states: Vec<&str> =
        matrix["clusters"].as_array().unwrap().iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["missing", "fresh", "fresh"], "gone, prod, tidy");
    let network = &matrix["totals"]["network"];
    assert_eq!((network["fail"].as_u64(), network["missing"].as_u64()), (Some(1), Some(1)), "{network}");
    let sum: u64 = network.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(sum, 3, "every cluster is in one column");
    let (code, matrix) = merge(&["--max-age", "1h"]);
    assert_eq!(code, 5, "{matrix}");
    assert_eq!(matrix["totals"]["network"]["stale"], 2);
    // An earlier report outlives a try that failed, and is told as stale.
    std::fs::write(
        &fleet,
        format!("clusters:\n- {{name: prod, source: /nothing}}\n- {{name: never, source: {}}}\n", source("tidy")),
    )
    .unwrap();
    assert_eq!(share("0").code, 3);
    let (_, matrix) = merge(&["--fleet", &fleet]);
    let row = |name: &str| matrix["clusters"].as_array().unwrap().iter().find(|row| row["cluster"] == name).unwrap();
    assert_eq!((row("prod")["state"].as_str(), row("never")["state"].as_str()), (Some("stale"), Some("missing")));
    assert!(!row("prod")["cells"].as_object().unwrap().is_empty());
    let table = run(&["report", "merge", &into], &[]);
    assert!(table.out.contains("stale (") && table.out.contains("missing"), "{}", table.out);
}

#[test]
fn a_fleet_file_that_is_wrong_is_exit_2() {
    let home = tempfile::tempdir().unwrap();
    let fleet = text(&home.path().join("fleet.yaml"));
    for yaml in [
        "clusters: []",
        "clusters: [{name: a}]",
        "clusters: [{name: a, context: x, source: y}]",
        "clusters: [{name: a, source: x}, {name: a, source: y}]",
        "clusters: [{name: a, sauce: x}]",
    ] {
        std::fs::write(&fleet, yaml).unwrap();
        assert_eq!(run(&["audit", "--fleet", &fleet], &[]).code, 2, "{yaml}");
    }
}

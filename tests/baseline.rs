//! What is new, unchanged, regressed, fixed and incomparable.

use serde_json::Value;

use crate::harness::{audit, sextant, text};

struct House {
    dir: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// A cluster with these namespaces; those with a star deny by default. `unread`: a kind that is forbidden.
    fn cluster(&self, name: &str, namespaces: &[&str], unread: Option<&str>) -> String {
        let dir = self.dir.path().join(name);
        std::fs::create_dir_all(&dir).unwrap();
        let gap =
            unread.map_or(String::new(), |kind| format!("coverage: {{{kind}: {{state: forbidden, reason: no}}}}\n"));
        let head = format!("sextant: fixture/1\ntime: 2026-11-20T08:00:00Z\nversion: v1.37.2\n{gap}");
        std::fs::write(dir.join("cluster.yaml"), head).unwrap();
        let mut text_of = String::new();
        for namespace in namespaces {
            let name = namespace.trim_end_matches('*');
            text_of += &format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n");
            if namespace.ends_with('*') {
                text_of += &format!(
                    "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: deny, namespace: {name}}}\n\
                     spec: {{podSelector: {{}}, policyTypes: [Ingress]}}\n"
                );
            }
        }
        std::fs::write(dir.join("objects.yaml"), text_of).unwrap();
        text(&dir)
    }

    fn report(&self, name: &str, arguments: &[&str]) -> String {
        let path = text(&self.dir.path().join(format!("{name}.json")));
        let out = format!("json={path}");
        let run = sextant(&[&["audit", "--select", "NET-004", "-o", &out], arguments].concat());
        assert!(matches!(run.code, 0 | 1 | 4 | 5), "{}", run.err);
        path
    }
}

fn read(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn states(report: &Value) -> Vec<(String, String)> {
    let both = report["findings"].as_array().unwrap().iter().chain(report["absent"].as_array().into_iter().flatten());
    let mut all: Vec<_> = both
        .map(|f| (f["subject"]["name"].as_str().unwrap().to_owned(), f["state"].as_str().unwrap().to_owned()))
        .collect();
    all.sort();
    all
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn new_unchanged_and_gone() {
    let house = House::new();
    let first = house.report("first", &[&house.cluster("one", &["a", "b"], None)]);
    let second = house.report("second", &[&house.cluster("two", &["b", "c"], None), "--baseline", &first]);
    let report = read(&second);
    assert_eq!(states(&report), pairs(&[("a", "fixed"), ("b", "unchanged"), ("c", "new")]));
    assert_eq!(report["baseline"]["new"], 1);
    assert_eq!(report["baseline"]["fixed"], 1);
    // Back again: the later baseline remembers what was fixed.
    let third = house.report("third", &[&house.cluster("three", &["a", "b"], None), "--baseline", &second]);
    assert_eq!(states(&read(&third)), pairs(&[("a", "regressed"), ("b", "unchanged"), ("c", "fixed")]));
}

#[test]
fn an_incomplete_run_makes_nothing_fixed_and_nothing_old() {
    let house = House::new();
    let whole = house.report("whole", &[&house.cluster("one", &["a", "b"], None)]);
    let kind = "networking.k8s.io/NetworkPolicy";
    let blind = house.report("blind", &[&house.cluster("two", &["b"], Some(kind)), "--baseline", &whole]);
    let report = read(&blind);
    assert!(report["findings"].as_array().unwrap().iter().all(|finding| finding["verdict"] == "unknown"));
    assert_eq!(report["baseline"]["fixed"], 0, "{report}");
    assert!(states(&report).contains(&("b".into(), "incomparable".into())), "{:?}", states(&report));
    // The other way: what the blind one could not judge is not new when it is seen.
    let seen = house.report("seen", &[&house.cluster("three", &["b"], None), "--baseline", &blind]);
    assert_eq!(states(&read(&seen)), pairs(&[("b", "incomparable")]));
    let run = sextant(&[
        "audit",
        &house.cluster("three", &["b"], None),
        "--select",
        "NET-004",
        "--fail-on",
        "low",
        "--baseline",
        &blind,
        "--fail-on-new",
    ]);
    assert_eq!(run.code, 1, "what cannot be compared is not known to be old");
}

#[test]
fn only_what_is_new_fails_the_gate() {
    let house = House::new();
    let cluster = house.cluster("one", &["a", "b"], None);
    let first = house.report("first", &[&cluster]);
    let judge = |cluster: &str, more: &[&str]| {
        sextant(&[&["audit", cluster, "--fail-on", "low", "--select", "NET-004", "--baseline", &first], more].concat())
            .code
    };
    assert_eq!(judge(&cluster, &[]), 1);
    assert_eq!(judge(&cluster, &["--fail-on-new"]), 0);
    assert_eq!(judge(&house.cluster("two", &["a", "b", "c"], None), &["--fail-on-new"]), 1);
    // A violation that was waived in the baseline is known.
    let waivers = text(&house.dir.path().join("w.yaml"));
    let line = "waivers: [{id: W, policies: [NET-004], match: {name: a}, owner: o, reason: r, expires: 2026-12-01}]";
    std::fs::write(&waivers, line).unwrap();
    let waived = house.report("waived", &[&cluster, "--waivers", &waivers]);
    let run = sextant(&[
        "audit",
        &cluster,
        "--fail-on",
        "low",
        "--select",
        "NET-004",
        "--baseline",
        &waived,
        "--fail-on-new",
    ]);
    assert_eq!(run.code, 0);
    // Without a baseline nothing is new.
    assert_eq!(sextant(&["audit", &cluster, "--fail-on-new"]).code, 2);
}

#[test]
fn a_worse_finding_is_new() {
    let house = House::new();
    let cluster = house.cluster("one", &["a"], None);
    let first = house.report("first", &[&cluster]);
    let mut milder = read(&first);
    milder["findings"][0]["severity"] = "info".into();
    std::fs::write(&first, milder.to_string()).unwrap();
    let (_, report) = audit(&[&cluster, "--fail-on", "low", "--select", "NET-004", "--baseline", &first]);
    assert_eq!(states(&report), pairs(&[("a", "new")]));
}

#[test]
fn reports_of_two_clusters_and_files_that_are_none() {
    let house = House::new();
    let cluster = house.cluster("one", &["a"], None);
    let first = house.report("first", &[&cluster]);
    let mut other = read(&first);
    other["snapshot"]["cluster"]["uid"] = "another".into();
    let path = text(&house.dir.path().join("other.json"));
    std::fs::write(&path, other.to_string()).unwrap();
    let mut own = read(&first);
    own["snapshot"]["cluster"]["uid"] = "own".into();
    let mine = text(&house.dir.path().join("own.json"));
    std::fs::write(&mine, own.to_string()).unwrap();
    let run = sextant(&["report", "diff", &path, &mine]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("of another cluster"), "{}", run.err);
    std::fs::write(&path, "{\n\"format\": 1,\n}").unwrap();
    for words in [["audit", "--sample", "--baseline", &path], ["report", "diff", &path, &first]] {
        let run = sextant(&words);
        assert_eq!(run.code, 2);
        assert!(run.err.contains("other.json: line 3") && run.err.contains("-o json"), "{}", run.err);
    }
    std::fs::write(&path, first_of_format(&first, 7)).unwrap();
    assert!(sextant(&["report", "diff", &path, &first]).err.contains("format 7"));
}

fn first_of_format(path: &str, format: u32) -> String {
    let mut report = read(path);
    report["format"] = format.into();
    report.to_string()
}

#[test]
fn a_difference_is_shown_in_words_and_in_formats() {
    let house = House::new();
    let first = house.report("first", &[&house.cluster("one", &["a", "b"], None)]);
    let second = house.report("second", &[&house.cluster("two", &["b", "c"], None)]);
    let run = sextant(&["report", "diff", &first, &second]);
    assert_eq!(run.code, 1);
    let lines: Vec<&str> = run.out.lines().collect();
    assert!(lines[0].starts_with("new") && lines[0].contains("Namespace c"), "{}", run.out);
    assert!(lines[1].starts_with("fixed") && lines[1].contains("Namespace a"), "{}", run.out);
    assert_eq!(lines[2], "1 new, 0 regressed, 1 unchanged, 1 fixed, 0 incomparable");
    let run = sextant(&["report", "diff", &first, &second, "-o", "json"]);
    assert_eq!(
        states(&serde_json::from_str(&run.out).unwrap()),
        pairs(&[("a", "fixed"), ("b", "unchanged"), ("c", "new")])
    );
    assert_eq!(sextant(&["report", "diff", &first, &first]).code, 0);
}

//! Harbor, live: contract, coverage of every failure, and no credential anywhere.

mod exports;
mod mock;
mod world;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::{Value, json};
use sextant::{
    collect::{
        Options,
        registry::{
            self, Limits,
            config::{Asked, How},
        },
    },
    facts::registry::{
        RegistryFacts,
        harbor::{of_project, repositories_of, robots_of},
    },
    snapshot::{State, outside::Outside, retain::Retain, slim::Secrets},
    store::secret::Secret,
};

use crate::{
    fake::http::{Manner, Response},
    harness::{sextant, text},
};
use mock::{Contract, Fault, Mock};
use world::world;

const PASSWORD: &str = "pLanted-\"9f3c\\7be1";
const USER: &str = "robot$auditor";

fn options() -> Options {
    let list = sextant::yaml::parse("env: []").unwrap();
    Options {
        retain: Retain::new([&list]).unwrap(),
        secrets: Secrets::None,
        complete: false,
        time: Some("2026-11-23T12:00:00Z".into()),
    }
}

fn limits() -> Limits {
    Limits {
        pace: Duration::ZERO,
        backoff: Duration::from_millis(1),
        answer_timeout: Duration::from_millis(1500),
        max_wait: Duration::from_secs(2),
        ..Limits::default()
    }
}

struct Asking {
    dir: tempfile::TempDir,
    mock: Mock,
}

impl Asking {
    fn of(answers: BTreeMap<String, Value>, faults: Vec<Fault>, contract: Option<Arc<Contract>>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mock = Mock::start(answers, faults, contract);
        std::fs::write(dir.path().join("ca.pem"), &mock.authority).unwrap();
        std::fs::write(dir.path().join("login"), format!("{USER}:{PASSWORD}\n")).unwrap();
        Self { dir, mock }
    }

    fn path(&self, name: &str) -> String {
        text(&self.dir.path().join(name))
    }

    fn read(&self, limits: &Limits) -> (Outside, RegistryFacts) {
        let asked = Asked {
            name: "prod".into(),
            kind: Some("harbor".into()),
            how: How::Live {
                endpoint: self.mock.url(),
                user: None,
                credential: Some(Secret::File(self.path("login").into())),
                ca: Some(self.path("ca.pem").into()),
                rate: None,
                deadline: None,
            },
        };
        let outside = registry::read(&[asked], &options(), limits).unwrap();
        let facts = facts_of(&outside);
        (outside, facts)
    }
}

fn facts_of(outside: &Outside) -> RegistryFacts {
    let object: Value = serde_json::from_str(&outside.objects[0].json).unwrap();
    serde_json::from_value(object["spec"].clone()).unwrap()
}

fn state(outside: &Outside, part: &str) -> State {
    outside.sources[&format!("harbor:prod/{part}")].state
}

fn fault(call: &str, page: usize, times: usize, status: u16) -> Fault {
    let body = json!({"errors": [{"code": "X", "message": format!("{USER}:{PASSWORD}")}]}).to_string();
    Fault { call: call.into(), page, times, response: Response::json(status, body) }
}

fn actions<'f>(facts: &'f RegistryFacts, name: &str, pattern: &str) -> Vec<&'f str> {
    let of = facts.grants.iter().filter(|grant| grant.principal.name == name && grant.pattern == pattern);
    of.flat_map(|grant| grant.actions.iter().map(String::as_str)).collect()
}

#[test]
fn questions_and_answers_are_those_of_harbors_own_description() {
    let Some(contract) = Contract::load() else { return };
    let asking = Asking::of(world(), Vec::new(), Some(Arc::new(contract)));
    let (outside, _) = asking.read(&limits());
    let log = asking.mock.log.lock().unwrap();
    assert!(log.broken.is_empty(), "{:#?}", log.broken);
    // 18 of the registry, one retention, five of each project.
    assert_eq!(log.asked.len(), 18 + 1 + 12 * 5);
    assert!(log.asked.iter().all(|asked| asked.starts_with("GET ")));
    for (source, coverage) in &outside.sources {
        assert_eq!(coverage.state, State::Complete, "{source}: {}", coverage.reason);
    }
}

#[test]
fn twelve_projects_with_every_role_and_robots_at_both_levels() {
    let asking = Asking::of(world(), Vec::new(), None);
    let (_, facts) = asking.read(&limits());
    assert_eq!((facts.scopes.len(), facts.repositories.len(), facts.robots.len()), (12, 12, 3));
    let expected: [(&str, &[&str]); 5] = [
        ("projectAdmin", &["pull", "push", "overwrite", "delete", "admin"]),
        ("developer", &["pull", "push", "overwrite"]),
        ("guest", &["pull"]),
        ("maintainer", &["pull", "push", "overwrite", "delete"]),
        ("limitedGuest", &["pull"]),
    ];
    for (at, (role, may)) in expected.iter().enumerate() {
        assert_eq!(actions(&facts, &format!("u-{role}"), &format!("p{}/**", at + 1)), *may, "{role}");
    }
    assert_eq!(actions(&facts, "cn=all", "p4/**"), ["pull"]);
    // The pull-through cache takes no push, whoever asks.
    assert_eq!(actions(&facts, "u-developer", "p12/**"), ["pull"]);
    assert_eq!(actions(&facts, "robot$everywhere", "**"), ["pull", "push", "overwrite"]);
    assert_eq!(actions(&facts, "robot$p1+ci", "p1/**"), ["pull", "push", "overwrite"]);
    assert_eq!(actions(&facts, "from-dr", "mirror/**"), ["push", "overwrite"]);
    assert!(actions(&facts, "registry-admins", "**").contains(&"admin"));
    assert_eq!(actions(&facts, "*", "p2/**"), ["pull"]);
    // Only the first selectors count.
    let rules = facts.scopes.iter().find(|scope| scope.name == "p1").unwrap().immutability.clone().unwrap();
    assert_eq!((rules[0].tags.as_str(), rules[0].repositories.as_str(), rules[0].ignored), ("v*", "**", 2));
    let kept = facts.scopes.iter().find(|scope| scope.name == "p3").unwrap().retention.clone().unwrap();
    assert_eq!((kept.rules[0].count, kept.scheduled), (Some(10), true));
    assert_eq!(facts.replications.iter().filter(|copy| copy.insecure == Some(true)).count(), 2);
    let image = &facts.repositories[0].artifacts.as_ref().unwrap()[0];
    assert!(image.index && image.scan_severity == "high" && image.pulled.is_none());
    assert_eq!(image.accessories.as_deref().unwrap(), ["signature.cosign"]);
}

#[test]
fn rows_filtered_by_caller_are_partial() {
    let mut answers = world();
    let me = json!({"user_id": 2, "username": "ann", "sysadmin_flag": false, "admin_role_in_auth": false});
    answers.insert("/users/current".into(), me);
    let asking = Asking::of(answers, vec![fault("/users", 0, 9, 403), fault("/configurations", 0, 9, 403)], None);
    let (outside, facts) = asking.read(&limits());
    for part in ["scopes", "repositories", "robots"] {
        assert_eq!(state(&outside, part), State::Partial, "{part}");
    }
    assert_eq!(state(&outside, "admins"), State::Forbidden);
    assert!(!state(&outside, "grants").is_proof());
    // What was seen stands.
    assert_eq!(actions(&facts, "u-developer", "p2/**"), ["pull", "push", "overwrite"]);
}

#[test]
fn a_system_robot_of_all_projects_sees_everything_and_another_one_does_not() {
    let mut answers = world();
    // A robot is no user.
    answers.remove("/users/current");
    let (outside, _) = Asking::of(answers.clone(), Vec::new(), None).read(&limits());
    assert_eq!(state(&outside, "scopes"), State::Complete);
    let robots = answers.get_mut("/robots").unwrap().as_array_mut().unwrap();
    robots[1]["permissions"][0]["namespace"] = json!("p1");
    let (outside, _) = Asking::of(answers, Vec::new(), None).read(&limits());
    assert_eq!(state(&outside, "scopes"), State::Partial);
}

#[test]
fn fewer_rows_than_the_server_counts_are_partial() {
    let short = Response::json(200, json!([]).to_string()).with("X-Total-Count", "7");
    let fault = Fault { call: robots_of(4), page: 0, times: 1, response: short };
    let (outside, _) = Asking::of(world(), vec![fault], None).read(&limits());
    assert_eq!(state(&outside, "robots"), State::Partial);
    assert_eq!(state(&outside, "scopes"), State::Complete);
}

#[test]
fn what_breaks_in_the_middle_keeps_what_came_and_says_so() {
    let mut answers = world();
    let many: Vec<Value> = (0..250)
        .map(|id| json!({"id": id, "project_id": 1, "entity_name": format!("u{id}"), "entity_type": "u", "role_id": 2}))
        .collect();
    answers.insert(of_project(1, "members"), Value::Array(many));
    let cases: [(u16, usize, bool); 5] =
        [(500, 99, false), (500, 1, true), (403, 99, false), (429, 2, true), (503, 99, false)];
    for (status, times, goes_well) in cases {
        let asking = Asking::of(answers.clone(), vec![fault(&of_project(1, "members"), 2, times, status)], None);
        let (outside, facts) = asking.read(&limits());
        let members = facts.grants.iter().filter(|grant| grant.via == "developer" && grant.pattern == "p1/**").count();
        if goes_well {
            assert_eq!((members, state(&outside, "grants")), (250, State::Complete), "{status}");
        } else {
            assert_eq!((members, state(&outside, "grants")), (100, State::Partial), "{status}");
            let reason = &outside.sources["harbor:prod/grants"].reason;
            assert!(reason.contains(&format!("page 2 answered {status}")), "{reason}");
        }
    }
}

#[test]
fn every_failure_has_its_state() {
    let denied = Asking::of(world(), vec![fault("*", 0, 9999, 401)], None);
    let (outside, facts) = denied.read(&limits());
    assert_eq!((state(&outside, "scopes"), facts.grants.len()), (State::Forbidden, 0));
    let asked = denied.mock.log.lock().unwrap().asked.len();
    assert!(asked <= 3, "a refused account is not tried again: {asked}");
    let cases: [(Response, State); 5] = [
        (Response::json(403, "{}"), State::Forbidden),
        (Response::json(500, "{}"), State::Unavailable),
        (Response::json(302, "").with("Location", "https://elsewhere.example/"), State::Malformed),
        (Response::of(200, "text/html", "<html>login</html>"), State::Malformed),
        (Response { manner: Manner::Silent, ..Response::json(200, "[]") }, State::Timeout),
    ];
    for (response, expected) in cases {
        let fault = Fault { call: repositories_of("p5"), page: 0, times: 99, response: response.clone() };
        let limits = Limits { tries: 2, answer_timeout: Duration::from_millis(300), ..limits() };
        let (outside, _) = Asking::of(world(), vec![fault], None).read(&limits);
        assert_eq!(state(&outside, "repositories"), expected, "{response:?}");
        assert_eq!(state(&outside, "scopes"), State::Complete);
    }
    let gone = Limits { run_timeout: Duration::ZERO, ..limits() };
    let (outside, _) = Asking::of(world(), Vec::new(), None).read(&gone);
    assert_eq!(state(&outside, "scopes"), State::Timeout);
}

#[test]
fn retry_after_is_heeded_and_too_long_a_wait_is_not() {
    let later = |seconds: &str| Fault {
        call: "/scanners".into(),
        page: 0,
        times: 1,
        response: Response::json(429, "{}").with("Retry-After", seconds),
    };
    let begun = std::time::Instant::now();
    let (outside, _) = Asking::of(world(), vec![later("1")], None).read(&limits());
    assert_eq!(state(&outside, "scanning"), State::Complete);
    assert!(begun.elapsed() >= Duration::from_secs(1));
    let (outside, _) = Asking::of(world(), vec![later("3600")], None).read(&limits());
    assert_eq!(state(&outside, "scanning"), State::Unavailable);
    assert!(outside.sources["harbor:prod/scanning"].reason.contains("3600 s"));
}

#[test]
fn a_certificate_that_is_not_trusted_ends_it() {
    let asking = Asking::of(world(), Vec::new(), None);
    let other = Mock::start(world(), Vec::new(), None);
    std::fs::write(asking.path("ca.pem"), &other.authority).unwrap();
    let (outside, _) = asking.read(&limits());
    assert!(!state(&outside, "scopes").is_proof());
    assert!(asking.mock.log.lock().unwrap().logins.is_empty());
}

fn audit<'a>(asking: &'a Asking, url: &'a str, by: &'a str, ca: &'a str, more: &[&'a str]) -> crate::harness::Run {
    let _ = asking;
    let fixed = ["--sample", "--registry", url, "--registry-credential", by, "--registry-ca", ca];
    sextant(&[more, &fixed].concat())
}

#[test]
fn an_audit_of_the_snapshot_file_equals_the_live_one() {
    let asking = Asking::of(world(), Vec::new(), None);
    let (url, by, ca) =
        (format!("prod={}", asking.mock.url()), format!("file:{}", asking.path("login")), asking.path("ca.pem"));
    let file = asking.path("x.sxs");
    let live = audit(&asking, &url, &by, &ca, &["audit", "-o", "json"]);
    let taken = audit(&asking, &url, &by, &ca, &["snapshot", "-o", &file]);
    assert!(taken.err.contains("objects"), "{}", taken.err);
    let later = sextant(&["audit", "-o", "json", &file]);
    let mut reports: Vec<Value> = [&live, &later].map(|run| serde_json::from_str(&run.out).unwrap()).into();
    let sources: Vec<&Value> = reports[0]["coverage"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["source"].as_str().is_some_and(|s| s.starts_with("harbor:prod/")))
        .collect();
    assert!(sources.len() >= 10, "{sources:?}");
    for report in &mut reports {
        report.as_object_mut().unwrap().remove("snapshot");
    }
    assert_eq!((live.code, &reports[0]), (later.code, &reports[1]));
}

#[test]
fn no_credential_in_any_output_whatever_fails() {
    use base64::Engine as _;
    let whole = base64::engine::general_purpose::STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let escaped = serde_json::to_string(PASSWORD).unwrap();
    let hex: String = PASSWORD.bytes().map(|byte| format!("{byte:02x}")).collect();
    let needles = [PASSWORD, escaped.trim_matches('"'), &whole, &hex, "9f3c", "9f3c\\\\7be1"].map(str::to_owned);
    let clean = |what: &str, shown: &str| {
        for needle in &needles {
            assert!(!shown.contains(needle.as_str()), "{what} shows the credential");
        }
    };
    let mut echoing = world();
    // A server that repeats the password wherever it can.
    echoing.get_mut("/projects").unwrap()[0]["owner_name"] = json!(PASSWORD);
    echoing.get_mut("/registries").unwrap()[0]["credential"]["access_secret"] = json!(PASSWORD);
    echoing.get_mut("/robots").unwrap()[0]["secret"] = json!(PASSWORD);
    echoing.get_mut("/replication/policies").unwrap()[0]["dest_registry"]["url"] =
        json!(format!("https://u:{PASSWORD}@dr.bank.example"));
    echoing.get_mut("/configurations").unwrap()["audit_log_forward_endpoint"]["value"] =
        json!(format!("https://u:{PASSWORD}@syslog"));
    let calls = ["*", "/projects", "/users", "/configurations", "/robots", "/retentions/33"];
    let mut cases: Vec<(String, Vec<Fault>)> = vec![("none".into(), Vec::new())];
    for call in calls {
        for status in [401, 403, 404, 429, 500, 302] {
            cases.push((format!("{call} {status}"), vec![fault(call, 0, 9999, status)]));
        }
        let page = Response::of(200, "text/html", format!("<p>{PASSWORD}</p>"));
        cases.push((
            format!("{call} html"),
            vec![Fault { call: call.into(), page: 0, times: 9999, response: page.clone() }],
        ));
        let cut = Response { manner: Manner::Cut, ..page };
        cases.push((format!("{call} cut"), vec![Fault { call: call.into(), page: 0, times: 9999, response: cut }]));
    }
    for (what, faults) in cases {
        let asking = Asking::of(echoing.clone(), faults, None);
        let quick = Limits { tries: 1, ..limits() };
        let (outside, _) = asking.read(&quick);
        clean(&what, &format!("{outside:?}"));
        assert!(asking.mock.log.lock().unwrap().logins.iter().all(|login| *login == format!("Basic {whole}")));
    }
    // The whole program: report, standard error, snapshot.
    let asking = Asking::of(echoing, vec![fault("/users", 0, 9999, 403)], None);
    let (url, by, ca) =
        (format!("prod={}", asking.mock.url()), format!("file:{}", asking.path("login")), asking.path("ca.pem"));
    let file = asking.path("x.sxs");
    let run = audit(&asking, &url, &by, &ca, &["audit", "--all", "-o", "json"]);
    clean("audit", &format!("{}{}", run.out, run.err));
    let run = audit(&asking, &url, &by, &ca, &["snapshot", "-o", &file]);
    clean("snapshot", &format!("{}{}", run.out, run.err));
    let bytes = zstd::decode_all(std::fs::File::open(&file).unwrap()).unwrap();
    let stored = String::from_utf8(bytes).unwrap();
    assert!(stored.contains("RegistryFacts"));
    clean("the file", &stored);
    // Wrong usage repeats nothing either.
    let inline = format!("prod=https://u:{PASSWORD}@localhost:1");
    for arguments in [
        vec!["audit", "--sample", "--registry", &inline],
        vec!["audit", "--sample", "--registry", &url, "--registry-credential", PASSWORD],
        vec!["audit", "--sample", "--registry", PASSWORD],
        vec!["audit", "--sample", "--registry", &url, "--registry-credential", &by, "--registry-ca", "/nowhere"],
    ] {
        let run = sextant(&arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        clean("usage", &format!("{}{}", run.out, run.err));
    }
}

//! docker_auth's access list: what its examples and its source say, row by row, against our facts.
//!
//! Lines are those of cesanta/docker_auth at c67e175: `acl` is auth_server/authz/acl.go, `test` its
//! acl_test.go, `static` auth_server/authn/static_auth.go, `example` examples/reference.yml,
//! `labels` docs/Labels.md; `go` is path.Match and regexp of Go's documentation.

use std::collections::BTreeMap;

use sextant::facts::registry::docker_auth::{Config, Request};

/// By name; entries of the access list.
const CONFIGS: [(&str, &str); 16] = [
    (
        "example",
        r#"
- {match: {ip: "127.0.0.0/8"}, actions: ["*"]}
- {match: {ip: "::1"}, actions: ["*"]}
- {match: {ip: "172.17.0.1"}, actions: ["*"]}
- {match: {account: "admin"}, actions: ["*"]}
- {match: {account: "test", name: "test-*"}, actions: ["*"]}
- {match: {account: "test"}, actions: []}
- {match: {account: "/.+/", name: "${account}/*"}, actions: ["*"]}
- {match: {account: "/.+/", type: "registry", name: "catalog"}, actions: ["*"]}
- {match: {account: "/.+/"}, actions: ["pull"]}
- {match: {account: "", name: "hello-world"}, actions: ["pull"]}
"#,
    ),
    (
        "held",
        r#"
- {match: {labels: {group: VIP}}, actions: ["push"]}
- {match: {labels: {group: "/trainee|dev/"}}, actions: ["push", "pull"]}
- {match: {name: "${labels:group}-shared/*"}, actions: ["push", "pull"]}
- {match: {name: "${labels:project}/*"}, actions: ["push", "pull"]}
- {match: {name: "/^${labels:re}$/"}, actions: ["pull"]}
"#,
    ),
    ("two", r#"[{match: {name: "${labels:group}/${labels:project}"}, actions: [pull]}]"#),
    ("both", r#"[{match: {labels: {foo: bar, group: admins}}, actions: [pull]}]"#),
    ("glob", r#"[{match: {labels: {group: "a*"}}, actions: [pull]}]"#),
    (
        "globs",
        r#"
- {match: {name: "a/?"}, actions: [pull]}
- {match: {name: "b/[xy]"}, actions: [pull]}
- {match: {name: "c/[^x]"}, actions: [pull]}
- {match: {name: "d/[0-9]"}, actions: [pull]}
- {match: {name: "e/**"}, actions: [pull]}
- {match: {name: 'f/\*'}, actions: [pull]}
- {match: {name: "g/[x"}, actions: [pull]}
- {match: {name: "{h,i}/x"}, actions: [pull]}
- {match: {name: "j*"}, actions: [pull]}
"#,
    ),
    (
        "expressions",
        r#"
- {match: {name: "/^a\\/.*$/"}, actions: [pull]}
- {match: {name: "/b/"}, actions: [pull]}
- {match: {name: "//"}, actions: [push]}
- {match: {name: "/^(c|d)$/"}, actions: [pull]}
- {match: {name: "/(?i)^EE$/"}, actions: [pull]}
"#,
    ),
    (
        "captures",
        r#"
- {match: {account: '/^(.+)@test\.com$/', name: "${account:1}/*"}, actions: [pull]}
- {match: {account: '/^(.+)@(.+?).two\.com$/', name: "${account:1}-${account:2}/*"}, actions: [pull]}
- {match: {account: '/^(.+)@three\.com$/', name: "${account:3}/*"}, actions: [pull]}
- {match: {account: "plain", name: "${account:1}/*"}, actions: [pull]}
- {match: {account: "/${name:1}/", name: "/^(.+)-of$/"}, actions: [pull]}
"#,
    ),
    ("quoted", r#"[{match: {name: "/^${account}_.*$/"}, actions: [pull]}]"#),
    ("raw", r#"[{match: {name: "${account}"}, actions: [pull]}]"#),
    (
        "services",
        r#"
- {match: {service: notary, type: "rep*"}, actions: [pull]}
- {match: {service: "/^reg/"}, actions: [push]}
- {match: {type: registry}, actions: ["*"]}
"#,
    ),
    (
        "networks",
        r#"
- {match: {ip: "10.0.0.0/8", account: ci}, actions: [push]}
- {match: {ip: "192.168.1.1"}, actions: [pull]}
- {match: {ip: "2001:db8::/48"}, actions: [pull]}
- {match: {ip: "0.0.0.0/0", account: any}, actions: [delete]}
"#,
    ),
    (
        "actions",
        r#"
- {match: {name: star}, actions: ["*"]}
- {match: {name: "star-and"}, actions: ["*", pull]}
- {match: {name: none}, actions: []}
- {match: {name: odd}, actions: [pull, fly]}
- {match: {name: all}, actions: [pull, push, delete]}
"#,
    ),
    (
        "order",
        r#"
- {match: {account: eve}, actions: []}
- {match: {name: "open/*"}, actions: [pull]}
- {match: {account: "/.+/"}, actions: ["*"]}
- {match: {account: bob, name: x}, actions: []}
"#,
    ),
    ("empty", "[]"),
    ("everything", r#"[{match: {}, actions: [pull]}]"#),
];

/// Configuration, account (`-` nobody), name, conditions of the request, what is granted of pull
/// (l), push (s) and delete (d), and what says so.
const ROWS: &str = "
example - any/x ip=127.0.0.1 lsd example:372 acl:113-128 the first match decides
example eve any/x ip=127.3.2.1 lsd example:372 within the network
example eve any/x ip=128.0.0.1 l example:396 outside of it
example eve any/x ip=::1 lsd example:375 an address of the other family
example eve any/x ip=172.17.0.1 lsd example:378 acl:54-58 one address
example eve any/x ip=172.17.0.2 l example:378 acl:55 one address only
example admin any/x - lsd example:381 acl:122 a single * grants what was asked
example test test-x - lsd example:384 a glob
example test test-x/y - . example:387 go * ends at a slash: the next entry denies
example test any/x - . example:387 an empty list grants nothing and ends it
example test test/x - . example:387 before the namespace of one's own
example eve eve/x - lsd example:390 ${account}
example eve eve/x/y - l example:390 go * ends at a slash
example eve bob/x - l example:396 another's namespace
example eve catalog type=registry lsd example:393 the type of what is asked
example eve catalog - l example:393 a repository of that name is no registry
example - hello-world - l example:399 the empty account is the anonymous
example - other - . example:426 acl:128 access is denied by default
example - hello-world/x - . example:399 a name is no prefix
held eve any/x group=VIP s example:405 a label
held eve any/x group=admin,VIP s test:107 any of the values of a label
held eve any/x group=dev ls example:408 an expression for a label
held eve any/x group=developer ls go example:408 an expression is not anchored
held eve any/x group=nobody . acl:264 no value fits
held eve any/x - . test:103 no labels at all
held eve web-shared/a group=web ls example:411 acl:326 ${labels:group}
held eve web-shared/a/b group=web . example:411 go * ends at a slash
held eve web/a project=web ls example:414 labels:40-44 any project one is assigned to
held eve web/a project=api . example:414 no project of one's own
held eve web/a group=VIP,web s acl:114 the first match decides: VIP
held eve x.y re=x.y l acl:308 the values of labels are not quoted
held eve xzy re=x.y l acl:323 the values of labels are not quoted
two eve VIP/api group=admins,VIP;project=api,frontend l test:115 every combination
two eve devs/api group=admins,VIP;project=api,frontend . test:119 no combination
two eve VIP/api group=VIP . test:116 a label that is missing stays as written
both eve any/x group=admins . test:106 all labels are wanted
both eve any/x group=admins;foo=bar l acl:254-269 all labels are there
glob eve any/x group=admins l test:108 a glob for a label
glob eve any/x group=VIP . test:108 no value fits the glob
globs eve a/b - l go ? is one character
globs eve a/bc - . go ? is one character
globs eve b/x - l go a class
globs eve b/z - . go a class
globs eve c/y - l go an excluding class
globs eve c/x - . go an excluding class
globs eve d/7 - l go a range
globs eve e/x - l go ** is * twice
globs eve e/x/y - . go ** does not cross a slash here
globs eve f/* - l go a star by its letter
globs eve f/x - . go a star by its letter
globs eve g/x - . acl:157-159 a pattern that is none fits nothing
globs eve h/x - . go there are no alternatives
globs eve j - l go * may be nothing
globs eve jx - l go *
expressions eve a/x/y - l acl:154 an expression crosses slashes
expressions eve xby - l acl:155 an expression is not anchored
expressions eve // - s acl:154 two slashes are no expression
expressions eve cd - . acl:155 anchors of one's own
expressions eve d - l acl:155 anchors of one's own
expressions eve ee - l go flags of an expression
captures john.smith@test.com john.smith/test - l test:83 ${account:1}
captures john.smith@it.two.com john.smith-it/test - l test:85 two groups
captures john@three.com john/test - . test:84 acl:313 no such group
captures plain plain/x - . acl:299 no groups in what is no expression
captures john team-of - . acl:283-291 a field is filled from another's groups: the text has to fit
captures team team-of - l acl:289-318 groups of the name within the account
quoted foo foo_x - l test:81 ${account} within an expression
quoted .* foo_x - . test:82 it is quoted there
raw foo foo - l test:80 ${account}
raw a.b a.b - l acl:284 go the quoting backslash is read by the glob too
services - any/x service=notary l acl:331 test:86 the service
services - any/x service=registry s acl:331 an expression for the service
services - any/x service=other . acl:331 no such service
services - any/x - . acl:331 no service
services - catalog type=registry lsd acl:329 the type
networks ci any/x ip=10.1.2.3 s acl:328-332 account and network
networks ci any/x ip=11.1.2.3 . acl:332 another network
networks eve any/x ip=10.1.2.3 . acl:328 another account
networks eve any/x ip=192.168.1.1 l acl:54-56 one address
networks eve any/x ip=192.168.1.2 . acl:55 one address
networks eve any/x ip=2001:db8::7 l test:100 a network of the other family
networks eve any/x ip=2001:db9::7 . test:100 outside of it
networks any any/x ip=8.8.8.8 d acl:332 any address
networks any any/x ip=2001:db9::1 . acl:251 any address of that family
networks any any/x - . test:90 acl:244 no address, no network
actions eve star - lsd acl:122-123 a single *
actions eve star-and - l acl:122,125 * beside others is a word
actions eve none - . acl:125 nothing
actions eve odd - l acl:125 what is known of it
actions eve all - lsd acl:125 the intersection
order eve open/x - . acl:114 the first match decides, though it denies
order bob open/x - l acl:114 the first match decides, though a later gives more
order bob x - lsd acl:114 a later entry denies nothing
order - open/x - l acl:114 without an account nobody is asked for it
order - x - . acl:128 no match
empty admin any/x - . acl:128 no entry, no match
everything - any/x - l test:74 no condition fits all
everything eve any/x ip=1.1.1.1;service=s;group=g l test:74 no condition fits all
";

fn request(account: &str, name: &str, conditions: &str) -> Request {
    let mut request = Request {
        account: if account == "-" { String::new() } else { account.into() },
        kind: "repository".into(),
        name: name.into(),
        ..Request::default()
    };
    for (key, value) in conditions.split(';').filter_map(|one| one.split_once('=')) {
        match key {
            "ip" => request.ip = Some(value.parse().unwrap()),
            "service" => request.service = value.into(),
            "type" => request.kind = value.into(),
            label => {
                request.labels.insert(label.into(), value.split(',').map(str::to_owned).collect());
            }
        }
    }
    request
}

fn config(more: &str, acl: &str) -> Config {
    let indented: String = acl.lines().map(|line| format!("  {line}\n")).collect();
    sextant::yaml::parse(&format!("{more}\nacl:\n{indented}")).unwrap()
}

#[test]
fn docker_auth_decides_as_its_source_does() {
    let configs: BTreeMap<&str, Config> = CONFIGS.into_iter().map(|(name, acl)| (name, config("", acl))).collect();
    let mut cases = 0;
    for line in ROWS.lines().filter(|line| !line.is_empty()) {
        let [name, account, repository, conditions, may, source] = line.splitn(6, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        assert!(source.contains(':') || source.starts_with("go "), "no source: {line}");
        let got = configs[name].authorize(&request(account, repository, conditions), &["pull", "push", "delete"]);
        let of = |action: &str| got.iter().any(|a| a == action);
        let got: String = [('l', "pull"), ('s', "push"), ('d', "delete")]
            .into_iter()
            .filter(|(_, a)| of(a))
            .map(|(l, _)| l)
            .collect();
        assert_eq!(if got.is_empty() { "." } else { &got }, may, "{line}");
        cases += 1;
    }
    assert!(cases >= 60, "{cases}");
    println!("docker_auth: {cases} rows, three actions each");
}

/// What is claimed of each who can be told apart: `kind name: actions`, a star where conditional.
fn told(config: &Config, repository: &str) -> Vec<String> {
    let mut told: Vec<String> = config
        .grants(repository, "")
        .iter()
        .map(|g| {
            let star = if g.conditional { "*" } else { "" };
            format!("{} {}: {}{star}", g.principal.kind, g.principal.name, g.actions.join(" "))
        })
        .collect();
    told.sort();
    told.dedup();
    told
}

const USERS: &str = "users: {admin: {password: x}, test: {password: x}, '': {}}";

#[test]
fn grants_name_everybody_who_can_be_told_apart() {
    let example = CONFIGS[0].1;
    let all = "pull push delete overwrite";
    assert_eq!(
        told(&config(USERS, example), "any/x"),
        [
            format!("address 127.0.0.0/8: {all}"),
            format!("address 172.17.0.1: {all}"),
            format!("address ::1: {all}"),
            format!("anonymous *: {all}*"),
            format!("user admin: {all}"),
            format!("user test: {all}*"),
        ]
    );
    // Nobody logs in as nobody: an address alone lets no one in.
    let closed = told(&config("users: {admin: {password: x}}", example), "any/x");
    assert_eq!(closed, [format!("user admin: {all}")]);
    // An account that only the list names, and everybody else of a directory.
    let directory = told(&config("ldap_auth: {addr: x}", example), "eve/x");
    assert!(directory.contains(&"authenticated *: pull".to_owned()), "{directory:?}");
    assert!(directory.contains(&format!("user admin: {all}")), "{directory:?}");
    assert!(directory.contains(&format!("group account=/.+/: {all}*")), "whoever is called so: {directory:?}");
}

#[test]
fn what_only_some_may_do_is_never_left_out() {
    // From a network only.
    let networks = config("users: {ci: {password: x}}", CONFIGS[11].1);
    assert_eq!(told(&networks, "a/b"), ["user ci: pull*", "user ci: push overwrite*"]);
    // Accounts of a pattern, of a directory.
    let pattern = config("ldap_auth: {addr: x}", r#"[{match: {account: "/^ci-/"}, actions: ["*"]}]"#);
    assert_eq!(told(&pattern, "a/b"), ["group account=/^ci-/: pull push delete overwrite*"]);
    // A pattern of one's own, behind one that denies all of it.
    let denied = r#"[{match: {account: "ci-*"}, actions: []}, {match: {account: "ci-*"}, actions: ["*"]}]"#;
    assert!(told(&config("ldap_auth: {addr: x}", denied), "a/b").is_empty());
    // For one service.
    let service = config("users: {ci: {password: x}}", r#"[{match: {account: ci, service: reg}, actions: [push]}]"#);
    assert_eq!(told(&service, "a/b"), ["user ci: push overwrite"]);
    // Holders of a label that static accounts have, and that others may have.
    let held = r#"[{match: {labels: {team: sre}}, actions: [push]}]"#;
    let known = config("users: {ann: {password: x, labels: {team: [sre]}}, bob: {password: x}}", held);
    assert_eq!(told(&known, "a/b"), ["user ann: push overwrite"]);
    assert_eq!(told(&config("ldap_auth: {addr: x}", held), "a/b"), ["group team=sre: push overwrite"]);
    // An account without a password is anybody's (static:55), one without anything is nobody's (static:52).
    let open = config("users: {ci: {}, ghost: null}", r#"[{match: {account: "/.+/"}, actions: [push]}]"#);
    assert_eq!(told(&open, "a/b"), ["anonymous *: push overwrite", "user ci: push overwrite"]);
}

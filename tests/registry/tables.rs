//! What zot and docker_auth document and do, row by row, against our facts.

use std::collections::BTreeMap;

use sextant::facts::registry::{docker_auth, zot};

const ZOT: &str = r#"{"http":{"auth":{"htpasswd":{"path":"/x"}},"accessControl":{
 "repositories":{
  "**":{"policies":[{"users":["alice"],"actions":["read","create"]}],"defaultPolicy":["read"]},
  "team/**":{"policies":[{"users":["bob"],"actions":["read","create","update","delete"]},{"groups":["dev"],"actions":["read","create"]}]},
  "team/public/*":{"anonymousPolicy":["read"],"defaultPolicy":["read","create"]},
  "exact/repo":{"policies":[{"users":["carol"],"actions":["delete"]}]},
  "{red,blue}/**":{"defaultPolicy":["create"]}},
 "adminPolicy":{"users":["root"],"groups":["admins"],"actions":["read","create","update","delete"]}}}}"#;

/// Configuration, repository, who (`-` nobody, `@group`), actions that are allowed (r, c, u, d),
/// and what of zot says so: functions of pkg/api/authz.go, pages of zotregistry.dev.
const ZOT_ROWS: &str = "
acl any/x alice rc isPermitted: users of a policy
acl any/x zoe r isPermitted: defaultPolicy is for every user with a name
acl any/x - . isPermitted: defaultPolicy is not for the empty name
acl any/x @dev r isPermitted: groups of another pattern do not count
acl any/x root rcud can: isAdmin and AdminPolicy.Actions
acl any/x @admins rcud can: isAnyGroupInAdminPolicy
acl team/a alice . can: longestMatchedPattern hides **
acl team/a zoe . can: no defaultPolicy at the longest pattern
acl team/a bob rcud isPermitted: users of a policy
acl team/a @dev rc isPermitted: groups of a policy
acl team/a - . isPermitted: no anonymousPolicy
acl team/a root rcud can: administrators are asked after the pattern
acl team/public/x - r isPermitted: anonymousPolicy
acl team/public/x zoe rc isPermitted: defaultPolicy
acl team/public/x bob rc can: longestMatchedPattern hides team/**
acl team/public/x @dev rc can: longestMatchedPattern hides the group's policy
acl team/public/x/y bob rcud can: * of doublestar ends at a slash
acl team/public/x/y - . can: * of doublestar ends at a slash
acl exact/repo carol d isPermitted: users of a policy
acl exact/repo zoe . can: a literal pattern hides **
acl exact/repo alice . can: a literal pattern hides **
acl exact/repo @admins rcud can: isAnyGroupInAdminPolicy
acl red/a zoe c can: alternatives of doublestar
acl blue/a/b zoe c can: alternatives of doublestar
acl green/a zoe r can: alternatives of doublestar
open any/x - rcud zotregistry.dev, articles/authn-authz: without accessControl and auth all is open
login any/x - . zotregistry.dev, articles/authn-authz: with auth and no accessControl users may do all
login any/x zoe rcud zotregistry.dev, articles/authn-authz: with auth and no accessControl users may do all
";

#[test]
fn zot_decides_as_its_source_does() {
    let configs: BTreeMap<&str, zot::Config> =
        [("acl", ZOT), ("open", r#"{"http":{}}"#), ("login", r#"{"http":{"auth":{"htpasswd":{"path":"/x"}}}}"#)]
            .map(|(name, text)| (name, serde_json::from_str(text).unwrap()))
            .into();
    let mut cases = 0;
    for line in ZOT_ROWS.lines().filter(|line| !line.is_empty()) {
        let [config, repository, who, may, _source] = line.splitn(5, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let grants = configs[config].grants(repository, "");
        for (letter, action) in [('r', "pull"), ('c', "push"), ('u', "overwrite"), ('d', "delete")] {
            let got = grants.iter().any(|grant| {
                let is = match (who, grant.principal.kind.as_str()) {
                    ("-", kind) => kind == "anonymous",
                    (_, "authenticated") => true,
                    (who, "group") => who.strip_prefix('@') == Some(&grant.principal.name),
                    (who, "user") => who == grant.principal.name,
                    _ => false,
                };
                is && grant.actions.iter().any(|a| a == action)
            });
            assert_eq!(got, may.contains(letter), "{action}: {line}");
            cases += 1;
        }
    }
    assert!(cases >= 60, "{cases}");
    println!("zot: {cases} cases");
}

const ACL: &str = r#"
users: {admin: {}, test: {}, "": {}}
acl:
- {match: {account: admin}, actions: ["*"]}
- {match: {account: block}, actions: []}
- {match: {account: "/.+/", name: "${account}/*"}, actions: ["*"]}
- {match: {account: test}, actions: [pull]}
- {match: {account: "", name: "public/*"}, actions: [pull]}
- {match: {account: "/^(ci|cd)$/", name: "/^team-[0-9]+\\/.+$/"}, actions: [pull, push]}
- {match: {account: "glob?", name: "a/[bc]*"}, actions: [pull]}
- {match: {ip: "127.0.0.0/8"}, actions: ["*"]}
- {match: {ip: "2001:db8::1"}, actions: [pull]}
- {match: {account: "/.+/", labels: {team: "/^sre$/"}}, actions: [pull, push, delete]}
- {match: {account: "/.+/", name: "${labels:team}/shared"}, actions: [pull]}
- {match: {account: "/^(.+)-dev$/", name: "${account:1}/x"}, actions: [push]}
- {match: {account: loose, name: "/x/"}, actions: [pull]}
"#;

/// Account (`-` nobody), repository, address, team, and what is granted of pull (l), push (s) and
/// delete (d): entries of the list above, by docker_auth's auth_server/authz/acl.go and
/// docs/../examples/reference.yml.
const ACL_ROWS: &str = "
admin any/x - - lsd Authorize: a single * grants what was asked
admin a/b/c - - lsd matchString: no name is any name
block block/x - - . Authorize: first match, an empty list grants nothing
block any/x 127.0.0.1 - . Authorize: first match, later entries are not asked
eve eve/x - - lsd Matches: ${account}
eve eve/x/y - - . path.Match: * ends at a slash
eve other/x - - . Authorize: no match, NoMatch
eve evel/x - - . Matches: ${account} is replaced, not a prefix
test test/x - - lsd Authorize: order of entries
test any/x - - l Authorize: intersection of actions
test public/x - - l Authorize: order of entries
- public/x - - l Matches: the empty account is the anonymous
- public/x/y - - . path.Match: * ends at a slash
- other/x - - . Authorize: no match
- public/x 127.0.0.1 - l Authorize: first match before the address
- other/x 127.1.2.3 - lsd matchIP: within the network
- other/x 128.0.0.1 - . matchIP: outside of the network
- other/x 2001:db8::1 - l parseIPPattern: a single address
- other/x 2001:db8::2 - . parseIPPattern: a single address
ci team-1/x - - ls matchString: /…/ is an expression
cd team-12/a/b - - ls matchString: . of an expression crosses slashes
ci team-x/a - - . matchString: /…/ is an expression
cix team-1/x - - . matchString: anchors are the author's
glob1 a/b1 - - l path.Match: ? and [ ]
glob1 a/d1 - - . path.Match: [ ]
glob12 a/b - - . path.Match: ? is one character
glob1 a/b/c - - . path.Match: * ends at a slash
eve any/x - sre lsd Matches: labels
eve any/x - sres . Matches: labels by expression
eve web/shared - web l Matches: ${labels:team}
eve web/other - web . Matches: ${labels:team}
eve db/shared - web . Matches: ${labels:team}
app-dev app/x - - s Matches: ${account:1}
app-dev oth/x - - . Matches: ${account:1}
loose axb - - l regexp.Match: not anchored
loose abc - - . regexp.Match: not anchored
";

#[test]
fn docker_auth_decides_as_its_source_does() {
    let config: docker_auth::Config = sextant::yaml::parse(ACL).unwrap();
    let mut cases = 0;
    for line in ACL_ROWS.lines().filter(|line| !line.is_empty()) {
        let [account, name, ip, team, may, _source] = line.splitn(6, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let labels = match team {
            "-" => BTreeMap::new(),
            team => BTreeMap::from([("team".to_owned(), vec![team.to_owned()])]),
        };
        let request = docker_auth::Request {
            account: account.trim_matches(|c| c == '-' && account == "-").to_owned(),
            kind: "repository".into(),
            name: name.into(),
            ip: ip.parse().ok(),
            labels,
            ..docker_auth::Request::default()
        };
        let got = config.authorize(&request, &["pull", "push", "delete"]);
        for (letter, action) in [('l', "pull"), ('s', "push"), ('d', "delete")] {
            assert_eq!(got.iter().any(|a| a == action), may.contains(letter), "{action}: {line}");
            cases += 1;
        }
    }
    assert!(cases >= 60, "{cases}");
    println!("docker_auth: {cases} cases");
}

//! zot's access control: what its documentation and its source say, row by row, against our facts.
//!
//! Lines are those of project-zot/zot at 6d19b445 (`authz` and `authn` are pkg/api/authz.go and
//! authn.go, `bearer` pkg/api/bearer_auth.go, `config` pkg/api/config/config.go, `readme`
//! examples/README.md) and of bmatcuk/doublestar v4.10.0 (`glob`: match.go).

use sextant::facts::registry::{Grant, zot};

/// By name: the document's own example, then one idea each.
const CONFIGS: [(&str, &str); 19] = [
    (
        "doc",
        r#"{"http":{"auth":{"htpasswd":{"path":"/x"}},"accessControl":{
         "groups":{"group1":{"users":["jack","john","jane","ana"]},"group2":{"users":["alice","mike","jim"]}},
         "repositories":{
          "**":{"policies":[{"users":["charlie"],"actions":["read","create","update"]}],
            "defaultPolicy":["read","create","delete","detectManifestCollision"],"anonymousPolicy":["read"]},
          "tmp/**":{"defaultPolicy":["read","create","update"]},
          "infra/*":{"policies":[{"users":["alice","bob"],"actions":["create","read","update","delete"]},
            {"users":["mallory"],"actions":["create","read"]}],"defaultPolicy":["read"]},
          "repos2/repo":{"policies":[{"users":["bob"],"groups":["group1"],"actions":["read","create"]},
            {"users":["mallory"],"actions":["create","read"]}],"defaultPolicy":["read"]}},
         "adminPolicy":{"users":["admin"],"actions":["read","create","update","delete"]}}}}"#,
    ),
    (
        "groups",
        r#"{"http":{"auth":{"ldap":{}},"accessControl":{"groups":{"dev":{"users":["ann"]}},
         "repositories":{"team/**":{"policies":[{"groups":["dev"],"actions":["read","create"]},
            {"users":["ann"],"groups":["ops"],"actions":["update"]}]}},
         "adminPolicy":{"groups":["admins"],"actions":["read","delete"]}}}}"#,
    ),
    (
        "globs",
        r#"{"http":{"auth":{"htpasswd":{"path":"/x"}},"accessControl":{"repositories":{
          "a/?":{"defaultPolicy":["read"]},"b/[xy]":{"defaultPolicy":["read"]},"c/[!x]":{"defaultPolicy":["read"]},
          "d/[0-9]":{"defaultPolicy":["read"]},"{e,f/g}/**":{"defaultPolicy":["read"]},"h/**/z":{"defaultPolicy":["read"]},
          "i/**":{"defaultPolicy":["read"]},"j/k**":{"defaultPolicy":["read"]},"l/[z":{"defaultPolicy":["read"]},
          "m/\\*":{"defaultPolicy":["read"]},"n/*-prod":{"defaultPolicy":["read"]}}}}}"#,
    ),
    (
        "lengths",
        r#"{"http":{"auth":{"htpasswd":{"path":"/x"}},"accessControl":{"repositories":{
          "pay/**":{"defaultPolicy":["read","create"]},"pay/a*/**":{"defaultPolicy":["read"]},
          "pay/api":{"defaultPolicy":["delete"]},"{pay,pay,pay}/api":{"defaultPolicy":["update"]}}}}}"#,
    ),
    (
        "tie",
        r#"{"http":{"auth":{"htpasswd":{"path":"/x"}},"accessControl":{"repositories":{
          "x/*y":{"defaultPolicy":["read"]},"x/y*":{"defaultPolicy":["create"]}}}}}"#,
    ),
    (
        "empty-pattern",
        r#"{"http":{"auth":{"htpasswd":{"path":"/x"}},"accessControl":{"repositories":{
          "":{"defaultPolicy":["read"]},"a/**":{"defaultPolicy":["create"]}}}}}"#,
    ),
    (
        "conditions",
        r#"{"http":{"auth":{"htpasswd":{"path":"/x"}},"accessControl":{"repositories":{
          "prod/**":{"policies":[{"users":["ci"],"actions":["create"],"conditions":[{"expression":"req.referenceType == \"digest\""}]},
            {"users":["ci"],"actions":["read"]}]}},
          "adminPolicy":{"users":["root"],"actions":["delete"],"conditions":[{"expression":"req.tls.enabled"}]}}}}"#,
    ),
    ("nothing", r#"{"http":{}}"#),
    ("login", r#"{"http":{"auth":{"htpasswd":{"path":"/x"}}}}"#),
    ("empty-path", r#"{"http":{"auth":{"htpasswd":{"path":""}}}}"#),
    ("denies-all", r#"{"http":{"auth":{"htpasswd":{"path":"/x"}},"accessControl":{}}}"#),
    (
        "no-auth",
        r#"{"http":{"accessControl":{"repositories":{"**":{"policies":[{"users":["ann"],"actions":["create"]},
          {"users":[""],"actions":["update"]}],"defaultPolicy":["delete"],"anonymousPolicy":["read"]}}}}}"#,
    ),
    (
        "shut-door",
        r#"{"http":{"auth":{"htpasswd":{"path":"/x"}},"accessControl":{"repositories":{
          "**":{"policies":[{"users":["","ann"],"actions":["read"]}]}}}}}"#,
    ),
    (
        "open-door",
        r#"{"http":{"auth":{"htpasswd":{"path":"/x"}},"accessControl":{"repositories":{
          "**":{"policies":[{"users":["","ann"],"actions":["read"]}]},"pub/**":{"anonymousPolicy":["read"]}}}}}"#,
    ),
    (
        "tokens",
        r#"{"http":{"auth":{"bearer":{"realm":"https://t","service":"zot","cert":"/c"}},
         "accessControl":{"repositories":{"**":{"policies":[{"users":["ann"],"actions":["create"]}],"anonymousPolicy":["read"]}}}}}"#,
    ),
    ("half-tokens", r#"{"http":{"auth":{"bearer":{"realm":"https://t","service":"zot"}}}}"#),
    (
        "oidc-tokens",
        r#"{"http":{"auth":{"bearer":{"oidc":[{"issuer":"https://i","audiences":["zot"]}]}},
         "accessControl":{"repositories":{"**":{"policies":[{"users":["ann"],"actions":["create"]}],"anonymousPolicy":["read"]}}}}}"#,
    ),
    (
        "certificates",
        r#"{"http":{"tls":{"cert":"/c","key":"/k","cacert":"/ca"},"accessControl":{"repositories":{
          "**":{"policies":[{"users":["ann"],"actions":["create"]}],"defaultPolicy":["read"]}}}}}"#,
    ),
    ("api-keys", r#"{"http":{"auth":{"apikey":true}}}"#),
];

/// Configuration, repository, who (`-` nobody, `name@group,group`, `^` a token of a token server),
/// what is allowed (r, c, u, d; a capital letter: under a condition), and what says so.
const ROWS: &str = "
doc any/x charlie rcud authz:548-555 users of a policy, and authz:594 the default policy on top
doc any/x zoe rcd authz:594 readme:919 defaultPolicy is for every user with a name
doc any/x - r authz:599 readme:920 anonymousPolicy is for the empty name
doc any/x admin rcud authz:172-190 readme:953 adminPolicy
doc any - r glob:110 ** fits a single name
doc tmp/a zoe rcu readme:922-924 tmp/** is longer than **
doc tmp/a/b/c zoe rcu readme:922 recursively
doc tmp zoe rcu glob:327-345 tmp/** fits tmp itself
doc tmp/a - . authz:144 the longer pattern has no anonymousPolicy
doc tmp/a charlie rcu authz:144 the policy of ** does not count where a longer pattern fits
doc tmpx/a zoe rcd glob:263 a letter more is another segment
doc infra/a alice rcud authz:548 users of the first policy
doc infra/a bob rcud authz:548 users of the first policy
doc infra/a mallory rc authz:547-560 a later policy counts as well
doc infra/a zoe r authz:594 defaultPolicy of the pattern
doc infra/a admin rcud authz:175 the administrator is asked after the pattern
doc infra/a/b alice rcd readme:925 infra/* is not recursive: ** decides
doc infra alice rcd glob:341 infra/* does not fit infra
doc infra/a - . authz:144 no anonymousPolicy at the longest pattern
doc repos2/repo bob rc readme:938-944 only this repository
doc repos2/repo jack rc authz:562-590 authz:213 groups of the configuration
doc repos2/repo mike r authz:570 a group that no policy names
doc repos2/repo mallory rc authz:547 users of the second policy
doc repos2/repo/x bob rcd readme:938 a name is no prefix
doc repos2/repo - . readme:881 repos2/repo policy is used because it is longer
groups team/a ann rcu authz:213-227 groups of the configuration, users of a policy
groups team/a eve@dev rc authn:247 groups of the directory are added
groups team/a eve@ops u authz:570-576 a group beside users
groups team/a eve@dev,ops rcu authz:570 any of the groups
groups team/a eve . authz:578 in no group
groups team/a eve@admins rd authz:205-211 a group of administrators
groups other/a eve@admins rd authz:173 administrators where no pattern fits
groups other/a ann . authz:168 nothing fits, nothing is allowed
groups other/a - . authn:489 no anonymous policy: the anonymous are refused
globs a/b zoe r glob:134 one character
globs a/bc zoe . glob:134 one character only
globs a/b/c zoe . glob:138 no slash
globs b/x zoe r glob:146 a class
globs b/z zoe . glob:206 not in the class
globs c/y zoe r glob:155 an excluding class
globs c/x zoe . glob:155 an excluding class
globs d/5 zoe r glob:170 a range
globs d/x zoe . glob:170 a range
globs e/x zoe r glob:224 alternatives
globs f/g/x/y zoe r glob:224 an alternative with a slash
globs f/x zoe . glob:224 neither alternative
globs h/z zoe r glob:113-127 no segment between
globs h/a/b/z zoe r glob:113-127 two segments between
globs h/a/b zoe . glob:113 the end has to fit
globs i zoe r glob:327-345 the folder itself
globs i/a/b zoe r glob:110 everything below
globs j/kx zoe r glob:115 ** within a segment is *
globs j/kx/y zoe . glob:115 ** within a segment ends at a slash
globs l/z zoe . authz:142-143 a pattern that is none is left out
globs m/* zoe r glob:251 a star by its letter
globs m/x zoe . glob:251 a star by its letter
globs n/api-prod zoe r glob:103 a star, then letters
globs n/x/api-prod zoe . glob:310 a star ends at a slash
lengths pay/x zoe rc authz:144 the only one that fits
lengths pay/abc/x zoe r authz:144 the longer one, though it gives less
lengths pay/api zoe u authz:144 length is that of the text: alternatives count
tie x/yy zoe RC authz:141-148 equally long: either, as the map has it
tie x/ay zoe r authz:141 only one fits
empty-pattern b/c zoe r authz:139,168 nothing fits: the empty pattern is looked up
empty-pattern a/c zoe c authz:144 something fits
conditions prod/a ci rC readme:1001-1002 authz:488-531 a condition narrows its policy only
conditions prod/a root D authz:176-183 a condition of the administrators
conditions prod/a zoe . authz:548 not named
nothing any/x - rcud authn:485 routes:139 no authentication, no access control
login any/x - . authn:489 nobody in particular is refused
login any/x zoe rcud routes:139 access control is only there where it is configured
empty-path any/x - rcud config:139-141 no file, no authentication
denies-all any/x zoe . authz:60-63 access control that names nothing allows nothing
denies-all any/x - . authn:489 no anonymous policy
no-auth any/x - ru authn:485 authz:548,599 everybody is the empty name
no-auth any/x ann . authn:485 nobody has a name
shut-door any/x - . authn:443,489 the empty name in a policy does not open the door
shut-door any/x ann r authz:548 users of a policy
open-door any/x - r authn:443 authz:548 one anonymous policy anywhere opens the door
open-door pub/x - r authz:599 anonymousPolicy
open-door other/x zoe . authz:594 no defaultPolicy
tokens any/x - . bearer:204-222 no token, no access
tokens any/x ann . bearer:204 authz:620-627 names of access control mean nothing
tokens any/x ^ RCUD bearer:204-228 authz:671 a token carries its permissions
half-tokens any/x - rcud config:160 authn:485 without a key there are no tokens
oidc-tokens any/x ann c bearer:193-199 access control decides for these tokens
oidc-tokens any/x - . bearer:230-231 no anonymous policy opens this door
oidc-tokens any/x ^ . bearer:204 no token server
certificates any/x ann rc config:1530 authn:481 a certificate is a login
certificates any/x - . authn:485,489 no certificate, no access
api-keys any/x zoe rcud config:202-208 keys are a login
api-keys any/x - . authn:485 not the empty name
";

fn is_meant(grant: &Grant, who: &str, groups: &[&str]) -> bool {
    let name = grant.principal.name.as_str();
    match (who, grant.principal.kind.as_str()) {
        ("-", kind) => kind == "anonymous",
        ("^", kind) => kind == "authenticated" && name == "bearer token",
        (_, "authenticated") => name == "*",
        (_, "group") => groups.contains(&name),
        (who, "user") => who == name,
        _ => false,
    }
}

#[test]
fn zot_decides_as_its_source_does() {
    let mut cases = 0;
    for line in ROWS.lines().filter(|line| !line.is_empty()) {
        let [name, repository, who, may, source] = line.splitn(5, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        assert!(source.contains(':'), "no source: {line}");
        let text = CONFIGS.iter().find(|(config, _)| *config == name).unwrap_or_else(|| panic!("{line}")).1;
        let config: zot::Config = serde_json::from_str(text).unwrap();
        let (who, of) = who.split_once('@').unwrap_or((who, ""));
        let mut groups: Vec<&str> = of.split(',').collect();
        let own = config.http.access_control.iter().flat_map(|control| &control.groups);
        groups
            .extend(own.filter(|(_, group)| group.users.iter().any(|user| user == who)).map(|(name, _)| name.as_str()));
        let grants = config.grants(repository, "");
        let mut got = String::new();
        for (letter, action) in [('r', "pull"), ('c', "push"), ('u', "overwrite"), ('d', "delete")] {
            let of: Vec<&Grant> = grants
                .iter()
                .filter(|grant| is_meant(grant, who, &groups) && grant.actions.iter().any(|a| a == action))
                .collect();
            if !of.is_empty() {
                got.push(if of.iter().all(|grant| grant.conditional) { letter.to_ascii_uppercase() } else { letter });
            }
        }
        assert_eq!(if got.is_empty() { "." } else { &got }, may, "{line}");
        cases += 1;
    }
    assert!(cases >= 60, "{cases}");
    println!("zot: {cases} rows, four actions each");
}

#[test]
fn a_snapshot_keeps_what_zot_decides_by() {
    for (name, text) in CONFIGS {
        let whole: zot::Config = serde_json::from_str(text).unwrap();
        let mut document: serde_json::Value = serde_json::from_str(text).unwrap();
        document["distSpecVersion"] = "1.1.1".into();
        let object = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n"},
            "data": {"config.json": document.to_string()}});
        let kept = super::kept(&object);
        let kept: serde_json::Value = serde_json::from_str(kept["data"]["config.json"].as_str().unwrap()).unwrap();
        let kept: zot::Config = serde_json::from_value(kept).unwrap();
        for path in ["any/x", "team/a", "prod/a", "pub/x", "x/yy", "repos2/repo"] {
            assert_eq!(kept.grants(path, ""), whole.grants(path, ""), "{name} {path}");
        }
    }
}

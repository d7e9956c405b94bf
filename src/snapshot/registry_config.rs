//! The configuration of a registry, reduced to what decides who may do what.
//!
//! Such files hold credentials beside the rules (storage keys, LDAP and proxy passwords, hashes of
//! users): only what is named here is kept, everything else goes. Shapes: zot's `config.json`
//! (`pkg/api/config`), distribution's `config.yml`, docker_auth's `auth_config.yml`.

use serde_json::{Map, Value};

/// Key that says what kind of registry the reduced text configures.
pub const MARK: &str = "sextant";

/// What of a value is kept.
enum Keep {
    /// That it is there, and nothing of it.
    Presence,
    /// All of it: names, patterns, actions.
    Whole,
    /// These keys of it.
    Keys(&'static [(&'static str, Keep)]),
    /// Every key, and of each value this.
    Each(&'static Keep),
}

use Keep::{Each, Keys, Presence, Whole};

/// Expressions may quote anything; that there are some is enough.
const POLICY: Keep = Keys(&[("users", Whole), ("groups", Whole), ("actions", Whole), ("conditions", Presence)]);

const ZOT: Keep = Keys(&[
    (
        "http",
        Keys(&[
            ("tls", Keys(&[("cert", Presence), ("key", Presence), ("cacert", Presence)])),
            (
                "auth",
                Keys(&[
                    ("htpasswd", Keys(&[("path", Presence)])),
                    ("ldap", Presence),
                    (
                        "bearer",
                        Keys(&[
                            ("realm", Whole),
                            ("service", Whole),
                            ("cert", Presence),
                            ("awsSecretsManager", Presence),
                            ("oidc", Presence),
                        ]),
                    ),
                    ("openid", Presence),
                    ("apikey", Whole),
                ]),
            ),
            (
                "accessControl",
                Keys(&[
                    (
                        "repositories",
                        Each(&Keys(&[("policies", POLICY), ("defaultPolicy", Whole), ("anonymousPolicy", Whole)])),
                    ),
                    ("adminPolicy", POLICY),
                    ("groups", Each(&Keys(&[("users", Whole)]))),
                ]),
            ),
        ]),
    ),
    ("storage", Keys(&[("gc", Whole), ("retention", Whole)])),
    ("log", Keys(&[("audit", Whole)])),
    (
        "extensions",
        Keys(&[
            ("sync", Keys(&[("enable", Whole)])),
            ("trust", Keys(&[("enable", Whole)])),
            ("search", Keys(&[("cve", Presence)])),
        ]),
    ),
]);

const DISTRIBUTION: Keep = Keys(&[
    ("version", Whole),
    ("auth", Each(&Keys(&[("realm", Whole), ("service", Whole), ("issuer", Whole)]))),
    (
        "storage",
        Keys(&[
            ("delete", Keys(&[("enabled", Whole)])),
            ("maintenance", Keys(&[("readonly", Keys(&[("enabled", Whole)]))])),
            ("filesystem", Presence),
            ("s3", Presence),
            ("gcs", Presence),
            ("azure", Presence),
            ("swift", Presence),
            ("inmemory", Presence),
        ]),
    ),
    ("http", Keys(&[("tls", Keys(&[("certificate", Presence), ("letsencrypt", Presence)]))])),
    ("proxy", Keys(&[("remoteurl", Whole)])),
]);

const DOCKER_AUTH: Keep = Keys(&[
    ("server", Keys(&[("certificate", Presence), ("letsencrypt", Presence)])),
    ("users", Each(&Keys(&[("labels", Whole), ("password", Presence)]))),
    ("acl", Keys(&[("match", Whole), ("actions", Whole)])),
    ("acl_mongo", Presence),
    ("acl_xorm", Presence),
    ("casbin_authz", Presence),
    ("ext_authz", Presence),
    ("plugin_authz", Presence),
    ("google_auth", Presence),
    ("github_auth", Presence),
    ("oidc_auth", Presence),
    ("gitlab_auth", Presence),
    ("ldap_auth", Presence),
    ("mongo_auth", Presence),
    ("xorm_auth", Presence),
    ("ext_auth", Presence),
    ("plugin_authn", Presence),
]);

fn keep(value: Value, what: &Keep) -> Value {
    match (what, value) {
        // A list keeps its length, so that its places can be named.
        (_, Value::Array(items)) => items.into_iter().map(|item| keep(item, what)).collect(),
        (_, Value::Null) => Value::Null,
        // An empty text is a setting that is not set.
        (Presence, Value::String(text)) => Value::from(if text.is_empty() { "" } else { "set" }),
        (Presence, _) => Value::Object(Map::new()),
        (Whole, Value::String(text)) => Value::from(super::credentials::without_account(&text).into_owned()),
        (Whole, Value::Object(map)) => map.into_iter().map(|(key, value)| (key, keep(value, &Whole))).collect(),
        (Whole, value) => value,
        (Each(inner), Value::Object(map)) => map.into_iter().map(|(key, value)| (key, keep(value, inner))).collect(),
        (Keys(keys), Value::Object(map)) => {
            let of = |key: &str| keys.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
            map.into_iter()
                .filter_map(|(key, value)| of(&key).map(|(name, what)| ((*name).to_owned(), keep(value, what))))
                .collect()
        }
        (Each(_) | Keys(_), _) => Value::Null,
    }
}

/// The reduced text, as JSON; none where it is no configuration of a registry that we know.
pub(super) fn reduce(text: &str) -> Option<String> {
    // Most files of these names are something else.
    if !["accessControl", "distSpecVersion", "acl", "_authz", "storage"].iter().any(|word| text.contains(word)) {
        return None;
    }
    let value: Value = crate::yaml::parse(text).ok()?;
    let has = |pointer: &str| value.pointer(pointer).is_some();
    let (kind, what) = if has("/distSpecVersion") || has("/http/accessControl") || has("/storage/rootDirectory") {
        ("zot", &ZOT)
    } else if has("/token")
        && (has("/acl") || has("/users") || has("/acl_mongo") || has("/acl_xorm") || has("/ext_authz"))
        || has("/acl/0/match")
    {
        ("docker_auth", &DOCKER_AUTH)
    } else if has("/version") && has("/storage") {
        ("distribution", &DISTRIBUTION)
    } else {
        return None;
    };
    let mut kept = keep(value, what);
    kept.as_object_mut()?.insert(MARK.into(), kind.into());
    serde_json::to_string(&kept).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_stay_and_credentials_go() {
        let zot = r#"{"distSpecVersion":"1.1.0","storage":{"rootDirectory":"/d","storageDriver":{"name":"s3","secretkey":"HIDE"}},
            "http":{"auth":{"htpasswd":{"path":"/h"},"ldap":{"bindPassword":"HIDE"},"openid":{"providers":{"x":{"clientsecret":"HIDE"}}}},
            "accessControl":{"repositories":{"**":{"policies":[{"users":["ci"],"actions":["create"],"conditions":[{"expression":"HIDE"}]}],"defaultPolicy":["read"]}}}}}"#;
        let kept = reduce(zot).unwrap();
        assert!(!kept.contains("HIDE"), "{kept}");
        assert!(kept.contains(r#""users":["ci"]"#) && kept.contains(r#""conditions":[{}]"#), "{kept}");
        let docker_auth = "server: {addr: ':5001', certificate: /c, key: HIDE}\ntoken: {issuer: x}\nusers:\n  admin: {password: HIDE, labels: {team: [a]}}\n  '': {}\nldap_auth: {bind_password: HIDE}\nacl:\n- match: {account: admin}\n  actions: ['*']\n  comment: HIDE\n";
        let kept = reduce(docker_auth).unwrap();
        assert!(!kept.contains("HIDE"), "{kept}");
        assert!(kept.contains(r#""account":"admin""#) && kept.contains(r#""team":["a"]"#), "{kept}");
        let distribution = "version: 0.1\nstorage: {s3: {accesskey: HIDE, secretkey: HIDE}, delete: {enabled: true}}\nhttp: {secret: HIDE}\nproxy: {remoteurl: 'https://u:HIDE@docker.io', password: HIDE}\nauth: {htpasswd: {realm: r, path: HIDE}}\n";
        let kept = reduce(distribution).unwrap();
        assert!(!kept.contains("HIDE"), "{kept}");
        assert!(kept.contains(r#""delete":{"enabled":true}"#) && kept.contains("htpasswd"), "{kept}");
        assert_eq!(reduce("storage: mine\npassword: HIDE\n"), None);
        assert_eq!(reduce("acl: [HIDE]\n"), None);
    }
}

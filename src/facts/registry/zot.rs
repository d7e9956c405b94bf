//! zot's access control, as `pkg/api/authz.go` of project-zot/zot decides (read at 6d19b445).
//!
//! Only the longest matching pattern counts, by the number of its bytes; the policy of
//! administrators is asked when that says no; an anonymous policy is for nobody but the anonymous,
//! a default policy for everybody but them. Conditions (CEL) are not evaluated: they make a grant
//! conditional.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Grant, Part, Principal, RegistryFacts, Scope};
use crate::{snapshot::State, view::nullable};

/// `config.json`, as far as it decides who may do what.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Config {
    #[serde(deserialize_with = "nullable")]
    pub http: Http,
    #[serde(deserialize_with = "nullable")]
    pub storage: Storage,
    pub log: Option<Log>,
    #[serde(deserialize_with = "nullable")]
    pub extensions: Extensions,
}

/// `http`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Http {
    pub tls: Option<serde_json::Value>,
    pub auth: Option<Auth>,
    pub access_control: Option<AccessControl>,
}

/// `http.auth`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Auth {
    pub htpasswd: Option<serde_json::Value>,
    pub ldap: Option<serde_json::Value>,
    pub bearer: Option<Bearer>,
    pub openid: Option<serde_json::Value>,
    pub apikey: bool,
    pub mtls: Option<serde_json::Value>,
}

/// `http.auth.bearer`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Bearer {
    #[serde(deserialize_with = "nullable")]
    pub realm: String,
    pub oidc: Option<serde_json::Value>,
}

/// `http.accessControl`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct AccessControl {
    #[serde(deserialize_with = "nullable")]
    pub repositories: BTreeMap<String, PolicyGroup>,
    #[serde(deserialize_with = "nullable")]
    pub admin_policy: Policy,
    #[serde(deserialize_with = "nullable")]
    pub groups: BTreeMap<String, Members>,
}

/// A group of the configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Members {
    #[serde(deserialize_with = "nullable")]
    pub users: Vec<String>,
}

/// What is said of one pattern.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct PolicyGroup {
    #[serde(deserialize_with = "nullable")]
    pub policies: Vec<Policy>,
    #[serde(deserialize_with = "nullable")]
    pub default_policy: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub anonymous_policy: Vec<String>,
}

/// One policy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Policy {
    #[serde(deserialize_with = "nullable")]
    pub users: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub groups: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub actions: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub conditions: Vec<serde_json::Value>,
}

/// `storage`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Storage {
    pub gc: Option<bool>,
    pub retention: Option<Retention>,
}

/// `storage.retention`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Retention {
    pub dry_run: bool,
    #[serde(deserialize_with = "nullable")]
    pub policies: Vec<RetentionPolicy>,
}

/// `storage.retention.policies[]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct RetentionPolicy {
    #[serde(deserialize_with = "nullable")]
    pub repositories: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub keep_tags: Vec<KeepTags>,
}

/// `keepTags[]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct KeepTags {
    #[serde(deserialize_with = "nullable")]
    pub patterns: Vec<String>,
    pub most_recently_pushed_count: Option<i64>,
    pub most_recently_pulled_count: Option<i64>,
    pub pulled_within: Option<String>,
    pub pushed_within: Option<String>,
}

/// `log`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Log {
    #[serde(deserialize_with = "nullable")]
    pub audit: String,
}

/// `extensions`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Extensions {
    pub sync: Option<Switch>,
    pub trust: Option<Switch>,
    pub search: Option<Search>,
}

/// An extension that may be switched off.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Switch {
    pub enable: Option<bool>,
}

/// `extensions.search`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Search {
    pub cve: Option<serde_json::Value>,
}

/// zot's words for actions, and ours.
const ACTIONS: [(&str, &str); 4] =
    [("read", "pull"), ("create", "push"), ("update", "overwrite"), ("delete", "delete")];

fn actions(of: &[String]) -> Vec<&'static str> {
    let has = |word: &str| of.iter().any(|action| action == word);
    ACTIONS.iter().filter(|(theirs, _)| has(theirs)).map(|(_, ours)| *ours).collect()
}

/// Whether a pattern fits, as `doublestar.Match` has it: `**` only as a whole segment.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    fn segments(pattern: &[&str], name: &[&str]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some((&"**", rest)) => (0..=name.len()).any(|skip| segments(rest, &name[skip..])),
            Some((first, rest)) => {
                name.split_first().is_some_and(|(head, tail)| segment(first, head) && segments(rest, tail))
            }
        }
    }
    /// Within a segment two stars are one.
    fn segment(pattern: &str, text: &str) -> bool {
        super::pattern::compile(&pattern.replace("**", "*")).is_some_and(|e| e.is_match(text))
    }
    // Alternatives may hold slashes: each is a pattern of its own.
    if let Some((head, rest)) = pattern.split_once('{')
        && let Some((inside, tail)) = rest.split_once('}')
    {
        return inside.split(',').any(|one| matches(&format!("{head}{one}{tail}"), name));
    }
    segments(&pattern.split('/').collect::<Vec<_>>(), &name.split('/').collect::<Vec<_>>())
}

impl Config {
    /// Whether somebody has to log in at all.
    #[must_use]
    pub fn has_auth(&self) -> bool {
        self.http.auth.as_ref().is_some_and(|auth| {
            auth.htpasswd.is_some()
                || auth.ldap.is_some()
                || auth.bearer.is_some()
                || auth.openid.is_some()
                || auth.mtls.is_some()
        })
    }

    /// The pattern that decides about a repository: the longest that fits. Of two that are equally
    /// long zot takes either, as the wind of its map blows: both are told.
    #[must_use]
    pub fn deciding(&self, repository: &str) -> Vec<&str> {
        let Some(control) = &self.http.access_control else { return Vec::new() };
        let fitting: Vec<&str> =
            control.repositories.keys().map(String::as_str).filter(|pattern| matches(pattern, repository)).collect();
        let longest = fitting.iter().map(|pattern| pattern.len()).max().unwrap_or(0);
        if longest == 0 {
            // Nothing fits: zot then looks up the empty pattern.
            return control.repositories.get_key_value("").map(|(key, _)| vec![key.as_str()]).unwrap_or_default();
        }
        fitting.into_iter().filter(|pattern| pattern.len() == longest).collect()
    }

    /// Who may do what in a repository.
    #[must_use]
    pub fn grants(&self, repository: &str, source: &str) -> Vec<Grant> {
        let all = ["pull", "push", "overwrite", "delete"];
        let Some(control) = &self.http.access_control else {
            let who = if self.has_auth() { "authenticated" } else { "anonymous" };
            let via =
                if self.has_auth() { "no accessControl: everybody who logs in" } else { "no auth, no accessControl" };
            return vec![Grant::new(Principal::new(who, "*"), &all, "**", via, source)];
        };
        let deciding = self.deciding(repository);
        let tied = deciding.len() > 1;
        let mut found = Vec::new();
        for pattern in deciding {
            let Some(group) = control.repositories.get(pattern) else { continue };
            for policy in &group.policies {
                policy_grants(policy, pattern, &format!("policy of {pattern}"), source, &mut found);
            }
            let everybody = [
                ("authenticated", &group.default_policy, "defaultPolicy"),
                ("anonymous", &group.anonymous_policy, "anonymousPolicy"),
            ];
            for (kind, list, via) in everybody {
                let actions = actions(list);
                // Without a way to log in nobody is authenticated.
                if !actions.is_empty() && (kind == "anonymous" || self.has_auth()) {
                    found.push(Grant::new(
                        Principal::new(kind, "*"),
                        &actions,
                        pattern,
                        &format!("{via} of {pattern}"),
                        source,
                    ));
                }
            }
        }
        for grant in &mut found {
            grant.conditional |= tied;
        }
        policy_grants(&control.admin_policy, "**", "adminPolicy", source, &mut found);
        if self.bearer_bypasses() {
            let mut grant = Grant::new(
                Principal::new("authenticated", "bearer token"),
                &all,
                "**",
                "a token server decides, not accessControl",
                source,
            );
            grant.conditional = true;
            found.push(grant);
        }
        if !self.has_auth() {
            found.retain(|grant| grant.principal.kind == "anonymous");
        }
        found
    }

    /// A bearer realm other than OIDC: its tokens carry their permissions.
    fn bearer_bypasses(&self) -> bool {
        self.http.auth.as_ref().and_then(|auth| auth.bearer.as_ref()).is_some_and(|b| b.oidc.is_none())
    }

    /// Everything else that the configuration says.
    #[must_use]
    pub fn facts(&self, name: &str, source: &str, audit_unknown: bool) -> RegistryFacts {
        let mut facts = RegistryFacts {
            name: name.into(),
            kind: "zot".into(),
            granularity: "pattern".into(),
            ..RegistryFacts::default()
        };
        facts.settings.plain_http = Some(self.http.tls.is_none());
        facts.settings.auth_mode = Some(self.auth_mode());
        facts.settings.audit_enabled =
            (!audit_unknown).then(|| self.log.as_ref().is_some_and(|log| !log.audit.is_empty()));
        facts.settings.gc_scheduled = Some(self.storage.gc.unwrap_or(true));
        facts.cover("settings", Part::complete());
        let bearer = self.bearer_bypasses();
        facts.cover(
            "grants",
            if bearer {
                Part::lacking(State::Partial, "tokens of a bearer realm carry their own permissions")
            } else {
                Part::complete()
            },
        );
        facts.cover("retention", Part::complete());
        facts.cover("immutability", Part::complete());
        facts.cover("admins", Part::complete());
        facts
            .cover("repositories", Part::lacking(State::Partial, "the configuration names patterns, not repositories"));
        let Some(control) = &self.http.access_control else {
            facts.scopes.push(self.scope("**"));
            facts.grants = self.grants(super::PROBE, source);
            if !self.has_auth() {
                facts.cover("grants", Part::complete());
            }
            return facts;
        };
        let mut patterns: BTreeSet<&str> = control.repositories.keys().map(String::as_str).collect();
        patterns.insert("**");
        for pattern in patterns {
            facts.scopes.push(self.scope(pattern));
            facts.grants.extend(self.grants(&probe_of(pattern), source));
        }
        facts.grants.sort();
        facts.grants.dedup();
        let admin = &control.admin_policy;
        let admins = admin
            .users
            .iter()
            .map(|u| Principal::new("user", u))
            .chain(admin.groups.iter().map(|g| Principal::new("group", g)));
        facts.admins =
            admins.map(|principal| super::Admin { principal, local: None, via: "adminPolicy".into() }).collect();
        facts
    }

    fn auth_mode(&self) -> String {
        let Some(auth) = &self.http.auth else { return "none".into() };
        let modes = [
            ("oidc_auth", auth.openid.is_some()),
            ("ldap_auth", auth.ldap.is_some()),
            ("token", auth.bearer.is_some()),
            ("mtls", auth.mtls.is_some()),
            ("htpasswd", auth.htpasswd.is_some()),
        ];
        modes.iter().find(|(_, on)| *on).map_or("none", |(mode, _)| mode).to_owned()
    }

    fn scope(&self, pattern: &str) -> Scope {
        let grants = self.grants(&probe_of(pattern), "");
        let may = |action: &str| grants.iter().any(|g| g.actions.iter().any(|a| a == action));
        let public = grants.iter().any(|g| g.principal.kind == "anonymous" && g.actions.iter().any(|a| a == "pull"));
        // Who may push and not overwrite cannot move a tag.
        let rule = super::TagRule {
            disabled: may("overwrite"),
            repositories: "**".into(),
            repository_decoration: "repoMatches".into(),
            tags: "**".into(),
            tag_decoration: "matches".into(),
            ignored: 0,
        };
        let retention = self.storage.retention.as_ref().filter(|retention| !retention.dry_run).map(|retention| {
            let rules = retention
                .policies
                .iter()
                .filter(|policy| policy.repositories.iter().any(|r| matches(r, &probe_of(pattern)) || r == pattern));
            super::Retention { rules: rules.flat_map(rules_of).collect(), scheduled: true }
        });
        Scope {
            name: pattern.into(),
            public: Some(public),
            immutability: Some(vec![rule]),
            retention: retention.filter(|retention| !retention.rules.is_empty()),
            retention_read: true,
            ..Scope::default()
        }
    }
}

fn rules_of(policy: &RetentionPolicy) -> Vec<super::RetentionRule> {
    let rule = |tags: &str, template: &str, count: Option<i64>| super::RetentionRule {
        template: template.into(),
        count,
        repositories: "**".into(),
        repository_decoration: "repoMatches".into(),
        tags: tags.into(),
        tag_decoration: "matches".into(),
        ..super::RetentionRule::default()
    };
    let mut found = Vec::new();
    for keep in &policy.keep_tags {
        let all = vec![".*".to_owned()];
        for tags in if keep.patterns.is_empty() { &all } else { &keep.patterns } {
            // zot's are regular expressions: told as such, and not simulated.
            let tags = if tags == ".*" { "**".to_owned() } else { format!("regex:{tags}") };
            found.extend(keep.most_recently_pushed_count.map(|n| rule(&tags, "latestPushedK", Some(n))));
            found.extend(keep.most_recently_pulled_count.map(|n| rule(&tags, "latestPulledN", Some(n))));
            found.extend(keep.pushed_within.as_deref().map(|_| rule(&tags, "pushedWithin", None)));
            found.extend(keep.pulled_within.as_deref().map(|_| rule(&tags, "pulledWithin", None)));
        }
    }
    found
}

/// A path that a pattern fits and that nobody has.
#[must_use]
pub fn probe_of(pattern: &str) -> String {
    if !pattern.contains(['*', '?', '[', '{']) {
        return pattern.to_owned();
    }
    let first = pattern.replacen(['{', '}'], "", 2);
    let first = first.split(',').next().unwrap_or(&first);
    first.replace("**", super::PROBE).replace(['*', '?'], "x").trim_matches('/').to_owned()
}

fn policy_grants(policy: &Policy, pattern: &str, via: &str, source: &str, found: &mut Vec<Grant>) {
    let actions = actions(&policy.actions);
    if actions.is_empty() {
        return;
    }
    let users = policy.users.iter().map(|user| match user.as_str() {
        // The empty name is the anonymous user.
        "" => Principal::new("anonymous", "*"),
        user => Principal::new("user", user),
    });
    let groups = policy.groups.iter().map(|group| Principal::new("group", group));
    for principal in users.chain(groups) {
        let mut grant = Grant::new(principal, &actions, pattern, via, source);
        grant.conditional = !policy.conditions.is_empty();
        found.push(grant);
    }
}

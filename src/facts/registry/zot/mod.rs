//! zot's access control, as `pkg/api/authz.go` of project-zot/zot decides (read at 6d19b445).
//!
//! Only the longest matching pattern counts, by the number of its bytes; the policy of
//! administrators is asked when that says no; an anonymous policy is for nobody but the anonymous,
//! a default policy for everybody but them. Conditions (CEL) are not evaluated: they make a grant
//! conditional. Who comes in at all is `pkg/api/authn.go` and `pkg/api/bearer_auth.go`: with basic
//! authentication the anonymous only where some pattern has an anonymous policy; with bearer tokens
//! never; and tokens of a token server carry their own permissions.

pub mod config;
mod retention;

use std::collections::BTreeSet;

use super::{Grant, Part, Principal, RegistryFacts, Scope, doublestar::matches};
use crate::snapshot::State;
pub use config::Config;
use config::Policy;

/// zot's words for actions, and ours.
const ACTIONS: [(&str, &str); 4] =
    [("read", "pull"), ("create", "push"), ("update", "overwrite"), ("delete", "delete")];

const ALL: [&str; 4] = ["pull", "push", "overwrite", "delete"];

fn actions(of: &[String]) -> Vec<&'static str> {
    let has = |word: &str| of.iter().any(|action| action == word);
    ACTIONS.iter().filter(|(theirs, _)| has(theirs)).map(|(_, ours)| *ours).collect()
}

impl Config {
    /// Whether somebody has to log in at all.
    #[must_use]
    pub fn has_auth(&self) -> bool {
        self.has_basic() || self.has_token_server() || self.has_oidc_tokens()
    }

    /// Passwords, keys of the API, an identity provider's login or certificates.
    fn has_basic(&self) -> bool {
        let tls = self.http.tls.as_ref();
        let certificates = tls.is_some_and(|t| !t.cert.is_empty() && !t.key.is_empty() && !t.cacert.is_empty());
        let auth = self.http.auth.as_ref();
        certificates
            || auth.is_some_and(|a| !a.htpasswd.path.is_empty() || a.ldap.is_some() || a.openid.is_some() || a.apikey)
    }

    /// Tokens of a token server: they carry their permissions, and access control is not asked.
    fn has_token_server(&self) -> bool {
        self.bearer().is_some_and(|bearer| {
            let key = !bearer.cert.is_empty() || bearer.aws_secrets_manager.is_some();
            key && !bearer.realm.is_empty() && !bearer.service.is_empty()
        })
    }

    /// Tokens of an identity provider: they say who it is, and access control decides.
    fn has_oidc_tokens(&self) -> bool {
        let some = |oidc: &serde_json::Value| oidc.as_array().is_none_or(|list| !list.is_empty());
        self.bearer().is_some_and(|bearer| bearer.oidc.as_ref().is_some_and(some))
    }

    fn bearer(&self) -> Option<&config::Bearer> {
        self.http.auth.as_ref()?.bearer.as_ref()
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
        let mut found = match &self.http.access_control {
            Some(control) => self.controlled(control, repository, source),
            None => {
                let (who, via) = if self.has_auth() {
                    ("authenticated", "no accessControl: everybody who logs in")
                } else {
                    ("anonymous", "no auth, no accessControl")
                };
                vec![Grant::new(Principal::new(who, "*"), &ALL, "**", via, source)]
            }
        };
        let (tokens, oidc) = (self.has_token_server(), self.has_oidc_tokens());
        if tokens || oidc {
            found.retain(|grant| oidc && grant.principal.kind != "anonymous");
        } else if !self.has_basic() {
            found.retain(|grant| grant.principal.kind == "anonymous");
        } else if !self.lets_the_anonymous_in() {
            found.retain(|grant| grant.principal.kind != "anonymous");
        }
        if tokens {
            let who = Principal::new("authenticated", "bearer token");
            let mut grant = Grant::new(who, &ALL, "**", "a token server decides, not accessControl", source);
            grant.conditional = true;
            found.push(grant);
        }
        found
    }

    /// One anonymous policy anywhere opens the door; what lies behind it is decided by pattern.
    fn lets_the_anonymous_in(&self) -> bool {
        let control = self.http.access_control.as_ref();
        control.is_some_and(|control| control.repositories.values().any(|group| !group.anonymous_policy.is_empty()))
    }

    fn controlled(&self, control: &config::AccessControl, repository: &str, source: &str) -> Vec<Grant> {
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
                if !actions.is_empty() {
                    let via = format!("{via} of {pattern}");
                    found.push(Grant::new(Principal::new(kind, "*"), &actions, pattern, &via, source));
                }
            }
        }
        for grant in &mut found {
            grant.conditional |= tied;
        }
        policy_grants(&control.admin_policy, "**", "adminPolicy", source, &mut found);
        found
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
        let tls = self.http.tls.as_ref();
        facts.settings.plain_http = Some(!tls.is_some_and(|tls| !tls.cert.is_empty() && !tls.key.is_empty()));
        facts.settings.auth_mode = Some(self.auth_mode());
        facts.settings.audit_enabled =
            (!audit_unknown).then(|| self.log.as_ref().is_some_and(|log| !log.audit.is_empty()));
        facts.settings.gc_scheduled = Some(self.storage.gc.unwrap_or(true));
        facts.cover("settings", Part::complete());
        let bearer = self.has_token_server();
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
        let auth = self.http.auth.clone().unwrap_or_default();
        let modes = [
            ("oidc_auth", auth.openid.is_some() || self.has_oidc_tokens()),
            ("ldap_auth", auth.ldap.is_some()),
            ("token", self.has_token_server()),
            ("htpasswd", !auth.htpasswd.path.is_empty()),
            ("mtls", self.has_basic()),
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
            super::Retention { rules: rules.flat_map(retention::rules_of).collect(), scheduled: true }
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

//! ChartMuseum: who may push charts, as its environment and flags say.

use std::collections::BTreeMap;

use super::{Grant, Part, Principal, RegistryFacts, Scope};
use crate::snapshot::State;

/// What decides. A value that was blanked is unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The API that takes charts is off.
    pub disable_api: Option<bool>,
    /// Users log in with a password.
    pub basic_auth: bool,
    /// Users bring a token.
    pub bearer_auth: Option<bool>,
    /// Charts can be read without logging in.
    pub anonymous_get: Option<bool>,
    /// A chart can be pushed over.
    pub allow_overwrite: Option<bool>,
    /// Overwriting by `?force` is off.
    pub disable_force: Option<bool>,
}

impl Config {
    /// From the environment (an empty value was blanked or comes from a Secret) and the arguments.
    #[must_use]
    pub fn of(env: &BTreeMap<String, String>, arguments: &[String]) -> Self {
        let flag = |name: &str| {
            arguments.iter().find_map(|argument| {
                let rest = argument.trim_start_matches('-').strip_prefix(name)?;
                if rest.is_empty() { Some("true".to_owned()) } else { rest.strip_prefix('=').map(str::to_owned) }
            })
        };
        let switch = |variable: &str, argument: &str| match flag(argument).or_else(|| env.get(variable).cloned()) {
            None => Some(false),
            Some(value) if value.is_empty() => None,
            Some(value) => Some(matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "t")),
        };
        Self {
            disable_api: switch("DISABLE_API", "disable-api"),
            basic_auth: env.contains_key("BASIC_AUTH_USER") || flag("basic-auth-user").is_some(),
            bearer_auth: switch("BEARER_AUTH", "bearer-auth"),
            anonymous_get: switch("AUTH_ANONYMOUS_GET", "auth-anonymous-get"),
            allow_overwrite: switch("ALLOW_OVERWRITE", "allow-overwrite"),
            disable_force: switch("DISABLE_FORCE_OVERWRITE", "disable-force-overwrite"),
        }
    }

    /// Everything that the configuration says.
    #[must_use]
    pub fn facts(&self, name: &str, source: &str) -> RegistryFacts {
        let mut facts = RegistryFacts {
            name: name.into(),
            kind: "chartmuseum".into(),
            granularity: "registry".into(),
            ..RegistryFacts::default()
        };
        let unknown = self.disable_api.is_none() || (self.bearer_auth.is_none() && !self.basic_auth);
        facts.cover(
            "grants",
            if unknown {
                Part::lacking(State::Partial, "values of its environment were not read")
            } else {
                Part::complete()
            },
        );
        facts.cover("repositories", Part::lacking(State::Partial, "the configuration names no charts"));
        facts.cover("settings", Part::complete());
        let authenticated = self.basic_auth || self.bearer_auth == Some(true);
        let who = if authenticated { "authenticated" } else { "anonymous" };
        // Overwriting: always, or by ?force unless that is off.
        let overwrite = self.allow_overwrite != Some(false) || self.disable_force != Some(true);
        let mut actions = vec!["pull"];
        if self.disable_api == Some(false) {
            actions.extend(["push", "delete"]);
            if overwrite {
                actions.push("overwrite");
            }
        }
        if !unknown || authenticated {
            facts.grants.push(Grant::new(Principal::new(who, "*"), &actions, "**", "its environment", source));
        }
        if authenticated && self.anonymous_get == Some(true) {
            facts.grants.push(Grant::new(
                Principal::new("anonymous", "*"),
                &["pull"],
                "**",
                "AUTH_ANONYMOUS_GET",
                source,
            ));
        }
        facts.settings.overwrite = match (self.disable_api, self.allow_overwrite) {
            (Some(true), _) => Some(false),
            (_, overwrite) => overwrite,
        };
        facts.settings.auth_mode = Some(if authenticated { "http_auth" } else { "none" }.to_owned());
        facts.scopes.push(Scope {
            name: "**".into(),
            public: Some(!authenticated || self.anonymous_get == Some(true)),
            ..Scope::default()
        });
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(env: &[(&str, &str)], arguments: &[&str]) -> RegistryFacts {
        let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        Config::of(&env, &arguments).facts("charts", "env")
    }

    #[test]
    fn an_open_api_lets_everybody_push() {
        let facts = of(&[], &[]);
        assert_eq!(facts.grants[0].principal.kind, "anonymous");
        assert!(facts.grants[0].writes());
        let facts = of(&[("BASIC_AUTH_USER", "")], &["--auth-anonymous-get"]);
        let who: Vec<&str> = facts.grants.iter().map(|g| g.principal.kind.as_str()).collect();
        assert_eq!(who, ["authenticated", "anonymous"]);
        assert!(!of(&[("DISABLE_API", "true")], &[]).grants[0].writes());
        assert!(of(&[("DISABLE_API", "")], &[]).lacks("grants").is_some());
    }
}

//! cesanta/docker_auth: its access list, as `auth_server/authz/acl.go` decides (read at c67e175).
//!
//! The first entry that matches decides; what it names of the wanted actions is granted, `["*"]`
//! alone grants all of them; where none matches nothing is granted. Globs are Go's `path.Match`,
//! whose `*` ends at a slash; `/…/` is an expression, which is not anchored.

use std::{collections::BTreeMap, net::IpAddr};

use regex::Regex;
use serde::Deserialize;

use super::{Grant, Part, Principal, RegistryFacts, Scope};
use crate::{snapshot::State, view::nullable};

/// The configuration file, as far as it decides.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of docker_auth's configuration")]
pub struct Config {
    #[serde(deserialize_with = "nullable")]
    pub users: BTreeMap<String, Option<serde_json::Value>>,
    pub acl: Option<Vec<Entry>>,
    pub acl_mongo: Option<serde_json::Value>,
    pub acl_xorm: Option<serde_json::Value>,
    pub casbin_authz: Option<serde_json::Value>,
    pub ext_authz: Option<serde_json::Value>,
    pub plugin_authz: Option<serde_json::Value>,
    pub google_auth: Option<serde_json::Value>,
    pub github_auth: Option<serde_json::Value>,
    pub oidc_auth: Option<serde_json::Value>,
    pub gitlab_auth: Option<serde_json::Value>,
    pub ldap_auth: Option<serde_json::Value>,
    pub mongo_auth: Option<serde_json::Value>,
    pub xorm_auth: Option<serde_json::Value>,
    pub ext_auth: Option<serde_json::Value>,
    pub plugin_authn: Option<serde_json::Value>,
    pub server: Option<Server>,
}

/// `server`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of docker_auth's configuration")]
pub struct Server {
    pub certificate: Option<String>,
    pub letsencrypt: Option<serde_json::Value>,
}

/// One entry of `acl`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of docker_auth's configuration")]
pub struct Entry {
    #[serde(rename = "match", deserialize_with = "nullable")]
    pub conditions: Match,
    #[serde(deserialize_with = "nullable")]
    pub actions: Vec<String>,
    pub comment: Option<String>,
}

/// What an entry asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of docker_auth's configuration")]
pub struct Match {
    pub account: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub name: Option<String>,
    pub ip: Option<String>,
    pub service: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub labels: BTreeMap<String, String>,
}

/// Who asks for what.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The account; empty for the anonymous.
    pub account: String,
    /// `repository`.
    pub kind: String,
    /// The repository.
    pub name: String,
    /// The registry's service name.
    pub service: String,
    /// From where; none where that does not matter.
    pub ip: Option<IpAddr>,
    /// Labels of the account.
    pub labels: BTreeMap<String, Vec<String>>,
}

/// Whether a text fits a Go `path.Match` pattern; a pattern that is none fits nothing.
#[must_use]
pub fn path_match(pattern: &str, text: &str) -> bool {
    let mut expression = String::from("(?s)^");
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            '\\' => match rest.next() {
                Some(c) => expression.push_str(&regex::escape(&c.to_string())),
                None => return false,
            },
            '[' => {
                expression.push('[');
                if rest.next_if_eq(&'^').is_some() {
                    expression.push('^');
                }
                let mut empty = true;
                loop {
                    match rest.next() {
                        None => return false,
                        Some(']') if !empty => break,
                        Some(']') => return false,
                        Some('\\') => match rest.next() {
                            Some(c) => expression.push_str(&regex::escape(&c.to_string())),
                            None => return false,
                        },
                        Some('-') => expression.push('-'),
                        Some(c) => expression.push_str(&regex::escape(&c.to_string())),
                    }
                    empty = false;
                }
                expression.push(']');
            }
            c => expression.push_str(&regex::escape(&c.to_string())),
        }
    }
    expression.push('$');
    Regex::new(&expression).is_ok_and(|expression| expression.is_match(text))
}

fn expression_of(pattern: &str) -> Option<&str> {
    (pattern.len() > 2).then(|| pattern.strip_prefix('/')?.strip_suffix('/')).flatten()
}

fn fits(pattern: Option<&str>, text: &str, vars: &[(String, String)]) -> bool {
    let Some(pattern) = pattern else { return true };
    // One pass from the left, as Go's Replacer: what was put in is not looked at again.
    let mut filled = String::new();
    let mut rest = pattern;
    'walk: while !rest.is_empty() {
        for (name, value) in vars {
            if let Some(after) = rest.strip_prefix(name.as_str()) {
                filled.push_str(value);
                rest = after;
                continue 'walk;
            }
        }
        let mut letters = rest.chars();
        filled.extend(letters.next());
        rest = letters.as_str();
    }
    match expression_of(&filled) {
        Some(expression) => Regex::new(expression).is_ok_and(|expression| expression.is_match(text)),
        None => path_match(&filled, text),
    }
}

impl Match {
    fn field(&self, name: &str) -> Option<&str> {
        match name {
            "account" => self.account.as_deref(),
            "type" => self.kind.as_deref(),
            "name" => self.name.as_deref(),
            "service" => self.service.as_deref(),
            _ => None,
        }
    }

    fn vars(&self, request: &Request) -> Vec<(String, String)> {
        let asked = [
            ("account", &request.account),
            ("type", &request.kind),
            ("name", &request.name),
            ("service", &request.service),
        ];
        let mut vars: Vec<(String, String)> =
            asked.iter().map(|(key, value)| (format!("${{{key}}}"), go_quote(value))).collect();
        let Ok(groups) = Regex::new(r"\$\{(.+?):(\d+)\}") else { return vars };
        for (_, pattern) in asked.iter().filter_map(|(key, _)| Some((key, self.field(key)?))) {
            for found in groups.captures_iter(pattern) {
                let key = found[1].to_ascii_lowercase();
                let Some(expression) = self.field(&key).and_then(expression_of) else { continue };
                let Some((_, text)) = asked.iter().find(|(name, _)| *name == key) else { continue };
                let index: usize = found[2].parse().unwrap_or(0);
                let captured = Regex::new(expression).ok().and_then(|e| {
                    let captures = e.captures(text)?;
                    captures.get(index).filter(|_| index > 0).map(|m| m.as_str().to_owned())
                });
                vars.extend(captured.map(|value| (found[0].to_owned(), value)));
            }
        }
        vars
    }

    /// Whether it is met.
    #[must_use]
    pub fn is_met(&self, request: &Request) -> bool {
        let vars = self.vars(request);
        let asked = [
            (&self.account, &request.account),
            (&self.kind, &request.kind),
            (&self.name, &request.name),
            (&self.service, &request.service),
        ];
        asked.into_iter().all(|(pattern, text)| fits_with_labels(pattern.as_deref(), text, &vars, &request.labels))
            && self.ip.as_deref().is_none_or(|network| request.ip.is_some_and(|ip| within(network, ip)))
            && self.labels.iter().all(|(label, pattern)| {
                request.labels.get(label).is_some_and(|values| values.iter().any(|v| fits(Some(pattern), v, &vars)))
            })
    }
}

/// As Go's `regexp.QuoteMeta`: what has no meaning in an expression stays as it is.
fn go_quote(text: &str) -> String {
    let mut quoted = String::new();
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted
}

fn fits_with_labels(
    pattern: Option<&str>,
    text: &str,
    vars: &[(String, String)],
    labels: &BTreeMap<String, Vec<String>>,
) -> bool {
    if fits(pattern, text, vars) {
        return true;
    }
    let Some(pattern) = pattern else { return true };
    let mut filled = vec![vars.to_vec()];
    for (label, values) in labels {
        let name = format!("${{labels:{label}}}");
        if !pattern.contains(&name) {
            continue;
        }
        filled = filled
            .iter()
            .flat_map(|vars| {
                values.iter().map(|v| [vars.clone(), vec![(name.clone(), v.clone())]].concat()).collect::<Vec<_>>()
            })
            .collect();
        if filled.len() > 10_000 {
            return false;
        }
    }
    filled.iter().any(|vars| fits(Some(pattern), text, vars))
}

fn within(network: &str, ip: IpAddr) -> bool {
    let (address, bits) = match network.split_once('/') {
        Some((address, bits)) => (address, bits.parse::<u32>().ok()),
        None => (network, None),
    };
    match (address.parse(), ip) {
        (Ok(IpAddr::V4(net)), IpAddr::V4(ip)) => {
            let bits = bits.unwrap_or(32).min(32);
            bits == 0 || (net.to_bits() ^ ip.to_bits()) >> (32 - bits) == 0
        }
        (Ok(IpAddr::V6(net)), IpAddr::V6(ip)) => {
            let bits = bits.unwrap_or(128).min(128);
            bits == 0 || (net.to_bits() ^ ip.to_bits()) >> (128 - bits) == 0
        }
        _ => false,
    }
}

impl Config {
    /// What a request gets of the wanted actions.
    #[must_use]
    pub fn authorize(&self, request: &Request, wanted: &[&str]) -> Vec<String> {
        let Some((_, entry)) = self.deciding(request) else { return Vec::new() };
        if entry.actions == ["*"] {
            return wanted.iter().map(|action| (*action).to_owned()).collect();
        }
        wanted.iter().filter(|w| entry.actions.iter().any(|a| a == *w)).map(|w| (*w).to_owned()).collect()
    }

    fn deciding(&self, request: &Request) -> Option<(usize, &Entry)> {
        self.acl.iter().flatten().enumerate().find(|(_, entry)| entry.conditions.is_met(request))
    }

    /// Why the static list is not the whole truth.
    #[must_use]
    pub fn beyond(&self) -> Vec<&'static str> {
        let more = [
            ("acl_mongo", &self.acl_mongo),
            ("acl_xorm", &self.acl_xorm),
            ("casbin_authz", &self.casbin_authz),
            ("ext_authz", &self.ext_authz),
            ("plugin_authz", &self.plugin_authz),
        ];
        more.into_iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name).collect()
    }

    /// Ways to log in whose accounts and labels the file does not name.
    fn federated(&self) -> Option<&'static str> {
        let ways = [
            ("ldap_auth", &self.ldap_auth),
            ("oidc_auth", &self.oidc_auth),
            ("google_auth", &self.google_auth),
            ("github_auth", &self.github_auth),
            ("gitlab_auth", &self.gitlab_auth),
            ("mongo_auth", &self.mongo_auth),
            ("xorm_auth", &self.xorm_auth),
            ("ext_auth", &self.ext_auth),
            ("plugin_authn", &self.plugin_authn),
        ];
        ways.into_iter().find(|(_, value)| value.is_some()).map(|(name, _)| name)
    }

    /// Who may do what in a repository: the anonymous, every named user, anybody who logs in,
    /// holders of labels, and addresses that an entry trusts.
    #[must_use]
    pub fn grants(&self, repository: &str, source: &str) -> Vec<Grant> {
        let mut found = Vec::new();
        let mut ask = |principal: Principal, request: Request, conditional: bool| {
            let request = Request { kind: "repository".into(), name: repository.into(), ..request };
            let Some((at, _)) = self.deciding(&request) else { return };
            let mut actions = self.authorize(&request, &["pull", "push", "delete"]);
            // Whoever pushes may push over a tag.
            if actions.iter().any(|a| a == "push") {
                actions.push("overwrite".into());
            }
            if !actions.is_empty() {
                let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
                let mut grant = Grant::new(principal, &actions, repository, &format!("acl[{at}]"), source);
                grant.conditional = conditional;
                found.push(grant);
            }
        };
        let of = |account: &str| Request { account: account.into(), ..Request::default() };
        if self.users.contains_key("") {
            ask(Principal::new("anonymous", "*"), of(""), false);
        }
        let labels_of = |value: &Option<serde_json::Value>| -> BTreeMap<String, Vec<String>> {
            value.as_ref().and_then(|v| serde_json::from_value(v.get("labels")?.clone()).ok()).unwrap_or_default()
        };
        let mut named: BTreeMap<String, BTreeMap<String, Vec<String>>> = self
            .users
            .iter()
            .filter(|(name, _)| !name.is_empty())
            .map(|(name, v)| (name.clone(), labels_of(v)))
            .collect();
        // Accounts that only the list names log in elsewhere.
        for entry in self.acl.iter().flatten() {
            if let Some(account) = entry.conditions.account.as_deref()
                && !account.is_empty()
                && expression_of(account).is_none()
                && !account.contains(['*', '?', '[', '\\', '$'])
                && self.federated().is_some()
            {
                named.entry(account.to_owned()).or_default();
            }
        }
        for (user, labels) in named {
            ask(Principal::new("user", &user), Request { labels, ..of(&user) }, false);
        }
        if self.federated().is_some() {
            ask(Principal::new("authenticated", "*"), of(super::PROBE), false);
            let labels = self.acl.iter().flatten().flat_map(|entry| &entry.conditions.labels);
            let labels: BTreeMap<(String, String), ()> =
                labels.map(|(label, value)| ((label.clone(), value.clone()), ())).collect();
            for (label, value) in labels.into_keys() {
                // An expression stands for values that nobody can list: one that it fits, if it is plain words.
                let plain = expression_of(&value).map_or(value.as_str(), |e| e.split('|').next().unwrap_or(e));
                let with = BTreeMap::from([(label.clone(), vec![plain.to_owned()])]);
                ask(
                    Principal::new("group", &format!("{label}={value}")),
                    Request { labels: with, ..of(super::PROBE) },
                    false,
                );
            }
        }
        for entry in self.acl.iter().flatten() {
            let Some(network) = entry.conditions.ip.as_deref() else { continue };
            let address = network.split('/').next().and_then(|a| a.parse().ok());
            // Whoever sits there: the anonymous, where they may come in, or anybody who logs in.
            let account = if self.users.contains_key("") { "" } else { super::PROBE };
            ask(Principal::new("address", network), Request { ip: address, ..of(account) }, false);
        }
        found.sort();
        found.dedup();
        found
    }

    /// Everything else that the configuration says.
    #[must_use]
    pub fn facts(&self, name: &str) -> RegistryFacts {
        let mut facts = RegistryFacts {
            name: name.into(),
            kind: "docker_auth".into(),
            granularity: "repository".into(),
            ..RegistryFacts::default()
        };
        let beyond = self.beyond();
        facts.cover(
            "grants",
            if beyond.is_empty() {
                Part::complete()
            } else {
                Part::lacking(State::Partial, format!("{} may grant what the list does not", beyond.join(", ")))
            },
        );
        facts
            .cover("repositories", Part::lacking(State::Partial, "the configuration names patterns, not repositories"));
        facts.cover("settings", Part::complete());
        facts.settings.auth_mode = Some(self.federated().unwrap_or("htpasswd").to_owned());
        facts.settings.plain_http =
            Some(self.server.as_ref().is_none_or(|s| s.certificate.is_none() && s.letsencrypt.is_none()));
        facts.scopes.push(Scope { name: "**".into(), ..Scope::default() });
        facts
    }
}

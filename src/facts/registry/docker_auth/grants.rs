//! Who may do what by the list, as far as it can be told without the accounts of other directories.
//!
//! Asked are the anonymous, every account that the file names, anybody who logs in elsewhere, the
//! holders of labels, accounts of a pattern, and each of them from the networks that entries name.
//! What only some of a class may do, or only from somewhere, is conditional: it is never left out.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use super::{
    Config, Entry,
    matching::{Request, expression_of},
};
use crate::facts::registry::{Grant, PROBE, Principal};

type Labels = BTreeMap<String, Vec<String>>;

/// One who is asked about.
struct Who {
    principal: Principal,
    account: String,
    labels: Labels,
}

/// From where, and for what.
struct Place {
    /// Empty: from nowhere in particular.
    network: String,
    service: String,
    /// Only some who ask are there.
    conditional: bool,
    told: String,
}

impl Who {
    fn new(principal: Principal, account: &str) -> Self {
        Self { principal, account: account.into(), labels: Labels::new() }
    }
}

/// A text that a pattern fits, where it is plain words: nobody can list what an expression stands for.
fn plain_words(pattern: &str) -> String {
    let plain = expression_of(pattern).map_or(pattern, |inside| inside.split('|').next().unwrap_or(inside));
    plain.trim_matches(['^', '$', '(', ')']).to_owned()
}

/// Whether an account is a name and not a pattern.
fn is_plain(account: &str) -> bool {
    expression_of(account).is_none() && !account.contains(['*', '?', '[', '\\', '$'])
}

/// Whether anybody can log in as this account: it has no password.
fn is_open(account: Option<&serde_json::Value>) -> bool {
    account.is_some_and(|account| account.get("password").is_none_or(serde_json::Value::is_null))
}

/// Patterns that every account fits which is not empty.
fn is_everybody(pattern: &str) -> bool {
    matches!(pattern, "*" | "?*" | "/.+/" | "/.*/" | "/^.+$/" | "/^.*$/" | "/./")
}

impl Config {
    /// Who may do what in a repository.
    #[must_use]
    pub fn grants(&self, repository: &str, source: &str) -> Vec<Grant> {
        let places = self.places();
        let mut found = Vec::new();
        for who in self.asked() {
            let mut usual: Vec<String> = Vec::new();
            for place in &places {
                let Some((at, actions)) = self.given(&who, repository, place) else { continue };
                if actions.iter().all(|action| usual.contains(action)) {
                    continue;
                }
                let via = format!("acl[{at}]{}", place.told);
                let mut one = grant(&who.principal, &actions, repository, &via, source);
                one.conditional = place.conditional;
                found.push(one);
                if !place.conditional {
                    usual.extend(actions);
                }
            }
        }
        // Whoever sits there, without logging in.
        if self.users.get("").is_some_and(|value| is_open(value.as_ref())) {
            for place in places.iter().filter(|place| !place.network.is_empty()) {
                let who = Who::new(Principal::new("address", &place.network), "");
                if let Some((at, actions)) = self.given(&who, repository, place) {
                    found.push(grant(&who.principal, &actions, repository, &format!("acl[{at}]"), source));
                }
            }
        }
        if self.federated().is_some() {
            self.by_pattern(repository, source, &mut found);
        }
        found.sort();
        found.dedup();
        found
    }

    /// From where, and for which service, somebody may ask: what the list makes a difference of.
    fn places(&self) -> Vec<Place> {
        let entries = || self.acl.iter().flatten();
        let services: BTreeSet<&str> = entries().filter_map(|entry| entry.conditions.service.as_deref()).collect();
        let services: Vec<String> = services.into_iter().map(plain_words).collect();
        let only = services.len() < 2;
        let services = if services.is_empty() { vec![String::new()] } else { services };
        let networks: BTreeSet<&str> = entries().filter_map(|entry| entry.conditions.ip.as_deref()).collect();
        let mut places = Vec::new();
        for network in [""].into_iter().chain(networks) {
            for service in &services {
                let mut told = String::new();
                if !only {
                    told.push_str(&format!(", for service {service}"));
                }
                if !network.is_empty() {
                    told.push_str(&format!(", from {network}"));
                }
                places.push(Place {
                    network: network.into(),
                    service: service.clone(),
                    conditional: !only || !network.is_empty(),
                    told,
                });
            }
        }
        places
    }

    /// Accounts and classes of accounts.
    fn asked(&self) -> Vec<Who> {
        let labels_of = |value: &Option<serde_json::Value>| -> Labels {
            value.as_ref().and_then(|v| serde_json::from_value(v.get("labels")?.clone()).ok()).unwrap_or_default()
        };
        let mut asked = Vec::new();
        for (name, _) in self.users.iter().filter(|(_, value)| is_open(value.as_ref())) {
            asked
                .push(Who { labels: labels_of(&self.users[name]), ..Who::new(Principal::new("anonymous", "*"), name) });
        }
        // An account without anything is no account.
        for (name, value) in self.users.iter().filter(|(name, value)| !name.is_empty() && value.is_some()) {
            let who = Who::new(Principal::new("user", name), name);
            asked.push(Who { labels: labels_of(value), ..who });
        }
        if self.federated().is_none() {
            return asked;
        }
        // Accounts that only the list names log in elsewhere, and may have any label.
        let entries = || self.acl.iter().flatten();
        let named = entries().filter_map(|entry| entry.conditions.account.as_deref());
        let named: BTreeSet<&str> = named
            .filter(|account| !account.is_empty() && is_plain(account) && !self.users.contains_key(*account))
            .collect();
        asked.push(Who::new(Principal::new("authenticated", "*"), PROBE));
        asked.extend(named.iter().map(|name| Who::new(Principal::new("user", name), name)));
        let labels: BTreeSet<(&String, &String)> = entries().flat_map(|entry| &entry.conditions.labels).collect();
        for (label, value) in labels {
            let held = Labels::from([(label.clone(), vec![plain_words(value)])]);
            let holders = [PROBE].into_iter().chain(named.iter().copied());
            asked.extend(holders.map(|account| {
                let name = if account == PROBE {
                    format!("{label}={value}")
                } else {
                    format!("{label}={value} account={account}")
                };
                Who { labels: held.clone(), ..Who::new(Principal::new("group", &name), account) }
            }));
        }
        asked
    }

    /// What one may do, and the entry that says so; none where nothing.
    fn given(&self, who: &Who, repository: &str, place: &Place) -> Option<(usize, Vec<String>)> {
        let request = Request {
            account: who.account.clone(),
            kind: "repository".into(),
            name: repository.into(),
            labels: who.labels.clone(),
            ip: address_of(&place.network),
            service: place.service.clone(),
        };
        let (at, _) = self.deciding(&request)?;
        let actions = self.authorize(&request, &["pull", "push", "delete"]);
        (!actions.is_empty()).then_some((at, actions))
    }

    /// Accounts of other directories that fit a pattern of the list: which of them there are is not
    /// known, so an entry counts unless one before it takes every account that it is about.
    fn by_pattern(&self, repository: &str, source: &str, found: &mut Vec<Grant>) {
        let mut taken: Vec<&str> = Vec::new();
        for (at, entry) in self.acl.iter().flatten().enumerate() {
            let Some(account) = entry.conditions.account.as_deref() else {
                // Without conditions on who it is, it decides for all that come so far.
                if fits_repository(entry, repository)
                    && entry.conditions.ip.is_none()
                    && entry.conditions.labels.is_empty()
                {
                    break;
                }
                continue;
            };
            if account.is_empty() || is_plain(account) || !may_fit_repository(entry, repository) {
                continue;
            }
            if taken.contains(&account) {
                continue;
            }
            let certain = fits_repository(entry, repository)
                && entry.conditions.ip.is_none()
                && entry.conditions.labels.is_empty();
            // What everybody may do is told of everybody.
            if !is_everybody(account) || !certain {
                let actions = granted(entry);
                if !actions.is_empty() {
                    let who = Principal::new("group", &format!("account={account}"));
                    let mut one = grant(&who, &actions, repository, &format!("acl[{at}]"), source);
                    one.conditional = true;
                    found.push(one);
                }
            }
            if certain {
                if is_everybody(account) {
                    break;
                }
                taken.push(account);
            }
        }
    }
}

fn granted(entry: &Entry) -> Vec<String> {
    let all = ["pull", "push", "delete"];
    let has = |action: &str| entry.actions == ["*"] || entry.actions.iter().any(|a| a == action);
    all.into_iter().filter(|action| has(action)).map(str::to_owned).collect()
}

/// Whether an entry is about a repository, whoever asks.
fn fits_repository(entry: &Entry, repository: &str) -> bool {
    let named = entry.conditions.name.as_deref().unwrap_or_default();
    !named.contains("${") && may_fit_repository(entry, repository)
}

/// Whether an entry can be about a repository: placeholders may stand for anything.
fn may_fit_repository(entry: &Entry, repository: &str) -> bool {
    let conditions = super::Match {
        account: None,
        ip: None,
        labels: BTreeMap::new(),
        service: None,
        name: entry.conditions.name.clone().filter(|name| !name.contains("${")),
        kind: entry.conditions.kind.clone(),
    };
    conditions.is_met(&Request { kind: "repository".into(), name: repository.into(), ..Request::default() })
}

fn grant(principal: &Principal, actions: &[String], repository: &str, via: &str, source: &str) -> Grant {
    let mut actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    // Whoever pushes may push over a tag.
    if actions.contains(&"push") {
        actions.push("overwrite");
    }
    Grant::new(principal.clone(), &actions, repository, via, source)
}

/// An address of a network: its first.
fn address_of(network: &str) -> Option<IpAddr> {
    network.split('/').next().and_then(|address| address.parse().ok())
}

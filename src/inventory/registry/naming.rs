//! The names that the rules lend: which host is which registry, and which paths and tags to ask
//! about. Nothing in here says what is allowed.

use serde::Deserialize;
use serde_json::Value;

use crate::facts::registry::{
    PROBE,
    pattern::{self, Index},
};

/// A registry that the rules declare.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// The product.
    #[serde(rename = "type")]
    pub kind: String,
    /// Hosts by which images name it.
    pub hosts: Vec<String>,
    /// Where it runs, if it runs here.
    pub workload: Place,
}

/// Where a registry runs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Namespace.
    pub namespace: String,
    /// Name of the workload; empty: whichever is the registry.
    pub name: String,
}

/// What is borrowed from `rules/registry.yaml`.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    /// Registries.
    pub registries: Vec<Declared>,
    /// One path for each rule about repositories, host included.
    pub probes: Vec<String>,
    /// Patterns of tags that some rule speaks of.
    pub tags: Vec<String>,
    /// Which rule governs which path: compiled once, asked for every repository.
    pub rules: Index,
}

impl Naming {
    /// From the rules; empty where there are none.
    #[must_use]
    pub fn of(rules: Option<&Value>) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Rules {
            registries: Vec<Declared>,
            repositories: Vec<Rule>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Rule {
            r#match: String,
            tags: Tags,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Tags {
            immutable: Vec<String>,
        }
        let rules: Rules = rules.and_then(|value| Rules::deserialize(value).ok()).unwrap_or_default();
        let mut tags: Vec<String> = rules.repositories.iter().flat_map(|rule| rule.tags.immutable.clone()).collect();
        tags.sort();
        tags.dedup();
        let mut registries = rules.registries;
        for declared in &mut registries {
            declared.hosts.iter_mut().for_each(|host| host.make_ascii_lowercase());
        }
        let patterns = || rules.repositories.iter().map(|rule| rule.r#match.as_str());
        Self { registries, probes: patterns().map(probe_of).collect(), tags, rules: Index::new(patterns()) }
    }
}

/// A path that a rule's pattern fits and that nobody has.
#[must_use]
pub fn probe_of(rule: &str) -> String {
    let literal = pattern::literal(rule);
    if literal == rule {
        return rule.to_owned();
    }
    // `h/pay*/api` is asked at `h/pay-sextant-probe/api`.
    let rest = &rule[literal.len()..];
    let tail: String = rest.replace("**", "*").replace(['*', '?'], PROBE).replace(['[', ']', '{', '}'], "");
    format!("{literal}{tail}")
}

/// A tag that a pattern of tags fits.
#[must_use]
pub fn tag_of(pattern: &str) -> String {
    pattern.replace("**", "*").replace('*', "1.2.3").replace('?', "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_fits_its_rule() {
        for rule in ["h/payments/**", "h/**", "h/pay*/api", "h/a/b", "h/p/*"] {
            assert!(pattern::matches(rule, &probe_of(rule)), "{rule} {}", probe_of(rule));
        }
        assert!(pattern::matches("v*", &tag_of("v*")));
    }
}

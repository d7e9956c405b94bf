//! What rules of Kyverno's (Cluster)Policies have in common, whatever they ask for.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{World, list, text, texts};
use crate::{
    facts::{
        registry::pattern,
        selector::{Hit, LabelSelector},
    },
    object::ObjectRef,
    view::Map,
};

/// What an object is called in a sentence.
#[must_use]
pub fn called(of: &ObjectRef) -> String {
    if of.namespace.is_empty() { of.name.clone() } else { format!("{}/{}", of.namespace, of.name) }
}

/// Whether the action for a namespace is to refuse: the first override that names it, else the rule's.
#[must_use]
pub fn overridden(overrides: &[&Value], action: &str, name: &str, world: &World<'_, '_>) -> bool {
    let found = overrides.iter().find(|one| {
        let names = texts(one, "/namespaces");
        let selector =
            one.get("namespaceSelector").and_then(|s| serde_json::from_value::<LabelSelector>(s.clone()).ok());
        let by_name = names.iter().any(|pattern| pattern::matches(pattern, name));
        let by_label = selector.is_some_and(|selector| {
            world.namespaces.get(name).is_some_and(|labels| selector.matches(labels) == Hit::Yes)
        });
        by_name || by_label
    });
    found.map_or_else(|| action.to_owned(), |one| text(one, "/action")).eq_ignore_ascii_case("enforce")
}

/// Whether a rule is asked about pods: what is only asked of their controllers misses bare ones.
#[must_use]
pub fn is_about_pods(rule: &Value) -> bool {
    let blocks = ["/match/any", "/match/all"].iter().flat_map(|pointer| list(rule, pointer));
    let mut kinds: Vec<String> = blocks.flat_map(|one| texts(one, "/resources/kinds")).collect();
    kinds.extend(texts(rule, "/match/resources/kinds"));
    kinds.is_empty() || kinds.iter().any(|kind| kind == "*" || kind == "Pod" || kind.ends_with("/Pod"))
}

/// Namespaces of a rule: its own, those of its match blocks without those of its excludes.
#[must_use]
pub fn chosen(r#ref: &ObjectRef, rule: &Value, namespaces: &BTreeMap<String, Map>) -> Option<Vec<String>> {
    if !r#ref.namespace.is_empty() {
        return Some(vec![r#ref.namespace.clone()]);
    }
    let blocks = |side: &str| -> Vec<Value> {
        let lists = ["any", "all"].iter().filter_map(|key| rule.pointer(&format!("/{side}/{key}"))?.as_array());
        let mut found: Vec<Value> = lists.flatten().filter_map(|one| one.get("resources").cloned()).collect();
        found.extend(rule.pointer(&format!("/{side}/resources")).cloned());
        found
    };
    let fits = |block: &Value, name: &str, labels: &Map| {
        let names = texts(block, "/namespaces");
        let by_name = names.is_empty() || names.iter().any(|one| pattern::matches(one, name));
        let selector =
            block.get("namespaceSelector").and_then(|s| serde_json::from_value::<LabelSelector>(s.clone()).ok());
        by_name && selector.is_none_or(|selector| selector.matches(labels) == Hit::Yes)
    };
    let narrow = |block: &Value| !texts(block, "/namespaces").is_empty() || block.get("namespaceSelector").is_some();
    let (matched, excluded) = (blocks("match"), blocks("exclude"));
    if !matched.iter().all(narrow) && !excluded.iter().any(narrow) {
        return None;
    }
    let of = namespaces.iter().filter(|(name, labels)| {
        (matched.is_empty() || matched.iter().any(|block| fits(block, name, labels)))
            && !excluded.iter().filter(|block| narrow(block)).any(|block| fits(block, name, labels))
    });
    Some(of.map(|(name, _)| name.clone()).collect())
}

/// Exceptions that take something out of a rule, in words.
#[must_use]
pub fn excepted(policy: &ObjectRef, rule: &str, exceptions: &[(ObjectRef, Value)]) -> Vec<String> {
    let names = |one: &Value| {
        let of = text(one, "/policyName");
        (of == policy.name || of == called(policy))
            && texts(one, "/ruleNames").iter().any(|wanted| pattern::matches(wanted, rule))
    };
    let found = exceptions.iter().filter(|(_, body)| list(body, "/spec/exceptions").any(names));
    found.map(|(exception, _)| format!("exception {} takes some out of it", called(exception))).collect()
}

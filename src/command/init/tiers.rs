//! Tiers as a cluster has them: what all classes of a tier prove, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    facts::provisioner::{Can, Strength},
    inventory::storage::{Storage, classes::ClassRow},
};

/// One promise: where it stands in a tier, its value as YAML, and where it was seen.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    section: &'static str,
    key: &'static str,
    value: String,
    seen: String,
}

/// One proposed tier.
#[derive(Clone, Debug)]
pub(super) struct Tier {
    name: String,
    classes: Vec<String>,
    seen: String,
    node_local: bool,
    promises: Vec<Promise>,
    struck: Vec<String>,
}

const SECTIONS: [&str; 7] =
    ["performance", "durability", "encryption", "protection", "lifecycle", "access", "topology"];

/// The promise that a policy holds a class to.
pub(super) fn promise_of(policy: &str) -> Option<&'static str> {
    Some(match policy {
        "STO-006" => "performance",
        "STO-007" => "durability",
        "STO-008" => "encryption.at_rest",
        "STO-009" => "encryption.key_management",
        "STO-010" => "lifecycle.reclaim",
        "STO-012" => "lifecycle.expansion",
        "STO-013" => "protection.snapshot",
        "STO-014" | "STO-015" => "protection.backup_rpo",
        "STO-020" => "access.modes",
        "STO-028" => "encryption.in_transit",
        _ => return None,
    })
}

/// Takes back promises that the audit says are broken; false where there is nothing left to take.
pub(super) fn strike(tiers: &mut [Tier], broken: &BTreeMap<&str, Vec<String>>) -> bool {
    let mut struck = false;
    for tier in tiers {
        for (promise, reasons) in broken {
            let (section, key) = promise.split_once('.').unwrap_or((promise, ""));
            let word = format!("tier {}", tier.name);
            // A message that names no tier is about the class itself.
            let mine = reasons.iter().find(|why| {
                why.contains(&word)
                    || (!why.contains("tier ") && tier.classes.iter().any(|class| why.contains(class.as_str())))
            });
            let Some(why) = mine else { continue };
            let is_it = |p: &Promise| p.section == section && (key.is_empty() || p.key == key);
            if tier.promises.iter().any(is_it) {
                tier.promises.retain(|p| !is_it(p));
                tier.struck.push(format!("no {promise}: {why}"));
                struck = true;
            }
        }
    }
    struck
}

/// Groups classes by what people call their tier, and finds what each group proves.
pub(super) fn propose(storage: &Storage) -> Vec<Tier> {
    let mut groups: BTreeMap<String, (String, Vec<&ClassRow>)> = BTreeMap::new();
    for class in &storage.classes {
        if class.r#type == Some(crate::facts::provisioner::Type::NoVolumes) {
            continue;
        }
        let label = class.labels.iter().find(|(key, _)| *key == "tier" || key.ends_with("/tier"));
        let (name, seen) = match label {
            _ if class.node_local => ("local".to_owned(), "classes whose data stays on a node".to_owned()),
            Some((key, value)) => (value.clone(), format!("label {key}={value}")),
            None => (class.name.clone(), format!("class {}", class.name)),
        };
        groups.entry(name).or_insert((seen, Vec::new())).1.push(class);
    }
    groups.into_iter().map(|(name, (seen, classes))| tier(storage, name, seen, &classes)).collect()
}

fn tier(storage: &Storage, name: String, seen: String, classes: &[&ClassRow]) -> Tier {
    let mut promises = Vec::new();
    let mut add = |section, key, value: String, seen: String| promises.push(Promise { section, key, value, seen });
    if let Some((value, seen)) = least_number(classes, "performance.iops") {
        add("performance", "min_iops", value, seen);
    }
    if let Some((value, seen)) = least_number(classes, "performance.throughput_mibps") {
        add("performance", "min_throughput_mibps", value, seen);
    }
    if let Some((words, seen)) = all_words(classes, "performance.media") {
        add("performance", "media", format!("[{}]", words.into_iter().collect::<Vec<_>>().join(", ")), seen);
    }
    if let Some((value, seen)) = least_number(classes, "durability.copies") {
        add("durability", "min_copies", value, seen);
    }
    if let Some((words, seen)) = all_words(classes, "durability.failure_domain") {
        let order = ["disk", "host", "rack", "zone", "region"];
        // Storage systems have words of their own; only ours are promised.
        if let Some(least) = order
            .iter()
            .find(|word| words.contains(**word))
            .filter(|_| words.iter().all(|w| order.contains(&w.as_str())))
        {
            add("durability", "failure_domain", (*least).to_owned(), seen);
        }
    }
    for (property, key, yes) in
        [("encryption.at_rest", "at_rest", "required"), ("encryption.in_transit", "in_transit", "required")]
    {
        if let Some((words, seen)) = all_words(classes, property)
            && words.len() == 1
            && words.contains("true")
        {
            add("encryption", key, yes.to_owned(), seen);
        }
    }
    if let Some((words, seen)) = all_words(classes, "encryption.key_management")
        && words.len() == 1
        && let Some(word) = words.iter().find(|word| matches!(word.as_str(), "customer" | "platform"))
    {
        add("encryption", "key_management", word.clone(), seen);
    }
    if let Some((value, seen)) = same(classes, |class| class.reclaim_policy.clone(), "reclaimPolicy") {
        add("lifecycle", "reclaim", value, seen);
    }
    if let Some((value, seen)) = same(classes, |class| class.binding_mode.clone(), "volumeBindingMode") {
        add("lifecycle", "binding_mode", value, seen);
    }
    if classes.iter().all(|class| class.expansion && class.resizer != Can::No && class.abilities.expansion != Can::No) {
        add("lifecycle", "expansion", "required".into(), format!("allowVolumeExpansion of {}", names(classes)));
    }
    if classes.iter().all(|class| !class.snapshot_classes.is_empty()) {
        let all: BTreeSet<&str> = classes.iter().flat_map(|c| &c.snapshot_classes).map(|s| s.name.as_str()).collect();
        let all = all.into_iter().collect::<Vec<_>>().join(", ");
        add("protection", "snapshot", "{required: true}".into(), format!("VolumeSnapshotClass {all}"));
    }
    let claims: Vec<_> = storage
        .claims
        .iter()
        .filter(|c| c.source == "claim" && classes.iter().any(|class| class.name == c.class))
        .collect();
    let modes: BTreeSet<&str> = claims.iter().flat_map(|claim| &claim.modes).map(String::as_str).collect();
    if !modes.is_empty() {
        let seen = format!("{} claims", claims.len());
        add("access", "modes", format!("[{}]", modes.into_iter().collect::<Vec<_>>().join(", ")), seen);
    }
    if let Some((hours, seen)) = objective(&claims) {
        add("protection", "backup_rpo", format!("{hours}h"), seen);
    }
    Tier {
        name,
        seen,
        classes: classes.iter().map(|class| class.name.clone()).collect(),
        node_local: classes.iter().all(|class| class.node_local),
        promises,
        struck: Vec::new(),
    }
}

/// The longest of the shortest gaps between backups, where every claim has a schedule.
fn objective(claims: &[&crate::inventory::storage::claims::ClaimRow]) -> Option<(u64, String)> {
    let mut longest: Option<(u64, String)> = None;
    for claim in claims {
        let covering =
            claim.backups.schedules.iter().filter(|s| !s.paused && s.data == Can::Yes && s.takes == "backup");
        let best = covering.filter_map(|s| Some((s.interval_seconds?, s.name.clone()))).min()?;
        longest = longest.max(Some(best));
    }
    longest.map(|(seconds, name)| (seconds.div_ceil(3600), name))
}

fn names(classes: &[&ClassRow]) -> String {
    classes.iter().map(|class| class.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The least proven number; none where a class proves none.
fn least_number(classes: &[&ClassRow], property: &str) -> Option<(String, String)> {
    let mut least: Option<(f64, String)> = None;
    for class in classes {
        let found = class.properties.get(property)?;
        let number = found.value.as_f64().filter(|_| found.strength != Strength::Unknown)?;
        if least.as_ref().is_none_or(|(value, _)| number < *value) {
            least = Some((number, format!("{} (class {})", found.source, class.name)));
        }
    }
    least.map(|(number, seen)| (number.to_string(), seen))
}

/// Every proven word or truth; none where a class proves none.
fn all_words(classes: &[&ClassRow], property: &str) -> Option<(BTreeSet<String>, String)> {
    let mut words = BTreeSet::new();
    let mut sources = Vec::new();
    for class in classes {
        let found = class.properties.get(property)?;
        let word = match &found.value {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        words.insert(word);
        sources.push(format!("{} (class {})", found.source, class.name));
    }
    Some((words, sources.first().cloned().unwrap_or_default()))
}

fn same(classes: &[&ClassRow], pick: impl Fn(&ClassRow) -> String, what: &str) -> Option<(String, String)> {
    let first = pick(classes.first()?);
    classes.iter().all(|class| pick(class) == first).then(|| (first, format!("{what} of {}", names(classes))))
}

impl Tier {
    /// The tier as YAML, two spaces in, with comments.
    pub(super) fn to_yaml(&self) -> String {
        let quoted: Vec<String> = self.classes.iter().map(|class| Value::from(class.as_str()).to_string()).collect();
        let mut text = format!(
            "\n  {}:\n    classes: [{}]  # {}\n",
            Value::from(self.name.as_str()),
            quoted.join(", "),
            line(&self.seen)
        );
        if self.node_local {
            text.push_str("    node_local: true  # the provisioner keeps data on the node\n");
        }
        for section in SECTIONS {
            let of: Vec<&Promise> = self.promises.iter().filter(|promise| promise.section == section).collect();
            if of.is_empty() {
                continue;
            }
            text.push_str(&format!("    {section}:\n"));
            for promise in of {
                text.push_str(&format!("      {}: {}  # {}\n", promise.key, promise.value, line(&promise.seen)));
            }
        }
        for struck in &self.struck {
            text.push_str(&format!("    # {}\n", line(struck)));
        }
        text.trim_end_matches('\n').to_owned()
    }
}

/// A comment is one line.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

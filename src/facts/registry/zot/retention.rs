//! What zot keeps, by `storage.retention`.

use super::config::RetentionPolicy;
use crate::facts::registry::RetentionRule;

/// The rules of one policy, in the shape of all registries.
pub(super) fn rules_of(policy: &RetentionPolicy) -> Vec<RetentionRule> {
    let rule = |tags: &str, template: &str, count: Option<i64>| RetentionRule {
        template: template.into(),
        count,
        repositories: "**".into(),
        repository_decoration: "repoMatches".into(),
        tags: tags.into(),
        tag_decoration: "matches".into(),
        ..RetentionRule::default()
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

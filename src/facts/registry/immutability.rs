//! Which tags cannot be moved, and what a retention policy would keep.
//!
//! Harbor asks of each rule only its first repository selector and its first tag selector
//! (`src/pkg/immutable/match/rule/match.go` of goharbor/harbor); an empty pattern fits everything.

use super::{Artifact, Retention, RetentionRule, TagRule, doublestar};

/// Whether a pattern of Harbor's (doublestar) fits; empty fits everything.
fn fits(pattern: &str, decoration: &str, text: &str) -> bool {
    let matched = pattern.is_empty() || doublestar::matches(pattern, text);
    if decoration.to_ascii_lowercase().contains("excludes") { !matched } else { matched }
}

/// Whether some rule keeps a tag of a repository (relative to its scope) from being moved.
#[must_use]
pub fn is_immutable(rules: &[TagRule], repository: &str, tag: &str) -> bool {
    rules.iter().any(|rule| {
        !rule.disabled
            && fits(&rule.repositories, &rule.repository_decoration, repository)
            && fits(&rule.tags, &rule.tag_decoration, tag)
    })
}

/// Whether an image would stay; none where a rule cannot be worked out.
#[must_use]
pub fn is_kept(
    retention: &Retention,
    repository: &str,
    artifact: &Artifact,
    all: &[Artifact],
    now: Option<i64>,
) -> Option<bool> {
    let mut doubt = false;
    for rule in retention.rules.iter().filter(|rule| !rule.disabled) {
        if !fits(&rule.repositories, &rule.repository_decoration, repository) {
            continue;
        }
        if rule.tags.starts_with("regex:") {
            doubt = true;
            continue;
        }
        if !chosen(rule, artifact) {
            continue;
        }
        match keeps(rule, artifact, all, now) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => doubt = true,
        }
    }
    if doubt { None } else { Some(false) }
}

fn chosen(rule: &RetentionRule, artifact: &Artifact) -> bool {
    if artifact.tags.is_empty() {
        return rule.untagged;
    }
    artifact.tags.iter().any(|tag| fits(&rule.tags, &rule.tag_decoration, tag))
}

fn seconds(text: Option<&String>) -> Option<i64> {
    text?.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

fn keeps(rule: &RetentionRule, artifact: &Artifact, all: &[Artifact], now: Option<i64>) -> Option<bool> {
    let since = |time: Option<i64>| Some(time? >= now? - rule.count? * 86400);
    let rank = |of: fn(&Artifact) -> Option<i64>| {
        let own = of(artifact)?;
        let newer = all.iter().filter(|other| chosen(rule, other) && of(other).is_some_and(|time| time > own)).count();
        Some((newer as i64) < rule.count?)
    };
    match rule.template.as_str() {
        "always" => Some(true),
        "latestPushedK" => rank(|a| seconds(a.pushed.as_ref())),
        "latestPulledN" => rank(|a| seconds(a.pulled.as_ref().or(a.pushed.as_ref()))),
        "nDaysSinceLastPush" => since(seconds(artifact.pushed.as_ref())),
        "nDaysSinceLastPull" => since(seconds(artifact.pulled.as_ref().or(artifact.pushed.as_ref()))),
        "nothing" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(repositories: &str, tags: &str) -> TagRule {
        TagRule {
            repositories: repositories.into(),
            repository_decoration: "repoMatches".into(),
            tags: tags.into(),
            tag_decoration: "matches".into(),
            ..TagRule::default()
        }
    }

    #[test]
    fn decorations_turn_a_pattern_round() {
        let rules = [rule("**", "v*")];
        assert!(is_immutable(&rules, "api", "v1") && !is_immutable(&rules, "api", "dev"));
        let excludes = TagRule { tag_decoration: "excludes".into(), ..rule("**", "dev-*") };
        assert!(
            is_immutable(std::slice::from_ref(&excludes), "api", "v1") && !is_immutable(&[excludes], "api", "dev-1")
        );
        assert!(!is_immutable(&[TagRule { disabled: true, ..rule("**", "**") }], "api", "v1"));
        assert!(!is_immutable(&[rule("web", "**")], "api", "v1"));
        assert!(is_immutable(&[rule("", "")], "api", "v1"), "an empty pattern fits everything");
    }

    #[test]
    fn retention_is_worked_out_for_known_templates() {
        let artifact = |tag: &str, day: u8| Artifact {
            digest: format!("sha256:{tag}"),
            tags: vec![tag.into()],
            pushed: Some(format!("2026-01-{day:02}T00:00:00Z")),
            ..Artifact::default()
        };
        let all = [artifact("v1", 1), artifact("v2", 2), artifact("v3", 3)];
        let keep = |template: &str, count: i64| Retention {
            rules: vec![RetentionRule {
                template: template.into(),
                count: Some(count),
                tags: "**".into(),
                ..RetentionRule::default()
            }],
            scheduled: true,
        };
        let now = Some("2026-01-10T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second());
        let kept = |retention: &Retention, of: &Artifact| is_kept(retention, "api", of, &all, now);
        assert_eq!(kept(&keep("latestPushedK", 2), &all[0]), Some(false));
        assert_eq!(kept(&keep("latestPushedK", 2), &all[1]), Some(true));
        assert_eq!(kept(&keep("nDaysSinceLastPush", 8), &all[0]), Some(false));
        assert_eq!(kept(&keep("nDaysSinceLastPush", 9), &all[0]), Some(true));
        assert_eq!(kept(&keep("ofTheVendor", 9), &all[0]), None);
    }
}

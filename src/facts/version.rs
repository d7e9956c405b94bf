//! From an image tag to a version, or to nothing: a floating tag names none.

use regex::Regex;
use std::sync::LazyLock;

static VERSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    // An optional channel (stable-, edge-, alpine-), an optional v, two or three numbers, and
    // then only what belongs to the version: a pre-release or a vendor's build number.
    Regex::new(r"^(?P<channel>[a-z]+-)?(?P<version>v?\d+\.\d+(?:\.\d+)*)(?P<rest>[-+._].*)?$").ok()
});

/// The version that a tag names, with the tag's `v`, without a variant suffix (`-jdk21`,
/// `-distroless`, `-build20260819`). `None` for floating tags: `latest`, `lts`, `6`, `v1-debian`.
#[must_use]
pub fn of_tag(tag: &str) -> Option<String> {
    let captures = VERSION.as_ref()?.captures(tag)?;
    let version = &captures["version"];
    let channel = captures.name("channel").map_or("", |channel| channel.as_str());
    let rest = captures.name("rest").map_or("", |rest| rest.as_str());
    let channel = if matches!(channel, "stable-" | "edge-" | "enterprise-") { channel } else { "" };
    Some(format!("{channel}{version}{}", kept(rest)))
}

/// Whether a tag moves: nobody can say which version it was yesterday.
#[must_use]
pub fn is_floating(tag: &str) -> bool {
    of_tag(tag).is_none()
}

/// Pre-releases and bare build numbers are part of a version; variants are not.
fn kept(rest: &str) -> &str {
    let word = rest.trim_start_matches(['-', '+', '.', '_']);
    let first = word.split(['-', '+']).next().unwrap_or_default();
    let is_prerelease = ["rc", "alpha", "beta", "pre", "preview"].iter().any(|p| first.starts_with(p));
    let is_number = !first.is_empty() && first.chars().all(|c| c.is_ascii_digit());
    if is_prerelease || is_number { &rest[..rest.len() - word.len() + first.len()] } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_name_versions_or_nothing() {
        for (tag, version) in [
            ("v3.32.1", Some("v3.32.1")),
            ("2.568.2-jdk21", Some("2.568.2")),
            ("v3.32.1-build20260819", Some("v3.32.1")),
            ("stable-2.14.10", Some("stable-2.14.10")),
            ("alpine-v16.3.0", Some("v16.3.0")),
            ("5.3.2-59", Some("5.3.2-59")),
            ("v1.2.0-rc.1", Some("v1.2.0-rc.1")),
            ("3.14", Some("3.14")),
            ("latest", None),
            ("lts-jdk21", None),
            ("6", None),
            ("v1-debian-elasticsearch", None),
            ("", None),
        ] {
            assert_eq!(of_tag(tag).as_deref(), version, "{tag}");
        }
    }
}

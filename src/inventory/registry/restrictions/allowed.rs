//! What a prefix, a glob, an expression or the name of a host lets in, as a host and a path below it.

use schemars::JsonSchema;
use serde::Serialize;

/// Images that are let in.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Allowed {
    /// As it is written.
    pub written: String,
    /// The host; one with a wildcard is of several, `*` is any.
    pub host: String,
    /// Repositories below it: a glob of which `**` crosses slashes, without a tag.
    pub path: String,
    /// The host is not held to its end: others that begin alike are let in.
    pub open: bool,
}

impl Allowed {
    fn new(written: &str, host: &str, path: impl Into<String>) -> Self {
        Self { written: written.into(), host: host.into(), path: path.into(), open: false }
    }

    /// Any image at all.
    #[must_use]
    pub fn everything(written: &str) -> Self {
        Self::new(written, "*", "**")
    }

    /// It names no registry.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.host == "*"
    }

    /// A registry, and nothing that only begins like it.
    #[must_use]
    pub fn registry(host: &str) -> Self {
        if host.contains(['*', '?']) { Self::everything(host) } else { Self::new(host, host, "**") }
    }

    /// A scope of a node's configuration: a host or a path below one, with everything below it;
    /// `*.host` is its subdomains.
    #[must_use]
    pub fn scope(scope: &str) -> Self {
        match scope.split_once('/') {
            Some((host, path)) => Self::new(scope, host, format!("{}/**", path.trim_end_matches('/'))),
            None => Self::new(scope, scope, "**"),
        }
    }

    /// What begins so.
    #[must_use]
    pub fn prefix(text: &str) -> Self {
        Self::begins(text, text)
    }

    fn begins(written: &str, text: &str) -> Self {
        if text.is_empty() {
            return Self::everything(written);
        }
        let Some((head, rest)) = text.split_once('/') else {
            let name = text.split(':').next().unwrap_or(text);
            let host = if name.contains('.') || name == "localhost" { text } else { "docker.io" };
            let path = if host == text { "**".to_owned() } else { format!("library/{name}**") };
            return Self { open: true, ..Self::new(written, host, path) };
        };
        let rest = if is_host(head) { rest } else { text };
        let host = if is_host(head) { head } else { "docker.io" };
        // A tag that has begun is the end of the repository.
        let path = untagged(rest);
        Self::new(written, host, if path.len() < rest.len() { path.to_owned() } else { format!("{rest}**") })
    }

    /// What fits a glob whose `*` and `?` cross slashes, as Kyverno's do.
    #[must_use]
    pub fn glob(text: &str) -> Self {
        let stem = text.strip_suffix('*').map(|stem| stem.trim_end_matches('*'));
        if let Some(stem) = stem.filter(|stem| !stem.contains(['*', '?'])) {
            return Self::begins(text, stem);
        }
        let Some((head, rest)) = text.split_once('/') else {
            let name = untagged(text);
            return match name.contains(['*', '?']) {
                true => Self::everything(text),
                false => Self::new(text, "docker.io", format!("library/{name}")),
            };
        };
        if head.contains('*') {
            return Self::everything(text);
        }
        let (host, rest) = if is_host(head) { (head, rest) } else { ("docker.io", text) };
        // Stars cross slashes, however many stand beside one another.
        let parts: Vec<&str> = untagged(rest).split('*').collect();
        let last = parts.len().saturating_sub(1);
        let inner = parts.iter().enumerate().filter(|(at, part)| *at == 0 || *at == last || !part.is_empty());
        let path = inner.map(|(_, part)| *part).collect::<Vec<_>>().join("**");
        Self::new(text, host, path)
    }

    /// What fits an expression: only one that is held to the beginning names a registry.
    #[must_use]
    pub fn expression(text: &str) -> Vec<Self> {
        let mut found = Vec::new();
        for one in branches(text) {
            let Some(rest) = one.strip_prefix('^') else { return vec![Self::everything(text)] };
            let group = rest.strip_prefix("(?:").or_else(|| rest.strip_prefix('('));
            let Some((group, after)) = group.and_then(closed) else {
                found.push(Self::literal(text, rest));
                continue;
            };
            if after.starts_with(['?', '*', '+', '{']) {
                return vec![Self::everything(text)];
            }
            found.extend(branches(group).iter().map(|head| Self::literal(text, &format!("{head}{after}"))));
        }
        found
    }

    /// What begins as an expression does before its first wildcard.
    fn literal(written: &str, text: &str) -> Self {
        let (mut held, mut any, mut ends) = (String::new(), false, false);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let (c, dot) = match c {
                '\\' => match chars.next() {
                    Some(c) if !c.is_ascii_alphanumeric() => (c, false),
                    _ => break,
                },
                '.' => ('.', true),
                '$' => {
                    ends = chars.peek().is_none();
                    break;
                }
                '[' | '(' | ')' | '{' | '*' | '+' | '?' | '|' | '^' => break,
                c => (c, false),
            };
            if chars.peek().is_some_and(|next| matches!(next, '*' | '+' | '?' | '{')) {
                break;
            }
            // A dot that is not escaped is any character: of a host, that is another host.
            any |= dot && !held.contains('/');
            held.push(c);
        }
        let mut found = if ends { Self::glob(&held) } else { Self::begins(written, &held) };
        found.written = written.to_owned();
        found.open |= any;
        found
    }

    /// What it lets in that it does not look like.
    #[must_use]
    pub fn gap(&self) -> Option<String> {
        self.open
            .then(|| format!("{} does not hold the host to its end: others that begin alike are let in", self.written))
    }
}

/// The part before the first slash is a host, and not the name of an account on Docker Hub.
fn is_host(head: &str) -> bool {
    head.contains(['.', ':']) || head == "localhost"
}

/// A path without its tag or digest.
fn untagged(path: &str) -> &str {
    let path = path.split('@').next().unwrap_or(path);
    let name = path.rfind('/').map_or(0, |at| at + 1);
    match path.get(name..).and_then(|name| name.find(':')) {
        Some(colon) => path.get(..name + colon).unwrap_or(path),
        None => path,
    }
}

/// Alternatives of an expression that no group holds.
fn branches(text: &str) -> Vec<String> {
    let (mut found, mut depth, mut escaped) = (vec![String::new()], 0_i32, false);
    for c in text.chars() {
        match c {
            '|' if depth == 0 && !escaped => {
                found.push(String::new());
                continue;
            }
            '(' | '[' if !escaped => depth += 1,
            ')' | ']' if !escaped => depth -= 1,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        if let Some(last) = found.last_mut() {
            last.push(c);
        }
    }
    found
}

/// What a group that was opened holds, and what follows it.
fn closed(text: &str) -> Option<(&str, &str)> {
    let (mut depth, mut escaped) = (0_u32, false);
    for (at, c) in text.char_indices() {
        match c {
            '(' if !escaped => depth += 1,
            ')' if !escaped && depth == 0 => return Some((text.get(..at)?, text.get(at + 1..)?)),
            ')' if !escaped => depth -= 1,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(one: &Allowed) -> String {
        format!("{} {}{}", one.host, one.path, if one.open { " open" } else { "" })
    }

    #[test]
    fn prefixes() {
        let say = |text: &str| told(&Allowed::prefix(text));
        assert_eq!(say("h.example/"), "h.example **");
        assert_eq!(say("h.example:5000/pay/"), "h.example:5000 pay/**");
        assert_eq!(say("h.example/pay"), "h.example pay**");
        assert_eq!(say("h.example/pay/api:v1"), "h.example pay/api");
        assert_eq!(say("h.example"), "h.example ** open");
        assert_eq!(say("openpolicyagent/"), "docker.io openpolicyagent/**");
        assert_eq!(say("nginx"), "docker.io library/nginx** open");
        assert_eq!(say(""), "* **");
    }

    #[test]
    fn globs() {
        let say = |text: &str| told(&Allowed::glob(text));
        assert_eq!(say("h.example/*"), "h.example **");
        assert_eq!(say("h.example/pay/*"), "h.example pay/**");
        assert_eq!(say("h.example/pay/*:v1"), "h.example pay/**");
        assert_eq!(say("h.example/*/api"), "h.example **/api");
        assert_eq!(say("h.example/pay/api:v1"), "h.example pay/api");
        assert_eq!(say("h.example*"), "h.example ** open");
        assert_eq!(say("*.h.example/*"), "* **");
        assert_eq!(say("*"), "* **");
        assert_eq!(say("*:*"), "* **");
        assert_eq!(say("nginx"), "docker.io library/nginx");
        assert_eq!(say("bitnami/*"), "docker.io bitnami/**");
    }

    #[test]
    fn expressions() {
        let say = |text: &str| Allowed::expression(text).iter().map(told).collect::<Vec<_>>().join(", ");
        assert_eq!(say(r"^h\.example/.*$"), "h.example **");
        assert_eq!(say(r"^h.example/pay/"), "h.example pay/** open");
        assert_eq!(say(r"^(h\.example|i\.example)/.+"), "h.example **, i.example **");
        assert_eq!(say(r"^h\.example/|^i\.example/"), "h.example **, i.example **");
        assert_eq!(say(r"^h\.example/pay/api:v1$"), "h.example pay/api");
        assert_eq!(say(r"h\.example/"), "* **");
        assert_eq!(say(r"^(h\.example/)?.*"), "* **");
        assert_eq!(say(r"^.*h\.example/"), "* **");
        assert_eq!(say(r"^[a-z]+/x"), "* **");
    }

    #[test]
    fn scopes_and_registries() {
        assert_eq!(told(&Allowed::scope("h.example")), "h.example **");
        assert_eq!(told(&Allowed::scope("h.example/pay")), "h.example pay/**");
        assert_eq!(told(&Allowed::scope("*.h.example")), "*.h.example **");
        assert_eq!(told(&Allowed::registry("h.example")), "h.example **");
        assert_eq!(told(&Allowed::registry("*")), "* **");
    }
}

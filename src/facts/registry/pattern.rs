//! Patterns of rules over repositories, and which rule is the most specific.
//!
//! `*` stays within a path segment, `**` crosses slashes, `?` is one character, `{a,b}` and
//! `[a-z]` as usual. The rule with the longest literal prefix wins, then the one that stands first.

use std::collections::{BTreeMap, HashMap};

use regex::Regex;

/// What stands before the first wildcard.
#[must_use]
pub fn literal(pattern: &str) -> &str {
    pattern.find(['*', '?', '[', '{']).map_or(pattern, |at| &pattern[..at])
}

/// A pattern as an expression; none where it is no pattern.
#[must_use]
pub fn compile(pattern: &str) -> Option<Regex> {
    let mut text = String::from("^");
    let mut rest = pattern.chars().peekable();
    let mut depth = 0;
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.next_if_eq(&'*').is_some() => text.push_str(".*"),
            '*' => text.push_str("[^/]*"),
            '?' => text.push_str("[^/]"),
            '{' => {
                depth += 1;
                text.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                text.push(')');
            }
            ',' if depth > 0 => text.push('|'),
            '[' => {
                text.push('[');
                if rest.next_if(|c| matches!(c, '!' | '^')).is_some() {
                    text.push('^');
                }
                for c in rest.by_ref() {
                    if c == ']' {
                        break;
                    }
                    if matches!(c, '\\' | '[' | '&' | '~') {
                        text.push('\\');
                    }
                    text.push(c);
                }
                text.push(']');
            }
            c => text.push_str(&regex::escape(&c.to_string())),
        }
    }
    text.push('$');
    Regex::new(&text).ok()
}

/// Whether a name fits a pattern.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    if pattern == "**" {
        return true;
    }
    if !pattern.contains(['*', '?', '[', '{']) {
        return pattern == name;
    }
    // The commonest shape needs no expression.
    if let Some(prefix) = pattern.strip_suffix("**")
        && !prefix.contains(['*', '?', '[', '{'])
    {
        return name.starts_with(prefix);
    }
    compile(pattern).is_some_and(|expression| expression.is_match(name))
}

/// Patterns, ready to be asked which of them is the most specific for a name.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// Literal prefix → patterns that have it, in order.
    by_literal: HashMap<String, Vec<(usize, String, Option<Regex>)>>,
    /// Lengths of the literal prefixes, longest first.
    lengths: Vec<usize>,
}

impl Index {
    /// From patterns in their order.
    #[must_use]
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Self {
        let mut index = Self::default();
        let mut lengths = BTreeMap::new();
        for (at, pattern) in patterns.into_iter().enumerate() {
            let head = literal(pattern);
            lengths.insert(head.len(), ());
            index.by_literal.entry(head.to_owned()).or_default().push((at, pattern.to_owned(), compile(pattern)));
        }
        index.lengths = lengths.into_keys().rev().collect();
        index
    }

    /// The place of the most specific pattern that fits.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.lengths.iter().filter_map(|length| name.get(..*length)).find_map(|head| {
            let found = self.by_literal.get(head)?;
            found
                .iter()
                .find(|(_, pattern, expression)| {
                    pattern == name || expression.as_ref().is_some_and(|expression| expression.is_match(name))
                })
                .map(|(at, _, _)| *at)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_end_at_slashes_unless_doubled() {
        for (pattern, name, fits) in [
            ("h/payments/**", "h/payments/api", true),
            ("h/payments/**", "h/payments/a/b", true),
            ("h/payments/**", "h/payments", false),
            ("h/payments/**", "h/payments-evil/a", false),
            ("h/payments/*", "h/payments/a/b", false),
            ("h/pay*/x", "h/payments/x", true),
            ("h/{a,b}/c", "h/b/c", true),
            ("h/v[0-9]", "h/v7", true),
            ("h.x/**", "hyx/a", false),
            ("harbor.bank.example/**", "harbor.bank.example.evil.io/a", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
            assert_eq!(compile(pattern).unwrap().is_match(name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn the_longest_literal_prefix_wins_then_the_order() {
        let index = Index::new(["**", "h/**", "h/p/**", "h/p/api", "h/p/*", "h/p*/**"]);
        for (name, at) in [("h/p/api", 3), ("h/p/x", 2), ("h/pq/x", 5), ("h/q", 1), ("z", 0)] {
            assert_eq!(index.find(name), Some(at), "{name}");
        }
        assert_eq!(Index::new(["h/**"]).find("g/x"), None);
    }
}

//! Whether an entry of the list is meant: `auth_server/authz/acl.go` at c67e175.

use std::{collections::BTreeMap, net::IpAddr};

use regex::Regex;

use super::Match;

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

pub(super) fn expression_of(pattern: &str) -> Option<&str> {
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

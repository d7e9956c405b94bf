//! A waiver for one finding, as text that a person may edit.

use std::fmt::Write as _;

use jiff::{Span, Timestamp, tz::TimeZone};

use crate::report::{Finding, Report, Verdict};

/// What is not read from the finding.
#[derive(Clone, Debug)]
pub struct Terms<'t> {
    /// Id; none: made of the fingerprint.
    pub id: Option<&'t str>,
    /// Who answers for it.
    pub owner: &'t str,
    /// Why it may stay.
    pub reason: &'t str,
    /// Who agreed.
    pub approver: Option<&'t str>,
    /// Where it was decided.
    pub ticket: Option<&'t str>,
    /// Days that it holds.
    pub days: u16,
}

/// The one violation that these first digits of a fingerprint name.
///
/// # Errors
/// None, several, or one that nobody may answer for.
pub fn find<'r>(report: &'r Report, digits: &str) -> Result<&'r Finding, String> {
    if digits.len() < 6 {
        return Err(format!("{digits:?} is too short: six digits of a fingerprint at least"));
    }
    let mut found = report.findings.iter().filter(|finding| finding.fingerprint.starts_with(digits));
    let Some(first) = found.next() else {
        return Err(format!("no finding of the report has a fingerprint that begins with {digits}"));
    };
    if found.any(|other| other.fingerprint != first.fingerprint) {
        return Err(format!("several findings have a fingerprint that begins with {digits}; write more of it"));
    }
    if first.verdict == Verdict::Unknown {
        return Err(format!("{} is unknown, which no waiver covers: let it be read", first.policy));
    }
    Ok(first)
}

/// The entry, indented as an item of `waivers`, and its id.
///
/// # Errors
/// A clock that is none.
pub fn entry(finding: &Finding, terms: &Terms<'_>, now: &str) -> Result<(String, String), String> {
    let today = now.parse::<Timestamp>().map_err(|error| error.to_string())?.to_zoned(TimeZone::UTC).date();
    let until = today.checked_add(Span::new().days(terms.days)).map_err(|error| error.to_string())?;
    let digits = finding.fingerprint.get(..8).unwrap_or(&finding.fingerprint);
    let id = terms.id.map_or_else(|| format!("W-{digits}"), str::to_owned);
    let subject = &finding.subject;
    let mut text = String::new();
    let mut line = |indent: &str, key: &str, value: &str| {
        let _ = writeln!(text, "{indent}{key}: {}", quoted(value));
    };
    line("  - ", "id", &id);
    line("    ", "policies", "");
    line("    ", "match", "");
    for (key, value) in [
        ("owner", Some(terms.owner)),
        ("approver", terms.approver),
        ("reason", Some(terms.reason)),
        ("ticket", terms.ticket),
    ] {
        if let Some(value) = value {
            line("    ", key, value);
        }
    }
    line("    ", "created", &today.to_string());
    line("    ", "expires", &until.to_string());
    // Names that are globs of themselves would match others: the fingerprint pins them.
    let mut of = vec![("kind", subject.kind.as_str())];
    let plain = |name: &str| !name.is_empty() && !name.contains(['*', '?', '[', '{']);
    of.extend(
        [("group", &*subject.group), ("namespace", &*subject.namespace), ("name", &*subject.name)]
            .into_iter()
            .filter(|(_, name)| plain(name)),
    );
    of.push(("fingerprint", finding.fingerprint.as_str()));
    let of: Vec<String> = of.into_iter().map(|(key, value)| format!("{key}: {}", quoted(value))).collect();
    let policies = format!("policies: [{}]", quoted(&finding.policy));
    let text = text.replacen("policies: \"\"", &policies, 1).replacen(
        "match: \"\"",
        &format!("match: {{{}}}", of.join(", ")),
        1,
    );
    Ok((text, id))
}

/// A YAML scalar that reads back as this text.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// A waivers file with one entry more; comments and order of what was there stay.
///
/// # Errors
/// A file that does not end with its list of waivers in block style.
pub fn added(before: &str, entry: &str) -> Result<String, String> {
    if before.trim().is_empty() {
        return Ok(format!("waivers:\n{entry}"));
    }
    let key = before.lines().position(|line| line.starts_with("waivers:")).ok_or("it has no key waivers")?;
    let rest: Vec<&str> = before.lines().skip(key + 1).collect();
    let inline =
        before.lines().nth(key).and_then(|line| line.strip_prefix("waivers:")).map(str::trim).unwrap_or_default();
    let is_empty = inline == "[]";
    if !inline.is_empty() && !inline.starts_with('#') && !is_empty {
        return Err("its waivers are written in one line; write each on lines of its own".into());
    }
    if let Some(other) = rest.iter().find(|line| !line.is_empty() && !line.starts_with([' ', '#', '-'])) {
        return Err(format!("something follows its waivers: {other:?}"));
    }
    let mut text = if is_empty { before.replacen("waivers: []", "waivers:", 1) } else { before.to_owned() };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    // The same indent as the items that are there.
    let flush = rest.iter().any(|line| line.starts_with("- "));
    let entry: String = if flush {
        entry.lines().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect()
    } else {
        entry.to_owned()
    };
    text.push_str(&entry);
    Ok(text)
}

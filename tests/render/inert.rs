//! Hostile names, labels and messages come out as text in every format, and do nothing.

use clap::ValueEnum as _;
use sextant::render::{Format, text::hostile as obeyed};

use super::{counts::csv, made, rendered};

#[test]
fn no_format_holds_a_character_that_a_terminal_obeys_or_that_hides_text() {
    let report = made::hostile();
    for format in Format::value_variants() {
        let text = rendered(*format, &report);
        let bad = text.chars().find(|c| {
            let layout = matches!(c, '\n' | '\r' | '\t');
            // Markdown's own joiner, which keeps mentions and links asleep.
            let joiner = matches!(format, Format::Markdown | Format::GithubSummary) && *c == '\u{2060}';
            // SARIF's help is Markdown too.
            obeyed(*c) && !layout && !joiner
        });
        assert_eq!(bad, None, "{format:?}");
    }
}

#[test]
fn commands_of_github_are_ours_alone() {
    let report = made::hostile();
    let command =
        regex::Regex::new(r"^::(error|warning|notice) (file=[^:,]*,line=\d+,endLine=\d+,)?title=[A-Za-z0-9-]+::")
            .unwrap();
    for format in
        [Format::Github, Format::Table, Format::Markdown, Format::GithubSummary, Format::Csv, Format::Openmetrics]
    {
        let text = rendered(format, &report);
        for line in text.lines() {
            let line = line.trim_start();
            assert!(!line.starts_with("##["), "{format:?}: {line}");
            let ours = format == Format::Github && command.is_match(line);
            assert!(ours || !line.starts_with("::"), "{format:?}: {line}");
        }
        assert!(
            format != Format::Github
                || text.lines().all(|line| line.starts_with("::") || line.starts_with("sextant: "))
        );
    }
}

#[test]
fn no_cell_is_a_formula() {
    let rows = csv(&rendered(Format::Csv, &made::hostile()));
    let width = rows[0].len();
    for row in &rows {
        assert_eq!(row.len(), width, "{row:?}");
        for cell in row {
            let first = cell.trim_start().chars().next();
            assert!(!matches!(first, Some('=' | '+' | '-' | '@')), "{cell}");
        }
    }
}

#[test]
fn no_element_is_made_of_text() {
    let report = made::hostile();
    for format in [Format::Html, Format::Junit] {
        let text = rendered(format, &report);
        for bad in ["<img", "<svg/", "<script>alert", "<b>", "]]>", "<!-- -->"] {
            assert!(!text.contains(bad), "{format:?} holds {bad}");
        }
    }
    for format in [Format::Markdown, Format::GithubSummary] {
        for line in rendered(format, &report).lines() {
            // Outside of code spans: cut them out, then look for markup.
            let spans = cut_code(line);
            for bad in ["<", "](", "https://", "www.", "@e"] {
                assert!(!spans.contains(bad), "{format:?} holds {bad}: {spans}");
            }
        }
    }
}

/// The regex engine has no back references: code spans by hand.
fn cut_code(line: &str) -> String {
    let mut left = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        if rest[..at].ends_with('\\') {
            left.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        }
        left.push_str(&rest[..at]);
        let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let after = &rest[at + run..];
        let mut from = 0;
        let close = loop {
            let Some(next) = after[from..].find('`') else { break None };
            let start = from + next;
            let length = after[start..].len() - after[start..].trim_start_matches('`').len();
            if length == run {
                break Some(start + length);
            }
            from = start + length;
        };
        match close {
            Some(end) => rest = &after[end..],
            None => {
                left.push_str(&rest[at..at + run]);
                rest = after;
            }
        }
    }
    left + rest
}

#[test]
fn metrics_are_lines_of_ours() {
    let text = rendered(Format::Openmetrics, &made::hostile());
    let sample = regex::Regex::new(r#"^sextant_\w+\{(\w+="([^"\\\n]|\\["\\n])*",?)+\} -?\d+$"#).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for line in text.lines() {
        assert!(line.starts_with("# ") || sample.is_match(line), "{line}");
        let series = line.rsplit_once(' ').unwrap().0;
        assert!(line.starts_with('#') || seen.insert(series.to_owned()), "{series} twice");
    }
    assert!(text.ends_with("\n# EOF\n") && text.matches("\n# EOF\n").count() == 1);
}

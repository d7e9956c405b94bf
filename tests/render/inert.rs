//! Hostile names, labels and messages come out as text in every format, and do nothing.

use clap::ValueEnum as _;
use sextant::{
    deliver::{config::Shape, webhook::News},
    render::{self, Format, text::hostile as obeyed},
};

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
            let ours = format == Format::Github && command.is_match(line);
            assert!(ours || !line.starts_with("::"), "{format:?}: {line}");
        }
        assert!(
            format != Format::Github
                || text.lines().all(|line| line.starts_with("::") || line.starts_with("sextant: "))
        );
    }
}

/// GitHub's runner obeys `##[name]` wherever it stands in a line, and Azure's `##vso[name]`.
#[test]
fn no_format_commands_a_runner_when_it_is_printed_to_a_log() {
    let report = made::hostile();
    let command = regex::Regex::new(r"##[A-Za-z0-9]*\[").unwrap();
    for format in Format::value_variants() {
        let text = rendered(*format, &report);
        let found = command.find(&text);
        assert!(found.is_none(), "{format:?}: {}", &text[found.map_or(0, |at| at.start())..][..80]);
        if *format == Format::Json {
            let read: sextant::report::Report = serde_json::from_str(&text).unwrap();
            assert_eq!(read, report, "nothing is lost");
        }
    }
}

/// Words are broken into lines by the terminal's width: at every width, none begins with a command.
#[test]
fn no_width_of_the_table_makes_a_command() {
    let mut report = made::hostile();
    for gap in &mut report.coverage {
        gap.reason = "x ::error::y ".repeat(9);
    }
    for width in 20..140 {
        let mut out = Vec::new();
        let style = render::Style { width, ..render::Style::default() };
        render::render(Format::Table, &report, style, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let bad = text.lines().find(|line| line.trim_start().starts_with("::"));
        assert_eq!(bad, None, "{width} columns");
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

/// A chat obeys its own markup: Slack gets plain text, Teams escaped Markdown.
#[test]
fn messages_to_chats_are_text() {
    let mut report = made::hostile();
    let texts = |value: &serde_json::Value, key: &str| -> Vec<String> {
        let mut found = Vec::new();
        walk(value, key, &mut found);
        found
    };
    let markup = regex::Regex::new(r"(^|[^\\])(\\\\)*[*_\[\]()~`#<>]").unwrap();
    // Each of the worst ten says each of the hostile texts once.
    for text in made::HOSTILE {
        report.findings.iter_mut().for_each(|finding| finding.message = text.into());
        let news = News::new(&report, made::HOSTILE[2], "2026-11-23T12:00:00Z", None);
        let slack = news.message(Shape::Slack);
        for block in slack["blocks"].as_array().unwrap() {
            assert_eq!(block["text"]["type"], "plain_text", "{block}");
        }
        let teams = news.message(Shape::Teams);
        assert_eq!(slack["mrkdwn"], false);
        for text in texts(&slack, "text").into_iter().chain(texts(&teams, "text")) {
            assert!(!text.chars().any(|c| obeyed(c) && c != '\n'), "{text:?}");
        }
        assert!(texts(&slack, "text").iter().all(|text| !text.contains(['<', '>'])), "{slack}");
        for text in texts(&teams, "text") {
            assert!(!markup.is_match(&text), "{text}");
        }
    }
}

fn walk(value: &serde_json::Value, key: &str, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(list) => list.iter().for_each(|value| walk(value, key, found)),
        serde_json::Value::Object(object) => object.iter().for_each(|(name, value)| match value.as_str() {
            Some(text) if name == key => found.push(text.to_owned()),
            _ => walk(value, key, found),
        }),
        _ => {}
    }
}

//! Every format of three reports: the counts read back, hostile texts inert, the bytes the same
//! each time. What is rendered is left in target/tmp/reports for the validators of .ci/validate.

mod counts;
mod inert;
pub mod made;
mod places;
mod states;

use std::collections::BTreeMap;

use clap::ValueEnum as _;
use sextant::{
    render::{self, Format, Style},
    report::{Report, Verdict},
};

pub fn rendered(format: Format, report: &Report) -> String {
    let mut out = Vec::new();
    render::render(format, report, Style { width: 80, ..Style::default() }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn name(format: Format) -> String {
    format.to_possible_value().unwrap().get_name().to_owned()
}

/// The file that a format is kept in, for the validators.
fn file(format: Format) -> String {
    let suffix = match format {
        Format::Table | Format::Github => "txt",
        Format::Ndjson | Format::Ocsf => "ndjson",
        Format::Sarif | Format::SarifFull => "sarif",
        Format::Junit => "xml",
        Format::GithubSummary | Format::Markdown => "md",
        Format::Html => "html",
        Format::Csv => "csv",
        Format::Openmetrics => "om",
        _ => "json",
    };
    format!("{}.{suffix}", name(format))
}

fn sample() -> Report {
    let (_, report) = crate::harness::audit(&["--sample"]);
    serde_json::from_value(report).unwrap()
}

/// The big one has more than the 5,000 open findings that GitHub takes.
fn reports() -> BTreeMap<&'static str, Report> {
    BTreeMap::from([
        ("sample", sample()),
        ("hostile", made::hostile()),
        ("compared", states::compared()),
        ("big", made::big(5_600, 120)),
    ])
}

fn verdicts(report: &Report) -> BTreeMap<Verdict, usize> {
    [Verdict::Fail, Verdict::Unknown, Verdict::Waived]
        .into_iter()
        .map(|verdict| (verdict, report.findings.iter().filter(|finding| finding.verdict == verdict).count()))
        .collect()
}

#[test]
fn the_same_report_is_the_same_bytes_and_is_left_for_the_validators() {
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports");
    let mut reports = reports();
    // A debug build takes its time: the size that the validators ask for is written once.
    reports.insert("big", made::big(10_000, 120));
    for (name, report) in reports {
        let dir = dir.join(name);
        std::fs::create_dir_all(&dir).unwrap();
        for format in Format::value_variants() {
            let text = rendered(*format, &report);
            assert!(!text.is_empty(), "{format:?} of {name} is empty");
            let again = name == "big" || text == rendered(*format, &report.clone());
            assert!(again, "{format:?} of {name} differs from run to run");
            std::fs::write(dir.join(file(*format)), text).unwrap();
        }
    }
}

#[test]
fn the_published_schema_is_the_one_of_the_code_and_takes_every_report() {
    let path = crate::harness::root().join("schema/report.schema.json");
    let schema = render::json::schema();
    if std::env::var_os("SNAPSHOTS").is_some_and(|how| how == "overwrite") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &schema).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == schema, "schema/report.schema.json: SNAPSHOTS=overwrite cargo test writes it anew");
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    for (name, report) in [("sample", sample()), ("hostile", made::hostile()), ("big", made::big(500, 50))] {
        let value = serde_json::from_str(&rendered(Format::Json, &report)).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

#[test]
fn a_terminal_is_not_flooded_and_no_line_is_wider_than_it() {
    let text = rendered(Format::Table, &made::big(10_000, 120));
    assert!(text.lines().count() < 500, "{} lines", text.lines().count());
    for report in reports().values() {
        let text = rendered(Format::Table, report);
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
        }
    }
}

#[test]
fn the_page_about_formats_has_every_format() {
    let page = std::fs::read_to_string(crate::harness::root().join("docs/formats.md")).unwrap();
    for format in Format::value_variants() {
        let value = format.to_possible_value().unwrap();
        let line = format!("| `{}` | {} |", value.get_name(), value.get_help().unwrap());
        assert!(page.contains(&line), "docs/formats.md lacks {line}");
        assert!(page.matches(&format!("`{}`", value.get_name())).count() >= 2 || *format == Format::GithubSummary);
    }
}

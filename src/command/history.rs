//! `sextant report history`: what earlier runs said.

use std::time::Instant;

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};

use super::{Stop, World, carry};
use crate::{
    cli::{HistoryArgs, HistoryCommand, InventoryFormat},
    gate::exit,
    history::{Entry, Head, History, Link, Mark, change, index, keep, verify},
    render::text::clean,
    report::Counts,
    store::Failure,
};

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::no_result(failure)
    }
}

/// Looks into the history.
///
/// # Errors
/// A history that cannot be read.
pub fn run(command: &HistoryCommand, world: &mut World<'_>) -> Result<u8, Stop> {
    match command {
        HistoryCommand::List { place, max_age } => list(place, max_age.as_deref(), world),
        HistoryCommand::Trend { place, last } => trend(place, *last, world),
        HistoryCommand::Show { place, what } => show(place, what, world),
        HistoryCommand::Diff { place, before, after } => diff(place, *before, *after, world),
        HistoryCommand::Verify { place, expect } => verify(place, expect.as_deref(), world),
        HistoryCommand::Index { place, into } => {
            let (history, clusters) = open(place)?;
            let began = Instant::now();
            let runs = index::build(&history, &clusters, into)?;
            let took = began.elapsed().as_secs_f32();
            writeln!(world.err, "sextant: {runs} records in {} after {took:.1} s", into.display())?;
            Ok(exit::SATISFIED)
        }
    }
}

fn open(args: &HistoryArgs) -> Result<(History, Vec<String>), Stop> {
    let history = carry::history(&args.history)?;
    let mut clusters = history.clusters()?;
    if let Some(only) = &args.cluster {
        clusters.retain(|cluster| *cluster == crate::store::safe(only));
    }
    if clusters.is_empty() {
        let of = args.cluster.as_deref().map(|cluster| format!(" of {cluster}")).unwrap_or_default();
        return Err(Stop::no_result(format!("{}: there is no record{of}", history.place())));
    }
    Ok((history, clusters))
}

/// The one cluster that is meant.
fn one(args: &HistoryArgs) -> Result<(History, String, Vec<Entry>), Stop> {
    let (history, clusters) = open(args)?;
    match clusters.as_slice() {
        [cluster] => {
            let entries = history.entries(cluster)?;
            Ok((history, cluster.clone(), entries))
        }
        several => Err(Stop::usage(format!("name one with --cluster: {}", several.join(", ")))),
    }
}

fn table(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(heads.to_vec());
    table
}

fn print(world: &mut World<'_>, table: &Table) -> Result<(), Stop> {
    for line in table.lines() {
        writeln!(world.out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn print_json(world: &mut World<'_>, value: &Value) -> Result<(), Stop> {
    serde_json::to_writer_pretty(&mut *world.out, value).map_err(std::io::Error::from)?;
    Ok(writeln!(world.out)?)
}

fn list(args: &HistoryArgs, max_age: Option<&str>, world: &mut World<'_>) -> Result<u8, Stop> {
    let max_age = max_age.map(keep::seconds).transpose().map_err(|why| Stop::usage(format!("--max-age: {why}")))?;
    let (history, clusters) = open(args)?;
    let seconds = |time: &str| time.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    let now = seconds(&world.now);
    let (mut rows, mut stale) = (Vec::new(), Vec::new());
    for cluster in &clusters {
        let entries = history.entries(cluster)?;
        if let (Some(max_age), Some(last)) = (max_age, entries.last()) {
            let age = seconds(&last.time).zip(now).map(|(then, now)| now - then);
            if age.is_none_or(|age| age > max_age) {
                stale.push(format!("{cluster} ({})", age.map_or("no clock".into(), carry::ago)));
            }
        }
        rows.extend(entries.into_iter().map(|entry| (cluster.clone(), entry)));
    }
    match args.output {
        InventoryFormat::Json => {
            let rows: Vec<Value> = rows
                .iter()
                .map(|(cluster, entry)| json!({"cluster": cluster, "seq": entry.seq, "time": entry.time, "name": entry.name}))
                .collect();
            print_json(world, &json!({"format": 1, "records": rows, "stale": stale}))?;
        }
        InventoryFormat::Table => {
            let mut table = table(&["CLUSTER", "NUMBER", "TIME"]);
            for (cluster, entry) in &rows {
                table.add_row([cluster.as_str(), &entry.seq.to_string(), &entry.time]);
            }
            print(world, &table)?;
        }
    }
    if stale.is_empty() {
        return Ok(exit::SATISFIED);
    }
    writeln!(world.err, "sextant: no recent record of {}", stale.join(", "))?;
    Ok(exit::INCOMPLETE)
}

fn trend(args: &HistoryArgs, last: Option<usize>, world: &mut World<'_>) -> Result<u8, Stop> {
    let (history, clusters) = open(args)?;
    let mut heads: Vec<Head> = Vec::new();
    for cluster in &clusters {
        let entries = history.entries(cluster)?;
        let skipped = last.map_or(0, |last| entries.len().saturating_sub(last));
        for entry in entries.iter().skip(skipped) {
            match history.head(entry) {
                Ok(head) => heads.push(head),
                Err(failure) if failure.again => return Err(failure.into()),
                // One damaged record does not hide the others; verify tells what is wrong with it.
                Err(failure) => writeln!(world.err, "sextant: {failure}")?,
            }
        }
    }
    if args.output == InventoryFormat::Json {
        let rows: Vec<Value> = heads
            .iter()
            .map(|head| {
                json!({"cluster": head.cluster, "seq": head.seq, "time": head.time, "gate": head.gate, "counts": head.counts,
                    "aspects": head.aspects, "change": head.change, "not_read": head.gaps.len()})
            })
            .collect();
        print_json(world, &json!({"format": 1, "trend": rows}))?;
        return Ok(exit::SATISFIED);
    }
    let heads_of = [
        "CLUSTER", "NUMBER", "TIME", "EXIT", "FAIL", "UNKNOWN", "WAIVED", "PASS", "PASSED", "NEW", "FIXED", "UNPROVEN",
    ];
    let mut table = table(&heads_of);
    for head in &heads {
        let Counts { fail, unknown, waived, pass, .. } = head.counts;
        let change = &head.change;
        let numbers = [fail, unknown, waived, pass].map(|number| number.to_string());
        let mut row =
            vec![head.cluster.clone(), head.seq.to_string(), head.time.clone(), head.gate.exit_code.to_string()];
        row.extend(numbers);
        row.push(percent(&head.counts));
        row.extend([change.new + change.new_policy, change.fixed, change.unproven].map(|number| number.to_string()));
        table.add_row(row);
    }
    print(world, &table)?;
    Ok(exit::SATISFIED)
}

/// Never rounded up: unknown is not passed.
fn percent(counts: &Counts) -> String {
    match counts.judged() {
        0 => "-".into(),
        judged => format!("{}%", counts.pass * 100 / judged),
    }
}

fn marks(marks: &[Mark], word: &str, table: &mut Table) {
    for mark in marks {
        let cells =
            [word, mark.severity.as_str(), &mark.policy, &mark.subject.to_string(), &mark.path, &mark.fingerprint];
        table.add_row(cells.map(clean));
    }
}

fn entry(entries: &[Entry], seq: u64) -> Result<&Entry, Stop> {
    let first = entries.first().map_or(0, |entry| entry.seq);
    let last = entries.last().map_or(0, |entry| entry.seq);
    let wrong = || Stop::usage(format!("there is no record {seq}; there are some from {first} to {last}"));
    entries.iter().find(|entry| entry.seq == seq).ok_or_else(wrong)
}

fn show(args: &HistoryArgs, what: &str, world: &mut World<'_>) -> Result<u8, Stop> {
    let (history, cluster, entries) = one(args)?;
    let last = entries.last().map_or(0, |entry| entry.seq);
    let number = if what == "last" { Some(last) } else { what.parse().ok().filter(|_| what.len() < 32) };
    let Some(number) = number else { return life(&history, &cluster, &entries, what, args.output, world) };
    let record = history.record(entry(&entries, number)?)?;
    if args.output == InventoryFormat::Json {
        print_json(world, &json!({"format": 1, "head": record.head, "findings": record.findings}))?;
        return Ok(exit::SATISFIED);
    }
    let head = &record.head;
    writeln!(
        world.out,
        "record {} of {cluster}, {}; exit code {}; {} fail, {} unknown, {} waived, {} pass; {} kinds and sources not read",
        head.seq,
        head.time,
        head.gate.exit_code,
        head.counts.fail,
        head.counts.unknown,
        head.counts.waived,
        head.counts.pass,
        head.gaps.len()
    )?;
    let mut table = table(&["VERDICT", "SEVERITY", "POLICY", "SUBJECT", "PATH", "FINGERPRINT"]);
    for mark in &record.findings {
        marks(std::slice::from_ref(mark), mark.verdict.as_str(), &mut table);
    }
    print(world, &table)?;
    Ok(exit::SATISFIED)
}

/// When a finding came, went and came again.
fn life(
    history: &History,
    cluster: &str,
    entries: &[Entry],
    fingerprint: &str,
    output: InventoryFormat,
    world: &mut World<'_>,
) -> Result<u8, Stop> {
    let mut spans: Vec<(String, String, String, u64)> = Vec::new();
    let mut open = false;
    let mut shown = None;
    for entry in entries {
        let record = history.record(entry)?;
        let found = record.findings.into_iter().find(|mark| mark.fingerprint.starts_with(fingerprint));
        match (found, spans.last_mut()) {
            (Some(mark), Some(span)) if open && span.0 == mark.verdict.as_str() => {
                span.2.clone_from(&entry.time);
                span.3 += 1;
                shown = Some(mark);
            }
            (Some(mark), _) => {
                spans.push((mark.verdict.as_str().into(), entry.time.clone(), entry.time.clone(), 1));
                (open, shown) = (true, Some(mark));
            }
            (None, _) => open = false,
        }
    }
    let Some(mark) = shown else {
        return Err(Stop::usage(format!("no record of {cluster} holds a finding {fingerprint:?}")));
    };
    if output == InventoryFormat::Json {
        let spans: Vec<Value> = spans
            .iter()
            .map(|(verdict, first, last, runs)| json!({"verdict": verdict, "first": first, "last": last, "runs": runs}))
            .collect();
        print_json(world, &json!({"format": 1, "finding": mark, "spans": spans, "open": open}))?;
        return Ok(exit::SATISFIED);
    }
    writeln!(
        world.out,
        "{} {} {} {}",
        mark.fingerprint,
        mark.policy,
        mark.subject,
        if open { "(open)" } else { "(gone)" }
    )?;
    let mut table = table(&["VERDICT", "FIRST SEEN", "LAST SEEN", "RUNS"]);
    for (verdict, first, last, runs) in &spans {
        table.add_row([verdict, first, last, &runs.to_string()]);
    }
    print(world, &table)?;
    Ok(exit::SATISFIED)
}

fn diff(args: &HistoryArgs, before: Option<u64>, after: Option<u64>, world: &mut World<'_>) -> Result<u8, Stop> {
    let (history, _, entries) = one(args)?;
    let last = |back: usize| entries.len().checked_sub(back + 1).and_then(|at| entries.get(at)).map(|entry| entry.seq);
    let few = || Stop::usage("there is one record only: nothing to compare");
    let before = before.or_else(|| last(1)).ok_or_else(few)?;
    let after = after.or_else(|| last(0)).ok_or_else(few)?;
    let (old, new) = (history.record(entry(&entries, before)?)?, history.record(entry(&entries, after)?)?);
    let [came, fixed, unproven] = change::between(&old, &new);
    if args.output == InventoryFormat::Json {
        let all =
            json!({"format": 1, "before": before, "after": after, "new": came, "fixed": fixed, "unproven": unproven});
        print_json(world, &all)?;
        return Ok(exit::SATISFIED);
    }
    writeln!(
        world.out,
        "{} new, {} fixed, {} gone without proof, from record {before} to {after}",
        came.len(),
        fixed.len(),
        unproven.len()
    )?;
    let mut table = table(&["", "SEVERITY", "POLICY", "SUBJECT", "PATH", "FINGERPRINT"]);
    for (list, word) in [(&came, "new"), (&fixed, "fixed"), (&unproven, "unproven")] {
        marks(list, word, &mut table);
    }
    print(world, &table)?;
    Ok(exit::SATISFIED)
}

/// `N:SHA256`.
fn link(text: &str) -> Result<Link, Stop> {
    let wrong = || Stop::usage(format!("--expect {text:?}: write NUMBER:SHA256, 64 hexadecimal digits"));
    let (seq, sha256) = text.split_once(':').ok_or_else(wrong)?;
    let seq = seq.trim().parse().map_err(|_| wrong())?;
    let sha256 = sha256.trim().to_ascii_lowercase();
    let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { Ok(Link { seq, sha256 }) } else { Err(wrong()) }
}

fn verify(args: &HistoryArgs, expected: Option<&str>, world: &mut World<'_>) -> Result<u8, Stop> {
    let expected = expected.map(link).transpose()?;
    let (history, clusters) = open(args)?;
    if expected.is_some() && clusters.len() > 1 {
        return Err(Stop::usage(format!(
            "--expect is of one cluster: name it with --cluster: {}",
            clusters.join(", ")
        )));
    }
    let mut wrong = false;
    let mut rows = Vec::new();
    for cluster in &clusters {
        let mut verified = verify::verify(&history, cluster)?;
        if let Some(expected) = &expected {
            verified.expect(&history, cluster, expected)?;
        }
        wrong |= !verified.problems.is_empty();
        if args.output == InventoryFormat::Json {
            let problems: Vec<Value> =
                verified.problems.iter().map(|one| json!({"seq": one.seq, "problem": one.what})).collect();
            rows.push(json!({"cluster": cluster, "records": verified.records, "newest": verified.newest, "problems": problems}));
            continue;
        }
        match &verified.newest {
            Some(newest) if verified.problems.is_empty() => writeln!(
                world.out,
                "{cluster}: {} records, unbroken; the newest is {} with sha256 {}",
                verified.records, newest.seq, newest.sha256
            )?,
            _ => writeln!(world.out, "{cluster}: {} records, NOT as they were written", verified.records)?,
        }
        for problem in &verified.problems {
            writeln!(world.out, "  record {}: {}", problem.seq, problem.what)?;
        }
    }
    if args.output == InventoryFormat::Json {
        print_json(world, &json!({"format": 1, "clusters": rows}))?;
    }
    Ok(if wrong { exit::FAILED } else { exit::SATISFIED })
}

//! Records of runs: chained, thinned out, and proven.

use std::{path::Path, time::Instant};

use serde_json::Value;
use sextant::{
    history::{History, Keep, index, verify},
    report::Report,
    store::Dir,
};

use super::{files, run};
use crate::harness::{sextant, text};

fn report() -> Report {
    serde_json::from_str(&sextant(&["audit", "--sample", "-o", "json"]).out).unwrap()
}

/// So many records, a day apart.
pub fn filled(dir: &Path, runs: usize, keep: &Keep) -> History {
    let history = History::with(Box::new(Dir::new(dir)), None);
    let mut report = report();
    let findings = report.findings.clone();
    for day in 0..runs {
        let time = jiff::Timestamp::from_second(1_760_000_000 + i64::try_from(day).unwrap() * 86_400).unwrap();
        // Something comes and goes.
        report.findings = findings.iter().skip(day % 7).cloned().collect();
        report.settle();
        history.append("prod", &report, &time.to_string(), keep).unwrap();
    }
    history
}

/// Runs of different seconds write records of different names: the number alone tells them apart.
#[test]
fn runs_at_the_same_time_write_one_chain() {
    let home = tempfile::tempdir().unwrap();
    let report = report();
    let run = |who: i64| {
        let history = History::with(Box::new(Dir::new(home.path())), None);
        for turn in 0..5 {
            let now = jiff::Timestamp::from_second(1_760_000_000 + who * 7 + turn * 60).unwrap().to_string();
            history.append("prod", &report, &now, &Keep::All).unwrap();
        }
    };
    std::thread::scope(|scope| {
        for who in 0..6 {
            scope.spawn(move || run(who));
        }
    });
    let history = History::with(Box::new(Dir::new(home.path())), None);
    let verified = verify::verify(&history, "prod").unwrap();
    assert_eq!((verified.records, verified.problems), (30, Vec::new()));
    let numbers: Vec<u64> = history.entries("prod").unwrap().iter().map(|entry| entry.seq).collect();
    assert_eq!(numbers, (1..=30).collect::<Vec<_>>());
}

#[test]
fn tampered_and_missing_records_are_found() {
    let home = tempfile::tempdir().unwrap();
    let history = filled(home.path(), 12, &Keep::All);
    let ok = verify::verify(&history, "prod").unwrap();
    assert!(ok.problems.is_empty() && ok.records == 12, "{ok:?}");
    let entries = history.entries("prod").unwrap();
    let place = |at: usize| home.path().join(&entries[at].name);
    let problems = |history: &History| -> Vec<u64> {
        verify::verify(history, "prod").unwrap().problems.iter().map(|problem| problem.seq).collect()
    };
    // A bit anywhere.
    let good = std::fs::read(place(4)).unwrap();
    for at in [0, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(place(4), bad).unwrap();
        assert!(problems(&history).contains(&5), "byte {at}");
    }
    // A record that is whole in itself: another one under this number.
    let other = tempfile::tempdir().unwrap();
    let forged = filled(other.path(), 6, &Keep::All);
    let name = &forged.entries("prod").unwrap()[4].name;
    let mut lines =
        String::from_utf8(zstd::decode_all(&*std::fs::read(other.path().join(name)).unwrap()).unwrap()).unwrap();
    lines = lines.replace("\"severity\":\"high\"", "\"severity\":\"low\"");
    let (body, _) = lines.trim_end().rsplit_once('\n').unwrap();
    let body = format!("{body}\n");
    let sealed = format!("{body}{{\"sha256\":\"{}\"}}\n", sextant::history::digest(body.as_bytes()));
    std::fs::write(place(4), zstd::encode_all(sealed.as_bytes(), 3).unwrap()).unwrap();
    assert_eq!(problems(&history), [5], "its seal is whole, but the next one names another");
    std::fs::write(place(4), &good).unwrap();
    assert!(problems(&history).is_empty());
    for gone in 0..12 {
        let bytes = std::fs::read(place(gone)).unwrap();
        std::fs::remove_file(place(gone)).unwrap();
        assert!(!problems(&history).is_empty(), "{gone}");
        std::fs::write(place(gone), bytes).unwrap();
    }
    // Two that changed places, and one put in again under a number of its own.
    let (three, five) = (std::fs::read(place(3)).unwrap(), std::fs::read(place(5)).unwrap());
    std::fs::write(place(3), &five).unwrap();
    std::fs::write(place(5), &three).unwrap();
    assert!([4, 6].iter().all(|seq| problems(&history).contains(seq)), "{:?}", problems(&history));
    std::fs::write(place(3), &three).unwrap();
    std::fs::write(place(5), &five).unwrap();
    let again = place(5).with_file_name("00000004-2026-01-01T000000Z.run.zst");
    std::fs::write(&again, &three).unwrap();
    assert!(problems(&history).contains(&4), "two of one number");
    std::fs::remove_file(&again).unwrap();
    // The newest one replaced by another that is whole in itself.
    let newest = std::fs::read(place(11)).unwrap();
    let forged = filled(other.path(), 12, &Keep::All);
    let name = &forged.entries("prod").unwrap()[11].name;
    let text_of = |path: &Path| String::from_utf8(zstd::decode_all(&*std::fs::read(path).unwrap()).unwrap()).unwrap();
    let lines = text_of(&other.path().join(name)).replace("\"severity\":\"high\"", "\"severity\":\"low\"");
    let (body, _) = lines.trim_end().rsplit_once('\n').unwrap();
    let body = format!("{body}\n");
    let sealed = format!("{body}{{\"sha256\":\"{}\"}}\n", sextant::history::digest(body.as_bytes()));
    std::fs::write(place(11), zstd::encode_all(sealed.as_bytes(), 3).unwrap()).unwrap();
    assert!(problems(&history).contains(&12), "{:?}", problems(&history));
    std::fs::write(place(11), &newest).unwrap();
    let dir = text(home.path());
    let verify = |more: &[&str]| run(&[&["report", "history", "verify", "--history", &dir], more].concat(), &[]);
    assert_eq!(verify(&[]).code, 0, "{}", verify(&[]).out);
    // Cut off at the end, with the note: what was told elsewhere still proves it.
    let told = ok.newest.as_ref().map(|link| format!("{}:{}", link.seq, link.sha256)).unwrap();
    assert_eq!(verify(&["--expect", &told]).code, 0);
    let (note, cut) = (home.path().join("prod/newest"), std::fs::read(place(11)).unwrap());
    let noted = std::fs::read(&note).unwrap();
    std::fs::remove_file(place(11)).unwrap();
    assert!(verify(&[]).out.contains("record 12: it was the newest record, and is missing"), "{}", verify(&[]).out);
    std::fs::remove_file(&note).unwrap();
    assert!(verify(&[]).out.contains("the note of the newest record is missing"), "{}", verify(&[]).out);
    let before = std::fs::read(place(10)).unwrap();
    std::fs::write(&note, format!("11 {}\n", sextant::history::digest(&before))).unwrap();
    assert_eq!(verify(&[]).code, 0, "without a key a forged note is as good as a true one");
    let expected = verify(&["--expect", &told]);
    assert!(expected.code == 1 && expected.out.contains("it was expected, and is not there"), "{}", expected.out);
    assert_eq!(verify(&["--expect", "12:nonsense"]).code, 2);
    std::fs::write(&note, noted).unwrap();
    // A run that goes on after the cut gives no number twice: the gap stays.
    let mut next = report();
    next.settle();
    history.append("prod", &next, "2026-11-23T12:00:00Z", &Keep::All).unwrap();
    assert_eq!(problems(&history), [13], "record 12 was taken away before it was written");
    std::fs::remove_file(home.path().join(&history.entries("prod").unwrap()[11].name)).unwrap();
    std::fs::write(place(11), cut).unwrap();
    std::fs::write(&note, format!("12 {}\n", ok.newest.as_ref().unwrap().sha256)).unwrap();
    assert_eq!(verify(&[]).code, 0, "{}", verify(&[]).out);
    std::fs::remove_file(place(6)).unwrap();
    let done = run(&["report", "history", "verify", "--history", &dir], &[]);
    assert_eq!(done.code, 1);
    assert!(done.out.contains("record 6: the record after it is missing"), "{}", done.out);
}

#[test]
fn a_key_proves_who_wrote_the_last_record() {
    let home = tempfile::tempdir().unwrap();
    let dir = text(home.path());
    let env = [("SEXTANT_HISTORY_KEY", "one")];
    run(&["audit", "--sample", "--history", &dir, "--quiet"], &env);
    assert_eq!(run(&["report", "history", "verify", "--history", &dir], &env).code, 0);
    let other = run(&["report", "history", "verify", "--history", &dir], &[("SEXTANT_HISTORY_KEY", "two")]);
    assert_eq!(other.code, 1);
    assert!(other.out.contains("another key"), "{}", other.out);
    // Nor can anybody without the key write the note of an end that is none.
    let note = home.path().join("sample/newest");
    let link = std::fs::read_to_string(&note).unwrap();
    let forged: Vec<&str> = link.split_whitespace().take(2).collect();
    std::fs::write(&note, forged.join(" ")).unwrap();
    let verify = run(&["report", "history", "verify", "--history", &dir], &env);
    assert!(verify.code == 1 && verify.out.contains("is not sealed"), "{}", verify.out);
}

#[test]
fn retention_leaves_a_chain_that_holds() {
    let home = tempfile::tempdir().unwrap();
    let history = filled(home.path(), 60, &"14d:all,1y:weekly".parse().unwrap());
    let left = history.entries("prod").unwrap();
    assert!((18..=24).contains(&left.len()), "{}", left.len());
    let verified = verify::verify(&history, "prod").unwrap();
    assert!(verified.problems.is_empty(), "{:?}", verified.problems);
    // A thinned-out record is attested as any other.
    let old = home.path().join(&left[1].name);
    let mut bytes = std::fs::read(&old).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&old, bytes).unwrap();
    let mut report = report();
    report.settle();
    history.append("prod", &report, "2026-01-30T00:00:00Z", &"14d:all,1y:weekly".parse().unwrap()).unwrap();
    assert!(!verify::verify(&history, "prod").unwrap().problems.is_empty(), "no later run makes it good");
    std::fs::remove_file(&old).unwrap();
    assert!(!verify::verify(&history, "prod").unwrap().problems.is_empty());
}

#[test]
fn what_came_and_went_is_shown() {
    let home = tempfile::tempdir().unwrap();
    let dir = text(home.path());
    filled(home.path(), 9, &Keep::All);
    let trend = run(&["report", "history", "trend", "--history", &dir, "-o", "json"], &[]);
    let trend: Value = serde_json::from_str(&trend.out).unwrap();
    let rows = trend["trend"].as_array().unwrap();
    assert_eq!(rows.len(), 9);
    let gone = |row: &Value| row["change"]["fixed"].as_u64().unwrap() + row["change"]["unproven"].as_u64().unwrap();
    assert!(rows[7]["change"]["new"].as_u64().unwrap() > 0, "{}", rows[7]);
    assert!(rows[1..7].iter().any(|row| gone(row) > 0));
    let diff = run(&["report", "history", "diff", "--history", &dir, "7", "8", "-o", "json"], &[]);
    let diff: Value = serde_json::from_str(&diff.out).unwrap();
    assert!(!diff["new"].as_array().unwrap().is_empty());
    let fingerprint = diff["new"][0]["fingerprint"].as_str().unwrap().to_owned();
    let life = run(&["report", "history", "show", "--history", &dir, &fingerprint, "-o", "json"], &[]);
    let life: Value = serde_json::from_str(&life.out).unwrap();
    assert!(life["spans"].as_array().unwrap().len() >= 2, "{life}");
    let show = run(&["report", "history", "show", "--history", &dir, "last"], &[]);
    assert!(show.out.starts_with("record 9 of prod"), "{}", show.out);
    let list = run(&["report", "history", "list", "--history", &dir, "--max-age", "1h"], &[]);
    assert_eq!(list.code, 4, "no recent record");
    assert_eq!(run(&["report", "history", "list", "--history", &dir], &[]).code, 0);
    let none = run(&["report", "history", "list", "--history", &text(&home.path().join("none"))], &[]);
    assert_eq!(none.code, 3);
}

#[test]
fn two_runs_at_once_make_one_chain() {
    let home = tempfile::tempdir().unwrap();
    let report = report();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let history = History::with(Box::new(Dir::new(home.path())), None);
                for _ in 0..2 {
                    let _ = history.append("c", &report, "2026-11-23T12:00:00Z", &Keep::All);
                }
            });
        }
    });
    let history = History::with(Box::new(Dir::new(home.path())), None);
    let verified = verify::verify(&history, "c").unwrap();
    assert!(verified.problems.is_empty() && verified.records >= 2, "{verified:?}");
}

#[test]
fn the_index_says_what_the_records_say() {
    let home = tempfile::tempdir().unwrap();
    let history = filled(&home.path().join("h"), 9, &Keep::All);
    let file = home.path().join("history.db");
    assert_eq!(index::build(&history, &["prod".into()], &file).unwrap(), 9);
    // And anew, over the old one.
    assert_eq!(index::build(&history, &["prod".into()], &file).unwrap(), 9);
    let database = rusqlite::Connection::open(&file).unwrap();
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT COUNT(*) FROM runs"), 9);
    let last = history.record(history.entries("prod").unwrap().last().unwrap()).unwrap();
    assert_eq!(count("SELECT COUNT(*) FROM open_findings"), {
        let mut seen: Vec<_> = last.findings.iter().map(|mark| (&mark.fingerprint, mark.verdict)).collect();
        seen.sort();
        seen.dedup();
        i64::try_from(seen.len()).unwrap()
    });
    assert!(count("SELECT COUNT(*) FROM findings WHERE first_seq > 1") > 0);
}

/// 500 runs: `cargo test --release --test main history_speed -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn history_speed() {
    let home = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let history = filled(home.path(), 500, &Keep::All);
    eprintln!("history: 500 records in {:.1?}", began.elapsed());
    let size: usize = files(home.path()).values().map(Vec::len).sum();
    let began = Instant::now();
    let trend = run(&["report", "history", "trend", "--history", &text(home.path())], &[]);
    assert_eq!((trend.code, trend.out.lines().count()), (0, 501));
    eprintln!("history: trend of 500 records ({size} bytes) in {:.3?}", began.elapsed());
    let began = Instant::now();
    assert!(verify::verify(&history, "prod").unwrap().problems.is_empty());
    eprintln!("history: verified in {:.3?}", began.elapsed());
    let began = Instant::now();
    index::build(&history, &["prod".into()], &home.path().join("x.db")).unwrap();
    eprintln!("history: indexed in {:.3?}", began.elapsed());
}

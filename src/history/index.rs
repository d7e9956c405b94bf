//! An index that can be thrown away: the records in one SQLite file, for questions of one's own.
//! A finding is one row for each unbroken time that it was there.

use std::path::Path;

use rusqlite::{Connection, params};

use super::History;
use crate::store::Failure;

const TABLES: &str = "
CREATE TABLE runs (cluster TEXT, seq INTEGER, time TEXT, tool TEXT, exit_code INTEGER, incomplete INTEGER,
  fail INTEGER, unknown INTEGER, waived INTEGER, pass INTEGER, not_applicable INTEGER,
  new INTEGER, fixed INTEGER, PRIMARY KEY (cluster, seq)) WITHOUT ROWID;
CREATE TABLE findings (id INTEGER PRIMARY KEY, cluster TEXT, fingerprint TEXT, verdict TEXT, policy TEXT, severity TEXT,
  object_group TEXT, kind TEXT, namespace TEXT, name TEXT, path TEXT, first_seq INTEGER, last_seq INTEGER);
CREATE INDEX by_fingerprint ON findings (cluster, fingerprint, verdict, last_seq);
CREATE VIEW open_findings AS SELECT f.* FROM findings f
  WHERE f.last_seq = (SELECT MAX(seq) FROM runs r WHERE r.cluster = f.cluster);
";

/// Makes the index anew; the file appears whole. Returns how many runs are in it.
///
/// # Errors
/// Records that cannot be read, a file that cannot be written.
pub fn build(history: &History, clusters: &[String], into: &Path) -> Result<usize, Failure> {
    let mut part = into.as_os_str().to_owned();
    part.push(".part");
    let part = std::path::PathBuf::from(part);
    let _ = std::fs::remove_file(&part);
    let sql = |error: rusqlite::Error| Failure::firm(format!("{}: {error}", into.display()));
    let mut database = Connection::open(&part).map_err(sql)?;
    database.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;").map_err(sql)?;
    let mut runs = 0;
    let work = database.transaction().map_err(sql)?;
    work.execute_batch(TABLES).map_err(sql)?;
    for cluster in clusters {
        let mut before: Option<u64> = None;
        for entry in history.entries(cluster)? {
            let record = history.record(&entry)?;
            let (head, counts) = (&record.head, &record.head.counts);
            let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            work.prepare_cached("INSERT INTO runs VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)")
                .and_then(|mut insert| {
                    insert.execute(params![
                        cluster,
                        number(head.seq),
                        head.time,
                        head.tool.version,
                        head.gate.exit_code,
                        head.gate.incomplete,
                        number(counts.fail),
                        number(counts.unknown),
                        number(counts.waived),
                        number(counts.pass),
                        number(counts.not_applicable),
                        number(head.change.new),
                        number(head.change.fixed)
                    ])
                })
                .map_err(sql)?;
            for mark in &record.findings {
                let verdict = mark.verdict.as_str();
                let seen = work
                    .prepare_cached(
                        "UPDATE findings SET last_seq = ?4 WHERE cluster = ?1 AND fingerprint = ?2 AND verdict = ?3 \
                         AND last_seq IN (?4, ?5)",
                    )
                    .and_then(|mut update| {
                        let last = before.map_or(-1, number);
                        update.execute(params![cluster, mark.fingerprint, verdict, number(head.seq), last])
                    })
                    .map_err(sql)?;
                if seen > 0 {
                    continue;
                }
                let subject = &mark.subject;
                work.prepare_cached("INSERT INTO findings VALUES (NULL,?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?11)")
                    .and_then(|mut insert| {
                        insert.execute(params![
                            cluster,
                            mark.fingerprint,
                            verdict,
                            mark.policy,
                            mark.severity.as_str(),
                            &*subject.group,
                            &*subject.kind,
                            &*subject.namespace,
                            &*subject.name,
                            mark.path,
                            number(head.seq)
                        ])
                    })
                    .map_err(sql)?;
            }
            before = Some(head.seq);
            runs += 1;
        }
    }
    work.commit().map_err(sql)?;
    database.close().map_err(|(_, error)| sql(error))?;
    std::fs::rename(&part, into).map_err(|error| Failure::firm(format!("{}: {}", into.display(), error.kind())))?;
    Ok(runs)
}

//! Harbor, live: every call that `facts/registry/harbor.rs` reads, and no other. GET only.
//!
//! Lists are read to their end; one that breaks off keeps what came and says what is missing.

use std::collections::HashSet;

use serde_json::Value;

use super::wire::{Fault, Reply, Wire};
use crate::{
    facts::registry::{
        answers::{Answer, Answers, state_of},
        harbor::{CALLER, artifacts_of, of_project, repositories_of, robots_of, runs_of},
    },
    snapshot::State,
};

/// Harbor gives no more at once.
const PAGE: usize = 100;

/// Calls that answer with one object.
const SINGLE: [&str; 8] = [
    "/health",
    "/systeminfo",
    "/systeminfo/volumes",
    "/users/current",
    "/configurations",
    "/system/gc/schedule",
    "/system/purgeaudit/schedule",
    "/system/scanAll/schedule",
];

/// Calls that answer with a list.
const LISTS: [&str; 6] = ["/users", "/robots", "/quotas", "/scanners", "/registries", "/replication/policies"];

/// Reads everything. `caller` is the account that asks, where it is known.
pub fn read(wire: &mut Wire, caller: Option<&str>) -> Answers {
    let mut reader = Reader { wire, answers: Answers::default() };
    if let Some(caller) = caller {
        reader.answers.put(CALLER, serde_json::json!({"username": caller}));
    }
    reader.list("/projects");
    // Health and the few public settings need no account.
    for call in &SINGLE[..2] {
        reader.single(call);
    }
    if reader.answers.get("/projects").is_some_and(|answer| answer.status == 401) {
        // An account that is refused is not tried again and again: it might be locked.
        return reader.answers;
    }
    for call in &SINGLE[2..] {
        reader.single(call);
    }
    reader.single("/system/CVEAllowlist");
    for call in LISTS {
        reader.list(call);
    }
    let policies = reader.ids("/replication/policies");
    for policy in policies {
        reader.first_page(&runs_of(policy));
    }
    let projects: Vec<Value> = reader.answers.list("/projects").to_vec();
    for project in &projects {
        reader.project(project);
    }
    reader.answers
}

struct Reader<'w> {
    wire: &'w mut Wire,
    answers: Answers,
}

/// As it goes over the wire: a filter's own characters are encoded.
fn encoded(call: &str) -> String {
    match call.split_once("?q=") {
        Some((path, filter)) => format!("{path}?q={}", filter.replace('=', "%3D").replace(',', "%2C")),
        None => call.to_owned(),
    }
}

fn lacking(fault: &Fault) -> Answer {
    Answer { status: 0, body: Value::Null, lack: fault.reason.clone(), state: fault.state }
}

fn of_reply(reply: Reply) -> Answer {
    Answer { status: reply.status, body: reply.body, lack: String::new(), state: state_of(reply.status) }
}

impl Reader<'_> {
    fn single(&mut self, call: &str) {
        let answer = match self.wire.get(&encoded(call)) {
            // No schedule is null.
            Ok(reply) if reply.status < 300 && !reply.body.is_object() && !reply.body.is_null() => {
                malformed("the answer is no object")
            }
            Ok(reply) => of_reply(reply),
            Err(fault) => lacking(&fault),
        };
        self.answers.insert(call, answer);
    }

    fn page(&mut self, call: &str, number: usize) -> Result<Reply, Fault> {
        let call = encoded(call);
        let joint = if call.contains('?') { '&' } else { '?' };
        self.wire.get(&format!("{call}{joint}page={number}&page_size={PAGE}"))
    }

    /// What is newest comes first: the rest is history.
    fn first_page(&mut self, call: &str) {
        let answer = match self.page(call, 1) {
            Ok(reply) if reply.status < 300 && !reply.body.is_array() => malformed("the answer is no list"),
            Ok(reply) => of_reply(reply),
            Err(fault) => lacking(&fault),
        };
        self.answers.insert(call, answer);
    }

    fn list(&mut self, call: &str) {
        let answer = self.whole(call);
        self.answers.insert(call, answer);
    }

    fn whole(&mut self, call: &str) -> Answer {
        let mut items: Vec<Value> = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        let mut number = 0;
        let lack = loop {
            number += 1;
            let (found, total) = match self.page(call, number) {
                Ok(Reply { status, total, body: Value::Array(found) }) if status < 300 => (found, total),
                Ok(reply) if reply.status < 300 && number == 1 => return malformed("the answer is no list"),
                Ok(reply) if number == 1 => return of_reply(reply),
                Err(fault) if number == 1 => return lacking(&fault),
                Ok(reply) if reply.status < 300 => break format!("page {number} is no list"),
                Ok(reply) => break format!("page {number} answered {}", reply.status),
                Err(fault) => break format!("page {number}: {}", fault.reason),
            };
            let came = found.len();
            let before = items.len();
            items.extend(found.into_iter().filter(|item| seen.insert(key_of(item))));
            let fresh = items.len() - before;
            let ends = match total {
                Some(total) => items.len() >= total || came == 0,
                None => came < PAGE,
            };
            if ends {
                match total {
                    Some(total) if items.len() < total => break format!("{} of {total} items came", items.len()),
                    _ => break String::new(),
                }
            }
            if fresh == 0 {
                break format!("page {number} repeats the one before");
            }
        };
        let state = if lack.is_empty() { State::Complete } else { State::Partial };
        let lack =
            if lack.is_empty() || items.is_empty() { lack } else { format!("{lack}, after {} items", items.len()) };
        Answer { status: 200, body: Value::Array(items), lack, state }
    }

    fn ids(&self, call: &str) -> Vec<i64> {
        self.answers.list(call).iter().filter_map(|item| item.get("id")?.as_i64()).collect()
    }

    fn project(&mut self, project: &Value) {
        let Some(id) = project.get("project_id").and_then(Value::as_i64) else { return };
        let Some(name) = project.get("name").and_then(Value::as_str).filter(|name| is_plain(name)) else { return };
        self.list(&of_project(id, "members"));
        self.list(&robots_of(id));
        self.list(&of_project(id, "immutabletagrules"));
        let retention = project.pointer("/metadata/retention_id").and_then(Value::as_str);
        if let Some(retention) = retention.and_then(|id| id.parse::<u64>().ok()).filter(|id| *id > 0) {
            self.single(&format!("/retentions/{retention}"));
        }
        self.list(&repositories_of(name));
        let repositories = self.answers.list(&repositories_of(name));
        let paths = repositories.iter().filter_map(|repository| repository.get("name")?.as_str());
        let below: Vec<String> = paths
            .filter_map(|path| path.strip_prefix(name)?.strip_prefix('/'))
            .filter(|path| is_plain(path))
            .map(str::to_owned)
            .collect();
        for repository in below {
            self.list(&artifacts_of(name, &repository));
        }
    }
}

/// Names that can stand in a path as they are; Harbor allows no others.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.split('/').any(|part| matches!(part, "" | "." | ".."))
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
}

fn malformed(reason: &str) -> Answer {
    Answer { status: 0, body: Value::Null, lack: reason.into(), state: State::Malformed }
}

/// What tells an item from another: lists shift while they are read.
fn key_of(item: &Value) -> String {
    for key in ["id", "project_id", "user_id", "uuid", "digest"] {
        if let Some(found) = item.get(key).filter(|found| !found.is_null()) {
            return found.to_string();
        }
    }
    item.to_string()
}

//! Where reports go: sinks, history, fleets, and what is left when the process dies on the way.

pub mod bucket;
pub mod cluster;
mod faults;
mod fleet;
mod history;
#[cfg(unix)]
mod killed;
mod local;
pub mod servers;
#[cfg(unix)]
mod shards;
mod trust;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use serde_json::Value;

use crate::{
    fake::http::{Request, Response, Server},
    harness::{Run, root, text},
};

/// A fixture cluster as a source.
pub fn source(name: &str) -> String {
    text(&root().join("fixtures/clusters").join(name))
}

/// The program as its users start it: a process, with these variables and no other of ours.
pub fn command(arguments: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sextant"));
    for (name, _) in std::env::vars() {
        if name.starts_with("AWS_") || name.starts_with("SEXTANT_HISTORY") || name == "SSL_CERT_FILE" {
            command.env_remove(name);
        }
    }
    command.args(arguments).envs(env.iter().copied()).stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub fn run(arguments: &[&str], env: &[(&str, &str)]) -> Run {
    let done = command(arguments, env).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = done.status.code().map_or(255, |code| u8::try_from(code).unwrap());
    Run { code, out: text(done.stdout), err: text(done.stderr) }
}

/// A file of sinks.
pub fn sinks(dir: &Path, yaml: &str) -> String {
    let path = dir.join("deliver.yaml");
    std::fs::write(&path, yaml).unwrap();
    text(&path)
}

/// Everything below a folder, but for what is hidden, and whether it is JSON where it says so.
pub fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else if !path.file_name().unwrap().to_string_lossy().starts_with('.') {
                let bytes = std::fs::read(&path).unwrap();
                if path.extension().is_some_and(|suffix| suffix == "json") {
                    serde_json::from_slice::<Value>(&bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                }
                found.insert(text(path.strip_prefix(dir).unwrap()), bytes);
            }
        }
    }
    found
}

/// A receiver that keeps what it gets and answers as told.
pub struct Receiver {
    pub server: Server,
    pub got: Arc<Mutex<Vec<Request>>>,
}

impl Receiver {
    pub fn start(answer: impl Fn(usize) -> Response + Send + Sync + 'static) -> Self {
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = got.clone();
        let handler = move |request: &Request| {
            let mut kept = kept.lock().unwrap();
            kept.push(request.clone());
            answer(kept.len())
        };
        Self { server: Server::start(Arc::new(handler), None), got }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    pub fn got(&self) -> Vec<Request> {
        self.got.lock().unwrap().clone()
    }
}

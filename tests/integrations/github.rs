//! The composite action, its steps run as a runner runs them: expressions put in, bash started with
//! the runner's own words, outputs and summaries read from files.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{before_path, binary, manifests, program, yaml};
use crate::harness::{root, text};

/// A runner that knows what this action needs, and panics at everything else.
struct Runner {
    dir: tempfile::TempDir,
    action: Value,
    /// Whether actions of others fail, as an upload without permission does.
    uses_fail: bool,
    path: String,
}

/// What a run of the action came to.
#[derive(Debug, Default)]
struct Job {
    code: i32,
    log: String,
    summary: String,
    outputs: BTreeMap<String, String>,
    /// Actions of others, and the file they were given.
    used: Vec<(String, PathBuf)>,
    /// Steps that were not run.
    skipped: Vec<String>,
}

impl Runner {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("workspace")).unwrap();
        std::fs::create_dir_all(dir.path().join("temp")).unwrap();
        let action = yaml("deploy/github-action/action.yml");
        Self { dir, action, uses_fail: false, path: std::env::var("PATH").unwrap() }
    }

    fn workspace(&self) -> PathBuf {
        self.dir.path().join("workspace")
    }

    fn run(&self, inputs: &[(&str, &str)]) -> Job {
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        for (name, input) in self.action["inputs"].as_object().unwrap() {
            known.insert(format!("inputs.{name}"), input["default"].as_str().unwrap().to_owned());
        }
        for (name, value) in inputs {
            let before = known.insert(format!("inputs.{name}"), (*value).to_owned());
            assert!(before.is_some(), "the action has no input {name}");
        }
        let mut job = Job::default();
        for (index, step) in self.action["runs"]["steps"].as_array().unwrap().iter().enumerate() {
            let name = step["name"].as_str().unwrap();
            let condition = step["if"].as_str().unwrap_or("${{ success() }}");
            if !holds(condition, &known, job.code == 0) {
                job.skipped.push(name.to_owned());
                continue;
            }
            let code = if let Some(other) = step["uses"].as_str() {
                let file = fill(step["with"]["sarif_file"].as_str().unwrap(), &known);
                job.used.push((other.to_owned(), self.workspace().join(file)));
                i32::from(self.uses_fail)
            } else {
                self.step(step, index, &mut known, &mut job)
            };
            if job.code == 0 {
                job.code = code;
            }
        }
        for (name, output) in self.action["outputs"].as_object().unwrap() {
            job.outputs.insert(name.clone(), fill(output["value"].as_str().unwrap(), &known));
        }
        job
    }

    fn step(&self, step: &Value, index: usize, known: &mut BTreeMap<String, String>, job: &mut Job) -> i32 {
        assert_eq!(step["shell"], "bash");
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "expressions in a script are code of whoever fills them: {script}");
        let files = ["script.sh", "output", "summary"].map(|name| self.dir.path().join(format!("{index}-{name}")));
        let [script_file, output, summary] = &files;
        std::fs::write(script_file, script).unwrap();
        std::fs::write(output, "").unwrap();
        std::fs::write(summary, "").unwrap();
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(script_file).current_dir(self.workspace());
        bash.env("PATH", &self.path)
            .env("GITHUB_OUTPUT", output)
            .env("GITHUB_STEP_SUMMARY", summary)
            .env("GITHUB_WORKSPACE", self.workspace())
            .env("GITHUB_ACTION_PATH", root().join("deploy/github-action"))
            .env("RUNNER_TEMP", self.dir.path().join("temp"))
            .env("KUBECONFIG", "/dev/null");
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            bash.env(name, fill(value.as_str().unwrap(), known));
        }
        let done = bash.output().unwrap();
        job.log += &String::from_utf8(done.stdout).unwrap();
        job.log += &String::from_utf8(done.stderr).unwrap();
        job.summary += &std::fs::read_to_string(summary).unwrap();
        if let Some(id) = step["id"].as_str() {
            for line in std::fs::read_to_string(output).unwrap().lines() {
                let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("no output: {line}"));
                known.insert(format!("steps.{id}.outputs.{key}"), value.to_owned());
            }
        }
        done.status.code().unwrap()
    }
}

/// `${{ … }}` put in; what a step that did not run would have said is empty.
fn fill(text: &str, known: &BTreeMap<String, String>) -> String {
    let expression = regex::Regex::new(r"\$\{\{\s*([a-z.-]+)\s*\}\}").unwrap();
    let filled = expression.replace_all(text, |found: &regex::Captures<'_>| value(&found[1], known));
    assert!(!filled.contains("${{"), "{text}");
    filled.into_owned()
}

fn value(name: &str, known: &BTreeMap<String, String>) -> String {
    assert!(known.contains_key(name) || name.starts_with("steps."), "{name}");
    known.get(name).cloned().unwrap_or_default()
}

fn holds(condition: &str, known: &BTreeMap<String, String>, so_far: bool) -> bool {
    let terms = condition.trim_start_matches("${{").trim_end_matches("}}").trim();
    let looks = terms.contains("cancelled()") || terms.contains("success()");
    (looks || so_far)
        && terms.split("&&").map(str::trim).all(|term| match term {
            "!cancelled()" => true,
            "success()" => so_far,
            _ => {
                let is = term.contains("==");
                let (name, wanted) = term.split_once(if is { "==" } else { "!=" }).unwrap();
                (value(name.trim(), known) == wanted.trim().trim_matches('\'')) == is
            }
        })
}

#[test]
fn a_gate_that_fails_uploads_annotates_and_summarises_all_the_same() {
    let runner = Runner::new();
    manifests(&runner.workspace());
    let inputs = [("binary", &*binary()), ("paths", "deploy of all\n")];
    let job = runner.run(&inputs);
    assert_eq!(job.code, 1, "{}", job.log);
    assert_eq!(job.outputs["exit-code"], "1");
    assert_eq!(job.outputs["verdict"], "failed");
    let [(action, sarif)] = &job.used[..] else { panic!("{:?}", job.used) };
    assert!(action.starts_with("github/codeql-action/upload-sarif@"), "{action}");
    let sarif: Value = serde_json::from_str(&std::fs::read_to_string(sarif).unwrap()).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "deploy%20of%20all/open.yaml");
    assert!(job.log.contains("::error file=deploy of all/open.yaml,line=3,endLine=3,title=NET-008::"), "{}", job.log);
    assert!(job.log.contains("::group::The whole report\nsextant "), "{}", job.log);
    assert!(job.summary.contains("**GATE FAILED**") && !job.summary.contains("##["), "{}", job.summary);
    let reports = runner.workspace().join("sextant-reports");
    for file in ["sextant.json", "sextant.sarif", "sextant.html", "sextant.txt", "summary.md"] {
        assert!(reports.join(file).metadata().unwrap().len() > 0, "{file}");
    }
    // The same, without code scanning; and the gate lowered.
    let job = runner.run(&[&inputs[..], &[("upload-sarif", "false"), ("fail-on", "never")]].concat());
    assert_eq!((job.code, job.used.len(), &*job.outputs["verdict"]), (0, 0, "satisfied"), "{}", job.log);
}

#[test]
fn an_upload_that_fails_takes_nothing_from_the_gate() {
    let mut runner = Runner::new();
    runner.uses_fail = true;
    manifests(&runner.workspace());
    let job = runner.run(&[("binary", &*binary()), ("paths", "deploy of all")]);
    assert_eq!((job.code, job.skipped.len()), (1, 0), "{:?}", job.skipped);
    assert_eq!(job.outputs["exit-code"], "1");
}

#[test]
fn no_result_is_said_and_uploads_nothing_old() {
    let runner = Runner::new();
    manifests(&runner.workspace());
    assert_eq!(runner.run(&[("binary", &*binary()), ("paths", "deploy of all"), ("fail-on", "never")]).used.len(), 1);
    for (wrong, code) in [(("paths", "no-such-folder"), 3), (("fail-on", "anything"), 2), (("waivers", "no-file"), 2)] {
        let job = runner.run(&[("binary", &*binary()), ("paths", "deploy of all"), wrong]);
        assert_eq!((job.code, &*job.outputs["verdict"]), (code, "error"), "{wrong:?} {}", job.log);
        assert_eq!((job.used.len(), &*job.outputs["sarif"]), (0, ""), "an earlier report is not this one's");
        assert!(job.log.contains("::error title=sextant::there is no result"), "{}", job.log);
        assert!(job.summary.contains(&format!("no result, exit code {code}")), "{}", job.summary);
    }
}

#[test]
fn inputs_are_words_and_never_code() {
    let runner = Runner::new();
    let bin = runner.dir.path().join("bin");
    let recorder = program(&bin, "recorder", r#"[ "$1" = --version ] || printf '<%s>\n' "$@""#);
    let recorder = text(&recorder);
    let job = runner.run(&[
        ("binary", &recorder),
        ("paths", "a b\r\n\n  \n$(touch owned)\n`touch owned`\n\"; touch owned; \"\n*\n-n"),
        ("rules", "norms/one\nnorms/two"),
        ("waivers", "waivers.yaml"),
        ("baseline", "before.json"),
        ("arguments", "--allow-incomplete\n--max\nhigh=3"),
    ]);
    let words: Vec<&str> = job.log.lines().filter(|line| line.starts_with('<')).collect();
    let head = ["<audit>", "<--fail-on>", "<high>", "<--rules>", "<norms/one>", "<--rules>", "<norms/two>"];
    let more = [
        "<--waivers>",
        "<waivers.yaml>",
        "<--baseline>",
        "<before.json>",
        "<--allow-incomplete>",
        "<--max>",
        "<high=3>",
    ];
    assert_eq!(words[..14], [&head[..], &more[..]].concat(), "{}", job.log);
    let paths = ["<-->", "<a b>", "<$(touch owned)>", "<`touch owned`>", "<\"; touch owned; \">", "<*>", "<-n>"];
    assert_eq!(words[words.len() - 7..], paths);
    assert!(!runner.workspace().join("owned").exists());
}

/// The whole repository of an action is there, so that its commit is that of the program.
#[test]
fn without_a_program_the_source_of_the_action_is_built() {
    let mut runner = Runner::new();
    manifests(&runner.workspace());
    let bin = runner.dir.path().join("bin");
    let script = format!(
        "printf '<%s>' \"$@\"; test -e \"$4/Cargo.toml\" && mkdir -p \"$6/bin\" && cp '{}' \"$6/bin/sextant\"",
        binary()
    );
    program(&bin, "cargo", &script);
    runner.path = before_path(&bin);
    let job = runner.run(&[("paths", "deploy of all"), ("fail-on", "never")]);
    assert_eq!(job.code, 0, "{}", job.log);
    assert!(job.log.starts_with("<install><--locked><--path>"), "{}", job.log);
    // A build that fails is no pass, and neither is a machine without cargo.
    program(&bin, "cargo", "exit 101");
    let job = runner.run(&[("paths", "deploy of all")]);
    assert_eq!((job.code, job.skipped), (101, vec!["Audit".to_owned(), "Upload to code scanning".into()]));
    let tools = runner.dir.path().join("tools");
    std::fs::create_dir_all(&tools).unwrap();
    std::os::unix::fs::symlink(which("bash"), tools.join("bash")).unwrap();
    runner.path = text(&tools);
    let job = runner.run(&[("paths", "deploy of all")]);
    assert_eq!(job.code, 3, "{}", job.log);
    assert!(job.log.contains("::error title=sextant::there is no cargo here"), "{}", job.log);
}

fn which(name: &str) -> PathBuf {
    let path = std::env::var("PATH").unwrap();
    path.split(':').map(|dir| Path::new(dir).join(name)).find(|file| file.exists()).unwrap()
}

//! A Rego file and its header; the library of all of them.
//!
//! The folder is the registry: `policies/<aspect>/<name>.rego` is package
//! `sextant.<aspect>.<name>`. The header is a METADATA comment whose unknown fields are refused.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use crate::{embedded, object::Kind, severity::Severity, yaml};

/// The eleven aspects of a report, in its order.
pub const ASPECTS: [&str; 11] = [
    "network",
    "storage",
    "cicd",
    "security",
    "ingress",
    "runtime",
    "registry",
    "observability",
    "extensions",
    "fleet",
    "coverage",
];

/// What a policy's violations rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Claim {
    /// Something is missing: a violation needs complete coverage.
    Absence,
    /// Something is there: a violation stands on what was seen.
    Presence,
}

/// The METADATA comment of a policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The requirement, as a sentence.
    pub title: String,
    /// Why it matters.
    pub description: String,
    /// Where to read on.
    #[serde(default)]
    pub related_resources: Vec<String>,
    /// What sextant needs to know.
    pub custom: Custom,
}

/// The `custom` part of a header.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Custom {
    /// Stable and short: `NET-004`.
    pub id: String,
    /// Former ids, which `--select` and waivers still know.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// How bad a violation is, unless it says so itself.
    pub severity: Severity,
    /// What a violation rests on.
    pub claim: Claim,
    /// Kinds that must have been read.
    #[serde(default)]
    pub requires: Vec<Kind>,
    /// Kinds that may be absent, but not unread.
    #[serde(default)]
    pub optional: Vec<Kind>,
    /// The table it judges, chunk by chunk, as `input.rows`.
    pub rows: String,
    /// Small tables it looks things up in, whole, as `data.sx.inventory.<table>`.
    #[serde(default)]
    pub uses: Vec<String>,
    /// Rules files it reads, as `data.sx.rules.<name>`.
    #[serde(default)]
    pub rules: OneOrMany,
    /// Control ids by framework.
    #[serde(default)]
    pub controls: BTreeMap<String, Vec<String>>,
    /// What to do about a violation.
    pub remediation: String,
}

/// A name or a list of names.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "OneOrManyText")]
pub struct OneOrMany(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrManyText {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrManyText> for OneOrMany {
    fn from(text: OneOrManyText) -> Self {
        match text {
            OneOrManyText::One(one) => Self(vec![one]),
            OneOrManyText::Many(many) => Self(many),
        }
    }
}

/// One policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Path of the file below the policies folder: `network/default_deny_ingress.rego`.
    pub path: String,
    /// Folder, one of [`ASPECTS`].
    pub aspect: String,
    /// `sextant.network.default_deny_ingress`.
    pub package: String,
    /// Its METADATA.
    pub header: Header,
    /// Whether it has a `subject` rule: not every row is judged.
    pub has_subject: bool,
    /// Whether it has a `violation` rule.
    pub has_violation: bool,
    /// Whether it has an `unknown` rule.
    pub has_unknown: bool,
}

impl Policy {
    /// Its stable id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.header.custom.id
    }

    /// Every kind it reads, required or optional.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.header.custom.requires.iter().chain(&self.header.custom.optional)
    }

    fn is_called(&self, word: &str) -> bool {
        self.id().eq_ignore_ascii_case(word)
            || self.header.custom.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(word))
            || self.path.strip_suffix(".rego") == Some(word)
    }
}

/// A Rego file of any sort.
#[derive(Clone, Debug)]
pub struct Module {
    /// Path below the policies folder, or as the user named it.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Every policy, helper and test.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// Policies, sorted by id.
    pub policies: Vec<Policy>,
    /// All files but tests: policies and lib.
    pub modules: Vec<Module>,
    /// `_test.rego` files.
    pub tests: Vec<Module>,
}

/// A policy that cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[error("{path}:{line}: {reason}")]
pub struct PolicyError {
    /// The Rego file.
    pub path: String,
    /// Line in it, from 1.
    pub line: u32,
    /// What is wrong, and the remedy where there is one.
    pub reason: String,
}

impl Library {
    /// The policies that the binary carries.
    ///
    /// # Errors
    /// A policy of ours that is broken; the tests hold that there is none.
    pub fn embedded() -> Result<Self, PolicyError> {
        let files = embedded::files(&embedded::POLICIES, "", ".rego");
        Self::load(files.into_iter().map(|(path, text)| Module { path, text: text.to_owned() }).collect())
    }

    /// The embedded policies with the user's on top: the same path replaces, others add.
    ///
    /// # Errors
    /// Files that cannot be read, or policies that are broken.
    pub fn with(paths: &[std::path::PathBuf]) -> Result<Self, PolicyError> {
        let mut files: BTreeMap<String, Module> = embedded::files(&embedded::POLICIES, "", ".rego")
            .into_iter()
            .map(|(path, text)| (path.clone(), Module { path, text: text.to_owned() }))
            .collect();
        for root in paths {
            for (name, path) in rego_files(root)? {
                let text = std::fs::read_to_string(&path).map_err(|e| unreadable(&path, &e))?;
                files.insert(name, Module { path: path.display().to_string(), text });
            }
        }
        Self::load_named(files.into_iter().collect())
    }

    /// A library from files whose paths are below a policies folder.
    ///
    /// # Errors
    /// The first broken file.
    pub fn load(files: Vec<Module>) -> Result<Self, PolicyError> {
        Self::load_named(files.into_iter().map(|module| (module.path.clone(), module)).collect())
    }

    fn load_named(files: Vec<(String, Module)>) -> Result<Self, PolicyError> {
        let mut library = Self::default();
        for (name, module) in files {
            if name.ends_with("_test.rego") {
                library.tests.push(module);
                continue;
            }
            if !name.starts_with("lib/") {
                library.policies.push(read_policy(&name, &module)?);
            }
            library.modules.push(module);
        }
        library.policies.sort_by(|a, b| a.id().cmp(b.id()));
        for pair in library.policies.windows(2) {
            if let [a, b] = pair
                && a.id() == b.id()
            {
                let reason = format!("id {} is also the id of {}", b.id(), a.path);
                return Err(PolicyError { path: b.path.clone(), line: 1, reason });
            }
        }
        Ok(library)
    }

    /// What the policies of one aspect are compiled from: themselves and `lib`. Everything, where some
    /// policy may refer to one of another aspect: what is not there is silence in Rego.
    #[must_use]
    pub fn of_aspect(&self, aspect: &str) -> Self {
        let of = |module: &Module| self.policies.iter().find(|policy| policy.path == module.path);
        let elsewhere = |module: &Module| {
            let own = of(module).map_or("lib", |policy| policy.aspect.as_str());
            let foreign = |other: &str| other != own && module.text.contains(&format!("data.sextant.{other}"));
            module.text.contains("data[") || ASPECTS.into_iter().any(foreign)
        };
        if self.modules.iter().any(elsewhere) {
            return self.clone();
        }
        let mine = |module: &&Module| of(module).is_none_or(|policy| policy.aspect == aspect);
        Self {
            policies: self.policies.iter().filter(|policy| policy.aspect == aspect).cloned().collect(),
            modules: self.modules.iter().filter(mine).cloned().collect(),
            tests: Vec::new(),
        }
    }

    /// The policies that a selection names: ids, aliases, aspects, paths without `.rego`.
    ///
    /// # Errors
    /// The first word that names nothing.
    pub fn select(&self, select: &[String], skip: &[String]) -> Result<Vec<&Policy>, String> {
        for word in select.iter().chain(skip) {
            if !self.policies.iter().any(|policy| matches_word(policy, word)) {
                return Err(format!("no policy is called {word:?} (sextant policy list shows them)"));
            }
        }
        let named = |words: &[String], policy: &Policy| words.iter().any(|word| matches_word(policy, word));
        Ok(self
            .policies
            .iter()
            .filter(|policy| (select.is_empty() || named(select, policy)) && !named(skip, policy))
            .collect())
    }

    /// One policy by id, alias or path.
    #[must_use]
    pub fn get(&self, word: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.is_called(word))
    }
}

/// By id, alias, path or aspect, or by a pattern of ids such as `NET-*`.
fn matches_word(policy: &Policy, word: &str) -> bool {
    let pattern = || glob::Pattern::new(&word.to_ascii_uppercase());
    policy.is_called(word) || policy.aspect == word || pattern().is_ok_and(|pattern| pattern.matches(policy.id()))
}

fn unreadable(path: &Path, error: &std::io::Error) -> PolicyError {
    PolicyError { path: path.display().to_string(), line: 1, reason: error.to_string() }
}

/// Rego files below a path, with their names below it; a single file lends its folder's name.
fn rego_files(root: &Path) -> Result<Vec<(String, std::path::PathBuf)>, PolicyError> {
    fn walk(root: &Path, dir: &Path, found: &mut Vec<(String, std::path::PathBuf)>) -> Result<(), PolicyError> {
        for entry in std::fs::read_dir(dir).map_err(|e| unreadable(dir, &e))? {
            let path = entry.map_err(|e| unreadable(dir, &e))?.path();
            // A mounted ConfigMap holds everything a second time below ..data.
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
                continue;
            }
            if path.is_dir() {
                walk(root, &path, found)?;
            } else if path.extension().is_some_and(|suffix| suffix == "rego") {
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                found.push((name, path));
            }
        }
        Ok(())
    }
    if root.is_file() {
        let of = |path: Option<&Path>| {
            path.and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
        };
        return Ok(vec![(format!("{}/{}", of(root.parent()), of(Some(root))), root.into())]);
    }
    let mut found = Vec::new();
    walk(root, root, &mut found)?;
    found.sort();
    Ok(found)
}

/// The comment block that begins with `# METADATA`, without its marks, and its first line.
fn metadata(text: &str) -> Option<(u32, String)> {
    let mut lines = text.lines().enumerate().skip_while(|(_, line)| line.trim_end() != "# METADATA");
    let (start, _) = lines.next()?;
    let yaml: Vec<&str> = lines
        .map_while(|(_, line)| line.strip_prefix('#'))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    Some((u32::try_from(start).ok()? + 1, yaml.join("\n")))
}

fn read_policy(name: &str, module: &Module) -> Result<Policy, PolicyError> {
    let fail = |line: u32, reason: String| PolicyError { path: module.path.clone(), line, reason };
    let (aspect, stem) = name
        .strip_suffix(".rego")
        .and_then(|stem| stem.rsplit_once('/'))
        .ok_or_else(|| fail(1, "a policy lies in the folder of its aspect: <aspect>/<name>.rego".into()))?;
    let aspect = aspect.rsplit('/').next().unwrap_or(aspect);
    if !ASPECTS.contains(&aspect) {
        return Err(fail(1, format!("{aspect:?} is no aspect; the folder is one of {}", ASPECTS.join(", "))));
    }
    let (start, text) =
        metadata(&module.text).ok_or_else(|| fail(1, "no header: the file begins with a # METADATA comment".into()))?;
    let header: Header = yaml::parse(&text).map_err(|error| fail(start + error.line.unwrap_or(1), error.reason))?;
    let package = module.text.lines().enumerate().find_map(|(index, line)| {
        line.strip_prefix("package ").map(|p| (u32::try_from(index).unwrap_or(0) + 1, p.trim()))
    });
    let wanted = format!("sextant.{aspect}.{stem}");
    match package {
        Some((_, package)) if package == wanted => {}
        Some((line, package)) => {
            return Err(fail(line, format!("package {package} does not match its path: {wanted}")));
        }
        None => return Err(fail(1, format!("no package; it is {wanted}"))),
    }
    let declares = |rule: &str| module.text.lines().any(|line| line.starts_with(&format!("{rule} contains ")));
    if !declares("violation") && !declares("unknown") {
        return Err(fail(1, "no rule: a policy has `violation contains …` or `unknown contains …`".into()));
    }
    Ok(Policy {
        path: module.path.clone(),
        aspect: aspect.to_owned(),
        package: wanted,
        header,
        has_subject: declares("subject"),
        has_violation: declares("violation"),
        has_unknown: declares("unknown"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# METADATA\n# title: t\n# description: d\n# custom:\n#   id: X-1\n#   severity: low\n#   claim: presence\n#   rows: cluster\n#   remediation: r\npackage sextant.network.x\n\nviolation contains {} if { false }\n";

    fn load(text: &str) -> Result<Library, PolicyError> {
        Library::load(vec![Module { path: "network/x.rego".into(), text: text.into() }])
    }

    #[test]
    fn a_header_is_read_and_a_misspelt_field_refused_with_its_line() {
        assert_eq!(load(GOOD).unwrap().policies[0].id(), "X-1");
        let error = load(&GOOD.replace("severity: low", "severity: low\n#   serverity: low")).unwrap_err();
        assert!(error.to_string().starts_with("network/x.rego:7: ") && error.reason.contains("serverity"), "{error}");
        let error = load(&GOOD.replace("network.x", "network.y")).unwrap_err();
        assert!(error.to_string().starts_with("network/x.rego:10: "), "{error}");
    }

    #[test]
    fn an_aspect_is_compiled_alone_unless_something_refers_across() {
        let module = |aspect: &str, id: &str, more: &str| Module {
            path: format!("{aspect}/x.rego"),
            text: GOOD.replace("X-1", id).replace("network.x", &format!("{aspect}.x")) + more,
        };
        let paths = |library: &Library| library.modules.iter().map(|m| m.path.clone()).collect::<Vec<_>>();
        let lib = Module { path: "lib/a.rego".into(), text: "package sextant.lib.a\n\nt := 1\n".into() };
        let files = |more: &str| vec![lib.clone(), module("network", "X-1", ""), module("storage", "Y-1", more)];
        let apart = Library::load(files("\nu := data.sextant.lib.a.t\n")).unwrap();
        assert_eq!(paths(&apart.of_aspect("network")), ["lib/a.rego", "network/x.rego"]);
        assert_eq!(paths(&apart.of_aspect("cicd")), ["lib/a.rego"]);
        let across = Library::load(files("\nu := data.sextant.network.x.violation\n")).unwrap();
        assert_eq!(across.of_aspect("network").modules.len(), 3);
    }

    #[test]
    fn policies_are_selected_by_id_pattern_and_aspect() {
        let module = |id: &str, name: &str| Module {
            path: format!("network/{name}.rego"),
            text: GOOD.replace("X-1", id).replace("network.x", &format!("network.{name}")),
        };
        let library = Library::load(vec![module("X-1", "x"), module("Y-1", "y")]).unwrap();
        let chosen = |select: &str, skip: &[&str]| -> Result<Vec<&str>, String> {
            let skip: Vec<String> = skip.iter().map(|word| (*word).to_owned()).collect();
            Ok(library.select(&[select.to_owned()], &skip)?.into_iter().map(Policy::id).collect())
        };
        assert_eq!(chosen("x-*", &[]).unwrap(), ["X-1"]);
        assert_eq!(chosen("network", &["Y-*"]).unwrap(), ["X-1"]);
        assert_eq!(chosen("network/y", &[]).unwrap(), ["Y-1"]);
        assert!(chosen("Z-*", &[]).is_err() && chosen("[", &[]).is_err());
    }
}

//! Calls of functions that nobody defines. The engine finds one only when it comes to the line: the
//! policy is then an error in the report of some cluster.

use std::collections::BTreeMap;

use regex::Regex;

use crate::policy::{Library, Module};

/// First words of Rego's own functions.
const LANGUAGE: [&str; 24] = [
    "array",
    "base64",
    "base64url",
    "bits",
    "crypto",
    "glob",
    "graph",
    "hex",
    "http",
    "io",
    "json",
    "net",
    "numbers",
    "object",
    "opa",
    "rand",
    "regex",
    "rego",
    "semver",
    "strings",
    "time",
    "units",
    "urlquery",
    "yaml",
];

/// Every call in a module that leads nowhere: its line, from 0, and what is wrong.
#[must_use]
pub fn unresolved(module: &Module, library: &Library) -> Vec<(usize, String)> {
    let (Ok(import), Ok(call)) = (
        Regex::new(r"^import\s+data\.([\w.]+)(?:\s+as\s+(\w+))?"),
        Regex::new(r"(?:^|[^\w.])((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)\("),
    ) else {
        return Vec::new();
    };
    let code = code_of(&module.text);
    let imports: BTreeMap<&str, &str> = code
        .lines()
        .filter_map(|line| import.captures(line))
        .filter_map(|found| {
            let package = found.get(1)?.as_str();
            let last = package.rsplit('.').next()?;
            Some((found.get(2).map_or(last, |name| name.as_str()), package))
        })
        .collect();
    let mut found = Vec::new();
    for (index, line) in code.lines().enumerate() {
        for name in call.captures_iter(line).filter_map(|one| Some(one.get(1)?.as_str())) {
            let wrong = match name.rsplit_once('.') {
                None if name.starts_with('_') && !defines(&code, name) => {
                    Some("is defined nowhere in this file".into())
                }
                None => None,
                Some((of, function)) => match of.strip_prefix("data.").or_else(|| imports.get(of).copied()) {
                    Some(package) => elsewhere(library, package, function),
                    None if LANGUAGE.contains(&of.split('.').next().unwrap_or(of)) => None,
                    None => Some(format!("is called, but no import brings {of}")),
                },
            };
            found.extend(wrong.map(|wrong| (index, format!("{name} {wrong}"))));
        }
    }
    found
}

/// Why a package has no such function; nothing where it has.
fn elsewhere(library: &Library, package: &str, function: &str) -> Option<String> {
    let heading = format!("package {package}");
    let mut codes = library.modules.iter().map(|one| code_of(&one.text));
    match codes.any(|code| code.lines().any(|line| line.trim_end() == heading) && defines(&code, function)) {
        true => None,
        false => Some(format!("is called, but package {package} has no function {function}")),
    }
}

/// Whether one of a text's rules has this name and arguments.
fn defines(code: &str, function: &str) -> bool {
    code.lines().any(|line| {
        let line = line.strip_prefix("default ").unwrap_or(line);
        line.strip_prefix(function).is_some_and(|rest| rest.starts_with('('))
    })
}

/// Rego without its comments and without what stands in its strings; lines stay where they are.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut within = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (within, letter) {
            (_, '\n') => {
                // Only a raw string goes on.
                within = within.filter(|quote| *quote == '`');
                code.push('\n');
            }
            (Some('"'), '\\') => drop(letters.next()),
            (Some(quote), _) if letter == quote => {
                within = None;
                code.push(letter);
            }
            (Some(_), _) => {}
            (None, '"' | '`') => {
                within = Some(letter);
                code.push(letter);
            }
            (None, '#') => within = Some('#'),
            (None, _) => code.push(letter),
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<(usize, String)> {
        let module = |path: &str, text: &str| Module { path: path.into(), text: text.into() };
        let helper =
            module("lib/names.rego", "package sextant.lib.names\n\nmatches(patterns, name) if name in patterns\n");
        let library = Library { modules: vec![helper], ..Library::default() };
        unresolved(&module("own.rego", text), &library)
    }

    #[test]
    fn what_is_defined_imported_or_of_the_language_is_fine() {
        let fine = "package p\n\nimport data.sextant.lib.names\nimport data.sextant.lib.names as other\n\n\
            default _of(_) := 1\n_of(x) := count(x) if names.matches(x, \"a\")\n\
            a if other.matches([_of([])], \"gone.f( # no comment\") # lost.f(1)\n\
            b if regex.match(`gone.f(\nlost.g(`, \"\\\"gone.h(\")\n\
            c if data.sextant.lib.names.matches([], \"a\")\nd if io.jwt.decode(\"\")\n";
        assert_eq!(said(fine), []);
    }

    #[test]
    fn what_leads_nowhere_is_told() {
        let text = "package p\n\nimport data.sextant.lib.names\nimport data.sextant.lib.lost\n\n\
            a if names.match([], 1)\nb if {\n\tstorage.seconds(\"1h\")\n\t_far(1)\n}\nc if lost.f(1)\n";
        let told: Vec<_> = said(text).into_iter().map(|(line, why)| format!("{}: {why}", line + 1)).collect();
        assert_eq!(
            told,
            [
                "6: names.match is called, but package sextant.lib.names has no function match",
                "8: storage.seconds is called, but no import brings storage",
                "9: _far is defined nowhere in this file",
                "11: lost.f is called, but package sextant.lib.lost has no function f",
            ]
        );
    }
}

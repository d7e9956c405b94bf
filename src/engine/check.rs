//! What can be said of a policy without running it: every row field, table, rules file and function it
//! names exists. A misspelt path in Rego is no error but silence.

use std::collections::BTreeSet;

use regex::Regex;

use crate::policy::{Library, Module, Policy};

/// Tables and rules that exist, against which the names in a policy are held.
pub struct World<'w> {
    /// Whether a table exists.
    pub is_table: &'w dyn Fn(&str) -> bool,
    /// Names of the rules files.
    pub rules: BTreeSet<String>,
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// What is wrong with the library, one line each: `path:line: reason`.
#[must_use]
pub fn check(library: &Library, world: &World<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for module in &library.modules {
        let lost = super::calls::unresolved(module, library);
        found.extend(lost.into_iter().map(|(line, why)| format!("{}:{}: {why}", module.path, line + 1)));
    }
    for policy in &library.policies {
        if let Some(module) = library.modules.iter().find(|module| module.path == policy.path) {
            one(policy, module, world, &mut found);
        }
        let test = policy.path.replace(".rego", "_test.rego");
        if !library.tests.iter().any(|module| module.path == test) {
            found.push(format!("{}:1: no {test} beside it", policy.path));
        }
    }
    found
}

fn one(policy: &Policy, module: &Module, world: &World<'_>, found: &mut Vec<String>) {
    let custom = &policy.header.custom;
    let mut say = |line: usize, reason: String| found.push(format!("{}:{}: {reason}", module.path, line + 1));
    for table in custom.uses.iter().chain([&custom.rows]) {
        if !(world.is_table)(table) {
            say(0, format!("there is no table {table:?}"));
        }
    }
    for name in &custom.rules.0 {
        if !world.rules.contains(name) {
            say(0, format!("there is no rules file {name:?}"));
        }
    }
    let Ok(names) = Regex::new(r"data\.sx\.(rules|inventory)\.([a-z_]+)") else { return };
    for (index, line) in module.text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        for captures in names.captures_iter(line) {
            let (what, name) = (&captures[1], &captures[2]);
            if what == "rules" && !custom.rules.0.iter().any(|known| known == name) {
                say(index, format!("data.sx.rules.{name} is read, but the header's rules do not name it"));
            }
            if what == "inventory" && !custom.uses.iter().any(|known| known == name) {
                say(index, format!("data.sx.inventory.{name} is read, but the header's uses do not name it"));
            }
        }
    }
}

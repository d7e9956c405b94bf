//! `sextant explain`: what a check is, why it matters, what to do; or what the exit codes mean.

use super::{Stop, World};
use crate::{gate::exit, policy::Library, policy::Policy};

/// Explains one word.
///
/// # Errors
/// A word that names nothing.
pub fn run(word: &str, policies: &[std::path::PathBuf], world: &mut World<'_>) -> Result<u8, Stop> {
    if word == "exit-codes" {
        for (code, meaning) in exit::ALL {
            writeln!(world.out, "{code}  {meaning}")?;
        }
        return Ok(0);
    }
    let library = Library::with(policies).map_err(Stop::usage)?;
    let policy = library
        .get(word)
        .ok_or_else(|| Stop::usage(format!("no policy is called {word:?} (sextant policy list shows them)")))?;
    print(policy, world)?;
    Ok(0)
}

fn print(policy: &Policy, world: &mut World<'_>) -> std::io::Result<()> {
    let header = &policy.header;
    let custom = &header.custom;
    let fold = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let out = &mut *world.out;
    writeln!(out, "{}  {}", policy.id(), header.title)?;
    writeln!(out, "{}, {}; {}\n", policy.aspect, custom.severity, policy.path)?;
    writeln!(out, "Why\n  {}\n", fold(&header.description))?;
    writeln!(out, "What to do\n  {}\n", fold(&custom.remediation))?;
    let join = |kinds: &[crate::object::Kind]| kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if !custom.requires.is_empty() {
        writeln!(out, "Must be read\n  {}\n", join(&custom.requires))?;
    }
    if !custom.optional.is_empty() {
        writeln!(out, "Read where served\n  {}\n", join(&custom.optional))?;
    }
    if !custom.rules.0.is_empty() {
        writeln!(out, "Its norm\n  rules/{}.yaml\n", custom.rules.0.join(".yaml, rules/"))?;
    }
    if !custom.controls.is_empty() {
        writeln!(out, "Controls")?;
        for (framework, controls) in &custom.controls {
            writeln!(out, "  {framework}: {}", controls.join(", "))?;
        }
    }
    for link in &header.related_resources {
        writeln!(out, "  {link}")?;
    }
    Ok(())
}

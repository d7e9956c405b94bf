//! `sextant rules`: check a rule set, and show what holds after profiles and environments.

use super::{Stop, World, load_rules};
use crate::cli::RulesCommand;

/// Runs a `rules` subcommand.
///
/// # Errors
/// Rules that cannot be used, with file and line.
pub fn run(command: &RulesCommand, world: &mut World<'_>) -> Result<u8, Stop> {
    match command {
        RulesCommand::Init(args) => return super::init::run(args, world),
        RulesCommand::Check { rules, environment } => {
            let rules = load_rules(rules, environment.as_deref())?;
            writeln!(world.out, "{} rules files are valid", rules.as_data().len())?;
        }
        RulesCommand::Show { rules, environment } => {
            let rules = load_rules(rules, environment.as_deref())?;
            serde_json::to_writer_pretty(&mut *world.out, rules.as_data()).map_err(std::io::Error::from)?;
            writeln!(world.out)?;
        }
    }
    Ok(0)
}

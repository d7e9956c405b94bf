//! From words to a command: what `main` and the tests both call.

use clap::{CommandFactory as _, Parser as _};

use crate::{
    cli::{AuditArgs, Cli, Command, ReportCommand},
    command::{self, Stop, World},
    gate::exit,
};

/// Runs the program with these arguments. Returns the exit code; never exits by itself.
pub fn run(arguments: impl IntoIterator<Item = std::ffi::OsString>, world: &mut World<'_>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let text = error.render();
            let to_out = !error.use_stderr();
            let sink: &mut dyn std::io::Write = if to_out { world.out } else { world.err };
            let _ = if world.colour { write!(sink, "{}", text.ansi()) } else { write!(sink, "{text}") };
            return if to_out { exit::SATISFIED } else { exit::USAGE };
        }
    };
    match dispatch(&cli.command, world) {
        Ok(code) => code,
        Err(Stop { code: exit::DELIVERY, message }) if message.contains("Broken pipe") => exit::SATISFIED,
        Err(Stop { code, message }) => {
            let _ = writeln!(world.err, "sextant: {message}");
            code
        }
    }
}

/// One cluster, or a fleet of them.
fn audit(args: &AuditArgs, world: &mut World<'_>) -> Result<u8, Stop> {
    match args.fleet.fleet {
        None => command::audit::run(args, world),
        Some(_) => command::fleet::run(args, world),
    }
}

fn dispatch(command: &Command, world: &mut World<'_>) -> Result<u8, Stop> {
    match command {
        Command::Audit(args) => match args.threads {
            None => audit(args, world),
            Some(threads) => {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(Stop::usage)?;
                pool.install(|| audit(args, world))
            }
        },
        Command::Snapshot(args) => command::snapshot::run(args, world),
        Command::Preflight(args) => command::preflight::run(args, world),
        Command::Rbac(args) => command::rbac::run(args, world),
        Command::Inventory(args) => command::inventory::run(args, world),
        Command::Policy(command) => command::policy::run(command, world),
        Command::Rules(command) => command::rules::run(command, world),
        Command::Waiver(command) => command::waiver::run(command, world),
        Command::Report(ReportCommand::Diff(args)) => command::report::diff(args, world),
        Command::Report(ReportCommand::History(command)) => command::history::run(command, world),
        Command::Report(ReportCommand::Merge(args)) => command::fleet::merge(args, world),
        Command::Registry(command) => command::registry::run(command, world),
        Command::Explain { word, policies } => command::explain::run(word, policies, world),
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "sextant", &mut *world.out);
            Ok(exit::SATISFIED)
        }
        Command::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut *world.out)?;
            Ok(exit::SATISFIED)
        }
    }
}

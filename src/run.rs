//! From words to a command: what `main` and the tests both call.

use std::{ffi::OsString, io::Write, path::Path};

use clap::{CommandFactory as _, FromArgMatches as _, Parser as _};

use crate::{
    cli::{AuditArgs, Cli, Command, ReportCommand},
    command::{self, Stop, World},
    gate::exit,
    render::text::told,
};

/// Runs the program with these arguments. Returns the exit code; never exits by itself.
pub fn run(arguments: impl IntoIterator<Item = OsString>, world: &mut World<'_>) -> u8 {
    let cli = match parse(arguments.into_iter().collect()) {
        Ok(cli) => cli,
        Err(error) => {
            let text = error.render();
            let to_out = !error.use_stderr();
            let sink: &mut dyn Write = if to_out { &mut Read { out: world.out } } else { world.err };
            let shown = if world.colour { write!(sink, "{}", text.ansi()) } else { write!(sink, "{text}") };
            return match shown.and_then(|()| sink.flush()) {
                _ if !to_out => exit::USAGE,
                Ok(()) => exit::SATISFIED,
                Err(_) => exit::DELIVERY,
            };
        }
    };
    let mut out = Read { out: &mut *world.out };
    let mut inner = World {
        out: &mut out,
        err: &mut *world.err,
        colour: world.colour,
        terminal: world.terminal,
        width: world.width,
        now: world.now.clone(),
    };
    let done = dispatch(&cli.command, &mut inner).and_then(|code| match inner.out.flush() {
        Ok(()) => Ok(code),
        // It was said already what could not be written.
        Err(_) if code == exit::DELIVERY => Ok(code),
        Err(error) => Err(Stop::unwritten(&error, code)),
    });
    match done {
        Ok(code) => code,
        Err(Stop { code, message }) => {
            let _ = writeln!(world.err, "sextant: {}", told(&message));
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

/// Standard output, whose reader may have read enough: a closed pipe is no error, and what the
/// command comes to is still its exit code.
struct Read<'w> {
    out: &'w mut (dyn Write + Send),
}

fn enough<T>(done: std::io::Result<T>, all: T) -> std::io::Result<T> {
    match done {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(all),
        done => done,
    }
}

impl Write for Read<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        enough(self.out.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        enough(self.out.flush(), ())
    }
}

/// As a plugin of kubectl it is called what its user types.
fn parse(arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    let name = arguments.first().and_then(|program| Path::new(program).file_name());
    if !name.is_some_and(|name| name.to_string_lossy().starts_with("kubectl-")) {
        return Cli::try_parse_from(arguments);
    }
    let mut matches = Cli::command().bin_name("kubectl sextant").try_get_matches_from(arguments)?;
    Cli::from_arg_matches_mut(&mut matches)
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

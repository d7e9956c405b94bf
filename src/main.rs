//! Parse, run, exit code. The clock and the terminal enter here and nowhere else.

use std::{io::IsTerminal as _, process::ExitCode};

use sextant::{command::World, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let stdout = std::io::stdout();
    let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && (stdout.is_terminal() || std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0"));
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = columns.or_else(|| comfy_table_width(stdout.is_terminal())).unwrap_or(120);
    let mut out = std::io::BufWriter::new(stdout);
    let mut err = std::io::stderr();
    #[expect(clippy::disallowed_methods, reason = "here the clock enters")]
    let now = jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_default().to_string();
    let terminal = std::io::stderr().is_terminal() && std::io::stdin().is_terminal();
    let mut world = World { out: &mut out, err: &mut err, colour, terminal, width, now };
    let code = run::run(std::env::args_os(), &mut world);
    ExitCode::from(code)
}

fn comfy_table_width(terminal: bool) -> Option<u16> {
    if terminal { comfy_table::Table::new().width() } else { None }
}

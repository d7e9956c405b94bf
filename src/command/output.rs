//! Where a report goes on this machine: standard output and files, each whole or not at all.

use std::{io, path::Path};

use super::{Stop, World};
use crate::{
    cli::Output,
    gate::exit,
    render::{self, Format, Style},
    report::Report,
    store::{self, Put},
};

/// Writes a report in every format asked for. Returns the exit code, or that of a failed delivery.
///
/// # Errors
/// None yet: what cannot be written is told, and the others are written.
pub fn deliver(outputs: &[Output], report: &Report, all: bool, code: u8, world: &mut World<'_>) -> Result<u8, Stop> {
    let mut code = code;
    let table = [Output { format: Format::Table, file: None }];
    let outputs = if outputs.is_empty() { &table[..] } else { outputs };
    for output in outputs {
        let style = Style { colour: world.colour && output.file.is_none(), width: world.width, all };
        let written = match &output.file {
            None => render::render(output.format, report, style, world.out).and_then(|()| world.out.flush()),
            Some(path) => file(path, &|out| render::render(output.format, report, style, out)),
        };
        match written {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            Err(error) => {
                let place = output.file.as_ref().map_or("standard output".into(), |path| path.display().to_string());
                let verdict = &report.gate;
                let told = format!(
                    "the gate says exit code {}, failed: {}, incomplete: {}",
                    verdict.exit_code, verdict.failed, verdict.incomplete
                );
                let _ = writeln!(world.err, "sextant: cannot write {place}: {error}; {told}");
                code = exit::DELIVERY;
            }
            Ok(()) => {}
        }
    }
    Ok(code)
}

/// A file appears whole; what is no file (a pipe, /dev/null) is written to.
///
/// # Errors
/// What the disk says; an earlier file stays then.
pub fn file(path: &Path, render: &dyn Fn(&mut dyn io::Write) -> io::Result<()>) -> io::Result<()> {
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        let mut file = io::BufWriter::new(std::fs::OpenOptions::new().write(true).open(path)?);
        render(&mut file)?;
        return io::Write::flush(&mut file);
    }
    let mut bytes = Vec::new();
    render(&mut bytes)?;
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if path.parent().is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        return Err(io::ErrorKind::NotFound.into());
    }
    store::write(&path, &bytes, Put::Replace).map(|_| ())
}

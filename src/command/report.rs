//! `sextant report`: what is done with reports that are there already.

use super::{Stop, World, output};
use crate::{
    baseline,
    cli::DiffArgs,
    gate::exit,
    render::text::clean,
    report::{BaselineHead, Finding, Report},
};

/// `sextant report diff`: 1 where something is new or back, as of a gate on the difference; 4 where
/// nothing can be said of some.
///
/// # Errors
/// Reports that cannot be read or compared.
pub fn diff(args: &DiffArgs, world: &mut World<'_>) -> Result<u8, Stop> {
    let before = baseline::load(&args.before).map_err(Stop::usage)?;
    let mut after = baseline::load(&args.after).map_err(Stop::usage)?;
    baseline::compare(&mut after, &before, &args.before.display().to_string()).map_err(Stop::usage)?;
    let code =
        after.baseline.as_ref().map_or(exit::SATISFIED, |head| match (head.new + head.regressed, head.incomparable) {
            (0, 0) => exit::SATISFIED,
            (_, 0) => exit::FAILED,
            (0, _) => exit::INCOMPLETE,
            _ => exit::FAILED_AND_INCOMPLETE,
        });
    if args.output.is_empty() {
        let told = summary(&after, args.all);
        return match world.out.write_all(told.as_bytes()) {
            Ok(()) => Ok(code),
            Err(error) => Err(Stop::unwritten(&error, code)),
        };
    }
    output::deliver(&args.output, &after, args.all, code, world)
}

fn summary(report: &Report, all: bool) -> String {
    let mut told = String::new();
    for state in ["new", "regressed", "incomparable", "fixed", "unchanged"] {
        if state == "unchanged" && !all {
            continue;
        }
        let of = |finding: &&Finding| finding.state.as_deref() == Some(state);
        for finding in report.findings.iter().filter(of).chain(report.absent.iter().filter(of)) {
            let path = if finding.path.is_empty() { String::new() } else { format!(" {}", finding.path) };
            let line = format!(
                "{state:<12} {:<8} {:<9} {}{path}: {}",
                finding.severity, finding.policy, finding.subject, finding.message
            );
            told += &clean(&line);
            told.push('\n');
        }
    }
    if let Some(BaselineHead { new, regressed, unchanged, fixed, incomparable, .. }) = &report.baseline {
        told += &format!(
            "{new} new, {regressed} regressed, {unchanged} unchanged, {fixed} fixed, {incomparable} incomparable\n"
        );
    }
    told
}

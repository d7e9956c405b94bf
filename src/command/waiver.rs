//! `sextant waiver`: what waivers do to a cluster, and a new one for a finding.

use serde_json::json;

use super::{Stop, World, judged, output};
use crate::{
    baseline,
    cli::{InventoryFormat, WaiverAuditArgs, WaiverCommand, WaiverCreateArgs},
    gate::exit,
    render::{json::pretty, text::clean},
    report::Report,
    waiver::{self, create},
};

/// Runs a subcommand.
///
/// # Errors
/// Waivers or reports that cannot be read, and what an audit stops for.
pub fn run(command: &WaiverCommand, world: &mut World<'_>) -> Result<u8, Stop> {
    match command {
        WaiverCommand::Audit(args) => told(args, world),
        WaiverCommand::Create(args) => created(args, world),
    }
}

/// The check of waivers.
const CHECK: &str = "COV-004";

fn told(args: &WaiverAuditArgs, world: &mut World<'_>) -> Result<u8, Stop> {
    let waivers = waiver::load(&args.waivers).map_err(Stop::usage)?;
    let WaiverAuditArgs { source, cluster, policy, registry, .. } = args;
    let report =
        judged::judged(&judged::Asked { source, cluster, policy, registry }, &waivers, false, &mut |_| {}, world)?;
    let wrong = report.findings.iter().filter(|finding| finding.policy == CHECK);
    let wrong: Vec<_> = wrong.map(|finding| (finding.subject.name.as_str(), finding.message.as_str())).collect();
    let code = if wrong.is_empty() { exit::SATISFIED } else { exit::FAILED };
    let told = match args.output {
        InventoryFormat::Json => {
            let waivers: Vec<_> = report
                .waivers
                .iter()
                .map(|waiver| {
                    let mut waiver = waiver.clone();
                    waiver["problems"] = json!(problems(&wrong, waiver["id"].as_str().unwrap_or_default()));
                    waiver
                })
                .collect();
            let mut told = Vec::new();
            pretty(&json!({"format": 1, "waivers": waivers}), &mut told)?;
            told
        }
        InventoryFormat::Table => table(&report, &wrong).into_bytes(),
    };
    match world.out.write_all(&told) {
        Ok(()) => Ok(code),
        Err(error) => Err(Stop::unwritten(&error, code)),
    }
}

fn problems<'w>(wrong: &[(&str, &'w str)], id: &str) -> Vec<&'w str> {
    wrong.iter().filter(|(of, _)| *of == id).map(|(_, message)| *message).collect()
}

fn table(report: &Report, wrong: &[(&str, &str)]) -> String {
    let mut told = String::new();
    for waiver in &report.waivers {
        let word = |key: &str| clean(waiver[key].as_str().unwrap_or("-"));
        let policies = waiver["policies"].as_array().into_iter().flatten().filter_map(|id| id.as_str());
        let policies = clean(&policies.collect::<Vec<_>>().join(","));
        let (id, state, owner, expires) = (word("id"), word("state"), word("owner"), word("expires"));
        let matched = waiver["matched"].as_u64().unwrap_or(0);
        told += &format!("{state:<9} {id}  {policies}  {matched} violations  {owner}, until {expires}\n");
        for problem in problems(wrong, waiver["id"].as_str().unwrap_or_default()) {
            told += &format!("          {}\n", clean(problem));
        }
    }
    let bad = wrong.iter().map(|(id, _)| id).collect::<std::collections::BTreeSet<_>>().len();
    told + &format!("{} waivers, {bad} with something wrong\n", report.waivers.len())
}

fn created(args: &WaiverCreateArgs, world: &mut World<'_>) -> Result<u8, Stop> {
    let report = baseline::load(&args.report).map_err(Stop::usage)?;
    let finding = create::find(&report, &args.finding).map_err(Stop::usage)?;
    let terms = create::Terms {
        id: args.id.as_deref(),
        owner: &args.owner,
        reason: &args.reason,
        approver: args.approver.as_deref(),
        ticket: args.ticket.as_deref(),
        days: args.days,
    };
    let (entry, id) = create::entry(finding, &terms, &world.now).map_err(Stop::usage)?;
    let Some(path) = &args.into else {
        let text = create::added("", &entry).map_err(Stop::usage)?;
        waiver::read("the new waiver", &text).map_err(Stop::usage)?;
        world.out.write_all(text.as_bytes())?;
        return Ok(exit::SATISFIED);
    };
    let name = path.display().to_string();
    let before = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Stop::usage(format!("{name}: {error}"))),
    };
    let text = create::added(&before, &entry).map_err(|reason| Stop::usage(format!("{name}: {reason}")))?;
    // What was there and what was added must be waivers that an audit would take.
    waiver::read(&name, &text).map_err(Stop::usage)?;
    output::file(path, &|file| file.write_all(text.as_bytes()))?;
    writeln!(world.out, "{id} for {} {} in {name}", finding.policy, clean(&finding.subject.to_string()))?;
    Ok(exit::SATISFIED)
}

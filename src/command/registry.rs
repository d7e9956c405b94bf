//! Registries beside the cluster: what the user names becomes what is asked; `export-help`.

use std::path::PathBuf;

use super::{Stop, World};
use crate::{
    cli::{RegistryArgs, RegistryCommand, SourceArgs},
    collect::{
        plan::Plan,
        registry::{
            self, Limits,
            config::{self, Asked, How},
            export,
        },
    },
    gate::exit,
    snapshot::{Header, Snapshot, SnapshotBuilder, SourceKind},
    store::secret::Secret,
};

/// Runs a `registry` subcommand.
///
/// # Errors
/// A product that is not known.
pub fn run(command: &RegistryCommand, world: &mut World<'_>) -> Result<u8, Stop> {
    let RegistryCommand::ExportHelp { kind } = command;
    let Some(of) = export::HELP.iter().find(|of| of.kind == kind) else {
        let known: Vec<&str> = export::HELP.iter().map(|of| of.kind).collect();
        return Err(Stop::usage(format!("no such product; known are {}", known.join(", "))));
    };
    write!(world.out, "{}", export::help(of))?;
    Ok(exit::SATISFIED)
}

/// Reads the registries that the user named and puts them in the plan. Returns the source without
/// the files of exported answers, and the whole snapshot where nothing else was named.
///
/// # Errors
/// What cannot be followed: exit 2. A registry that does not answer is coverage.
pub fn prepare(
    args: &RegistryArgs,
    source: &SourceArgs,
    plan: &mut Plan,
    world: &World<'_>,
) -> Result<(SourceArgs, Option<Snapshot>), Stop> {
    let (exports, paths): (Vec<String>, Vec<String>) =
        source.paths.iter().cloned().partition(|path| path != "-" && export::looks_like(std::path::Path::new(path)));
    let mut asked = named(args)?;
    for path in &exports {
        let path = PathBuf::from(path);
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        asked.push(Asked { name, kind: None, how: How::File(path) });
    }
    let mut names: Vec<&str> = asked.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|two| two[0] == two[1]) {
        return Err(Stop::usage(format!("registry {} is named twice", twice[0])));
    }
    let rest = SourceArgs { paths, ..source.clone() };
    if asked.is_empty() {
        return Ok((rest, None));
    }
    let options = super::options(source)?;
    let now = crate::collect::Options { time: Some(world.now.clone()), ..options };
    plan.outside = registry::read(&asked, &now, &Limits::default()).map_err(Stop::usage)?;
    if exports.is_empty() || !rest.paths.is_empty() || rest.sample {
        return Ok((rest, None));
    }
    let builder = SnapshotBuilder::new(Header {
        source_kind: SourceKind::Dump,
        source: exports.join(", "),
        time: source.time.clone(),
        uid: None,
        version: None,
        context: None,
        secrets: source.secrets,
        asserted_complete: source.complete,
        span: None,
    });
    Ok((rest, Some(builder.freeze().beside(plan.outside.clone()))))
}

fn named(args: &RegistryArgs) -> Result<Vec<Asked>, Stop> {
    let mut asked = Vec::new();
    for path in &args.registries {
        asked.extend(config::read(path).map_err(Stop::usage)?);
    }
    let credential: Option<Secret> =
        args.registry_credential.as_ref().map(|by| by.parse()).transpose().map_err(Stop::usage)?;
    let mut live = 0;
    for text in &args.registry {
        let wrong = || Stop::usage("--registry is NAME=https://HOST (Harbor), or NAME=FILE of exported answers");
        let (name, place) = text.split_once('=').ok_or_else(wrong)?;
        if name.is_empty() || place.is_empty() || name.contains("://") {
            return Err(wrong());
        }
        let how = if place.contains("://") {
            live += 1;
            How::Live {
                endpoint: place.into(),
                user: args.registry_user.clone(),
                credential: credential.clone(),
                ca: args.registry_ca.clone(),
                rate: None,
                deadline: None,
            }
        } else {
            How::File(place.into())
        };
        asked.push(Asked { name: name.into(), kind: None, how });
    }
    let has_login = args.registry_user.is_some() || credential.is_some();
    if has_login && live != 1 {
        let why = "a credential is for one --registry NAME=https://HOST; name those of several in a --registries file";
        return Err(Stop::usage(why));
    }
    if args.registry_user.is_some() && credential.is_none() {
        return Err(Stop::usage("--registry-user needs --registry-credential"));
    }
    Ok(asked)
}

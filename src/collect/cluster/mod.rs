//! A live cluster becomes a snapshot: the only room that names kube, and the only asynchronous one.
//!
//! kube gives configuration, authentication, TLS and the proxy; discovery, paging, retries and
//! coverage are ours, since an audit must know what it did not see. Nothing is ever written to
//! a cluster: GET, and the reviews of our own access.

pub mod access;
mod authority;
mod config;
mod discover;
mod fault;
mod kubeconfig;
mod list;
mod page;
mod paging;
mod pod;
mod problem;
mod proxy;
mod reader;
mod secrets;
pub mod session;
mod table;
mod target;
mod wire;

use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OnceCell, watch};

use super::{CollectError, Options, named::Named, plan::Plan};
use crate::{
    object::Kind,
    snapshot::{
        Coverage, Discovery, Header, Snapshot, SnapshotBuilder, SourceKind, State,
        sink::{Memory, Sink},
        slim::Secrets,
        span::{Listed, Span},
        spool::Spool,
    },
};

pub use pod::Account;
pub use target::{Given, Limits, Progress, ProgressFn, Target};

use config::{Connection, connect};
use fault::{Class, Fault};
use page::{Learnt, PageWork};
use problem::place;
use reader::Reader;
use wire::Wire;

/// Everything of a snapshot but its objects.
struct Frame {
    header: Header,
    discovery: Discovery,
    kinds: BTreeMap<Kind, Coverage>,
    sources: BTreeMap<String, Coverage>,
}

/// What was written to a file.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Objects in it.
    pub objects: u64,
    /// Coverage of every kind that was to be read.
    pub kinds: BTreeMap<Kind, Coverage>,
    /// How far apart the first and the last page are, in milliseconds.
    pub skew_ms: Option<u64>,
    /// The run was ended before all was read; `--resume` goes on.
    pub unfinished: bool,
}

/// Reads a cluster into memory.
///
/// # Errors
/// A cluster that cannot be asked at all. What could not be read of it is coverage.
pub fn read(
    target: &Target,
    plan: &Plan,
    options: &Options,
    limits: &Limits,
    progress: &ProgressFn<'_>,
) -> Result<Snapshot, CollectError> {
    let memory = Memory::default();
    let frame = run(target, plan, options, limits, progress, false, &|_| Ok(Box::new(memory.clone())))?;
    let mut builder = SnapshotBuilder::new(frame.header);
    memory.drain_into(&mut builder);
    builder.discover(frame.discovery);
    frame.kinds.into_iter().for_each(|(kind, coverage)| builder.cover(kind, coverage));
    frame.sources.into_iter().for_each(|(source, coverage)| builder.cover_source(source, coverage));
    Ok(builder.freeze())
}

/// Reads a cluster into a file, without holding it in memory.
///
/// # Errors
/// A cluster that cannot be asked at all, and what the disk says.
pub fn record(
    target: &Target,
    plan: &Plan,
    options: &Options,
    limits: &Limits,
    progress: &ProgressFn<'_>,
    out: &Path,
    resume: bool,
) -> Result<Recorded, CollectError> {
    let mut dir = out.as_os_str().to_owned();
    dir.push(".spool");
    let dir = PathBuf::from(dir);
    let disk = |error| CollectError::io(&dir, error);
    let frame = run(target, plan, options, limits, progress, true, &|identity| {
        Ok(Box::new(Spool::open(&dir, identity, resume).map_err(disk)?))
    })?;
    let spool = Spool::reopen(&dir);
    let part = out.with_extension("part");
    let file = std::fs::File::create(&part).map_err(|error| CollectError::io(&part, error))?;
    let objects = spool
        .assemble(&frame.header, Some(&frame.discovery), &frame.kinds, &frame.sources, std::io::BufWriter::new(file))
        .map_err(|source| CollectError::Snapshot { path: out.display().to_string(), source })?;
    std::fs::rename(&part, out).map_err(|error| CollectError::io(out, error))?;
    let unfinished = frame.kinds.values().any(is_unfinished);
    if !unfinished {
        spool.remove().map_err(disk)?;
    }
    let skew_ms = frame.header.span.as_ref().map(Span::skew_ms);
    Ok(Recorded { objects, kinds: frame.kinds, skew_ms, unfinished })
}

const OVER: [&str; 2] = ["interrupted", "the time of the run is over"];

fn is_unfinished(coverage: &Coverage) -> bool {
    OVER.iter().any(|words| coverage.reason.ends_with(words))
}

/// A runtime of its own, on this thread: the work on pages has threads of its own.
fn block_on<T>(work: impl Future<Output = Result<T, CollectError>>) -> Result<T, CollectError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CollectError::io("runtime", error))?;
    let done = runtime.block_on(work);
    // An exec plugin that waits for ever must not hold us.
    runtime.shutdown_background();
    done
}

/// Connects within a time limit: exec plugins run here, and may hang.
async fn open(target: &Target, limits: &Limits) -> Result<Connection, CollectError> {
    if let Some(Given(make)) = &target.client {
        return Ok(Connection { client: make(), server: "the given client".into(), context: None, renewable: false });
    }
    let (target, own) = (target.clone(), limits.clone());
    let patience = if target.interactive { limits.run_timeout } else { limits.page_timeout };
    match tokio::time::timeout(patience, tokio::task::spawn_blocking(move || connect(&target, &own))).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(_)) => Err(place("kubeconfig", None, &Fault::new(Class::Credentials, "the client could not be made"))),
        Err(_) => {
            let fault = Fault::new(Class::Credentials, "the exec plugin did not end in time");
            Err(place("kubeconfig", None, &fault))
        }
    }
}

type MakeSink<'s> = dyn Fn(&str) -> Result<Box<dyn Sink + 's>, CollectError> + 's;

fn run(
    target: &Target,
    plan: &Plan,
    options: &Options,
    limits: &Limits,
    progress: &ProgressFn<'_>,
    durable: bool,
    make_sink: &MakeSink<'_>,
) -> Result<Frame, CollectError> {
    block_on(async {
        let (stop, stopped) = watch::channel(false);
        let job = Job { target, plan, options, limits, progress, durable, make_sink };
        let work = collect(&job, stopped);
        if !limits.interruptible {
            return work.await;
        }
        tokio::pin!(work);
        tokio::select! {
            done = &mut work => return done,
            () = signalled() => { let _ = stop.send(true); }
        }
        // What was read becomes a snapshot; who asks a second time does not want it.
        tokio::select! {
            done = &mut work => done,
            () = signalled() => Err(place("the run", None, &Fault::new(Class::Stopped, "interrupted twice"))),
        }
    })
}

/// Ctrl-C, or the SIGTERM with which a pod is asked to end.
async fn signalled() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            Ok(()) = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What a run is asked to do.
struct Job<'j, 's> {
    target: &'j Target,
    plan: &'j Plan,
    options: &'j Options,
    limits: &'j Limits,
    progress: &'j ProgressFn<'j>,
    /// What is read outlives this run, and another one may go on with it.
    durable: bool,
    make_sink: &'j MakeSink<'s>,
}

async fn collect(job: &Job<'_, '_>, stopped: watch::Receiver<bool>) -> Result<Frame, CollectError> {
    let &Job { target, plan, options, limits, progress, durable, make_sink } = job;
    let connection = open(target, limits).await?;
    // Only a pod's own account comes without a context.
    let in_flight = match limits.in_flight {
        0 if connection.context.is_none() => 4,
        0 => 2,
        many => many,
    };
    let limits = &Limits { in_flight, ..limits.clone() };
    let wire = Wire::new(&connection, target, limits, options.time.as_deref(), stopped);
    let Connection { server, context, .. } = connection;
    let fatal = |fault: Fault| place(&server, context.as_deref(), &fault);
    let version = version(&wire).await.map_err(fatal)?;
    let served = discover::discover(&wire).await.map_err(fatal)?;
    let pinned = if limits.pin { Some(revision(&wire).await.map_err(fatal)?) } else { None };
    let mut reader = Reader {
        wire,
        pinned,
        limits: limits.clone(),
        served,
        again: OnceCell::new(),
        only: (!limits.namespaces.is_empty()).then(|| limits.namespaces.iter().cloned().collect()),
        namespaces: OnceCell::new(),
        page: Arc::new(PageWork {
            retain: options.retain.clone(),
            secrets: options.secrets,
            object_bytes: limits.object_bytes,
            total_bytes: limits.total_bytes,
            learnt: Mutex::new(Learnt::default()),
        }),
        progress,
    };
    let found = if durable { uid_of(&reader.wire).await } else { None };
    // Another cluster may answer at the same address tomorrow: a tunnel, a new kind cluster.
    let sink = make_sink(&format!("{server} {} {:?}", found.as_deref().unwrap_or("-"), options.secrets))?;
    let (mut kinds, lists) = read_kinds(&reader, plan, options.secrets, &*sink, limits.in_flight).await?;
    let span = (!lists.is_empty()).then(|| Span {
        server_clock: reader.wire.has_clock(),
        pinned: reader.pinned.clone(),
        lists,
    });
    let mut sources = lay_beside(plan, &*sink, &mut kinds).map_err(|error| CollectError::io("snapshot", error))?;
    let secret = Kind::new("", "Secret");
    match options.secrets {
        Secrets::None => {
            kinds.insert(secret, Coverage::new(State::Skipped, "Secrets are not read (--secrets)"));
        }
        Secrets::Named if reader.served.resources.contains_key(&secret) => {
            let opened = sink.open(&secret).map_err(|error| CollectError::io("snapshot", error))?;
            let found = reader.named_secrets(opened).await?;
            kinds.insert(secret, found.coverage);
            sources.extend(found.missing);
        }
        _ => {}
    }
    let mut uid = reader.page.learnt().uid.take().or(found);
    if uid.is_none() {
        uid = uid_of(&reader.wire).await;
    }
    forget_gone(&mut reader, &kinds);
    let header = Header {
        source_kind: SourceKind::Cluster,
        source: context.clone().unwrap_or(server),
        time: options.time.clone(),
        uid,
        version,
        context,
        secrets: options.secrets,
        asserted_complete: false,
        span,
    };
    Ok(Frame { header, discovery: reader.served.discovery(), kinds, sources })
}

/// What was read outside of the cluster goes into the same snapshot.
fn lay_beside(
    plan: &Plan,
    sink: &dyn Sink,
    kinds: &mut BTreeMap<Kind, Coverage>,
) -> std::io::Result<BTreeMap<String, Coverage>> {
    for (kind, coverage) in plan.outside.kinds() {
        let mut opened = sink.open(&kind)?;
        opened.begin()?;
        for object in plan.outside.objects.iter().filter(|object| *object.kind == kind) {
            opened.push(object.clone())?;
        }
        opened.finish(&coverage, None)?;
        kinds.insert(kind, coverage);
    }
    Ok(plan.outside.sources.clone())
}

/// A kind that was removed while we read is no longer served.
fn forget_gone(reader: &mut Reader<'_>, kinds: &BTreeMap<Kind, Coverage>) {
    for (kind, coverage) in kinds {
        if coverage.state == State::Absent {
            reader.served.resources.remove(kind);
        }
    }
}

/// Reads every kind of the plan, a few at a time, the large ones first.
async fn read_kinds(
    reader: &Reader<'_>,
    plan: &Plan,
    secrets: Secrets,
    sink: &dyn Sink,
    in_flight: usize,
) -> Result<(BTreeMap<Kind, Coverage>, BTreeMap<Kind, Listed>), CollectError> {
    let large = ["Pod", "Secret", "ConfigMap", "ReplicaSet", "Event"];
    let mut todo: Vec<&super::discovery::Resource> = reader
        .served
        .resources
        .values()
        .filter(|resource| {
            let is_secret = page::is_core(&resource.kind, "Secret");
            let wanted = if is_secret {
                matches!(secrets, Secrets::Metadata | Secrets::List)
            } else {
                plan.wants(&resource.kind)
            };
            resource.listable && wanted
        })
        .collect();
    todo.sort_by_key(|resource| large.iter().position(|kind| *resource.kind.kind == **kind).unwrap_or(large.len()));
    let queue: Mutex<VecDeque<_>> = Mutex::new(todo.into());
    let kinds: Mutex<(BTreeMap<Kind, Coverage>, BTreeMap<Kind, Listed>)> = Mutex::default();
    let worker = async |number: usize| -> Result<(), CollectError> {
        if number >= in_flight.max(1) {
            return Ok(());
        }
        loop {
            let Some(resource) = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front() else {
                return Ok(());
            };
            let (coverage, listed) = match sink.finished(&resource.kind) {
                Some(finished) => {
                    if secrets == Secrets::Named {
                        let mut named = Named::default();
                        sink.replay(&resource.kind, &mut |object| named.look(object))
                            .map_err(|error| CollectError::io("snapshot", error))?;
                        reader.page.learnt().named.merge(named);
                    }
                    finished
                }
                None => {
                    let opened = sink.open(&resource.kind).map_err(|error| CollectError::io("snapshot", error))?;
                    reader.kind(resource, opened).await?
                }
            };
            let mut kinds = kinds.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(listed) = listed {
                kinds.1.insert(resource.kind.clone(), listed);
            }
            kinds.0.insert(resource.kind.clone(), coverage);
        }
    };
    tokio::try_join!(worker(0), worker(1), worker(2), worker(3), worker(4), worker(5), worker(6), worker(7))?;
    Ok(kinds.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// The server's version; also the first question, so that its failure says what is wrong.
async fn version(wire: &Wire) -> Result<Option<String>, Fault> {
    #[derive(serde::Deserialize)]
    struct Version {
        #[serde(rename = "gitVersion")]
        git_version: String,
    }
    let answer = wire
        .get("/version", "application/json", None, |answer| {
            serde_json::from_slice::<Version>(&answer.body)
                .map_err(|_| Fault::new(Class::Malformed, "the answer is none of an API server"))
        })
        .await;
    match answer {
        Ok((_, version)) => Ok(Some(version.git_version)),
        // A hardened cluster keeps its version to itself.
        Err(fault) if matches!(fault.class, Class::Forbidden | Class::NotFound) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// The revision that the cluster is at now.
async fn revision(wire: &Wire) -> Result<String, Fault> {
    let path = page::page_path("/api/v1/namespaces", 1, None);
    let told = |answer: &wire::Answer| {
        let unlike = || Fault::new(Class::Malformed, "the list of namespaces has no revision to pin");
        page::head(answer)?.revision.ok_or_else(unlike)
    };
    let (_, revision) = wire.get(&path, paging::JSON, None, told).await.map_err(|fault| match fault.class {
        Class::Forbidden => Fault::new(Class::Forbidden, "--pin lists namespaces, which is not allowed (403)"),
        _ => fault,
    })?;
    Ok(revision)
}

async fn uid_of(wire: &Wire) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Found {
        #[serde(default, deserialize_with = "crate::view::nullable")]
        items: Vec<crate::view::Bare>,
    }
    // As a list: the role that we ask for allows nothing else.
    let path = "/api/v1/namespaces?fieldSelector=metadata.name%3Dkube-system&limit=1";
    let answer = wire
        .get(path, "application/json", None, |answer| {
            serde_json::from_slice::<Found>(&answer.body)
                .map_err(|_| Fault::new(Class::Malformed, "the answer is no list of namespaces"))
        })
        .await;
    let (_, found) = answer.ok()?;
    let system = found.items.into_iter().find(|namespace| namespace.metadata.name == "kube-system")?;
    Some(system.metadata.uid).filter(|uid| !uid.is_empty())
}

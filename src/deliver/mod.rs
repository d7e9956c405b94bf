//! Carries a finished report away: one file a sink. A sink that fails is told and the others still
//! get theirs; the report itself was printed before. No credential is in any message.

pub mod cluster;
pub mod config;
pub mod configmap;
pub mod metrics;
pub mod publish;
mod shards;
pub mod webhook;

use std::time::Duration;

use crate::{
    collect::cluster::{Target, session::Session},
    history::{Change, History, Link, change},
    render::{self, Format, Style},
    report::Report,
    store::{self, Bucket, BucketOptions, Dir, Failure, Patience, Put},
};

use config::{Kind, Sink, When};

/// What is delivered.
#[derive(Debug)]
pub struct Parcel<'p> {
    /// The report, judged by the gate.
    pub report: &'p Report,
    /// What the cluster is called.
    pub cluster: &'p str,
    /// The run's clock.
    pub now: &'p str,
    /// How long the run took.
    pub took: Duration,
    /// The history, with the record of this run in it.
    pub history: Option<(&'p History, &'p Link)>,
    /// Against the runs before.
    pub change: Option<Change>,
    /// The cluster that was read; with false, a cluster that the report may be about.
    pub target: (Target, bool),
    /// How reports for people look.
    pub style: Style,
}

/// What came of a sink.
#[derive(Debug)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// What was done, or why not.
    pub result: Result<String, Failure>,
}

/// Delivers to every sink, one after another; metrics are last and tell of the others.
#[must_use]
pub fn deliver(sinks: &[Sink], parcel: &Parcel<'_>) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for sink in sinks {
        let patience = Patience::of(sink.retries, sink.deadline);
        let taken: Vec<(String, bool)> =
            outcomes.iter().map(|outcome| (outcome.name.clone(), outcome.result.is_ok())).collect();
        let result = one(sink, parcel, patience, &taken);
        outcomes.push(Outcome { name: sink.name.clone(), result });
    }
    outcomes
}

/// Tells the metrics sinks of a run without a result; others have nothing to get.
#[must_use]
pub fn deliver_failure(sinks: &[Sink], cluster: &str, now: &str, exit_code: u8) -> Vec<Outcome> {
    let run = metrics::Run { cluster, now, seconds: 0.0, change: None, record: None };
    let text = metrics::failed(run, exit_code);
    let told = sinks.iter().filter(|sink| sink.kind.is_metrics()).map(|sink| {
        let patience = Patience::of(sink.retries, sink.deadline);
        let result = match &sink.kind {
            Kind::Pushgateway(gateway) => metrics::push(gateway, run, &text, patience),
            Kind::Textfile(file) => textfile(&file.path, text.clone()),
            _ => Ok(String::new()),
        };
        Outcome { name: sink.name.clone(), result }
    });
    told.collect()
}

fn one(sink: &Sink, parcel: &Parcel<'_>, patience: Patience, taken: &[(String, bool)]) -> Result<String, Failure> {
    let run = metrics::Run {
        cluster: parcel.cluster,
        now: parcel.now,
        seconds: parcel.took.as_secs_f64(),
        change: parcel.change,
        record: parcel.history.map(|(_, record)| record.seq),
    };
    match &sink.kind {
        Kind::File(file) => {
            let (extension, bytes) = rendered(parcel, file.format.0)?;
            let dir = Dir::new(&file.path);
            publish::publish(&dir, parcel.cluster, parcel.now, &extension, &bytes, &file.keep.0)
        }
        Kind::S3(s3) => {
            let (extension, bytes) = rendered(parcel, s3.format.0)?;
            let options = BucketOptions {
                endpoint: s3.endpoint.clone(),
                region: s3.region.clone(),
                path_style: s3.path_style,
                ca: s3.ca.clone(),
                encryption: s3.encryption.clone(),
            };
            let bucket = Bucket::open(&s3.url, &options, patience)?;
            publish::publish(&bucket, parcel.cluster, parcel.now, &extension, &bytes, &s3.keep.0)
        }
        Kind::Cluster(reports) => {
            let session = session(parcel, reports.act_as.as_deref(), sink.deadline, patience)?;
            cluster::deliver(&session, parcel.report, reports.api, patience)
        }
        Kind::ConfigMap(map) => {
            let session = session(parcel, map.act_as.as_deref(), sink.deadline, patience)?;
            let place = (map.namespace.as_str(), map.name.as_deref().unwrap_or("sextant-summary"));
            configmap::deliver(&session, parcel.report, place, (parcel.cluster, parcel.now), patience)
        }
        Kind::Webhook(hook) => tell(&sink.name, hook, parcel, patience),
        Kind::Pushgateway(gateway) => {
            metrics::push(gateway, run, &metrics::exposition(parcel.report, run, taken)?, patience)
        }
        Kind::Textfile(file) => textfile(&file.path, metrics::exposition(parcel.report, run, taken)?),
    }
}

fn textfile(path: &std::path::Path, text: String) -> Result<String, Failure> {
    let earlier = std::fs::read_to_string(path).unwrap_or_default();
    let text = metrics::with_last_success(text, &earlier);
    let place = path.display().to_string();
    match store::write(path, text.as_bytes(), Put::Replace) {
        Ok(_) => Ok(place),
        Err(error) => Err(Failure::firm(format!("{place}: {}", error.kind()))),
    }
}

/// The name's ending and the bytes of a format.
fn rendered(parcel: &Parcel<'_>, format: Format) -> Result<(String, Vec<u8>), Failure> {
    let mut bytes = Vec::new();
    render::render(format, parcel.report, Style { colour: false, ..parcel.style }, &mut bytes)
        .map_err(|error| Failure::firm(format!("the report cannot be rendered: {}", error.kind())))?;
    let word = clap::ValueEnum::to_possible_value(&format).map(|value| value.get_name().to_owned());
    let word = word.unwrap_or_default();
    Ok((if word == "table" { "txt".into() } else { word }, bytes))
}

fn session(
    parcel: &Parcel<'_>,
    act_as: Option<&str>,
    deadline: Duration,
    patience: Patience,
) -> Result<Session, Failure> {
    let (target, is_source) = &parcel.target;
    let open = |act_as: Option<String>| {
        let target = Target { act_as, ..target.clone() };
        Session::open(&target, deadline).map_err(|error| Failure::firm(error.to_string()))
    };
    if !is_source {
        cluster::same_cluster(&open(None)?, parcel.report, patience)?;
    }
    open(act_as.map(ToOwned::to_owned))
}

fn tell(name: &str, hook: &config::Webhook, parcel: &Parcel<'_>, patience: Patience) -> Result<String, Failure> {
    let news = |is_new: Option<&dyn Fn(&crate::report::Finding) -> bool>| {
        let record = parcel.history.map(|(_, record)| record);
        webhook::News { record, ..webhook::News::new(parcel.report, parcel.cluster, parcel.now, is_new) }
    };
    let nothing = || Ok("nothing to tell".to_owned());
    if hook.when != When::New {
        let news = news(None);
        return if news.wanted(hook.when) { webhook::deliver(hook, &news, patience) } else { nothing() };
    }
    let Some((history, &Link { seq, .. })) = parcel.history else {
        // Against a baseline, where there is one.
        let is_new = |finding: &crate::report::Finding| matches!(finding.state.as_deref(), Some("new" | "regressed"));
        let news = news(Some(&is_new));
        return if news.wanted(hook.when) { webhook::deliver(hook, &news, patience) } else { nothing() };
    };
    // New is what this receiver was not told: a message that did not arrive is sent with the next run.
    let told = history.told(parcel.cluster, name)?;
    let entries: Vec<_> = match told {
        None => Vec::new(),
        Some(told) => {
            let entries = history.entries(parcel.cluster)?;
            entries.into_iter().filter(|entry| entry.seq <= told && entry.seq != seq).collect()
        }
    };
    let known = change::known(history, &entries)?;
    let is_new = |finding: &crate::report::Finding| known.is_new(finding);
    let news = news(Some(&is_new));
    let done = if news.wanted(hook.when) { webhook::deliver(hook, &news, patience)? } else { nothing()? };
    history.note_told(parcel.cluster, name, seq)?;
    Ok(done)
}

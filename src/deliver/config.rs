//! Where reports go: a YAML file of sinks. Unknown keys are refused, and no credential is in it.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use serde::Deserialize;

use crate::{history::Keep, render::Format, store::secret::Secret};

/// A file of sinks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    deliver: Vec<Kind>,
}

/// What every sink may say, and what each says of its own.
macro_rules! sinks {
    ($($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// What messages and metrics call it.
            #[serde(default)]
            pub name: Option<String>,
            /// Tries after the first.
            #[serde(default = "retries")]
            pub retries: u32,
            /// Patience for the whole delivery.
            #[serde(default = "deadline", deserialize_with = "duration")]
            pub deadline: Duration,
            $($(#[$doc])* pub $field: $type,)*
        }
    )*};
}

sinks! {
    /// A folder: `PATH/CLUSTER/TIME.FORMAT` and `PATH/CLUSTER/latest.FORMAT`.
    File {
        /// The folder.
        path: PathBuf,
        #[serde(default)]
        /// Of the report.
        format: ReportFormat,
        #[serde(default)]
        /// What is kept.
        keep: Keeping,
    }
    /// A bucket, laid out like a folder.
    S3 {
        /// `s3://bucket/prefix`.
        url: String,
        #[serde(default)]
        /// Address of the store.
        endpoint: Option<String>,
        #[serde(default)]
        /// Its region.
        region: Option<String>,
        #[serde(default)]
        /// The bucket in the path instead of the host.
        path_style: Option<bool>,
        #[serde(default)]
        /// Authorities to trust instead of the web's.
        ca: Option<PathBuf>,
        #[serde(default)]
        /// `AES256` or `aws:kms`.
        encryption: Option<String>,
        #[serde(default)]
        /// Of the report.
        format: ReportFormat,
        #[serde(default)]
        /// What is kept.
        keep: Keeping,
    }
    /// Report objects in the audited cluster.
    Cluster {
        #[serde(default)]
        /// Which API; by what the cluster serves, without it.
        api: Option<Api>,
        #[serde(default, rename = "as")]
        /// The account that writes: impersonated.
        act_as: Option<String>,
    }
    /// A summary in a ConfigMap of the audited cluster: `name`, or sextant-summary.
    ConfigMap {
        /// Its namespace.
        namespace: String,
        #[serde(default, rename = "as")]
        /// The account that writes: impersonated.
        act_as: Option<String>,
    }
    /// Somebody's HTTP endpoint.
    Webhook {
        /// The address: many hold a credential, so it may be a reference.
        url: Address,
        #[serde(default)]
        /// Of the message.
        shape: Shape,
        #[serde(default)]
        /// Key of the signature.
        key: Option<Secret>,
        // YAML 1.1, which Helm and kubectl read, takes a bare `on` for true.
        #[serde(default, alias = "on", alias = "true")]
        /// When there is something to tell.
        when: When,
        #[serde(default)]
        /// Authorities to trust instead of the web's.
        ca: Option<PathBuf>,
    }
    /// A Prometheus Pushgateway.
    Pushgateway {
        /// Its address.
        url: String,
        #[serde(default = "job")]
        /// The job of the group.
        job: String,
        #[serde(default)]
        /// Basic authentication.
        user: Option<Secret>,
        #[serde(default)]
        /// Basic authentication.
        password: Option<Secret>,
        #[serde(default)]
        /// Authorities to trust instead of the web's.
        ca: Option<PathBuf>,
    }
    /// A file for the node exporter's textfile collector.
    Textfile {
        /// The file.
        path: PathBuf,
    }
}

/// One sink.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[expect(missing_docs, reason = "each says what it is")]
pub enum Kind {
    File(File),
    S3(S3),
    Cluster(Cluster),
    ConfigMap(ConfigMap),
    Webhook(Webhook),
    Pushgateway(Pushgateway),
    Textfile(Textfile),
}

/// One sink with its name.
#[derive(Clone, Debug)]
pub struct Sink {
    /// Unique among the sinks of a run.
    pub name: String,
    /// Tries after the first.
    pub retries: u32,
    /// Patience for the whole delivery.
    pub deadline: Duration,
    /// Where.
    pub kind: Kind,
}

/// A format by its word.
#[derive(Clone, Copy, Debug)]
pub struct ReportFormat(pub Format);

impl Default for ReportFormat {
    fn default() -> Self {
        Self(Format::Json)
    }
}

impl<'de> Deserialize<'de> for ReportFormat {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let format = <Format as clap::ValueEnum>::from_str(&word, true);
        format.map(Self).map_err(|_| serde::de::Error::custom(format!("no format {word:?}")))
    }
}

/// How many files are kept, or how long: 30, 90d, 30d:all,1y:weekly.
#[derive(Clone, Debug, Default)]
pub struct Keeping(pub Keep);

impl<'de> Deserialize<'de> for Keeping {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(usize),
            Text(String),
        }
        let text = match Either::deserialize(deserializer)? {
            Either::Number(number) => number.to_string(),
            Either::Text(text) => text,
        };
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// An address in the open, or a reference.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Address {
    /// The address.
    Open(String),
    /// Where it is.
    Kept(Secret),
}

/// API group of report objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Api {
    /// openreports.io/v1alpha1.
    #[serde(rename = "openreports.io")]
    OpenReports,
    /// wgpolicyk8s.io/v1alpha2.
    #[serde(rename = "wgpolicyk8s.io")]
    PolicyReport,
    /// Whichever is served, the newer first.
    #[serde(rename = "auto")]
    Auto,
}

/// Shape of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// Ours.
    #[default]
    Json,
    /// An incoming webhook of Slack.
    Slack,
    /// A workflow of Teams.
    Teams,
}

/// When a message is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Violations that nobody was told of.
    #[default]
    New,
    /// Any open violation or unknown.
    Findings,
    /// Every run.
    Always,
}

fn retries() -> u32 {
    3
}

fn deadline() -> Duration {
    Duration::from_secs(60)
}

fn job() -> String {
    "sextant".into()
}

fn duration<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = || serde::de::Error::custom(format!("{text:?} is no duration; write 30s or 2m"));
    let parsed: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    let duration = Duration::try_from(parsed).map_err(|_| wrong())?;
    if duration.is_zero() { Err(wrong()) } else { Ok(duration) }
}

impl Kind {
    fn word(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::S3(_) => "s3",
            Self::Cluster(_) => "cluster",
            Self::ConfigMap(_) => "configmap",
            Self::Webhook(_) => "webhook",
            Self::Pushgateway(_) => "pushgateway",
            Self::Textfile(_) => "textfile",
        }
    }

    fn common(&self) -> (Option<&String>, u32, Duration) {
        macro_rules! of {
            ($sink:expr) => {
                ($sink.name.as_ref(), $sink.retries, $sink.deadline)
            };
        }
        match self {
            Self::File(sink) => of!(sink),
            Self::S3(sink) => of!(sink),
            Self::Cluster(sink) => of!(sink),
            Self::ConfigMap(sink) => of!(sink),
            Self::Webhook(sink) => of!(sink),
            Self::Pushgateway(sink) => of!(sink),
            Self::Textfile(sink) => of!(sink),
        }
    }

    /// Tells of the other deliveries too, so it comes after them.
    #[must_use]
    pub fn is_metrics(&self) -> bool {
        matches!(self, Self::Pushgateway(_) | Self::Textfile(_))
    }
}

/// Reads a file of sinks; the names of `taken` are not given again.
///
/// # Errors
/// What is wrong, with its line.
pub fn parse(text: &str, taken: &mut BTreeSet<String>) -> Result<Vec<Sink>, String> {
    let document: Document = crate::yaml::parse(text).map_err(|error| error.to_string())?;
    let mut sinks = Vec::new();
    for kind in document.deliver {
        let (name, retries, deadline) = kind.common();
        let name = match name {
            Some(name) if taken.contains(name) => return Err(format!("two sinks are called {name:?}")),
            Some(name) => name.clone(),
            None => {
                let word = kind.word();
                let numbered = (2..).map(|number| format!("{word}-{number}"));
                let mut names = std::iter::once(word.to_owned()).chain(numbered);
                names.find(|name| !taken.contains(name)).unwrap_or_default()
            }
        };
        taken.insert(name.clone());
        sinks.push(Sink { name, retries, deadline, kind });
    }
    // Metrics come last, in their own order.
    sinks.sort_by_key(|sink| sink.kind.is_metrics());
    Ok(sinks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_says_when_in_any_yaml() {
        for word in ["when", "on", "'true'", "\"on\""] {
            let text = format!("deliver: [{{webhook: {{url: 'http://h', {word}: always}}}}]");
            let sinks = parse(&text, &mut BTreeSet::new()).unwrap_or_else(|why| panic!("{word}: {why}"));
            assert!(matches!(&sinks[0].kind, Kind::Webhook(hook) if hook.when == When::Always), "{word}");
        }
    }

    #[test]
    fn sinks_are_named_ordered_and_checked() {
        let text = "deliver:\n- pushgateway: {url: 'http://p:9091'}\n- file: {path: /r, keep: 30}\n- file: {path: /s, keep: 90d, deadline: 5s}\n- webhook: {url: {env: URL}, when: new, shape: slack}\n";
        let sinks = parse(text, &mut BTreeSet::new()).unwrap();
        let names: Vec<&str> = sinks.iter().map(|sink| sink.name.as_str()).collect();
        assert_eq!(names, ["file", "file-2", "webhook", "pushgateway"]);
        assert_eq!(sinks[1].deadline, Duration::from_secs(5));
        for wrong in [
            "deliver: [{file: {}}]",
            "deliver: [{file: {path: /r, kep: 3}}]",
            "deliver: [{fax: {}}]",
            "deliver: [{file: {path: /r, format: fax}}]",
            "deliver: [{webhook: {url: {value: x}}}]",
            "deliver: [{file: {path: /r, deadline: soon}}]",
            "deliver: [{file: {path: /r, name: a}}, {textfile: {path: /x, name: a}}]",
        ] {
            assert!(parse(wrong, &mut BTreeSet::new()).is_err(), "{wrong}");
        }
    }
}

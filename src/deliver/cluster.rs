//! Report objects in the audited cluster. What this run could not judge is carried over from the
//! earlier report; an object is removed only once everything in it stands elsewhere or is settled.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fmt::Write as _,
    time::Instant,
};

use serde_json::{Value, json};

use super::{
    config::Api,
    shards::{identity, lay_out},
};
use crate::{
    collect::cluster::session::Session,
    render::{self, Format, Style},
    report::{Reason, Report, Verdict},
    store::{Failure, Patience, failpoint},
};

/// Our objects, by label.
const OURS: &str = "app.kubernetes.io%2Fmanaged-by%3Dsextant";
/// Their names: this and a number.
const PREFIX: &str = "sextant-";
const APPLY: &str = "fieldManager=sextant&force=true";

/// Where objects of a group live.
struct Places {
    api: Api,
    version: &'static str,
    namespaced: (&'static str, &'static str),
    cluster: (&'static str, &'static str),
}

const OPEN: Places = Places {
    api: Api::OpenReports,
    version: "openreports.io/v1alpha1",
    namespaced: ("reports", "Report"),
    cluster: ("clusterreports", "ClusterReport"),
};
const POLICY: Places = Places {
    api: Api::PolicyReport,
    version: "wgpolicyk8s.io/v1alpha2",
    namespaced: ("policyreports", "PolicyReport"),
    cluster: ("clusterpolicyreports", "ClusterPolicyReport"),
};

impl Places {
    fn path(&self, namespace: &str, name: &str) -> String {
        let version = self.version;
        let mut path = format!("/apis/{version}");
        if namespace.is_empty() {
            let _ = write!(path, "/{}", self.cluster.0);
        } else {
            let _ = write!(path, "/namespaces/{namespace}/{}", self.namespaced.0);
        }
        if !name.is_empty() {
            let _ = write!(path, "/{name}");
        }
        path
    }
}

/// One request, tried again where that may help. 404 is an answer; other failures are not.
pub(super) fn ask(
    session: &Session,
    patience: Patience,
    (method, path): (&str, &str),
    content_type: &str,
    body: &[u8],
) -> Result<Option<Value>, Failure> {
    patience.insist(|left| {
        let sent = session.send(method, path, content_type, body.to_vec(), left);
        let (status, answer) = sent.map_err(|(message, again)| {
            let message = format!("{}: {message}", session.server);
            Failure { again, ..Failure::firm(message) }
        })?;
        let bare = path.split('?').next().unwrap_or(path);
        match status {
            200..=299 => Ok(Some(serde_json::from_slice(&answer).unwrap_or(Value::Null))),
            404 => Ok(None),
            // Nothing is created in a namespace that is going: there is nobody to tell of it.
            403 if is_ending(&answer) => Ok(None),
            401 | 403 => Err(Failure::firm(format!("{method} {bare} is not allowed ({status})"))),
            408 | 409 | 429 | 500..=599 => Err(Failure::passing(format!("{method} {bare} answers {status}"))),
            _ => Err(Failure::firm(format!("{method} {bare} answers {status}"))),
        }
    })
}

fn is_ending(answer: &[u8]) -> bool {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let causes = answer["details"]["causes"].as_array();
    causes.is_some_and(|causes| causes.iter().any(|cause| cause["reason"] == "NamespaceTerminating"))
}

/// Writes the report. Returns what was done.
///
/// # Errors
/// A cluster that is another one, serves no report objects, or does not take them.
pub fn deliver(session: &Session, report: &Report, api: Option<Api>, patience: Patience) -> Result<String, Failure> {
    let places = places(session, api.unwrap_or(Api::Auto), patience)?;
    let existing = existing(session, &places, patience)?;
    let mut results = fresh(report, &places)?;
    let settled = Settled::of(report);
    let mut carried = 0;
    for ((namespace, _), object) in &existing {
        let known = results.get(namespace).into_iter().flatten();
        let mut found: HashSet<String> = known.map(|result| identity(result).to_owned()).collect();
        for old in object["results"].as_array().into_iter().flatten() {
            // A run that was killed may have left a result in two objects.
            if !settled.settles(namespace, old) && found.insert(identity(old).to_owned()) {
                let mut old = old.clone();
                if let Some(properties) = old["properties"].as_object_mut() {
                    properties.insert("stale".into(), json!("true"));
                }
                results.entry(namespace.clone()).or_default().push(old);
                carried += 1;
            }
        }
    }
    let wanted = objects(report, &places, &existing, results);
    let (mut written, mut failed) = (0, None);
    for ((namespace, name), object) in &wanted {
        let path = format!("{}?{APPLY}", places.path(namespace, name));
        let body = serde_json::to_vec(object).map_err(|_| Failure::firm("the report object cannot be made"))?;
        match ask(session, patience, ("PATCH", &path), "application/apply-patch+yaml", &body) {
            Ok(Some(_)) => written += 1,
            // The namespace went while we judged: nothing is left to tell of.
            Ok(None) if !namespace.is_empty() => {}
            Ok(None) => return Err(Failure::firm(format!("{} is no longer served", places.version))),
            // One that is refused leaves the others theirs.
            Err(failure) => failed = failed.or(Some(failure)),
        }
        failpoint("cluster-applied");
    }
    if let Some(failure) = failed {
        let all = wanted.len();
        let message = format!("{written} of {all} report objects written, none removed: {failure}");
        return Err(Failure { message, ..failure });
    }
    let kept: HashSet<&(String, String)> = wanted.iter().map(|(key, _)| key).collect();
    let mut removed = 0;
    for (namespace, name) in existing.keys().filter(|key| !kept.contains(key)) {
        ask(session, patience, ("DELETE", &places.path(namespace, name)), "", &[])?;
        failpoint("cluster-removed");
        removed += 1;
    }
    let version = places.version;
    Ok(format!("{version}: {written} objects written, {removed} removed, {carried} results carried over"))
}

fn places(session: &Session, api: Api, patience: Patience) -> Result<Places, Failure> {
    for places in [OPEN, POLICY] {
        if api != Api::Auto && api != places.api {
            continue;
        }
        let path = format!("/apis/{}", places.version);
        if let Some(found) = ask(session, patience, ("GET", &path), "", &[])? {
            let names: Vec<&str> =
                found["resources"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
            if names.contains(&places.namespaced.0) && names.contains(&places.cluster.0) {
                return Ok(places);
            }
        }
    }
    let wanted = match api {
        Api::OpenReports => "openreports.io/v1alpha1",
        Api::PolicyReport => "wgpolicyk8s.io/v1alpha2",
        Api::Auto => "neither openreports.io/v1alpha1 nor wgpolicyk8s.io/v1alpha2",
    };
    Err(Failure::firm(format!("the cluster does not serve report objects: {wanted} (install their CRDs)")))
}

type Objects = BTreeMap<(String, String), Value>;

/// Every object that is ours, whole.
fn existing(session: &Session, places: &Places, patience: Patience) -> Result<Objects, Failure> {
    let mut found = Objects::new();
    for plural in [places.namespaced.0, places.cluster.0] {
        let mut token = String::new();
        loop {
            let path = format!("/apis/{}/{plural}?labelSelector={OURS}&limit=50&continue={token}", places.version);
            let page = ask(session, patience, ("GET", &path), "", &[])?
                .ok_or_else(|| Failure::firm(format!("{} is no longer served", places.version)))?;
            let Some(items) = page["items"].as_array() else {
                return Err(Failure::firm("the list of report objects is not understood"));
            };
            for item in items {
                let text = |key: &str| item["metadata"][key].as_str().unwrap_or_default().to_owned();
                // Somebody else's objects may carry the label.
                if number(&text("name")).is_some() {
                    found.insert((text("namespace"), text("name")), item.clone());
                }
            }
            let next = page["metadata"]["continue"].as_str().unwrap_or_default();
            if next.is_empty() {
                break;
            }
            token = next.bytes().fold(String::new(), |mut text, byte| {
                let _ = if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                    write!(text, "{}", char::from(byte))
                } else {
                    write!(text, "%{byte:02X}")
                };
                text
            });
        }
    }
    Ok(found)
}

/// The results of this run, by namespace, as the renderer makes them.
fn fresh(report: &Report, places: &Places) -> Result<BTreeMap<String, Vec<Value>>, Failure> {
    let format = if places.api == Api::OpenReports { Format::Openreports } else { Format::Policyreport };
    let mut bytes = Vec::new();
    let wrong = || Failure::firm("the report objects cannot be made");
    render::render(format, report, Style::default(), &mut bytes).map_err(|_| wrong())?;
    let mut list: Value = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    let mut results: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for item in list["items"].as_array_mut().ok_or_else(wrong)? {
        let namespace = item["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
        if let Some(all) = item["results"].as_array_mut() {
            results.entry(namespace).or_default().append(all);
        }
    }
    Ok(results)
}

/// The number of one of our objects.
fn number(name: &str) -> Option<usize> {
    name.strip_prefix(PREFIX)?.parse().ok()
}

/// The objects, in the order in which they may be written without losing anything between two.
fn objects(
    report: &Report,
    places: &Places,
    existing: &Objects,
    results: BTreeMap<String, Vec<Value>>,
) -> Vec<((String, String), Value)> {
    let mut standing: BTreeMap<&str, BTreeMap<usize, Vec<Value>>> = BTreeMap::new();
    for ((namespace, name), object) in existing {
        if let Some(number) = number(name) {
            let held = object["results"].as_array().cloned().unwrap_or_default();
            standing.entry(namespace).or_default().insert(number, held);
        }
    }
    let none = BTreeMap::new();
    let mut objects = Vec::new();
    for (namespace, results) in results {
        let layout = lay_out(standing.get(namespace.as_str()).unwrap_or(&none), results);
        for (shard, results) in layout.objects {
            let name = format!("{PREFIX}{shard}");
            let object = object(report, places, (&namespace, &name), &results);
            objects.push(((namespace.clone(), name), object));
        }
    }
    objects
}

fn object(report: &Report, places: &Places, (namespace, name): (&str, &str), results: &[Value]) -> Value {
    let count = |word: &str| results.iter().filter(|result| result["result"] == word).count();
    let kind = if namespace.is_empty() { places.cluster.1 } else { places.namespaced.1 };
    let summary = json!({"pass": count("pass"), "fail": count("fail"), "warn": count("warn"),
        "error": count("error"), "skip": count("skip")});
    let mut metadata = json!({"name": name, "labels": {"app.kubernetes.io/managed-by": "sextant"}});
    if !namespace.is_empty() {
        metadata["namespace"] = json!(namespace);
    }
    let mut object = json!({"apiVersion": places.version, "kind": kind, "metadata": metadata,
        "summary": summary, "results": results});
    if places.api == Api::OpenReports {
        object["source"] = json!(report.tool.name);
    }
    object
}

/// What this run judged completely.
struct Settled<'r> {
    policies: BTreeSet<&'r str>,
    /// Policies with a subject that could not be judged for want of evidence, by namespace.
    open: HashSet<(&'r str, &'r str)>,
    unread: HashSet<String>,
    read: HashSet<String>,
}

impl<'r> Settled<'r> {
    fn of(report: &'r Report) -> Self {
        let asked = report.policies.iter().filter(|policy| policy.error.is_none());
        let unknown = report.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown);
        let open = unknown.map(|finding| {
            // What is said of coverage holds for every namespace.
            let of_subject = matches!(finding.reason, Reason::Evidence | Reason::Skew);
            let everywhere = !of_subject || finding.subject.namespace.is_empty();
            (finding.policy.as_str(), if everywhere { "" } else { finding.subject.namespace.as_str() })
        });
        let of = |proof: bool| {
            let kinds = report.coverage.iter().filter(move |coverage| coverage.state.is_proof() == proof);
            kinds.filter_map(|coverage| coverage.kind.clone()).collect()
        };
        Self {
            policies: asked.map(|policy| policy.id.as_str()).collect(),
            open: open.collect(),
            unread: of(false),
            read: of(true),
        }
    }

    /// An earlier result that is not found again is gone, proven.
    fn settles(&self, namespace: &str, result: &Value) -> bool {
        let policy = result["policy"].as_str().unwrap_or_default();
        // How many passed is counted anew, or not at all.
        if result["result"] == "pass" {
            return true;
        }
        if !self.policies.contains(policy)
            || self.open.contains(&(policy, ""))
            || self.open.contains(&(policy, namespace))
        {
            return false;
        }
        let resource = &result["resources"][0];
        let group = result["properties"]["group"].as_str().unwrap_or_default();
        let group = if group.is_empty() { "core" } else { group };
        let kind = format!("{group}/{}", resource["kind"].as_str().unwrap_or_default());
        let complete = !self.unread.contains(&kind) && (self.read.contains(&kind) || self.unread.is_empty());
        // Cluster, Rules, Coverage … are no kinds of the API: their policy answers for them.
        complete || matches!(resource["kind"].as_str(), Some("Cluster" | "Rules" | "Coverage"))
    }
}

/// That this is the cluster the report is about.
///
/// # Errors
/// Another cluster, or one that does not say.
pub fn same_cluster(session: &Session, report: &Report, patience: Patience) -> Result<(), Failure> {
    let began = Instant::now();
    let found = ask(session, patience, ("GET", "/api/v1/namespaces/kube-system"), "", &[])?;
    let uid = found.as_ref().and_then(|found| found["metadata"]["uid"].as_str());
    match (uid, report.snapshot.cluster.uid.as_deref()) {
        (Some(here), Some(there)) if here == there => Ok(()),
        (Some(_), Some(_)) => Err(Failure::firm("the report is about another cluster than this one")),
        _ => Err(Failure::firm(format!(
            "it cannot be told whether the report is about this cluster (asked for {:.1} s)",
            began.elapsed().as_secs_f32()
        ))),
    }
}

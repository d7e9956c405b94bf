//! Registries: asked live (Harbor), or read from exported answers; both become one object in the
//! snapshot, of kind `sextant.dev/RegistryFacts`, with coverage part by part.
//!
//! Credentials come by reference only (`env:NAME`, `file:PATH`), live as long as the questions, and
//! are in no error, no object and no coverage.

pub mod config;
pub mod export;
pub mod harbor;
pub mod wire;

use std::time::Duration;

use crate::{
    collect::Options,
    facts::registry::{RegistryFacts, answers::Answers, products},
    snapshot::{Coverage, State, outside::Outside, slim::Slimmer},
};

use config::{Asked, How, Login};

/// How much of a registry's and the user's patience is used.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Least time between two questions.
    pub pace: Duration,
    /// Patience for one answer.
    pub answer_timeout: Duration,
    /// Patience for a registry.
    pub run_timeout: Duration,
    /// First wait before another try.
    pub backoff: Duration,
    /// Longest wait before another try, whatever the server asks.
    pub max_wait: Duration,
    /// Tries of a question.
    pub tries: u32,
    /// Largest answer.
    pub answer_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pace: Duration::from_millis(50),
            answer_timeout: Duration::from_secs(60),
            run_timeout: Duration::from_secs(600),
            backoff: Duration::from_millis(250),
            max_wait: Duration::from_secs(30),
            tries: 4,
            answer_bytes: 64 << 20,
        }
    }
}

/// A registry that cannot be asked as the user said.
#[derive(Debug, thiserror::Error)]
#[error("registry {name}: {reason}")]
pub struct RegistryError {
    /// As the user calls it.
    pub name: String,
    /// What is wrong; never a credential.
    pub reason: String,
}

/// Reads every registry.
///
/// # Errors
/// What the user wrote that cannot be followed. A registry that does not answer is no error but
/// coverage.
pub fn read(asked: &[Asked], options: &Options, limits: &Limits) -> Result<Outside, RegistryError> {
    let mut outside = Outside::default();
    for one in asked {
        let wrong = |reason: String| RegistryError { name: one.name.clone(), reason };
        let (mut facts, time, secret) = match &one.how {
            How::Live { .. } => {
                let (facts, secret) = live(one, limits)?;
                (facts, options.time.clone(), secret)
            }
            How::File(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| wrong(format!("{}: {}", path.display(), error.kind())))?;
                let place = path.display();
                (exported(one, &text).map_err(|what| wrong(format!("{place}: {what}")))?, None, None)
            }
        };
        facts.read_at = time;
        add(&facts, secret.as_deref(), options, &mut outside).map_err(wrong)?;
    }
    Ok(outside)
}

/// Facts, and the password, so that nothing that is kept holds it.
fn live(one: &Asked, limits: &Limits) -> Result<(RegistryFacts, Option<String>), RegistryError> {
    let wrong = |reason: String| RegistryError { name: one.name.clone(), reason };
    let How::Live { endpoint, user, credential, ca, rate, deadline } = &one.how else {
        return Err(wrong("is no endpoint".into()));
    };
    let mut limits = limits.clone();
    if let Some(rate) = rate.filter(|rate| rate.is_finite() && *rate > 0.0) {
        limits.pace = Duration::from_secs_f64((1.0 / rate).min(60.0));
    }
    if let Some(seconds) = deadline {
        limits.run_timeout = Duration::from_secs(*seconds);
    }
    let login = credential.as_ref().map(|by| Login::of(by, user.as_deref())).transpose().map_err(wrong)?;
    let caller = login.as_ref().map(|login| login.user.clone());
    let authorization = login.as_ref().map(|login| wire::Authorization::basic(&login.user, &login.password));
    let base = endpoint.trim_end_matches('/');
    let base = if base.ends_with("/api/v2.0") { base.to_owned() } else { format!("{base}/api/v2.0") };
    let mut wire = wire::Wire::new(&base, authorization, ca.as_deref(), &limits).map_err(wrong)?;
    let answers = harbor::read(&mut wire, caller.as_deref());
    let facts = crate::facts::registry::harbor::facts(&one.name, &answers, "where sextant ran");
    Ok((facts, login.map(|login| login.password)))
}

fn exported(one: &Asked, text: &str) -> Result<RegistryFacts, String> {
    let read = Answers::parse(text).map_err(|(line, what)| format!("line {line}: {what}"))?;
    let found = products::product(&read);
    if let (Some(kind), Some(found)) = (one.kind.as_deref(), found)
        && kind != found
    {
        return Err(format!("its calls are those of {found}, and it is said to be {kind}"));
    }
    products::facts(&one.name, found, read).ok_or_else(|| {
        "its calls are those of no product that is known; `sextant registry export-help` prints them".into()
    })
}

/// Facts become an object, and their parts become coverage.
fn add(facts: &RegistryFacts, secret: Option<&str>, options: &Options, outside: &mut Outside) -> Result<(), String> {
    let text = facts.to_object().map_err(|_| "its facts cannot be written".to_owned())?;
    let text = without(&text, secret);
    let slimmer = Slimmer { retain: &options.retain, secrets: options.secrets };
    let slim = slimmer.object(&text, None, None).map_err(|_| "its facts are no object".to_owned())?;
    outside.objects.extend(slim.object);
    for (part, found) in &facts.coverage {
        let objects = match part.as_str() {
            "scopes" => facts.scopes.len(),
            "repositories" => facts.repositories.len(),
            "grants" => facts.grants.len(),
            "robots" => facts.robots.len(),
            "admins" => facts.admins.len(),
            "replication" => facts.replications.len(),
            "scanning" => facts.scanners.len(),
            "artifacts" => facts.repositories.iter().flat_map(|one| &one.artifacts).map(Vec::len).sum(),
            _ => usize::from(found.state == State::Complete),
        };
        let mut coverage = Coverage::new(found.state, without(&found.reason, secret));
        coverage.objects = objects as u64;
        outside.sources.insert(format!("{}:{}/{part}", facts.kind, facts.name), coverage);
    }
    Ok(())
}

/// A server may echo what it was told: the password goes, wherever it stands. A short one would
/// blank ordinary words, and is no secret either.
fn without(text: &str, secret: Option<&str>) -> String {
    let Some(secret) = secret.filter(|secret| secret.len() >= 6) else { return text.to_owned() };
    let escaped = serde_json::to_string(secret).unwrap_or_default();
    let inner = escaped.get(1..escaped.len().saturating_sub(1)).unwrap_or_default();
    let plain = text.replace(secret, "***");
    if inner.is_empty() { plain } else { plain.replace(inner, "***") }
}

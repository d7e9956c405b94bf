//! One question, one answer: paced, with a deadline, over verified TLS only.
//!
//! Nothing that the other side said is repeated in an error, and no header of ours either. There
//! are no redirects: a credential goes to the host that the user named, and nowhere else.

use std::{
    fmt,
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::Limits;
use crate::{
    snapshot::State,
    store::{Cause, Failure, http::Client},
};

/// The value of an `Authorization` header; shown nowhere.
pub struct Authorization(String);

impl Authorization {
    /// HTTP Basic.
    #[must_use]
    pub fn basic(user: &str, password: &str) -> Self {
        use base64::Engine as _;
        Self(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"))))
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorization")
    }
}

/// What came back: any status.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// How many items there are in all, where the server says so.
    pub total: Option<usize>,
    /// The body of a success; null otherwise.
    pub body: Value,
}

/// No answer that counts.
#[derive(Clone, Debug)]
pub struct Fault {
    /// State that goes with it.
    pub state: State,
    /// Why, in our own words.
    pub reason: String,
}

fn fault(state: State, reason: impl Into<String>) -> Fault {
    Fault { state, reason: reason.into() }
}

/// Asks one registry.
#[derive(Debug)]
pub struct Wire {
    client: Client,
    base: String,
    authorization: Option<Authorization>,
    limits: Limits,
    end: Instant,
    next: Instant,
}

impl Wire {
    /// For calls below `base`.
    ///
    /// # Errors
    /// An address that is not https, or that carries a credential; a file without certificates.
    pub fn new(
        base: &str,
        authorization: Option<Authorization>,
        ca: Option<&Path>,
        limits: &Limits,
    ) -> Result<Self, String> {
        let uri: http::Uri = base.parse().map_err(|_| "the endpoint is no address".to_owned())?;
        if uri.scheme_str() != Some("https") {
            return Err("the endpoint must be https: a credential is never sent in the clear".into());
        }
        let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        if authority.contains('@') {
            return Err("the endpoint carries a credential; name it by env: or file: instead".into());
        }
        if uri.query().is_some() {
            return Err("the endpoint must have no query".into());
        }
        let client = Client::new(ca).map_err(|failure| failure.message)?.at_most(limits.answer_bytes);
        let now = Instant::now();
        Ok(Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
            authorization,
            limits: limits.clone(),
            end: now + limits.run_timeout,
            next: now,
        })
    }

    /// Asks, and asks again where that may help.
    ///
    /// # Errors
    /// No answer in time, none at all, or one that is no JSON.
    pub fn get(&mut self, path: &str) -> Result<Reply, Fault> {
        let mut tries = 0;
        loop {
            self.pace()?;
            let (done, asked) = self.once(path);
            tries += 1;
            let again = match &done {
                Ok(reply) => matches!(reply.status, 429 | 500 | 502..=504),
                Err(fault) => fault.state == State::Unavailable || fault.state == State::Timeout,
            };
            if !again || tries >= self.limits.tries {
                return done;
            }
            let doubled = self.limits.backoff * 2_u32.pow(tries.min(8) - 1);
            let wait = asked.unwrap_or(doubled);
            if wait > self.limits.max_wait {
                return Err(fault(State::Unavailable, format!("asks to wait {} s", wait.as_secs())));
            }
            self.next = self.next.max(Instant::now() + wait);
        }
    }

    /// Waits for its turn.
    fn pace(&mut self) -> Result<(), Fault> {
        let now = Instant::now();
        if now.max(self.next) >= self.end {
            return Err(fault(State::Timeout, "the time for this registry is over"));
        }
        sleep(self.next.saturating_duration_since(now));
        self.next = Instant::now() + self.limits.pace;
        Ok(())
    }

    fn once(&self, path: &str) -> (Result<Reply, Fault>, Option<Duration>) {
        let left = self.end.saturating_duration_since(Instant::now()).min(self.limits.answer_timeout);
        let mut headers = vec![("Accept", "application/json")];
        if let Some(Authorization(value)) = &self.authorization {
            headers.push(("Authorization", value.as_str()));
        }
        let answer = match self.client.send("GET", &format!("{}{path}", self.base), &headers, b"", left) {
            Ok(answer) => answer,
            Err(failure) => return (Err(of_failure(&failure)), None),
        };
        let (status, total) = (answer.status, answer.total);
        if (300..400).contains(&status) {
            return (Err(fault(State::Malformed, "answers with a redirect: name the address it stands at")), None);
        }
        if !(200..300).contains(&status) {
            return (Ok(Reply { status, total: None, body: Value::Null }), answer.wait);
        }
        let reply = serde_json::from_slice(&answer.body).map(|body| Reply { status, total, body });
        (reply.map_err(|_| fault(State::Malformed, "the answer is no JSON")), None)
    }
}

/// What a failure means for coverage; the words are ours already.
fn of_failure(failure: &Failure) -> Fault {
    let state = match failure.cause {
        Cause::Late => State::Timeout,
        Cause::Untrusted => State::Forbidden,
        Cause::TooLong => State::Partial,
        Cause::Other => State::Unavailable,
    };
    fault(state, failure.message.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_shown_nowhere_and_sent_nowhere_in_the_clear() {
        let secret = Authorization::basic("robot$x", "hunter2");
        assert_eq!(format!("{secret:?}"), "Authorization");
        for bad in ["http://h.example", "https://u:hunter2@h.example", "ftp://h.example", "nonsense here"] {
            let told = Wire::new(bad, None, None, &Limits::default()).unwrap_err();
            assert!(!told.contains("hunter2"), "{told}");
        }
    }
}

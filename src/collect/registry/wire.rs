//! One question, one answer: paced, with a deadline, over verified TLS only.
//!
//! Nothing that the other side said is repeated in an error, and no header of ours either. There
//! are no redirects: a credential goes to the host that the user named, and nowhere else.

use std::{
    fmt,
    sync::Arc,
    thread::sleep,
    time::{Duration, Instant},
};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde_json::Value;

use super::Limits;
use crate::snapshot::State;

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
    agent: ureq::Agent,
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
        ca: Option<&[u8]>,
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
        let roots = match ca {
            None => ureq::tls::RootCerts::WebPki,
            Some(pem) => {
                let found: Vec<ureq::tls::Certificate<'static>> = CertificateDer::pem_slice_iter(pem)
                    .filter_map(Result::ok)
                    .map(|der| ureq::tls::Certificate::from_der(&der).to_owned())
                    .collect();
                if found.is_empty() {
                    return Err("the file of the certificate authority holds no certificate".into());
                }
                ureq::tls::RootCerts::Specific(Arc::new(found))
            }
        };
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .https_only(true)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("sextant/", env!("CARGO_PKG_VERSION")))
            .tls_config(ureq::tls::TlsConfig::builder().root_certs(roots).build())
            .timeout_connect(Some(limits.connect_timeout));
        if matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            config = config.proxy(None);
        }
        let now = Instant::now();
        Ok(Self {
            agent: ureq::Agent::new_with_config(config.build()),
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
        let mut request = self.agent.get(format!("{}{path}", self.base)).header("Accept", "application/json");
        if let Some(Authorization(value)) = &self.authorization {
            request = request.header("Authorization", value);
        }
        let mut response = match request.config().timeout_global(Some(left)).build().call() {
            Ok(response) => response,
            Err(error) => return (Err(of_error(&error)), None),
        };
        let status = response.status().as_u16();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let asked = header("retry-after").and_then(wait_of);
        let total = header("x-total-count").and_then(|value| value.parse().ok());
        if (300..400).contains(&status) {
            return (Err(fault(State::Malformed, "answers with a redirect: name the address it stands at")), None);
        }
        if !(200..300).contains(&status) {
            return (Ok(Reply { status, total: None, body: Value::Null }), asked);
        }
        let body = match response.body_mut().with_config().limit(self.limits.answer_bytes).read_to_vec() {
            Ok(body) => body,
            Err(error) => return (Err(of_error(&error)), None),
        };
        let reply = serde_json::from_slice(&body).map(|body| Reply { status, total, body });
        (reply.map_err(|_| fault(State::Malformed, "the answer is no JSON")), None)
    }
}

/// `Retry-After`: seconds, or a date.
#[expect(clippy::disallowed_methods, reason = "the server's date is one of the real clock; it never reaches a report")]
fn wait_of(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    let now = std::time::SystemTime::now();
    Some(std::time::SystemTime::from(at).duration_since(now).unwrap_or_default())
}

fn of_error(error: &ureq::Error) -> Fault {
    use ureq::Error;
    match error {
        Error::Timeout(_) => fault(State::Timeout, "no answer in time"),
        Error::HostNotFound => fault(State::Unavailable, "the name of the host does not resolve"),
        Error::ConnectionFailed => fault(State::Unavailable, "nothing listens there"),
        Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => fault(State::Timeout, "no answer in time"),
        Error::Io(error) if is_tls(error) => fault(State::Forbidden, "the certificate of the server is not trusted"),
        Error::Io(_) => fault(State::Unavailable, "the connection broke"),
        Error::Rustls(_) | Error::Tls(_) => fault(State::Forbidden, "the certificate of the server is not trusted"),
        Error::BodyExceedsLimit(_) => fault(State::Partial, "the answer is too large"),
        _ => fault(State::Unavailable, "the question could not be asked"),
    }
}

fn is_tls(error: &std::io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>())
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
        assert_eq!(wait_of("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait_of("Mon, 23 Nov 2020 12:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait_of("soon"), None);
    }
}

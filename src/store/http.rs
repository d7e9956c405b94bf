//! One request, one answer. No redirects; an answer is never repeated, an address only by its host.

use std::{path::Path, sync::Arc, time::Duration};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use super::{Cause, Failure};

/// Answers are no longer than this, unless somebody says less.
const LONGEST: u64 = 256 << 20;

/// Sends requests.
#[derive(Clone, Debug)]
pub struct Client {
    agent: ureq::Agent,
    longest: u64,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status, of any kind.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// How long the other side asks to wait.
    pub wait: Option<Duration>,
    /// How many items there are in all, where the other side says so (`X-Total-Count`).
    pub total: Option<usize>,
}

impl Client {
    /// With the authorities of the web, or those of a file instead.
    ///
    /// # Errors
    /// A file without a certificate.
    pub fn new(ca: Option<&Path>) -> Result<Self, Failure> {
        let roots = match ca {
            None => ureq::tls::RootCerts::WebPki,
            Some(path) => {
                let wrong = |why: String| Failure::firm(format!("ca {}: {why}", path.display()));
                let pem = std::fs::read(path).map_err(|error| wrong(error.kind().to_string()))?;
                let found: Vec<ureq::tls::Certificate<'static>> = CertificateDer::pem_slice_iter(&pem)
                    .filter_map(Result::ok)
                    .map(|der| ureq::tls::Certificate::from_der(&der).to_owned())
                    .collect();
                if found.is_empty() {
                    return Err(wrong("holds no certificate".into()));
                }
                ureq::tls::RootCerts::Specific(Arc::new(found))
            }
        };
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("sextant/", env!("CARGO_PKG_VERSION")))
            .tls_config(ureq::tls::TlsConfig::builder().root_certs(roots).build())
            .timeout_connect(Some(Duration::from_secs(10)))
            .build();
        Ok(Self { agent: ureq::Agent::new_with_config(config), longest: LONGEST })
    }

    /// The same, that reads no answer longer than this.
    #[must_use]
    pub fn at_most(self, longest: u64) -> Self {
        Self { longest, ..self }
    }

    /// Sends one request.
    ///
    /// # Errors
    /// No answer, or none in time.
    pub fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        left: Duration,
    ) -> Result<Answer, Failure> {
        let host = host(url);
        let mut request = http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        // What may be wrong here is a secret: it is not told which part.
        let wrong = || Failure::firm(format!("{host}: the address or a header is not valid"));
        // What listens on this machine is behind no proxy.
        let near = is_loopback(url);
        let done = if body.is_empty() && matches!(method, "GET" | "DELETE" | "HEAD") {
            let request = request.body(()).map_err(|_| wrong())?;
            let asked = self.agent.configure_request(request).timeout_global(Some(left));
            self.agent.run(if near { asked.proxy(None) } else { asked }.build())
        } else {
            let request = request.body(body).map_err(|_| wrong())?;
            let asked = self.agent.configure_request(request).timeout_global(Some(left));
            self.agent.run(if near { asked.proxy(None) } else { asked }.build())
        };
        let mut response = done.map_err(|error| failure(&host, &error))?;
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let wait = header("retry-after").and_then(wait_of);
        let total = header("x-total-count").and_then(|value| value.parse().ok());
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(self.longest).read_to_vec();
        let body = body.map_err(|error| failure(&host, &error))?;
        Ok(Answer { status, body, wait, total })
    }
}

impl Answer {
    /// The answer, where it is a success.
    ///
    /// # Errors
    /// Any other status; another try may help for some.
    pub fn success(self, url: &str) -> Result<Self, Failure> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let again = matches!(self.status, 408 | 409 | 425 | 429 | 500..=599);
        let failure = Failure::firm(format!("{} answers {}", host(url), self.status));
        Err(Failure { again, wait: self.wait, ..failure })
    }
}

/// Host and port: what may be told of an address.
#[must_use]
pub fn host(url: &str) -> String {
    let uri: Option<http::Uri> = url.parse().ok();
    let host = uri.as_ref().and_then(|uri| uri.host()).map(ToOwned::to_owned);
    let port = uri.as_ref().and_then(http::Uri::port_u16).map(|port| format!(":{port}")).unwrap_or_default();
    host.map_or_else(|| "the address".into(), |host| format!("{host}{port}"))
}

fn is_loopback(url: &str) -> bool {
    let uri: Option<http::Uri> = url.parse().ok();
    matches!(uri.as_ref().and_then(|uri| uri.host()), Some("localhost" | "127.0.0.1" | "[::1]"))
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

fn failure(host: &str, error: &ureq::Error) -> Failure {
    use ureq::Error;
    let late = || Failure::passing(format!("{host}: no answer in time")).of(Cause::Late);
    let untrusted = || Failure::firm(format!("{host}: the certificate is not to be trusted")).of(Cause::Untrusted);
    match error {
        Error::Timeout(_) => late(),
        Error::HostNotFound => Failure::passing(format!("{host}: the name does not resolve")),
        Error::ConnectionFailed => Failure::passing(format!("{host}: nothing listens there")),
        Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => late(),
        Error::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => untrusted(),
        Error::Io(error) => Failure::passing(format!("{host}: {}", error.kind())),
        Error::Rustls(_) | Error::Tls(_) => untrusted(),
        Error::BodyExceedsLimit(_) => Failure::firm(format!("{host}: the answer is too large")).of(Cause::TooLong),
        _ => Failure::firm(format!("{host}: the request could not be sent")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_by_its_host_only() {
        assert_eq!(host("https://user:pw@hooks.example:8443/services/T0/B0/secret?x=y"), "hooks.example:8443");
        assert_eq!(host("nonsense here"), "the address");
    }

    #[test]
    fn waits_are_seconds_or_dates() {
        assert_eq!(wait_of("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait_of("Mon, 23 Nov 2020 12:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait_of("soon"), None);
    }
}

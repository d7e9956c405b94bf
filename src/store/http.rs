//! One request, one answer. No redirects; an answer is never repeated, an address only by its host.

use std::{path::Path, time::Duration};

use super::{Cause, Failure, trust};

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
    /// With the authorities of a file, of `SSL_CERT_FILE`, or of the web.
    ///
    /// # Errors
    /// A file without a certificate.
    pub fn new(ca: Option<&Path>) -> Result<Self, Failure> {
        let roots = trust::roots(ca)?;
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
        let wait = header("retry-after").and_then(|wait| seconds(wait, header("date")));
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
        // 501 and 505 are what a server never does.
        let again = matches!(self.status, 408 | 409 | 425 | 429 | 500 | 502..=504 | 506..=599);
        let failure = Failure::firm(format!("{} answers {}", host(url), self.status));
        Err(Failure { again, wait: self.wait, ..failure })
    }
}

/// `Retry-After`: seconds, or a time, which is held against the server's own clock.
fn seconds(wait: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = wait.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let parse = |text: &str| jiff::fmt::rfc2822::parse(text.trim()).ok().map(|time| time.timestamp().as_second());
    u64::try_from(parse(wait)? - parse(date?)?).ok().map(Duration::from_secs)
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

fn failure(host: &str, error: &ureq::Error) -> Failure {
    use ureq::Error;
    let late = || Failure::passing(format!("{host}: no answer in time")).of(Cause::Late);
    match error {
        Error::Timeout(_) => late(),
        Error::HostNotFound => Failure::passing(format!("{host}: the name does not resolve")),
        Error::ConnectionFailed => Failure::passing(format!("{host}: nothing listens there")),
        Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => late(),
        Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            // What goes wrong between the two ends of TLS arrives as what goes wrong on the wire.
            Some(error) => untrusted(host, error),
            None => Failure::passing(format!("{host}: {}", error.kind())),
        },
        Error::Rustls(error) => untrusted(host, error),
        Error::Tls(_) => Failure::firm(format!("{host}: TLS cannot be agreed on")).of(Cause::Untrusted),
        Error::BodyExceedsLimit(_) => Failure::firm(format!("{host}: the answer is too large")).of(Cause::TooLong),
        _ => Failure::firm(format!("{host}: the request could not be sent")),
    }
}

/// No other try makes a certificate a good one.
fn untrusted(host: &str, error: &rustls::Error) -> Failure {
    use rustls::CertificateError as Wrong;
    let why = match error {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            Wrong::UnknownIssuer => "is by an authority that is not trusted (name it by ca or SSL_CERT_FILE)",
            Wrong::Expired | Wrong::ExpiredContext { .. } => "has expired",
            Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => "is not valid yet: is this machine's clock right?",
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => "is for another name",
            Wrong::Revoked => "was revoked",
            _ => "is not to be trusted",
        },
        _ => return Failure::firm(format!("{host}: TLS cannot be agreed on: is it a TLS port?")).of(Cause::Untrusted),
    };
    Failure::firm(format!("{host}: the certificate {why}")).of(Cause::Untrusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_a_number_or_a_time() {
        let date = Some("Wed, 21 Oct 2026 07:28:00 GMT");
        assert_eq!(seconds("120", None), Some(Duration::from_secs(120)));
        assert_eq!(seconds("Wed, 21 Oct 2026 07:29:30 GMT", date), Some(Duration::from_secs(90)));
        assert_eq!(seconds("Wed, 21 Oct 2026 07:27:30 GMT", date), None);
        assert_eq!(seconds("soon", date), None);
    }

    #[test]
    fn an_address_is_told_by_its_host_only() {
        assert_eq!(host("https://user:pw@hooks.example:8443/services/T0/B0/secret?x=y"), "hooks.example:8443");
        assert_eq!(host("nonsense here"), "the address");
    }
}

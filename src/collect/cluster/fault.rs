//! How a request fails, and what that means: for the kind that was read, and for the user.
//!
//! Nothing that a server, a plugin or a file said is ever repeated here: a login page may hold a
//! token, an exec plugin prints what it likes. Only our own words, codes and names of classes.

use std::{error::Error as StdError, time::Duration};

use crate::snapshot::State;

/// The class of a failure: decides retries, coverage and the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404, as a Status or as text.
    NotFound,
    /// 410.
    Expired,
    /// 429.
    Throttled,
    /// 503, 502, and whatever a load balancer says.
    Unavailable,
    /// 500 and other 5xx.
    ServerError,
    /// 504, or no answer in time.
    Timeout,
    /// The connection broke on the way.
    Transport,
    /// An answer that is not what it should be.
    Malformed,
    /// Nothing listens there, or the name does not resolve.
    Unreachable,
    /// The certificate is not to be trusted.
    Tls,
    /// http spoken to https, or the other way round.
    Protocol,
    /// The proxy refused.
    Proxy,
    /// Credentials could not be had.
    Credentials,
    /// Another 4xx: this program asked for something wrong.
    Refused,
    /// The user, or a deadline, ended it.
    Stopped,
}

/// One failure.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub class: Class,
    /// In our words.
    pub detail: String,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// Token of an inconsistent continuation, with 410.
    pub resume: Option<String>,
}

impl Fault {
    pub fn new(class: Class, detail: impl Into<String>) -> Self {
        Self { class, detail: detail.into(), retry_after: None, resume: None }
    }

    /// The coverage of a kind of which nothing was read.
    pub fn state(&self) -> State {
        match self.class {
            Class::Unauthorized | Class::Forbidden | Class::Credentials => State::Forbidden,
            Class::Timeout => State::Timeout,
            Class::Malformed => State::Malformed,
            Class::Stopped => State::Skipped,
            _ => State::Unavailable,
        }
    }

    /// How often it is tried again.
    pub fn retries(&self) -> u32 {
        match self.class {
            Class::Throttled => 4,
            Class::Unavailable | Class::Unreachable => 3,
            Class::Timeout | Class::Transport => 2,
            Class::ServerError | Class::Malformed | Class::Unauthorized => 1,
            _ => 0,
        }
    }

    /// What the user can do about a failure that ends the run.
    pub fn remedy(&self) -> &'static str {
        match self.class {
            Class::Unauthorized => "log in again or renew the token (kubectl auth whoami shows who you are)",
            Class::Credentials => "run the plugin or log in by hand, or name another --context",
            Class::Forbidden => "bind the identity to system:discovery, or use another --context",
            Class::Unreachable => "check the address, VPN and firewall (kubectl cluster-info asks the same server)",
            Class::Tls => "check certificate-authority and server of the kubeconfig; a new cluster has a new authority",
            Class::Protocol => "check http or https and the port of server in the kubeconfig",
            Class::Proxy => "check HTTPS_PROXY, NO_PROXY and proxy-url of the kubeconfig",
            Class::Timeout => "check VPN and firewall; --timeout gives it longer",
            Class::Throttled => "the server is busy: try again later",
            Class::Malformed => "check that server is an API server and no login page or proxy is in between",
            Class::Stopped => "run it again, or give it longer with --timeout",
            _ => "see the API server's own health: kubectl get --raw /readyz",
        }
    }
}

/// Classes a response by its status; success is not for this function.
pub(super) fn of_status(code: u16) -> Fault {
    let class = match code {
        401 => Class::Unauthorized,
        403 => Class::Forbidden,
        404 => Class::NotFound,
        407 => Class::Proxy,
        408 | 504 => Class::Timeout,
        410 => Class::Expired,
        429 => Class::Throttled,
        502 | 503 => Class::Unavailable,
        500..=599 => Class::ServerError,
        300..=399 => Class::Malformed,
        _ => Class::Refused,
    };
    let words = match class {
        Class::Unauthorized => "the server does not accept the credentials (401)".to_owned(),
        Class::Forbidden => "not allowed (403)".to_owned(),
        Class::NotFound => "not found (404)".to_owned(),
        Class::Expired => "the list expired while it was read (410)".to_owned(),
        Class::Throttled => "throttled (429)".to_owned(),
        Class::Timeout => format!("the server ran out of time ({code})"),
        Class::Unavailable => format!("the server is unavailable ({code})"),
        Class::ServerError => format!("the server failed ({code})"),
        Class::Proxy => "the proxy wants authentication (407)".to_owned(),
        Class::Malformed => format!("a redirect ({code}) instead of an answer"),
        _ => format!("the server refused the request ({code})"),
    };
    Fault::new(class, words)
}

/// Classes what went wrong before there was a response.
pub(super) fn of_client(error: &kube::Error) -> Fault {
    match error {
        kube::Error::Auth(error) => of_auth(error),
        kube::Error::ProxyProtocolUnsupported { .. } | kube::Error::ProxyProtocolDisabled { .. } => {
            Fault::new(Class::Proxy, "the proxy's protocol is not supported")
        }
        kube::Error::RustlsTls(_) => {
            Fault::new(Class::Tls, "the certificates or keys of the kubeconfig cannot be used")
        }
        other => of_transport(other),
    }
}

/// Why credentials could not be had; plugin output is never repeated.
fn of_auth(error: &kube::client::AuthError) -> Fault {
    use kube::client::AuthError;
    let words = match error {
        // What kube calls `cmd` begins with the plugin's environment, which may hold a password.
        AuthError::AuthExecRun { out, .. } => format!("the exec plugin failed: {}", out.status),
        AuthError::AuthExecStart(error) => format!("the exec plugin could not be started: {}", error.kind()),
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed => {
            "the exec plugin gave no usable credential".to_owned()
        }
        AuthError::ReadTokenFile(error, path) => {
            format!("the token file {} cannot be read: {}", path.display(), error.kind())
        }
        _ => "the credentials of the kubeconfig cannot be used".to_owned(),
    };
    Fault::new(Class::Credentials, words)
}

/// Every error below this one, errors that an I/O error wraps included.
fn chain<'e>(error: &'e (dyn StdError + 'static)) -> Vec<&'e (dyn StdError + 'static)> {
    let mut found = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        if found.len() > 32 {
            break;
        }
        found.push(error);
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| error.source());
    }
    found
}

/// Classes a failure of the connection by the errors it is made of.
pub(super) fn of_transport(error: &(dyn StdError + 'static)) -> Fault {
    let chain = chain(error);
    for error in &chain {
        if let Some(error) = error.downcast_ref::<kube::client::AuthError>() {
            return of_auth(error);
        }
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return of_tls(error);
        }
    }
    // Only matched against, never shown.
    let text = chain.iter().map(ToString::to_string).collect::<Vec<_>>().join(" <- ");
    let kind = chain.iter().find_map(|error| error.downcast_ref::<std::io::Error>()).map(std::io::Error::kind);
    let has = |needle: &str| text.contains(needle);
    if has("dns error") || has("failed to lookup address") {
        return Fault::new(Class::Unreachable, "the server's name does not resolve");
    }
    if has("invalid peer certificate") {
        return Fault::new(Class::Tls, "the server's certificate is not trusted");
    }
    if has("InvalidContentType") || has("invalid HTTP version") || has("corrupt message") {
        return Fault::new(Class::Protocol, "the server speaks another protocol: http or https is mixed up");
    }
    if has("tunnel") || has("proxy") || has("Proxy") {
        return Fault::new(Class::Proxy, "the proxy did not let the connection through");
    }
    if kind == Some(std::io::ErrorKind::TimedOut) || has("timed out") || has("deadline has elapsed") {
        return Fault::new(Class::Timeout, "no answer in time");
    }
    if has("Connection refused") || kind == Some(std::io::ErrorKind::ConnectionRefused) {
        return Fault::new(Class::Unreachable, "connection refused");
    }
    if has("(Connect)") {
        return Fault::new(Class::Unreachable, "no connection");
    }
    Fault::new(Class::Transport, "the connection broke")
}

fn of_tls(error: &rustls::Error) -> Fault {
    use rustls::CertificateError as C;
    let words = match error {
        // Every cluster calls its authority "kubernetes": another one of that name is a bad signature.
        rustls::Error::InvalidCertificate(C::UnknownIssuer | C::BadSignature) => {
            "the server's certificate is signed by an authority that the kubeconfig does not name"
        }
        rustls::Error::InvalidCertificate(C::NotValidForName | C::NotValidForNameContext { .. }) => {
            "the server's certificate is for another name"
        }
        rustls::Error::InvalidCertificate(C::Expired | C::ExpiredContext { .. }) => {
            "the server's certificate has expired"
        }
        rustls::Error::InvalidCertificate(C::NotValidYet | C::NotValidYetContext { .. }) => {
            "the server's certificate is not valid yet"
        }
        rustls::Error::InvalidCertificate(_) => "the server's certificate is not trusted",
        rustls::Error::InvalidMessage(_) => {
            return Fault::new(Class::Protocol, "the server does not speak TLS: http or https is mixed up");
        }
        _ => "TLS with the server failed",
    };
    Fault::new(Class::Tls, words)
}

//! What annotations, plugins and options of the controllers mean, as far as it can be said of one
//! object and its controller's configuration alone.

pub mod annotations;
pub mod config;
pub mod protocols;
pub mod transport;

use schemars::JsonSchema;
use serde::Serialize;

/// Three answers: proven, disproven, or not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Known {
    /// Proven.
    Yes,
    /// Disproven.
    No,
    /// Nothing read says.
    #[default]
    Unknown,
}

impl From<bool> for Known {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

impl From<Option<bool>> for Known {
    fn from(value: Option<bool>) -> Self {
        value.map_or(Self::Unknown, Self::from)
    }
}

/// How a host is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// TLS ends at the controller.
    Terminated,
    /// TLS goes through to the backend.
    Passthrough,
    /// TLS ends at a load balancer in front.
    Offloaded,
    /// Nothing but a redirect to HTTPS is served here.
    Redirect,
    /// In the clear.
    None,
    /// Nothing read says.
    Unknown,
}

/// What plain HTTP gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Plain {
    /// Content.
    Serves,
    /// Nothing read says.
    Unknown,
    /// A redirect to HTTPS.
    Redirects,
    /// No listener.
    Absent,
}

/// Something that can do what a route should not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Risk {
    /// Annotation key, plugin or filter.
    pub name: String,
    /// Where in the object.
    pub path: String,
    /// `snippet` (code of the author runs in the controller) or `risky`.
    pub kind: &'static str,
    /// Whether the controller takes it as it is configured.
    pub accepted: Known,
    /// What says so.
    pub reason: String,
}

/// What stands between a client and the backend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Guards {
    /// Authentication.
    pub auth: Guard,
    /// Rate or connection limits.
    pub rate: Guard,
    /// A limit on the size of a request as it is written, `unlimited`, or empty.
    pub body_size: String,
    /// A web application firewall.
    pub waf: Guard,
    /// Client certificates.
    pub client_certificate: Guard,
    /// Strict-Transport-Security age in seconds that is in force; none where off or not known.
    pub hsts_seconds: Option<i64>,
    /// Whether that is known.
    pub hsts: Known,
    /// What says so.
    pub hsts_source: String,
    /// Addresses that may use it; empty where all may.
    pub allowed_sources: Vec<String>,
}

/// One kind of guard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Guard {
    /// Whether one is in force.
    pub on: Known,
    /// What is in force.
    pub by: Vec<String>,
    /// What is named, but not in force, and why.
    pub broken: Vec<String>,
    /// In force, but only watching, optional or unverified.
    pub weak: Vec<String>,
}

impl Guard {
    /// Records one that is in force.
    pub fn add(&mut self, what: impl Into<String>) {
        self.by.push(what.into());
        self.on = Known::Yes;
    }

    /// What a look at everything that could have switched one on comes to.
    pub fn settle(&mut self, whole: bool) {
        self.by.sort();
        self.by.dedup();
        self.on = match (self.by.is_empty(), whole) {
            (false, _) => Known::Yes,
            (true, true) => Known::No,
            (true, false) => Known::Unknown,
        };
    }
}

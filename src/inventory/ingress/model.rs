//! The shape of a row of `routes`: one object that publishes hosts, or rules who may.

use schemars::JsonSchema;
use serde::Serialize;

use super::{controllers::Controller, services::Exposure};
use crate::{
    facts::{
        ingress::{Guards, Known, Plain, Risk, Tls},
        tls::Certificate,
    },
    object::ObjectRef,
    view::Map,
};

/// What an object does for publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sends hosts and paths to backends.
    Route,
    /// Opens listeners.
    Gateway,
    /// Lets one namespace refer to another.
    Grant,
    /// A Service that can be reached from outside by itself.
    Service,
    /// A controller of routes.
    Controller,
    /// Changes the proxies themselves.
    Filter,
}

/// One object that publishes hosts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Route {
    /// The object.
    pub r#ref: ObjectRef,
    /// What it does.
    pub role: Role,
    /// `ingress`, `gateway-api`, `istio`, `contour`, `traefik`, `openshift`, `f5`, `service`.
    pub family: &'static str,
    /// Its labels.
    pub labels: Map,
    /// Its annotations, as far as the snapshot retains them.
    pub annotations: Map,
    /// Labels and annotations of its namespace.
    pub namespace_metadata: Map,
    /// Made by an ACME solver, and gone in minutes.
    pub acme_solver: bool,
    /// Serves nothing by itself: another route includes it.
    pub included: bool,
    /// Its class, and who serves it.
    pub class: ClassUse,
    /// From where its controllers can be reached.
    pub exposure: Exposure,
    /// The gateways it names.
    pub parents: Vec<Parent>,
    /// The hosts it publishes.
    pub hosts: Vec<Host>,
    /// Places that take every host.
    pub catch_all: Vec<CatchAll>,
    /// Places that name a certificate, or should.
    pub tls: Vec<TlsEntry>,
    /// From where ListenerSets may join a gateway: `None`, `Same`, `All`, `Selector`, or empty.
    pub listener_sets_from: String,
    /// Listeners of a gateway.
    pub listeners: Vec<Listener>,
    /// Where it sends requests.
    pub backends: Vec<Backend>,
    /// Hosts that somebody else claims too.
    pub conflicts: Vec<Conflict>,
    /// Annotations, plugins and filters that can do what a route should not.
    pub risks: Vec<Risk>,
    /// What stands between a client and the backend.
    pub guards: Guards,
    /// A grant's terms.
    pub grant: Option<Grant>,
    /// A controller's facts.
    pub controller: Option<Box<Controller>>,
}

/// Which class a route names.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct ClassUse {
    /// The class that counts; empty where none does.
    pub name: String,
    /// `field`, `annotation`, `default`, `parent`, `own`, or `none`.
    pub source: &'static str,
    /// The field's value.
    pub field: String,
    /// The value of `kubernetes.io/ingress.class`.
    pub annotation: String,
    /// Whether such a class is there, or a controller that answers to the annotation.
    pub exists: Known,
    /// Whether a default class was there.
    pub has_default: bool,
    /// Controllers that serve it although it names no class.
    pub classless_by: Vec<String>,
    /// Id of the system that serves it; empty where that is not known.
    pub product: String,
    /// Workloads that serve it: `namespace/name`.
    pub served_by: Vec<String>,
}

/// A gateway that a route names.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Parent {
    /// Kind of the parent.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Listener that is named; empty is all.
    pub section: String,
    /// Whether it is there.
    pub exists: Known,
    /// Whether a listener of it takes this route.
    pub attached: Known,
    /// Where in the route it is named.
    pub path: String,
}

/// One host of a route.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Host {
    /// Lower-case name, `*` for every host, `~…` for a regular expression.
    pub host: String,
    /// Where in the object it is named.
    pub path: String,
    /// How it is served.
    pub tls: Tls,
    /// What says so.
    pub tls_source: String,
    /// What plain HTTP gets.
    pub plain: Plain,
    /// What says so.
    pub plain_source: String,
}

/// A place that takes every host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CatchAll {
    /// Where in the object.
    pub path: String,
    /// What makes it one.
    pub why: String,
}

/// A place that names a certificate, or should.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TlsEntry {
    /// Where in the object.
    pub path: String,
    /// `secret`, `default` (the controller's own), `passthrough`, `resolver`, `external`, `missing`.
    pub source: &'static str,
    /// What the source is called, where it is no Secret.
    pub detail: String,
    /// Hosts that it serves.
    pub hosts: Vec<String>,
    /// Namespace of the Secret.
    pub namespace: String,
    /// Name of the Secret; empty where none is named.
    pub name: String,
    /// Whether the Secret is there.
    pub exists: Known,
    /// Whether the controller may use it: same namespace, or a grant or delegation.
    pub granted: Known,
    /// Why, where it may not.
    pub grant_reason: String,
    /// Type of the Secret.
    pub secret_type: String,
    /// Keys of the Secret, where they were read.
    pub keys: Vec<String>,
    /// Whether a certificate could be read from it.
    pub parses: Known,
    /// Whether the private key belongs to the certificate.
    pub key_matches: Known,
    /// Whether each certificate is signed by the next, down to an issuer that is not of the chain.
    pub chain_ok: Known,
    /// The chain, leaf first.
    pub chain: Vec<Certificate>,
    /// Hosts that no name of the leaf covers.
    pub uncovered: Vec<String>,
    /// The cert-manager Certificate that keeps the Secret.
    pub managed: Option<Managed>,
    /// Namespaces whose Secrets hold the leaf's key.
    pub key_namespaces: Vec<String>,
    /// The Secret is a copy that a replicator made.
    pub replica: bool,
}

/// What a cert-manager Certificate says of itself.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Managed {
    /// Name of the Certificate, in the Secret's namespace.
    pub name: String,
    /// Condition Ready.
    pub ready: Known,
    /// Condition Issuing is true.
    pub issuing: bool,
    /// Seconds until it ends, from the snapshot's time; none where it does not say.
    pub seconds_left: Option<i64>,
    /// Seconds until it begins.
    pub seconds_until_valid: Option<i64>,
    /// Seconds from begin to end.
    pub lifetime_seconds: Option<i64>,
    /// Seconds since the Certificate was made.
    pub age_seconds: Option<i64>,
    /// Names it asks for.
    pub dns_names: Vec<String>,
    /// Hosts that none of them covers.
    pub uncovered: Vec<String>,
    /// `Issuer` or `ClusterIssuer`, and its name.
    pub issuer: String,
    /// `acme`, `ca`, `selfSigned`, `vault`, `venafi`, or empty where the issuer was not found.
    pub issuer_type: String,
    /// The issuer is an ACME server for tests.
    pub staging: bool,
    /// Algorithm of the private key.
    pub algorithm: String,
    /// Size of the private key.
    pub size: Option<i64>,
    /// `Always`, `Never`, or empty.
    pub rotation: String,
}

/// A listener of a gateway.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Listener {
    /// Its name; of an Istio server the port's name.
    pub name: String,
    /// Where in the object.
    pub path: String,
    /// Protocol, upper case.
    pub protocol: String,
    /// Port.
    pub port: i64,
    /// Hosts; empty or `*` is every one.
    pub hosts: Vec<String>,
    /// Whether it takes every host.
    pub catch_all: bool,
    /// `Terminate`, `Passthrough`, an Istio mode, or empty.
    pub mode: String,
    /// Names a certificate.
    pub has_certificate: bool,
    /// Has implementation options in place of a certificate.
    pub has_options: bool,
    /// `Same`, `All`, `Selector`, `None`.
    pub from: String,
    /// The selector is empty: every namespace.
    pub selector_is_empty: bool,
    /// Keys of the selector.
    pub selector_keys: Vec<String>,
    /// Routes attached, as found here.
    pub routes: usize,
    /// Routes attached that send plain HTTP to a backend.
    pub plain_routes: usize,
    /// Answers plain HTTP with a redirect by itself.
    pub redirects: bool,
    /// Conditions that are not as they should be: `type=status reason: message`.
    pub problems: Vec<Problem>,
    /// How clients must prove themselves: `required`, `optional`, `unverified`, `none`, `unknown`.
    pub client_auth: String,
    /// Hosts without a namespace before the slash (Istio).
    pub unscoped_hosts: Vec<String>,
    /// TLS is set, but the protocol ignores it (Istio).
    pub ignored_tls: bool,
}

/// A condition that is not as it should be.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Problem {
    /// Type of the condition.
    pub r#type: String,
    /// Its status.
    pub status: String,
    /// Its reason.
    pub reason: String,
    /// Its message.
    pub message: String,
    /// Seconds since it changed; none where it does not say.
    pub age_seconds: Option<i64>,
    /// It speaks of an older version of the object.
    pub stale: bool,
}

/// Where a route sends requests.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Backend {
    /// Where in the object.
    pub path: String,
    /// Kind, `Service` mostly.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Port as the route names it.
    pub port: String,
    /// Whether the Service is there.
    pub exists: Known,
    /// Whether it has that port.
    pub has_port: Known,
    /// Ready endpoints; none where they were not read.
    pub ready: Option<usize>,
    /// What it selects wants no copy, or is woken on demand.
    pub asleep: bool,
    /// The name that an ExternalName Service stands for.
    pub external_name: String,
    /// Whether the route may use it: same namespace, or a grant.
    pub granted: Known,
    /// Whether TLS goes to it.
    pub tls: bool,
    /// Whether its certificate is verified.
    pub verified: Known,
    /// Labels of the Service.
    pub labels: Map,
    /// Images of the pods that it selects.
    pub images: Vec<String>,
    /// Port numbers that it leads to.
    pub ports: Vec<i64>,
}

/// A host that somebody else claims too.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Conflict {
    /// The host.
    pub host: String,
    /// Where it is named here.
    pub path: String,
    /// `host` (another namespace), `path` (the same path twice), `wildcard` (one shadows the other).
    pub kind: &'static str,
    /// The other route: `Kind namespace/name`.
    pub other: String,
    /// Its namespace.
    pub other_namespace: String,
    /// The two namespaces carry the same owner label: the label's keys.
    pub shared_labels: Vec<String>,
    /// One of the two says that it is the canary of the other.
    pub canary: bool,
}

/// What a ReferenceGrant, or its like, permits.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Grant {
    /// Who may refer: `group/Kind` and namespace.
    pub from: Vec<GrantFrom>,
    /// To what.
    pub to: Vec<GrantTo>,
}

/// Who may refer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GrantFrom {
    /// API group.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Namespace; `*` is every one.
    pub namespace: String,
    /// Whether that namespace is there.
    pub exists: Known,
}

/// To what may be referred.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GrantTo {
    /// API group.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Name; empty is every one.
    pub name: String,
}

//! Where the TLS versions and ciphers of published hosts are decided: one row a place.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{
    controllers::Controller,
    traefik,
    value::{has, list, text, texts, value},
    world::World,
};
use crate::{
    facts::ingress::{
        Known,
        config::{Config, Setting},
        protocols::{from, of_aws_policy, version, versions},
    },
    inventory::Inventory,
    object::ObjectRef,
    yaml,
};

/// A place where TLS versions are decided.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TlsSetting {
    /// The controller, or the object that overrides it.
    pub r#ref: ObjectRef,
    /// Id of the system.
    pub product: String,
    /// Whether the versions are known.
    pub known: Known,
    /// Versions allowed, least first: `ssl3`, `1.0` … `1.3`.
    pub versions: Vec<String>,
    /// Ciphers or suites, where they are set.
    pub ciphers: Vec<String>,
    /// What decides, or why it is not known.
    pub source: String,
    /// Where in the object.
    pub path: String,
    /// More than one object claims to be the default.
    pub ambiguous: bool,
}

impl TlsSetting {
    fn new(reference: ObjectRef, product: &str, found: Option<Vec<&'static str>>, source: &str, path: &str) -> Self {
        Self {
            r#ref: reference,
            product: product.to_owned(),
            known: if found.is_some() { Known::Yes } else { Known::Unknown },
            versions: found.unwrap_or_default().into_iter().map(str::to_owned).collect(),
            ciphers: Vec::new(),
            source: source.to_owned(),
            path: path.to_owned(),
            ambiguous: false,
        }
    }

    fn with_ciphers(mut self, text: &str) -> Self {
        self.ciphers =
            text.split([':', ',', ' ']).map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned).collect();
        self
    }
}

/// Every place, in the order of references.
#[must_use]
pub fn of(inventory: &Inventory<'_>) -> Vec<TlsSetting> {
    let world = World::of(inventory);
    let mut all: Vec<TlsSetting> = world
        .controllers
        .iter()
        .zip(&world.configs)
        .filter_map(|(c, config)| of_controller(&world, c, config))
        .collect();
    custom_resources(&world, &mut all);
    for object in inventory.snapshot.of("networking.k8s.io", "Ingress") {
        all.extend(of_ingress(&world, object));
    }
    all.sort_by(|a, b| a.r#ref.cmp(&b.r#ref).then(a.path.cmp(&b.path)));
    all
}

fn of_controller(world: &World<'_, '_>, controller: &Controller, config: &Config) -> Option<TlsSetting> {
    let reference = controller.r#ref.clone();
    let product = controller.product.as_str();
    let make = |found, source: &str, path: &str| TlsSetting::new(reference.clone(), product, found, source, path);
    let protocols = |default: &str| match config.get("ssl-protocols") {
        Setting::Is(list) => make(versions(list), "ssl-protocols of its ConfigMap", "ssl-protocols"),
        Setting::Unset => make(versions(default), "its default", "ssl-protocols"),
        Setting::Unknown => make(None, "its ConfigMap was not read", "ssl-protocols"),
    };
    let ciphers = |setting: TlsSetting| match config.get("ssl-ciphers") {
        Setting::Is(list) => setting.with_ciphers(list),
        _ => setting,
    };
    let major: Option<u32> = controller.version.trim_start_matches('v').split('.').next().and_then(|m| m.parse().ok());
    Some(match product {
        "ingress-nginx" => ciphers(protocols("TLSv1.2 TLSv1.3")),
        // It leaves the directive out, so that of nginx holds, which dropped 1.0 and 1.1 with 1.27.
        "f5-nginx-ingress" => ciphers(protocols(if major.is_some_and(|major| major >= 4) {
            "TLSv1.2 TLSv1.3"
        } else {
            "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3"
        })),
        "haproxy-ingress" => {
            let options = match config.get("ssl-options") {
                Setting::Is(options) => Some((options, "ssl-options of its ConfigMap")),
                Setting::Unset => Some(("no-sslv3 no-tlsv10 no-tlsv11", "its default")),
                Setting::Unknown => None,
            };
            let Some((options, source)) = options else {
                return Some(make(None, "its ConfigMap was not read", "ssl-options"));
            };
            let off = |word: &str| options.split_whitespace().any(|option| option == word);
            let mut left = from("ssl3");
            for (word, name) in [
                ("no-sslv3", "ssl3"),
                ("no-tlsv10", "1.0"),
                ("no-tlsv11", "1.1"),
                ("no-tlsv12", "1.2"),
                ("no-tlsv13", "1.3"),
            ] {
                left.retain(|version| !(*version == name && off(word)));
            }
            make(Some(left), source, "ssl-options")
        }
        "kong" => kong(controller, make(from_suite("intermediate"), "its default", "KONG_SSL_CIPHER_SUITE")),
        "traefik" => {
            let defaults = traefik::GROUPS
                .iter()
                .flat_map(|group| world.inventory.snapshot.of(group, "TLSOption"))
                .filter(|object| &*object.name == "default")
                .count();
            let whole = traefik::GROUPS.iter().all(|group| world.proven(group, "TLSOption"));
            let found = if defaults > 0 || whole { Some(from("1.2")) } else { None };
            let mut setting =
                make(found, if whole { "its default" } else { "TLSOptions were not read" }, "tls.options.default");
            setting.ambiguous = defaults > 1;
            setting
        }
        "contour" => contour(world, controller, make(Some(from("1.2")), "its default", "tls.minimum-protocol-version")),
        "envoy-gateway" => make(Some(from("1.2")), "its default", "tls.minVersion"),
        // Decided by each Gateway, by each Ingress, or by the operator's object.
        "istio-gateway" | "aws-lb-controller" | "gke-ingress" | "openshift-router" => return None,
        _ => make(None, "its defaults are not in the catalogue", ""),
    })
}

/// What a suite of Kong, which are those of Mozilla, allows.
fn from_suite(suite: &str) -> Option<Vec<&'static str>> {
    match suite {
        "modern" => Some(from("1.3")),
        "intermediate" | "fips" => Some(from("1.2")),
        "old" => Some(from("1.0")),
        _ => None,
    }
}

fn kong(controller: &Controller, default: TlsSetting) -> TlsSetting {
    let flags = &controller.flags;
    let reference = controller.r#ref.clone();
    let suite = flags.env(&["KONG_SSL_CIPHER_SUITE"]);
    let protocols = flags.env(&["KONG_SSL_PROTOCOLS"]);
    let make = |found, source: &str| TlsSetting::new(reference.clone(), "kong", found, source, source);
    let setting = match (suite, protocols) {
        // A suite other than custom sets the protocols too.
        (Some(""), _) => make(None, "KONG_SSL_CIPHER_SUITE"),
        (Some(suite), _) if suite != "custom" => make(from_suite(suite), "KONG_SSL_CIPHER_SUITE"),
        (_, Some(list)) => make(versions(list), "KONG_SSL_PROTOCOLS"),
        _ => default,
    };
    match flags.env(&["KONG_SSL_CIPHERS"]) {
        Some(list) => setting.with_ciphers(list),
        None => setting,
    }
}

fn contour(world: &World<'_, '_>, controller: &Controller, default: TlsSetting) -> TlsSetting {
    let snapshot = world.inventory.snapshot;
    let reference = controller.r#ref.clone();
    let make = |found, source: &str| {
        TlsSetting::new(reference.clone(), "contour", found, source, "tls.minimum-protocol-version")
    };
    if let Some(object) = snapshot
        .of("projectcontour.io", "ContourConfiguration")
        .iter()
        .find(|o| *o.namespace == *controller.r#ref.namespace)
    {
        let own = value(object);
        let tls = "/spec/envoy/listener/tls";
        let least = text(&own, &format!("{tls}/minimumProtocolVersion"));
        let found = if least.is_empty() { Some(from("1.2")) } else { version(least).map(from) };
        let mut setting = make(found, &format!("ContourConfiguration {}", object.name));
        setting.ciphers = texts(&own, &format!("{tls}/cipherSuites"));
        return setting;
    }
    let Some(object) = snapshot.get("", "ConfigMap", &controller.r#ref.namespace, "contour") else {
        return if world.proven("", "ConfigMap") { default } else { make(None, "its ConfigMap was not read") };
    };
    let own = value(object);
    let file = own.pointer("/data/contour.yaml").and_then(Value::as_str).unwrap_or_default();
    if file.is_empty() {
        return make(None, "contour.yaml of its ConfigMap was not read");
    }
    let parsed: Value = yaml::parse(file).unwrap_or_default();
    match text(&parsed, "/tls/minimum-protocol-version") {
        "" => default,
        least => make(version(least).map(from), "contour.yaml of its ConfigMap"),
    }
}

fn custom_resources(world: &World<'_, '_>, all: &mut Vec<TlsSetting>) {
    let snapshot = world.inventory.snapshot;
    for object in traefik::GROUPS.iter().flat_map(|group| snapshot.of(group, "TLSOption")) {
        let own = value(object);
        let least = text(&own, "/spec/minVersion");
        let found = if least.is_empty() { Some(from("1.2")) } else { version(least).map(from) };
        let mut setting = TlsSetting::new(object.reference(), "traefik", found, "spec.minVersion", "spec.minVersion");
        setting.ciphers = texts(&own, "/spec/cipherSuites");
        all.push(setting);
    }
    for object in snapshot.of("projectcontour.io", "HTTPProxy") {
        let own = value(object);
        let least = text(&own, "/spec/virtualhost/tls/minimumProtocolVersion");
        if !least.is_empty() {
            let path = "spec.virtualhost.tls.minimumProtocolVersion";
            all.push(TlsSetting::new(object.reference(), "contour", version(least).map(from), path, path));
        }
    }
    for object in snapshot.of("networking.istio.io", "Gateway") {
        let own = value(object);
        for server in list(&own, "/spec/servers").iter().filter(|server| has(server, "/tls/mode")) {
            let least = text(server, "/tls/minProtocolVersion");
            let found = match least {
                "" | "TLS_AUTO" => Some(from("1.2")),
                least => version(least).map(from),
            };
            let name = text(server, "/port/name");
            let path = format!("spec.servers[port.name={name}].tls.minProtocolVersion");
            let source = if least.is_empty() { "the default of Istio" } else { least };
            let mut setting = TlsSetting::new(object.reference(), "istio-gateway", found, source, &path);
            setting.ciphers = texts(server, "/tls/cipherSuites");
            all.push(setting);
        }
    }
    for object in snapshot.of("gateway.envoyproxy.io", "ClientTrafficPolicy") {
        let own = value(object);
        let least = text(&own, "/spec/tls/minVersion");
        if !least.is_empty() {
            let found = if least == "Auto" { Some(from("1.2")) } else { version(least).map(from) };
            let mut setting = TlsSetting::new(
                object.reference(),
                "envoy-gateway",
                found,
                "spec.tls.minVersion",
                "spec.tls.minVersion",
            );
            setting.ciphers = texts(&own, "/spec/tls/ciphers");
            all.push(setting);
        }
    }
    for object in snapshot.of("operator.openshift.io", "IngressController") {
        let own = value(object);
        let profile = text(&own, "/spec/tlsSecurityProfile/type");
        let found = match profile {
            "Old" => Some(from("1.0")),
            "" | "Intermediate" => Some(from("1.2")),
            "Modern" => Some(from("1.3")),
            _ => version(text(&own, "/spec/tlsSecurityProfile/custom/minTLSVersion")).map(from),
        };
        let mut setting = TlsSetting::new(
            object.reference(),
            "openshift-router",
            found,
            "spec.tlsSecurityProfile",
            "spec.tlsSecurityProfile",
        );
        setting.ciphers = texts(&own, "/spec/tlsSecurityProfile/custom/ciphers");
        all.push(setting);
    }
}

/// Controllers that make a load balancer for each Ingress take its versions from there.
fn of_ingress(world: &World<'_, '_>, object: &crate::snapshot::Object) -> Option<TlsSetting> {
    // A look at the text spares the parsing of Ingresses that are not such.
    let cloud = world.controllers.iter().any(|c| matches!(c.product.as_str(), "aws-lb-controller" | "gke-ingress"))
        || object.json.contains("alb.ingress.kubernetes.io/")
        || object.json.contains("networking.gke.io/");
    if !cloud {
        return None;
    }
    let draft = super::ingresses::draft(world, object)?;
    let row = draft.row;
    if row.tls.is_empty() {
        return None;
    }
    let annotation = |key: &str| row.annotations.get(key).map(String::as_str);
    match row.class.product.as_str() {
        "aws-lb-controller" => {
            let policy = annotation("alb.ingress.kubernetes.io/ssl-policy");
            let name = policy.unwrap_or("ELBSecurityPolicy-2016-08");
            let source = if policy.is_some() { name.to_owned() } else { format!("{name}, its default") };
            let path = "metadata.annotations[alb.ingress.kubernetes.io/ssl-policy]";
            Some(TlsSetting::new(object.reference(), "aws-lb-controller", of_aws_policy(name).map(from), &source, path))
        }
        "gke-ingress" => {
            let config = annotation("networking.gke.io/v1beta1.FrontendConfig");
            let found = config.and_then(|name| {
                world.inventory.snapshot.get("networking.gke.io", "FrontendConfig", &object.namespace, name)
            });
            let policy = found.map(value).map(|own| text(&own, "/spec/sslPolicy").to_owned()).unwrap_or_default();
            let path = "metadata.annotations[networking.gke.io/v1beta1.FrontendConfig]";
            Some(match (policy.as_str(), config.is_some() && found.is_none()) {
                ("", false) => TlsSetting::new(
                    object.reference(),
                    "gke-ingress",
                    Some(from("1.0")),
                    "no SSL policy: the default of GCP",
                    path,
                ),
                ("", true) => {
                    TlsSetting::new(object.reference(), "gke-ingress", None, "its FrontendConfig was not read", path)
                }
                (policy, _) => TlsSetting::new(
                    object.reference(),
                    "gke-ingress",
                    None,
                    &format!("SSL policy {policy} is not in the cluster"),
                    path,
                ),
            })
        }
        _ => None,
    }
}

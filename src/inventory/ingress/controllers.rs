//! The controllers that run here: which classes they claim, how they are configured and reached.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    products::{Product, products, split_image},
    services::{Exposure, Services},
};
use crate::{
    facts::ingress::Known,
    inventory::{Inventory, workload::Workload},
    object::ObjectRef,
    view::{Container, Map},
};

/// A Service in front of a controller.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Front {
    /// Name of the Service, in the controller's namespace.
    pub name: String,
    /// `LoadBalancer`, `NodePort`, `ClusterIP`.
    pub r#type: String,
    /// From where it can be reached.
    pub exposure: Exposure,
    /// Its ports.
    pub ports: Vec<i64>,
    /// Whether its load balancer terminates TLS.
    pub tls_offload: bool,
    /// Whether it has an address.
    pub has_address: bool,
    /// The addresses that may use its load balancer; empty is all.
    pub source_ranges: Vec<String>,
}

/// A controller of routes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Controller {
    /// The workload.
    pub r#ref: ObjectRef,
    /// Id of the system.
    pub product: String,
    /// Controller names of IngressClasses that it answers to.
    pub ingress_controllers: Vec<String>,
    /// Controller names of GatewayClasses that it answers to.
    pub gateway_controllers: Vec<String>,
    /// The class that its flags name, or its own default; empty where it has none.
    pub class: String,
    /// Whether a flag or variable says so.
    pub class_is_set: bool,
    /// Serves routes without a class.
    pub serves_classless: bool,
    /// Its routes find it without any class.
    pub needs_no_class: bool,
    /// What restricts it to namespaces; empty where nothing does.
    pub namespaces: String,
    /// Copies wanted.
    pub desired: Option<i64>,
    /// Copies ready.
    pub ready: Option<i64>,
    /// Whether a copy is ready.
    pub live: Known,
    /// Version of the image, or of the label where the image has no tag.
    pub version: String,
    /// `image tag`, `label`, or empty.
    pub version_source: String,
    /// Images of its containers.
    pub images: Vec<String>,
    /// Services in front of it, or of its data plane.
    pub services: Vec<Front>,
    /// The widest of them.
    pub exposure: Exposure,
    /// A load balancer in front of it terminates TLS.
    pub tls_offload: bool,
    /// Names of the classes that are its own.
    pub classes: Vec<String>,
    /// `namespace/name` of the certificate it falls back to, where a flag names one.
    pub default_certificate: String,
    /// `namespace/name` of its ConfigMap, where a flag names one.
    pub config_map: String,
    /// Its ServiceAccount may read Secrets of every namespace.
    pub reads_all_secrets: Known,
    /// Whether NetworkPolicies keep other pods from the admission webhook in its pod: `none` where
    /// there is no such webhook, `open`, `guarded`, or `unknown`.
    pub admission: &'static str,
    /// Flags and variables that open a plane of administration: what, and how.
    pub admin: Vec<String>,
    /// Namespaces whose routes it serves.
    pub route_namespaces: usize,
    #[serde(skip)]
    pub(super) flags: Flags,
    #[serde(skip)]
    pub(super) workload: usize,
}

/// Flags and variables of a workload's containers.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    flags: Vec<(String, String)>,
    env: Vec<(String, String)>,
    namespace: String,
}

impl Flags {
    fn of<'c>(containers: impl Iterator<Item = &'c Container>, namespace: &str) -> Self {
        let mut all = Self { namespace: namespace.to_owned(), ..Self::default() };
        for container in containers {
            let mut words = container.command.iter().chain(&container.args).peekable();
            while let Some(word) = words.next() {
                let Some(flag) = word.strip_prefix('-') else { continue };
                let flag = flag.trim_start_matches('-');
                let (name, value) = match flag.split_once('=') {
                    Some((name, value)) => (name, value.to_owned()),
                    None => (flag, words.next_if(|next| !next.starts_with('-')).cloned().unwrap_or_default()),
                };
                all.flags.push((name.to_ascii_lowercase(), value));
            }
            all.env.extend(container.env.iter().map(|env| (env.name.clone(), env.value.clone())));
        }
        all
    }

    /// The value of the last of these flags; empty for a flag without one.
    #[must_use]
    pub fn get(&self, names: &[impl AsRef<str>]) -> Option<String> {
        let hit = self
            .flags
            .iter()
            .rev()
            .find(|(flag, _)| names.iter().any(|name| name.as_ref().eq_ignore_ascii_case(flag)))?;
        Some(hit.1.replace("$(POD_NAMESPACE)", &self.namespace))
    }

    /// Whether a boolean flag is given and not false.
    #[must_use]
    pub fn is_on(&self, names: &[impl AsRef<str>]) -> bool {
        self.get(names).is_some_and(|value| !value.eq_ignore_ascii_case("false"))
    }

    /// The value of a variable, empty where it is blanked.
    #[must_use]
    pub fn env(&self, names: &[impl AsRef<str>]) -> Option<&str> {
        let hit = self.env.iter().rev().find(|(env, _)| names.iter().any(|name| name.as_ref() == env))?;
        Some(&hit.1)
    }

    /// Flags whose name begins so.
    pub fn starting<'f>(&'f self, start: &'f str) -> impl Iterator<Item = (&'f str, &'f str)> {
        let hits = self.flags.iter().filter(move |(name, _)| name.starts_with(start));
        hits.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Every controller of the snapshot.
#[must_use]
pub fn of(inventory: &Inventory<'_>, services: &Services<'_>) -> Vec<Controller> {
    let products = products();
    let workloads = &inventory.workloads.workloads;
    let mut proxies: Vec<(usize, &Product)> = Vec::new();
    let mut found: Vec<(usize, &Product, usize)> = Vec::new();
    for (index, workload) in workloads.iter().enumerate() {
        if workload.helm_hook || matches!(workload.reference.kind.as_str(), "Job" | "CronJob") {
            continue;
        }
        let mut hit = None;
        for (position, container) in workload.spec.containers.iter().enumerate() {
            let (repository, _) = split_image(&container.image);
            proxies.extend(products.by_proxy(repository).into_iter().map(|product| (index, product)));
            hit = hit.or_else(|| products.by_image(repository).map(|product| (product, position)));
        }
        let hit = hit.or_else(|| {
            products
                .by_labels(&workload.pod_meta.labels)
                .or_else(|| products.by_labels(&workload.meta.labels))
                .map(|p| (p, 0))
        });
        found.extend(hit.map(|(product, position)| (index, product, position)));
    }
    let mut all: Vec<Controller> = found
        .into_iter()
        .map(|(index, product, position)| {
            let beside = proxies
                .iter()
                .filter(|(of, proxied)| {
                    proxied.id == product.id
                        && workloads[*of].reference.namespace == workloads[index].reference.namespace
                })
                .map(|(of, _)| &workloads[*of]);
            one(&workloads[index], index, product, position, beside.collect(), services)
        })
        .collect();
    all.sort_by(|a, b| a.r#ref.cmp(&b.r#ref));
    all
}

fn one(
    workload: &Workload<'_>,
    index: usize,
    product: &Product,
    position: usize,
    proxies: Vec<&Workload<'_>>,
    services: &Services<'_>,
) -> Controller {
    let namespace = &workload.reference.namespace;
    let mut flags = Flags::of(workload.spec.containers.iter(), namespace);
    // Settings of the data plane stand in its own containers.
    let beside = Flags::of(proxies.iter().flat_map(|proxy| proxy.spec.containers.iter()), namespace);
    flags.env.splice(0..0, beside.env);
    let named = |flag: Option<String>, known: &[String]| {
        flag.filter(|f| !f.is_empty()).map_or_else(|| known.to_vec(), |f| vec![f])
    };
    let class_set = flags
        .get(&product.class_flags)
        .or_else(|| flags.env(&product.class_env).map(str::to_owned))
        .filter(|class| !class.is_empty());
    let (version, version_source) = version(workload, position);
    let own = services.selecting(namespace, &workload.pod_meta.labels);
    let theirs = proxies.iter().flat_map(|proxy| services.selecting(namespace, &proxy.pod_meta.labels));
    let mut fronts: Vec<Front> = own
        .chain(theirs)
        .map(|(name, service)| Front {
            name: name.to_owned(),
            r#type: if service.spec.kind.is_empty() { "ClusterIP".into() } else { service.spec.kind.clone() },
            exposure: service.exposure(),
            ports: service.spec.ports.iter().map(|port| port.port).collect(),
            tls_offload: service.offloads_tls(),
            has_address: !service.status.load_balancer.ingress.is_empty(),
            source_ranges: service.spec.load_balancer_source_ranges.clone(),
        })
        .collect();
    fronts.sort_by(|a, b| a.name.cmp(&b.name));
    fronts.dedup_by(|a, b| a.name == b.name);
    let by_node = std::iter::once(workload).chain(proxies.iter().copied()).any(|w| w.spec.host_network);
    let narrowest = if by_node {
        Exposure::Node
    } else if product.balancer_per_route || !services.complete {
        Exposure::Unknown
    } else {
        Exposure::Cluster
    };
    let exposure = fronts.iter().map(|front| front.exposure).min().map_or(narrowest, |widest| widest.min(narrowest));
    let qualified =
        |name: String| if name.is_empty() || name.contains('/') { name } else { format!("{namespace}/{name}") };
    let gateway_flag = flags
        .get(&product.gateway_controller_flags)
        .or_else(|| flags.env(&product.gateway_controller_env).map(str::to_owned));
    Controller {
        r#ref: workload.reference.clone(),
        product: product.id.clone(),
        ingress_controllers: named(flags.get(&product.controller_flags), &product.ingress_controllers),
        gateway_controllers: named(gateway_flag, &product.gateway_controllers),
        class_is_set: class_set.is_some(),
        class: class_set.clone().unwrap_or_else(|| product.default_class.clone()),
        serves_classless: flags.is_on(&product.classless_flags) || (product.serves_classless && class_set.is_none()),
        needs_no_class: product.needs_no_class,
        namespaces: flags
            .get(&product.namespace_flags)
            .or_else(|| flags.env(&product.namespace_env).map(str::to_owned))
            .unwrap_or_default(),
        desired: workload.scale.desired,
        ready: workload.scale.ready,
        live: workload.scale.ready.map(|ready| ready > 0).into(),
        version,
        version_source,
        images: workload.spec.containers.iter().map(|c| c.image.clone()).collect(),
        tls_offload: fronts.iter().any(|front| front.tls_offload),
        services: fronts,
        exposure,
        classes: Vec::new(),
        default_certificate: flags.get(&product.default_certificate_flags).map(qualified).unwrap_or_default(),
        config_map: flags.get(&product.config_flags).map(qualified).unwrap_or_default(),
        reads_all_secrets: Known::Unknown,
        admission: "none",
        admin: Vec::new(),
        route_namespaces: 0,
        flags,
        workload: index,
    }
}

/// The version of the container that is the controller.
fn version(workload: &Workload<'_>, position: usize) -> (String, String) {
    let tag = workload.spec.containers.get(position).map_or("", |container| split_image(&container.image).1);
    let labels = |labels: &Map| {
        ["app.kubernetes.io/version", "org.opencontainers.image.version"]
            .iter()
            .find_map(|key| labels.get(*key))
            .cloned()
    };
    if tag.starts_with(|c: char| c.is_ascii_digit()) || tag.starts_with('v') {
        return (tag.to_owned(), "image tag".into());
    }
    let label = labels(&workload.meta.labels).or_else(|| labels(&workload.pod_meta.labels));
    label.map_or_else(|| (String::new(), String::new()), |version| (version, "label".into()))
}

impl Controller {
    /// Whether it answers to this controller name of an IngressClass or a GatewayClass, and its
    /// flags do not choose another class.
    #[must_use]
    pub fn claims(&self, controller: &str, class: &str, gateway: bool) -> bool {
        let names = if gateway { &self.gateway_controllers } else { &self.ingress_controllers };
        let product = products().get(&self.product);
        let filters = !gateway && self.class_is_set && product.is_some_and(|product| product.class_flag_filters);
        names.iter().any(|name| super::products::answers(name, controller)) && (!filters || self.class == class)
    }
}

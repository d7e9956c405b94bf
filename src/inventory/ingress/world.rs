//! What every route is held against: classes, controllers, Services, Secrets, namespaces.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{
    classes::{self, Class},
    controllers::{self, Controller},
    model::{ClassUse, Role, Route},
    products::{Product, products},
    secrets::Secrets,
    services::{Balancer, Exposure, Services},
};
use crate::{
    facts::{
        ingress::{Guards, Known, config::Config},
        tls::epoch,
    },
    inventory::Inventory,
    object::Kind,
    snapshot::Object,
    view::{Bare, Map, Meta, nullable},
};

/// The annotation that named a class before the field did.
pub const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// Indexes over one snapshot.
#[derive(Debug)]
pub struct World<'i, 's> {
    /// Where everything comes from.
    pub inventory: &'i Inventory<'s>,
    /// The snapshot's time.
    pub now: Option<i64>,
    /// Services.
    pub services: Services<'s>,
    /// Controllers.
    pub controllers: Vec<Controller>,
    /// Their settings, in the same order.
    pub configs: Vec<Config>,
    /// Classes.
    pub classes: Vec<Class>,
    /// Secrets and Certificates.
    pub secrets: Secrets,
    by_name: BTreeMap<(bool, String), usize>,
    default_class: Option<usize>,
    classes_whole: bool,
    controllers_whole: bool,
    namespaces: BTreeMap<&'s str, Meta>,
    /// Whether a namespace that is not here is known not to be.
    pub namespaces_whole: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Served {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    spec: ServedSpec,
    #[serde(deserialize_with = "nullable")]
    status: ServedStatus,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ServedSpec {
    #[serde(deserialize_with = "nullable")]
    ingress_class_name: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ServedStatus {
    #[serde(deserialize_with = "nullable")]
    load_balancer: Balancer,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ConfigMap {
    #[serde(deserialize_with = "nullable")]
    data: Map,
}

impl<'i, 's> World<'i, 's> {
    /// Reads everything but routes.
    #[must_use]
    pub fn of(inventory: &'i Inventory<'s>) -> Self {
        let snapshot = inventory.snapshot;
        let now = snapshot.header.time.as_deref().and_then(epoch);
        let services = Services::of(inventory);
        let mut controllers = controllers::of(inventory, &services);
        let mut with_address: BTreeSet<String> = BTreeSet::new();
        for object in snapshot.of("networking.k8s.io", "Ingress") {
            let Ok(served) = object.parse::<Served>() else { continue };
            if !served.status.load_balancer.ingress.is_empty() {
                let annotation = served.metadata.annotations.get(CLASS_ANNOTATION).cloned().unwrap_or_default();
                with_address.insert(if served.spec.ingress_class_name.is_empty() {
                    annotation
                } else {
                    served.spec.ingress_class_name
                });
            }
        }
        let classes = classes::of(inventory, &mut controllers, &|name| with_address.contains(name));
        let proven = |group: &str, kind: &str| inventory.coverage(&Kind::new(group, kind)).state.is_proof();
        let config_maps_whole = proven("", "ConfigMap");
        super::hardening::fill(inventory, &mut controllers);
        let configs = controllers.iter().map(|controller| config(inventory, controller, config_maps_whole)).collect();
        let by_name = classes
            .iter()
            .enumerate()
            .map(|(index, class)| ((class.r#ref.kind == "GatewayClass", class.r#ref.name.clone()), index))
            .collect();
        // Of several defaults newer servers take the newest.
        let default_class = classes
            .iter()
            .enumerate()
            .filter(|(_, class)| class.is_default)
            .max_by(|(_, a), (_, b)| a.created.cmp(&b.created).then(b.r#ref.name.cmp(&a.r#ref.name)))
            .map(|(index, _)| index);
        let namespaces = snapshot
            .of("", "Namespace")
            .iter()
            .map(|object| (&*object.name, object.parse::<Bare>().unwrap_or_default().metadata))
            .collect();
        Self {
            inventory,
            now,
            services,
            secrets: Secrets::of(inventory, now),
            configs,
            controllers,
            classes,
            by_name,
            default_class,
            classes_whole: proven("networking.k8s.io", "IngressClass"),
            controllers_whole: proven("apps", "Deployment") && proven("apps", "DaemonSet"),
            namespaces,
            namespaces_whole: proven("", "Namespace"),
        }
    }

    /// Whether a kind was read completely, or is known not to be served.
    #[must_use]
    pub fn proven(&self, group: &str, kind: &str) -> bool {
        self.inventory.coverage(&Kind::new(group, kind)).state.is_proof()
    }

    /// The metadata of a namespace.
    #[must_use]
    pub fn namespace(&self, name: &str) -> Option<&Meta> {
        self.namespaces.get(name)
    }

    /// A class by name.
    #[must_use]
    pub fn class(&self, name: &str, gateway: bool) -> Option<&Class> {
        self.by_name.get(&(gateway, name.to_owned())).map(|index| &self.classes[*index])
    }

    /// Whether something that an index knows, or does not, is there.
    #[must_use]
    pub fn is_there(found: bool, whole: bool) -> Known {
        match (found, whole) {
            (true, _) => Known::Yes,
            (false, true) => Known::No,
            (false, false) => Known::Unknown,
        }
    }

    /// An empty row about an object.
    #[must_use]
    pub fn row(&self, object: &Object, meta: &Meta, role: Role, family: &'static str) -> Route {
        let mut namespace_metadata = Map::new();
        if let Some(namespace) = self.namespaces.get(&*object.namespace) {
            namespace_metadata.extend(namespace.labels.clone());
            namespace_metadata.extend(namespace.annotations.clone());
        }
        let mut annotations = meta.annotations.clone();
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        Route {
            r#ref: object.reference(),
            role,
            family,
            acme_solver: meta.labels.get("acme.cert-manager.io/http01-solver").is_some_and(|v| v == "true"),
            labels: meta.labels.clone(),
            annotations,
            namespace_metadata,
            included: false,
            class: ClassUse { source: "none", ..ClassUse::default() },
            exposure: Exposure::Unknown,
            parents: Vec::new(),
            hosts: Vec::new(),
            catch_all: Vec::new(),
            tls: Vec::new(),
            listener_sets_from: String::new(),
            listeners: Vec::new(),
            backends: Vec::new(),
            conflicts: Vec::new(),
            risks: Vec::new(),
            guards: Guards::default(),
            grant: None,
            controller: None,
        }
    }

    /// The class of an Ingress, and of kinds that name theirs as an Ingress does.
    #[must_use]
    pub fn ingress_class(&self, field: &str, annotations: &Map) -> ClassUse {
        let annotation = annotations.get(CLASS_ANNOTATION).map(String::as_str).unwrap_or_default();
        let default = self.default_class.map(|index| self.classes[index].r#ref.name.clone());
        let (name, source) = match (field, annotation, &default) {
            ("", "", Some(default)) => (default.clone(), "default"),
            ("", "", None) => (String::new(), "none"),
            ("", annotation, _) => (annotation.to_owned(), "annotation"),
            (field, _, _) => (field.to_owned(), "field"),
        };
        let class = self.class(&name, false);
        // The annotation is matched with what controllers say of themselves, not with a class.
        let by_annotation = |controller: &&Controller| source == "annotation" && controller.class == name;
        let servers: Vec<&Controller> = match class {
            Some(class) => self.controllers.iter().filter(|c| c.claims(&class.controller, &name, false)).collect(),
            None if source == "none" => self.controllers.iter().filter(|c| c.serves_classless).collect(),
            None => self.controllers.iter().filter(by_annotation).collect(),
        };
        let guessed = || products().all.iter().find(|product| !name.is_empty() && product.default_class == name);
        let product = class
            .map(|class| class.product.clone())
            .or_else(|| servers.first().map(|c| c.product.clone()))
            // Without the class object its usual name is the best that is known.
            .or_else(|| if self.classes_whole { None } else { guessed().map(|product| product.id.clone()) });
        let whole = self.classes_whole && (source != "annotation" || self.controllers_whole);
        ClassUse {
            exists: if name.is_empty() {
                Known::No
            } else {
                Self::is_there(class.is_some() || !servers.is_empty(), whole)
            },
            has_default: default.is_some(),
            classless_by: if name.is_empty() { servers.iter().map(|c| called(c)).collect() } else { Vec::new() },
            product: product.unwrap_or_default(),
            served_by: servers.iter().map(|c| called(c)).collect(),
            field: field.to_owned(),
            annotation: annotation.to_owned(),
            name,
            source,
        }
    }

    /// The class of a controller's own kind of route, which may go without one.
    #[must_use]
    pub fn own_class(&self, product: &Product, field: &str, annotations: &Map) -> ClassUse {
        let mut class = self.ingress_class(field, annotations);
        if matches!(class.source, "none" | "default") {
            class.name.clear();
            class.source = "own";
        }
        let takes = |c: &&Controller| {
            c.product == product.id
                && (if class.name.is_empty() { c.serves_classless } else { c.class == class.name || !c.class_is_set })
        };
        let servers: Vec<String> = self.controllers.iter().filter(takes).map(called).collect();
        if class.name.is_empty() {
            class.exists = Self::is_there(!servers.is_empty(), self.controllers_whole);
            class.classless_by.clone_from(&servers);
        } else if !servers.is_empty() {
            class.exists = Known::Yes;
        }
        class.product.clone_from(&product.id);
        class.served_by = servers;
        class
    }

    /// The controllers that a class names as its servers, with their settings.
    pub fn servers<'w>(&'w self, class: &'w ClassUse) -> impl Iterator<Item = (&'w Controller, &'w Config)> {
        self.controllers
            .iter()
            .zip(&self.configs)
            .filter(|(controller, _)| class.served_by.contains(&called(controller)))
    }

    /// The settings that hold for a class; not whole where no controller was found.
    #[must_use]
    pub fn config(&self, class: &ClassUse) -> Config {
        self.servers(class).next().map(|(_, config)| config.clone()).unwrap_or_default()
    }

    /// From where the servers of a class can be reached.
    #[must_use]
    pub fn exposure(&self, class: &ClassUse) -> Exposure {
        self.servers(class).map(|(controller, _)| controller.exposure).min().unwrap_or(Exposure::Unknown)
    }
}

/// `namespace/name` of a controller.
#[must_use]
pub fn called(controller: &Controller) -> String {
    format!("{}/{}", controller.r#ref.namespace, controller.r#ref.name)
}

fn config(inventory: &Inventory<'_>, controller: &Controller, whole: bool) -> Config {
    let Some((namespace, name)) = controller.config_map.split_once('/') else {
        // No flag names one: the defaults hold.
        return Config { values: Map::new(), whole: controller.config_map.is_empty() };
    };
    match inventory.snapshot.get("", "ConfigMap", namespace, name) {
        Some(object) => Config { values: object.parse::<ConfigMap>().unwrap_or_default().data, whole: true },
        None => Config { values: Map::new(), whole },
    }
}

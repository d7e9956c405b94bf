//! What is known of the systems that serve routes: `rules/catalog/ingress.yaml`, read once.

use std::{collections::BTreeMap, sync::OnceLock};

use regex::RegexSet;
use serde::Deserialize;

use crate::{embedded, view::Map, yaml};

/// One system.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Product {
    /// The id of the extension catalogue.
    pub id: String,
    /// Repositories of its controller's images.
    pub images: Vec<String>,
    /// Repositories of its data plane's images.
    pub proxies: Vec<String>,
    /// Labels that name its workload where the image does not; an empty list is any value.
    pub labels: BTreeMap<String, Vec<String>>,
    /// Controller names of its IngressClasses; a trailing `*` is any ending.
    pub ingress_controllers: Vec<String>,
    /// Controller names of its GatewayClasses.
    pub gateway_controllers: Vec<String>,
    /// Flags that replace the IngressClass controller name.
    pub controller_flags: Vec<String>,
    /// Flags that replace the GatewayClass controller name.
    pub gateway_controller_flags: Vec<String>,
    /// Variables that do.
    pub gateway_controller_env: Vec<String>,
    /// Flags that name the class it serves.
    pub class_flags: Vec<String>,
    /// Variables that do.
    pub class_env: Vec<String>,
    /// The class it serves where no flag says.
    pub default_class: String,
    /// Whether the class flag chooses among the IngressClass objects.
    pub class_flag_filters: bool,
    /// Flags that make it serve routes without a class.
    pub classless_flags: Vec<String>,
    /// Serves routes without a class by itself.
    pub serves_classless: bool,
    /// Its routes find it without any class.
    pub needs_no_class: bool,
    /// Flags that restrict it to namespaces.
    pub namespace_flags: Vec<String>,
    /// Variables that do.
    pub namespace_env: Vec<String>,
    /// Flags that name its ConfigMap.
    pub config_flags: Vec<String>,
    /// Flags that name the certificate it falls back to.
    pub default_certificate_flags: Vec<String>,
    /// API groups of its own kinds of routes.
    pub route_groups: Vec<String>,
    /// May run outside the cluster.
    pub may_run_outside: bool,
    /// Makes a load balancer for each route.
    pub balancer_per_route: bool,
    /// Writes the address into the status of an Ingress by itself.
    pub fills_status: bool,
    /// Its admission webhook runs in the controller's own pod.
    pub embeds_admission: bool,
}

/// An annotation that means something by its value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Key of the annotation.
    pub key: String,
    /// The value that means it.
    #[serde(default)]
    pub value: Option<String>,
    /// The value that does not.
    #[serde(default)]
    pub not: Option<String>,
}

impl Mark {
    /// Whether one of these annotations is there with a value that means it.
    #[must_use]
    pub fn any(marks: &[Self], annotations: &Map) -> bool {
        marks.iter().any(|mark| {
            annotations.get(&mark.key).is_some_and(|value| {
                mark.value.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(value))
                    && mark.not.as_ref().is_none_or(|unwanted| !unwanted.eq_ignore_ascii_case(value))
            })
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    products: Vec<Product>,
    internal_balancers: Vec<Mark>,
    tls_balancers: Vec<Mark>,
    fake_subjects: Vec<String>,
    staging_issuers: Vec<String>,
}

/// The catalogue, compiled.
#[derive(Debug)]
pub struct Products {
    /// Every system, in the file's order.
    pub all: Vec<Product>,
    /// Annotations that keep a load balancer internal.
    pub internal_balancers: Vec<Mark>,
    /// Annotations by which a load balancer terminates TLS.
    pub tls_balancers: Vec<Mark>,
    fake: RegexSet,
    staging: RegexSet,
    images: RegexSet,
    image_of: Vec<usize>,
    proxies: RegexSet,
    proxy_of: Vec<usize>,
}

/// The catalogue that the binary carries.
pub fn products() -> &'static Products {
    static PRODUCTS: OnceLock<Products> = OnceLock::new();
    PRODUCTS.get_or_init(|| {
        let text = embedded::files(&embedded::RULES, "catalog/ingress.yaml", "").into_iter().next();
        // A broken file of ours is caught by the test below, not by a panic in the field.
        Products::of(text.map_or("", |(_, text)| text)).unwrap_or_else(|_| Products::empty())
    })
}

impl Products {
    fn empty() -> Self {
        Self {
            all: Vec::new(),
            internal_balancers: Vec::new(),
            tls_balancers: Vec::new(),
            fake: RegexSet::empty(),
            staging: RegexSet::empty(),
            images: RegexSet::empty(),
            image_of: Vec::new(),
            proxies: RegexSet::empty(),
            proxy_of: Vec::new(),
        }
    }

    /// Compiles a catalogue.
    ///
    /// # Errors
    /// A misspelt key or an expression that is none.
    pub fn of(text: &str) -> Result<Self, String> {
        let file: File = yaml::parse(text).map_err(|error| error.reason)?;
        let set = |pick: fn(&Product) -> &Vec<String>| {
            let pairs: Vec<(usize, &String)> = file
                .products
                .iter()
                .enumerate()
                .flat_map(|(index, product)| pick(product).iter().map(move |pattern| (index, pattern)))
                .collect();
            let regexes = RegexSet::new(pairs.iter().map(|(_, pattern)| pattern)).map_err(|e| e.to_string())?;
            Ok::<_, String>((regexes, pairs.into_iter().map(|(index, _)| index).collect()))
        };
        let (images, image_of) = set(|product| &product.images)?;
        let (proxies, proxy_of) = set(|product| &product.proxies)?;
        Ok(Self {
            images,
            image_of,
            proxies,
            proxy_of,
            fake: RegexSet::new(&file.fake_subjects).map_err(|e| e.to_string())?,
            staging: RegexSet::new(&file.staging_issuers).map_err(|e| e.to_string())?,
            all: file.products,
            internal_balancers: file.internal_balancers,
            tls_balancers: file.tls_balancers,
        })
    }

    /// The system whose controller this repository is.
    #[must_use]
    pub fn by_image(&self, repository: &str) -> Option<&Product> {
        self.images.matches(repository).into_iter().next().and_then(|hit| self.all.get(*self.image_of.get(hit)?))
    }

    /// The systems whose data plane this repository is.
    #[must_use]
    pub fn by_proxy(&self, repository: &str) -> Vec<&Product> {
        let hits = self.proxies.matches(repository).into_iter();
        hits.filter_map(|hit| self.all.get(*self.proxy_of.get(hit)?)).collect()
    }

    /// The system whose workload these labels name.
    #[must_use]
    pub fn by_labels(&self, labels: &Map) -> Option<&Product> {
        self.all.iter().find(|product| {
            product
                .labels
                .iter()
                .any(|(key, values)| labels.get(key).is_some_and(|value| values.is_empty() || values.contains(value)))
        })
    }

    /// The system that an IngressClass or GatewayClass controller name belongs to.
    #[must_use]
    pub fn by_controller(&self, controller: &str) -> Option<&Product> {
        self.all.iter().find(|product| {
            product.ingress_controllers.iter().chain(&product.gateway_controllers).any(|name| answers(name, controller))
        })
    }

    /// A system by id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Product> {
        self.all.iter().find(|product| product.id == id)
    }

    /// The system whose own kind of route this group is.
    #[must_use]
    pub fn by_route_group(&self, group: &str) -> Option<&Product> {
        self.all.iter().find(|product| product.route_groups.iter().any(|own| own == group))
    }

    /// Whether this subject is that of a certificate that a controller made up.
    #[must_use]
    pub fn is_fake(&self, subject: &str) -> bool {
        self.fake.is_match(subject)
    }

    /// Whether this issuer signs certificates for tests.
    #[must_use]
    pub fn is_staging(&self, issuer: &str) -> bool {
        self.staging.is_match(issuer)
    }
}

/// Whether a name of the catalogue, which may end in `*`, is this controller name.
#[must_use]
pub fn answers(pattern: &str, controller: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == controller, |start| controller.starts_with(start))
}

/// An image reference as repository and tag; a digest is neither.
#[must_use]
pub fn split_image(image: &str) -> (&str, &str) {
    let named = image.split_once('@').map_or(image, |(named, _)| named);
    match named.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (named, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_read_and_tells_look_alikes_apart() {
        let text = embedded::files(&embedded::RULES, "catalog/ingress.yaml", "")[0].1;
        let products = Products::of(text).unwrap();
        let by = |image: &str| products.by_image(split_image(image).0).map_or("", |p| p.id.as_str());
        assert_eq!(by("registry.k8s.io/ingress-nginx/controller:v1.15.1@sha256:00"), "ingress-nginx");
        assert_eq!(by("nginx/nginx-ingress:5.5.4"), "f5-nginx-ingress");
        assert_eq!(by("docker.io/traefik:v3.7.11"), "traefik");
        assert_eq!(by("localhost:5000/traefik"), "traefik");
        assert_eq!(by("nginx:1.29"), "");
        let of = |name: &str| products.by_controller(name).map_or("", |p| p.id.as_str());
        assert_eq!(of("k8s.io/ingress-nginx"), "ingress-nginx");
        assert_eq!(of("nginx.org/ingress-controller"), "f5-nginx-ingress");
        assert_eq!(of("projectcontour.io/x/contour"), "contour");
        assert_eq!(of("haproxy-ingress.github.io/controller"), "haproxy-ingress");
    }
}

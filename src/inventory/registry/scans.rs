//! What the reports of trivy-operator say of the bases of images that run here.

use std::collections::HashMap;

use serde::Deserialize;

use super::running::Running;
use crate::{facts::image, inventory::Inventory, view::nullable};

/// API group of the reports.
pub const GROUP: &str = "aquasecurity.github.io";

#[derive(Deserialize, Default)]
#[serde(default)]
struct Held {
    #[serde(deserialize_with = "nullable")]
    report: Report,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Report {
    #[serde(deserialize_with = "nullable")]
    artifact: Artifact,
    #[serde(deserialize_with = "nullable")]
    registry: Server,
    #[serde(deserialize_with = "nullable")]
    os: System,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Artifact {
    #[serde(deserialize_with = "nullable")]
    digest: String,
    #[serde(deserialize_with = "nullable")]
    repository: String,
    #[serde(deserialize_with = "nullable")]
    tag: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Server {
    #[serde(deserialize_with = "nullable")]
    server: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct System {
    #[serde(deserialize_with = "nullable")]
    family: String,
    #[serde(deserialize_with = "nullable")]
    eosl: bool,
}

/// Bases by what the reports are about; true: no longer maintained.
#[derive(Debug, Default)]
pub struct Bases {
    by_digest: HashMap<String, bool>,
    /// Namespace, image with its tag.
    by_tag: HashMap<(String, String), bool>,
}

impl Bases {
    /// Reads the reports. One that names no system says nothing of a base: there may be none.
    #[must_use]
    pub fn of(inventory: &Inventory<'_>) -> Self {
        let mut bases = Self::default();
        for object in inventory.snapshot.of(GROUP, "VulnerabilityReport") {
            let Ok(Held { report: Report { artifact, registry, os } }) = object.parse() else { continue };
            if os.family.is_empty() || os.family == "none" {
                continue;
            }
            // Named by its tag, the report's digest is that of the image's configuration, which is no
            // manifest: such a report is known by its tag, in the namespace that it looked at.
            if artifact.tag.is_empty() {
                *bases.by_digest.entry(artifact.digest).or_default() |= os.eosl;
            } else {
                let full = image::parse(&format!("{}/{}", registry.server, artifact.repository)).full();
                let key = (object.namespace.to_string(), format!("{full}:{}", artifact.tag));
                *bases.by_tag.entry(key).or_default() |= os.eosl;
            }
        }
        bases
    }

    /// Tells it of an image of which the registry says nothing.
    pub fn tell(&self, path: &str, running: &mut Running) {
        if running.base_eol.is_some() {
            return;
        }
        let by_digest = self.by_digest.get(&running.digest).filter(|_| !running.digest.is_empty()).copied();
        let tag = if running.tag.is_empty() { "latest" } else { &running.tag };
        let tagged = format!("{path}:{tag}");
        let by_tag = || {
            let places = running.workloads.iter().map(|workload| &workload.namespace);
            let found = places.filter_map(|place| self.by_tag.get(&(place.clone(), tagged.clone())));
            found.copied().reduce(|a, b| a || b)
        };
        running.base_eol = by_digest.or_else(by_tag);
    }
}

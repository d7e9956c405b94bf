//! What lies in a registry.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One image in a repository.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Artifact {
    /// `sha256:…`.
    pub digest: String,
    /// Tags that point to it.
    pub tags: Vec<String>,
    /// `IMAGE`, `CHART` …
    pub kind: String,
    /// An index of images for several platforms.
    pub index: bool,
    /// Digests of the images of an index.
    pub children: Vec<String>,
    /// RFC 3339.
    pub pushed: Option<String>,
    /// RFC 3339; none where it never was.
    pub pulled: Option<String>,
    /// RFC 3339, from the image's own config; often 1970.
    pub created: Option<String>,
    /// Types of what is attached: `signature.cosign` …; none where it was not read.
    pub accessories: Option<Vec<String>>,
    /// `Success`, `Error`, `Running`, empty where it was never scanned; none where it was not read.
    pub scan_status: Option<String>,
    /// RFC 3339.
    pub scan_end: Option<String>,
    /// The worst severity that was found.
    pub scan_severity: String,
    /// An SBOM is there; none where nothing says.
    pub sbom: Option<bool>,
    /// Operating system of its base is no longer maintained; none where nothing says.
    pub base_eol: Option<bool>,
}

/// One repository.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Repository {
    /// Path below the registry's root.
    pub name: String,
    /// Scope it belongs to.
    pub scope: String,
    /// Its images; none where they were not read.
    pub artifacts: Option<Vec<Artifact>>,
    /// Why not all of them are there; empty: all are.
    pub artifacts_lack: String,
}

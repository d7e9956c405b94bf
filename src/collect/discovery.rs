//! What a server says it serves: the documents of discovery, in both their forms.
//!
//! Only parsing: who asks, and what a missing answer means, is the callers' business.

use serde::Deserialize;

use crate::{object::Kind, view::nullable};

/// `APIGroupDiscoveryList` of apidiscovery.k8s.io: groups, versions and resources in one document.
#[derive(Debug, Deserialize)]
pub struct GroupList {
    /// Its own kind: a server that does not know the form answers with another one.
    #[serde(default)]
    pub kind: String,
    /// The groups.
    #[serde(default, deserialize_with = "nullable")]
    pub items: Vec<Group>,
}

/// One group.
#[derive(Debug, Deserialize)]
pub struct Group {
    /// Its name; empty for the core group.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: crate::view::Named,
    /// Its versions, the preferred one first.
    #[serde(default, deserialize_with = "nullable")]
    pub versions: Vec<Version>,
}

/// One version of a group.
#[derive(Debug, Deserialize)]
pub struct Version {
    /// Such as `v1`.
    pub version: String,
    /// `Current` or `Stale`: stale means that its server did not answer.
    #[serde(default)]
    pub freshness: String,
    /// What it serves.
    #[serde(default, deserialize_with = "nullable")]
    pub resources: Vec<AggregatedResource>,
}

/// One resource of the aggregated form.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AggregatedResource {
    /// Plural, as in URLs.
    #[serde(default)]
    pub resource: String,
    /// Kind of its objects.
    #[serde(default)]
    pub response_kind: Option<ResponseKind>,
    /// `Cluster` or `Namespaced`.
    #[serde(default)]
    pub scope: String,
    /// `list`, `get` …
    #[serde(default, deserialize_with = "nullable")]
    pub verbs: Vec<String>,
}

/// Group and kind of a resource's objects.
#[derive(Debug, Deserialize)]
pub struct ResponseKind {
    /// Empty: the group that serves it.
    #[serde(default)]
    pub group: String,
    /// Kind.
    pub kind: String,
}

/// `APIVersions`, the answer of `/api`.
#[derive(Debug, Deserialize)]
pub struct CoreVersions {
    /// Such as `v1`.
    #[serde(default, deserialize_with = "nullable")]
    pub versions: Vec<String>,
}

/// `APIGroupList`, the answer of `/apis` in the older form.
#[derive(Debug, Deserialize)]
pub struct LegacyGroups {
    /// The groups.
    #[serde(default, deserialize_with = "nullable")]
    pub groups: Vec<LegacyGroup>,
}

/// One group of the older form.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LegacyGroup {
    /// Its name.
    pub name: String,
    /// Its versions, as the server sorts them.
    #[serde(default, deserialize_with = "nullable")]
    pub versions: Vec<LegacyVersion>,
    /// The version to prefer.
    #[serde(default)]
    pub preferred_version: Option<LegacyVersion>,
}

/// One version of the older form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LegacyVersion {
    /// Such as `v1`.
    pub version: String,
}

/// `APIResourceList`, the answer of `/apis/GROUP/VERSION`.
#[derive(Debug, Deserialize)]
pub struct LegacyResources {
    /// `APIResourceList`.
    #[serde(default)]
    pub kind: String,
    /// The resources and their subresources.
    #[serde(default, deserialize_with = "nullable")]
    pub resources: Vec<LegacyResource>,
}

/// One resource of the older form.
#[derive(Debug, Deserialize)]
pub struct LegacyResource {
    /// Plural; `pods/log` is a subresource.
    pub name: String,
    /// Whether its objects have a namespace.
    #[serde(default)]
    pub namespaced: bool,
    /// Another group than the one that serves it.
    #[serde(default)]
    pub group: String,
    /// Kind.
    #[serde(default)]
    pub kind: String,
    /// `list`, `get` …
    #[serde(default, deserialize_with = "nullable")]
    pub verbs: Vec<String>,
}

/// One kind that is served, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Group and kind of the objects.
    pub kind: Kind,
    /// Group that serves it, empty for core.
    pub group: String,
    /// Version that is read: the first one that has it.
    pub version: String,
    /// Plural, as in URLs and roles.
    pub plural: String,
    /// Whether its objects have a namespace.
    pub namespaced: bool,
    /// Whether it can be listed.
    pub listable: bool,
}

impl Resource {
    /// `apiVersion` of its objects.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Path of the list: cluster-wide, or of one namespace.
    #[must_use]
    pub fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "/api".into() } else { format!("/apis/{}", self.group) };
        let scope = namespace.map(|namespace| format!("/namespaces/{namespace}")).unwrap_or_default();
        format!("{root}/{}{scope}/{}", self.version, self.plural)
    }
}

/// The resources of one version of the aggregated form.
pub fn aggregated<'v>(group: &'v str, version: &'v Version) -> impl Iterator<Item = Resource> + 'v {
    version.resources.iter().filter_map(move |resource| {
        let response = resource.response_kind.as_ref()?;
        let of = if response.group.is_empty() { group } else { &response.group };
        Some(Resource {
            kind: Kind::new(of, &response.kind),
            group: group.to_owned(),
            version: version.version.clone(),
            plural: resource.resource.clone(),
            namespaced: resource.scope == "Namespaced",
            listable: resource.verbs.iter().any(|verb| verb == "list"),
        })
    })
}

/// The resources of one version of the older form.
pub fn legacy<'v>(group: &'v str, version: &'v str, list: &'v LegacyResources) -> impl Iterator<Item = Resource> + 'v {
    list.resources.iter().filter(|resource| !resource.name.contains('/')).map(move |resource| Resource {
        kind: Kind::new(if resource.group.is_empty() { group } else { &resource.group }, &resource.kind),
        group: group.to_owned(),
        version: version.to_owned(),
        plural: resource.name.clone(),
        namespaced: resource.namespaced,
        listable: resource.verbs.iter().any(|verb| verb == "list"),
    })
}

//! Which images run, by repository: what a registry must be able to give again.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    facts::{
        image,
        registry::{Artifact, Repository, Scope, immutability},
    },
    inventory::Inventory,
    object::ObjectRef,
};

/// One image in use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Tag of the reference; empty where it names a digest.
    pub tag: String,
    /// Digest that runs, as the node tells; else the one of the reference.
    pub digest: String,
    /// The node tells an id that names no manifest, and the reference has no digest either.
    pub opaque: bool,
    /// Who runs it.
    pub workload: ObjectRef,
}

/// Uses by `host/repository`.
#[must_use]
pub fn of(inventory: &Inventory<'_>) -> BTreeMap<String, BTreeSet<Use>> {
    let mut found: BTreeMap<String, BTreeSet<Use>> = BTreeMap::new();
    for workload in &inventory.workloads.workloads {
        let mut running: BTreeMap<&str, &str> = BTreeMap::new();
        for pod in inventory.workloads.pods_of(workload) {
            for status in pod.pod.status.iter().flat_map(|status| &status.container_statuses) {
                running.insert(&status.name, &status.image_id);
            }
        }
        for container in workload.containers().filter(|container| !container.image.is_empty()) {
            let reference = image::parse(&container.image);
            let id = running.get(container.name.as_str()).copied().unwrap_or_default();
            let digest = match digest_of(id) {
                Some(digest) => digest.to_owned(),
                None => reference.digest.clone(),
            };
            let opaque = digest.is_empty() && !id.is_empty();
            let one = Use { tag: reference.tag.clone(), digest, opaque, workload: workload.reference.clone() };
            found.entry(reference.full()).or_default().insert(one);
        }
    }
    found
}

/// The manifest's digest in an `imageID`; one without a repository is of the image's config, or of
/// an image that came from no registry.
#[must_use]
pub fn digest_of(image_id: &str) -> Option<&str> {
    image_id.split_once('@').map(|(_, digest)| digest).filter(|digest| digest.starts_with("sha256:"))
}

/// What the registry knows of an image in use.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Running {
    /// Its tag; empty where it is named by its digest.
    pub tag: String,
    /// The digest that runs; empty where nobody tells.
    pub digest: String,
    /// Which bytes run is not told: the node's id names no repository.
    pub opaque: bool,
    /// Up to five who run it.
    pub workloads: Vec<ObjectRef>,
    /// `yes`, `no`, `unknown`: the registry still has it.
    pub found: &'static str,
    /// The tag now points elsewhere; null where that is not known.
    pub moved: Option<bool>,
    /// A signature is attached; null where that is not known.
    pub signed: Option<bool>,
    /// An SBOM is there; null where that is not known.
    pub sbom: Option<bool>,
    /// Its retention keeps it; null where that cannot be worked out.
    pub kept: Option<bool>,
    /// An index of images for several platforms.
    pub index: bool,
    /// `Success`, `Error`, …; empty: never scanned; null where that is not known.
    pub scan_status: Option<String>,
    /// RFC 3339.
    pub scan_end: Option<String>,
    /// The worst that was found.
    pub scan_severity: String,
    /// RFC 3339, when it was pushed.
    pub pushed: Option<String>,
    /// Its base is no longer maintained; null where nothing says.
    pub base_eol: Option<bool>,
}

/// Holds the images in use of one repository against what was read of it.
#[must_use]
pub fn held(
    uses: &BTreeSet<Use>,
    repository: Option<&Repository>,
    listed: bool,
    scope: &Scope,
    now: Option<i64>,
) -> Vec<Running> {
    let mut by_image: BTreeMap<(&str, &str, bool), Vec<&ObjectRef>> = BTreeMap::new();
    for one in uses {
        by_image.entry((&one.tag, &one.digest, one.opaque)).or_default().push(&one.workload);
    }
    let artifacts = repository.and_then(|repository| repository.artifacts.as_deref());
    let whole = repository.is_some_and(|repository| repository.artifacts_lack.is_empty());
    by_image
        .into_iter()
        .map(|((tag, digest, opaque), workloads)| {
            let mut running = Running {
                tag: tag.into(),
                digest: digest.into(),
                opaque,
                workloads: workloads.into_iter().take(5).cloned().collect(),
                found: "unknown",
                ..Running::default()
            };
            let Some(artifacts) = artifacts else {
                // A repository that a whole list does not name has nothing.
                if repository.is_none() && listed {
                    running.found = "no";
                }
                return running;
            };
            let has_digest = |a: &&Artifact| a.digest == digest || a.children.iter().any(|child| child == digest);
            let has_tag = |a: &&Artifact| a.tags.iter().any(|t| t == tag);
            let tagged = (!tag.is_empty()).then(|| artifacts.iter().find(has_tag)).flatten();
            let found = if digest.is_empty() { tagged } else { artifacts.iter().find(has_digest) };
            if !digest.is_empty() && !tag.is_empty() {
                running.moved = tagged.map(|a| !has_digest(&a)).or((whole && found.is_some()).then_some(true));
            }
            match found {
                // The tag is there; whether it is what runs, nobody tells.
                Some(_) if opaque => {}
                Some(artifact) => tell(&mut running, artifact, artifacts, repository, scope, now),
                None if whole && !(digest.is_empty() && tag.is_empty()) => running.found = "no",
                None => {}
            }
            running
        })
        .collect()
}

fn tell(
    running: &mut Running,
    artifact: &Artifact,
    all: &[Artifact],
    repository: Option<&Repository>,
    scope: &Scope,
    now: Option<i64>,
) {
    running.found = "yes";
    // A signature stands on the index, not on the images in it.
    running.signed = artifact.accessories.as_ref().map(|types| types.iter().any(|t| t.starts_with("signature.")));
    running.sbom = artifact.sbom.or_else(|| Some(artifact.accessories.as_ref()?.iter().any(|t| t.contains("sbom"))));
    running.index = artifact.index;
    running.scan_status.clone_from(&artifact.scan_status);
    running.scan_end.clone_from(&artifact.scan_end);
    running.scan_severity.clone_from(&artifact.scan_severity);
    running.pushed.clone_from(&artifact.pushed);
    running.base_eol = artifact.base_eol;
    let name = repository.map_or("", |repository| &repository.name);
    let inside = name.strip_prefix(&scope.name).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name);
    running.kept = match &scope.retention {
        Some(retention) => immutability::is_kept(retention, inside, artifact, all, now),
        None if scope.retention_read => Some(true),
        None => None,
    };
    if let Some(rules) = &scope.immutability
        && artifact.tags.iter().any(|tag| immutability::is_immutable(rules, inside, tag))
    {
        running.kept = Some(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(digest: &str, tags: &[&str]) -> Artifact {
        Artifact { digest: digest.into(), tags: tags.iter().map(|t| (*t).to_owned()).collect(), ..Artifact::default() }
    }

    fn uses(tag: &str, digest: &str) -> BTreeSet<Use> {
        BTreeSet::from([Use { tag: tag.into(), digest: digest.into(), opaque: false, workload: ObjectRef::cluster() }])
    }

    #[test]
    fn an_image_is_found_gone_moved_or_not_told() {
        let repository = Repository {
            name: "p/a".into(),
            artifacts: Some(vec![Artifact { children: vec!["sha256:c".into()], ..artifact("sha256:1", &["v1"]) }]),
            ..Repository::default()
        };
        let scope = Scope { name: "p".into(), ..Scope::default() };
        let ask = |tag: &str, digest: &str, listed: bool| {
            let found = held(&uses(tag, digest), Some(&repository), listed, &scope, None);
            (found[0].found, found[0].moved)
        };
        assert_eq!(ask("v1", "sha256:1", true), ("yes", Some(false)));
        // A node may tell the platform's manifest: it is one of the index.
        assert_eq!(ask("v1", "sha256:c", true), ("yes", Some(false)));
        assert_eq!(ask("v1", "sha256:2", true), ("no", Some(true)));
        assert_eq!(ask("v9", "sha256:1", true), ("yes", Some(true)));
        assert_eq!(ask("", "", true).0, "unknown");
        assert_eq!(held(&uses("v1", ""), None, true, &scope, None)[0].found, "no");
        assert_eq!(held(&uses("v1", ""), None, false, &scope, None)[0].found, "unknown");
    }

    #[test]
    fn an_image_id_without_a_repository_names_no_manifest() {
        assert_eq!(digest_of("sha256:abc"), None);
        assert_eq!(digest_of("docker-pullable://r/x@sha256:abc"), Some("sha256:abc"));
        assert_eq!(digest_of(""), None);
    }
}

//! Persistent volumes: where they came from, and whether they are what their class says.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    classes::ClassRow,
    time::{age, before},
    views::{Attachment, PersistentVolume},
};
use crate::{
    facts::{
        provisioner::{Can, Catalog, Property, Strength, Subject},
        quantity,
    },
    object::ObjectRef,
    snapshot::Snapshot,
    view::Map,
};

/// A parameter that the volume has otherwise than its class.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Drift {
    /// Parameter of the class.
    pub parameter: String,
    /// Its value in the class.
    pub class: String,
    /// Its value in the volume; none where the volume does not have it.
    pub volume: Option<String>,
}

/// What policies see of a persistent volume.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VolumeRow {
    /// The volume.
    pub r#ref: ObjectRef,
    /// Its name.
    pub name: String,
    /// Class it names; empty for none.
    pub class: String,
    /// Labels of the class.
    pub class_labels: Map,
    /// Whether the class exists.
    pub class_exists: Can,
    /// Id of the class's or driver's provisioner in the catalogue.
    pub provisioner_id: String,
    /// `csi`, `hostPath`, `nfs` …
    pub source: String,
    /// CSI driver; empty for in-tree sources.
    pub driver: String,
    /// Provisioner that made it, from its annotation.
    pub provisioned_by: String,
    /// In-tree volume that a CSI driver serves.
    pub migrated_to: String,
    /// Made by hand: no provisioner left its name.
    pub r#static: bool,
    /// `Bound`, `Released` …
    pub phase: String,
    /// Seconds since it has its phase.
    pub phase_seconds: Option<i64>,
    /// Reclaim policy.
    pub reclaim_policy: String,
    /// Claim that it is bound to, as `namespace/name`.
    pub claim: String,
    /// Size.
    pub bytes: Option<i64>,
    /// Access modes.
    pub modes: Vec<String>,
    /// Mount options.
    pub mount_options: Vec<String>,
    /// Made before the class that it names: the class was made anew.
    pub older_than_class: Can,
    /// Provisioner of the class, where it is another than what made the volume.
    pub foreign_driver: String,
    /// Whether it keeps attributes of its own.
    pub has_attributes: bool,
    /// Parameters that it has otherwise than its class.
    pub drift: Vec<Drift>,
    /// Parameters of the class.
    pub class_parameters: Vec<String>,
    /// Proven properties of the volume itself.
    pub properties: BTreeMap<String, Property>,
    /// Values of each label key that its node affinity allows.
    pub places: BTreeMap<String, BTreeSet<String>>,
    /// Attach and detach errors, with their age.
    pub attachment_errors: Vec<AttachmentError>,
}

/// An error of attaching or detaching.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AttachmentError {
    /// `attach` or `detach`.
    pub what: &'static str,
    /// Node.
    pub node: String,
    /// What the driver says.
    pub message: String,
    /// Seconds since.
    pub seconds: Option<i64>,
}

/// Keys of a PersistentVolume's spec that are no source.
const NO_SOURCE: [&str; 1] = ["volumeMode"];

/// Every volume.
pub(super) fn rows(
    snapshot: &Snapshot,
    catalog: &Catalog,
    classes: &BTreeMap<String, ClassRow>,
) -> Vec<(VolumeRow, String)> {
    let mut errors = attachment_errors(snapshot);
    let read = snapshot.coverage(&crate::object::Kind::new("storage.k8s.io", "StorageClass")).state.is_proof();
    snapshot
        .of("", "PersistentVolume")
        .iter()
        .map(|object| {
            let volume: PersistentVolume = object.parse().unwrap_or_default();
            let class = classes.get(&volume.spec.storage_class_name);
            let errors = errors.remove(&*object.name).unwrap_or_default();
            let handle = volume.spec.csi.as_ref().map(|csi| csi.volume_handle.clone()).unwrap_or_default();
            (row(snapshot, catalog, object, volume, class, read, errors), handle)
        })
        .collect()
}

fn row(
    snapshot: &Snapshot,
    catalog: &Catalog,
    object: &crate::snapshot::Object,
    volume: PersistentVolume,
    class: Option<&ClassRow>,
    classes_read: bool,
    attachment_errors: Vec<AttachmentError>,
) -> VolumeRow {
    let PersistentVolume { metadata, spec, status } = volume;
    let annotation = |key: &str| metadata.annotations.get(key).cloned().unwrap_or_default();
    let provisioned_by = annotation("pv.kubernetes.io/provisioned-by");
    let migrated_to = annotation("pv.kubernetes.io/migrated-to");
    let source = match &spec.csi {
        Some(_) => "csi".to_owned(),
        None => spec
            .rest
            .iter()
            .find(|(key, value)| !NO_SOURCE.contains(&key.as_str()) && value.is_object())
            .map_or_else(String::new, |(key, _)| key.clone()),
    };
    let driver = spec.csi.as_ref().map(|csi| csi.driver.clone()).unwrap_or_default();
    let attributes: Map = spec.csi.as_ref().and_then(|csi| csi.volume_attributes.clone()).unwrap_or_default();
    let attributes: Map =
        attributes.into_iter().filter(|(key, _)| !key.starts_with("storage.kubernetes.io/")).collect();
    // What made it: the driver for CSI, else what the provisioner wrote.
    let made_by = if driver.is_empty() { &provisioned_by } else { &driver };
    let known = catalog.find(made_by);
    let drift = class.map(|class| drift(class, known, &attributes)).unwrap_or_default();
    let older = class.and_then(|class| before(metadata.creation_timestamp.as_deref(), class.created.as_deref()));
    let older_than_class = match (class, older) {
        (None, _) => Can::No,
        (_, Some(true)) => Can::Yes,
        (_, Some(false)) => Can::No,
        (_, None) => Can::Unknown,
    };
    let serves = |class: &ClassRow| {
        *made_by == class.provisioner || *made_by == class.migrates_to || migrated_to == class.provisioner
    };
    let foreign = class.filter(|class| {
        !made_by.is_empty() && !serves(class) && class.r#type != Some(crate::facts::provisioner::Type::Static)
    });
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let terms = spec.node_affinity.iter().flat_map(|a| a.required.iter()).flat_map(|r| &r.node_selector_terms);
    for expression in terms.flat_map(|term| &term.match_expressions) {
        places.entry(expression.key.clone()).or_default().extend(expression.values.iter().cloned());
    }
    let properties = properties(
        class,
        older_than_class,
        known
            .map(|known| known.prove_observed(Subject { parameters: &attributes, mount_options: &spec.mount_options })),
    );
    VolumeRow {
        r#ref: object.reference(),
        name: object.name.to_string(),
        class_labels: class.map(|class| class.labels.clone()).unwrap_or_default(),
        class_exists: match class {
            Some(_) => Can::Yes,
            None if classes_read => Can::No,
            None => Can::Unknown,
        },
        provisioner_id: known
            .map(|k| k.file.id.clone())
            .or(class.map(|c| c.provisioner_id.clone()))
            .unwrap_or_default(),
        r#static: provisioned_by.is_empty() && migrated_to.is_empty(),
        source,
        phase_seconds: age(snapshot, status.last_phase_transition_time.as_deref()),
        phase: status.phase,
        reclaim_policy: spec.persistent_volume_reclaim_policy.unwrap_or_else(|| "Retain".into()),
        claim: spec.claim_ref.map_or_else(String::new, |claim| format!("{}/{}", claim.namespace, claim.name)),
        bytes: spec.capacity.get("storage").and_then(|text| quantity::bytes(text)),
        modes: spec.access_modes,
        older_than_class,
        foreign_driver: foreign.map(|class| class.provisioner.clone()).unwrap_or_default(),
        has_attributes: !attributes.is_empty(),
        drift,
        class_parameters: class.map(|class| class.parameters.keys().cloned().collect()).unwrap_or_default(),
        properties,
        places,
        attachment_errors,
        class: spec.storage_class_name,
        mount_options: spec.mount_options,
        driver,
        provisioned_by,
        migrated_to,
    }
}

/// Parameters of the class that the volume's attributes say otherwise, or not at all.
fn drift(class: &ClassRow, known: Option<&crate::facts::provisioner::Provisioner>, attributes: &Map) -> Vec<Drift> {
    let is_volume_parameter = |key: &&String| !key.starts_with("csi.storage.k8s.io/");
    class
        .parameters
        .keys()
        .filter(is_volume_parameter)
        .filter_map(|key| {
            let wanted = class.parameters.get(key)?;
            let renamed = known.and_then(|known| known.file.attributes.get(key)).unwrap_or(key);
            let has = known.map_or_else(
                || attributes.get(renamed).map(String::as_str),
                |known| known.parameter(attributes, renamed),
            );
            let same = has.is_some_and(|has| {
                has == wanted || (known.is_some_and(|k| k.file.case_insensitive) && has.eq_ignore_ascii_case(wanted))
            });
            (!same).then(|| Drift { parameter: key.clone(), class: wanted.clone(), volume: has.map(str::to_owned) })
        })
        .collect()
}

/// What the volume says itself; then the class, for volumes made after it.
fn properties(
    class: Option<&ClassRow>,
    older: Can,
    own: Option<BTreeMap<String, Property>>,
) -> BTreeMap<String, Property> {
    let own = own.unwrap_or_default();
    crate::facts::provisioner::PROPERTIES
        .iter()
        .map(|(name, _)| {
            let property = own.get(*name).cloned().unwrap_or_else(|| match class {
                Some(class) if older == Can::No => {
                    let of_class = class.properties.get(*name).cloned();
                    of_class.map_or_else(
                        || Property::unknown("unknown"),
                        |p| Property { source: format!("class {}: {}", class.name, p.source), ..p },
                    )
                }
                Some(class) if older == Can::Yes => Property::unknown(format!(
                    "class {} was made after the volume and proves nothing of it",
                    class.name
                )),
                Some(_) => Property::unknown("nothing says whether the class was made before the volume"),
                None => Property::unknown("the volume has no class"),
            });
            ((*name).to_owned(), property)
        })
        .filter(|(_, property)| property.strength != Strength::Unknown || !property.source.is_empty())
        .collect()
}

fn attachment_errors(snapshot: &Snapshot) -> BTreeMap<String, Vec<AttachmentError>> {
    let mut by_volume: BTreeMap<String, Vec<AttachmentError>> = BTreeMap::new();
    for object in snapshot.of("storage.k8s.io", "VolumeAttachment") {
        let attachment: Attachment = object.parse().unwrap_or_default();
        let status = attachment.status;
        for (what, error) in [("attach", status.attach_error), ("detach", status.detach_error)] {
            let Some(error) = error else { continue };
            by_volume.entry(attachment.spec.source.persistent_volume_name.clone()).or_default().push(AttachmentError {
                what,
                node: attachment.spec.node_name.clone(),
                seconds: age(snapshot, error.time.as_deref()),
                message: error.message,
            });
        }
    }
    by_volume
}

//! The fields of storage objects that facts read, as lenient typed views.
//!
//! Sources: storage.k8s.io/v1, core/v1 and snapshot.storage.k8s.io/v1 of the API reference v1.37.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::view::{Map, Meta, nullable};

/// A StorageClass.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct StorageClass {
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    pub provisioner: String,
    #[serde(deserialize_with = "nullable")]
    pub parameters: Map,
    pub reclaim_policy: Option<String>,
    pub volume_binding_mode: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub allow_volume_expansion: bool,
    #[serde(deserialize_with = "nullable")]
    pub mount_options: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub allowed_topologies: Vec<TopologyTerm>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct TopologyTerm {
    #[serde(deserialize_with = "nullable")]
    pub match_label_expressions: Vec<LabelValues>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LabelValues {
    pub key: String,
    #[serde(deserialize_with = "nullable")]
    pub values: Vec<String>,
}

/// A CSIDriver.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CsiDriver {
    #[serde(deserialize_with = "nullable")]
    pub spec: CsiDriverSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CsiDriverSpec {
    #[serde(deserialize_with = "nullable")]
    pub volume_lifecycle_modes: Vec<String>,
}

/// A CSINode.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CsiNode {
    #[serde(deserialize_with = "nullable")]
    pub spec: CsiNodeSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CsiNodeSpec {
    #[serde(deserialize_with = "nullable")]
    pub drivers: Vec<CsiNodeDriver>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CsiNodeDriver {
    pub name: String,
    #[serde(deserialize_with = "nullable")]
    pub topology_keys: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub allocatable: Allocatable,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Allocatable {
    pub count: Option<i64>,
}

/// A PersistentVolume.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PersistentVolume {
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    pub spec: PersistentVolumeSpec,
    #[serde(deserialize_with = "nullable")]
    pub status: VolumeStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PersistentVolumeSpec {
    #[serde(deserialize_with = "nullable")]
    pub storage_class_name: String,
    #[serde(deserialize_with = "nullable")]
    pub capacity: Map,
    #[serde(deserialize_with = "nullable")]
    pub access_modes: Vec<String>,
    pub persistent_volume_reclaim_policy: Option<String>,
    pub claim_ref: Option<ClaimRef>,
    #[serde(deserialize_with = "nullable")]
    pub mount_options: Vec<String>,
    pub csi: Option<CsiSource>,
    pub node_affinity: Option<NodeAffinity>,
    /// Every other key: the in-tree source is one of them.
    #[serde(flatten)]
    pub rest: BTreeMap<String, serde_json::Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ClaimRef {
    #[serde(deserialize_with = "nullable")]
    pub namespace: String,
    #[serde(deserialize_with = "nullable")]
    pub name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CsiSource {
    #[serde(deserialize_with = "nullable")]
    pub driver: String,
    #[serde(deserialize_with = "nullable")]
    pub volume_handle: String,
    pub volume_attributes: Option<Map>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NodeAffinity {
    pub required: Option<NodeSelector>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct NodeSelector {
    #[serde(deserialize_with = "nullable")]
    pub node_selector_terms: Vec<NodeTerm>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct NodeTerm {
    #[serde(deserialize_with = "nullable")]
    pub match_expressions: Vec<LabelValues>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct VolumeStatus {
    #[serde(deserialize_with = "nullable")]
    pub phase: String,
    pub last_phase_transition_time: Option<String>,
}

/// A PersistentVolumeClaim, or a template of one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Claim {
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    pub spec: ClaimSpec,
    #[serde(deserialize_with = "nullable")]
    pub status: ClaimStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ClaimSpec {
    /// Null and empty differ: null asks for the default, empty for no provisioning.
    pub storage_class_name: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub volume_name: String,
    #[serde(deserialize_with = "nullable")]
    pub access_modes: Vec<String>,
    pub volume_mode: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub resources: Resources,
    pub data_source: Option<DataSource>,
    pub data_source_ref: Option<DataSource>,
    pub volume_attributes_class_name: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Resources {
    #[serde(deserialize_with = "nullable")]
    pub requests: Map,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DataSource {
    #[serde(deserialize_with = "nullable")]
    pub kind: String,
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    #[serde(deserialize_with = "nullable")]
    pub namespace: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ClaimStatus {
    #[serde(deserialize_with = "nullable")]
    pub phase: String,
    #[serde(deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
    pub current_volume_attributes_class_name: Option<String>,
    pub modify_volume_status: Option<ModifyStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Condition {
    #[serde(rename = "type", deserialize_with = "nullable")]
    pub kind: String,
    #[serde(deserialize_with = "nullable")]
    pub status: String,
    pub last_transition_time: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ModifyStatus {
    #[serde(deserialize_with = "nullable")]
    pub status: String,
}

/// A VolumeSnapshotClass.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SnapshotClass {
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    pub driver: String,
    #[serde(deserialize_with = "nullable")]
    pub deletion_policy: String,
}

/// A VolumeSnapshot.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Snapshot {
    #[serde(deserialize_with = "nullable")]
    pub spec: SnapshotSpec,
    #[serde(deserialize_with = "nullable")]
    pub status: SnapshotStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SnapshotSpec {
    #[serde(deserialize_with = "nullable")]
    pub source: SnapshotSource,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SnapshotSource {
    #[serde(deserialize_with = "nullable")]
    pub persistent_volume_claim_name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SnapshotStatus {
    pub error: Option<SnapshotError>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SnapshotError {
    #[serde(deserialize_with = "nullable")]
    pub message: String,
}

/// A VolumeAttachment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Attachment {
    #[serde(deserialize_with = "nullable")]
    pub spec: AttachmentSpec,
    #[serde(deserialize_with = "nullable")]
    pub status: AttachmentStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AttachmentSpec {
    #[serde(deserialize_with = "nullable")]
    pub attacher: String,
    #[serde(deserialize_with = "nullable")]
    pub node_name: String,
    #[serde(deserialize_with = "nullable")]
    pub source: AttachmentSource,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AttachmentSource {
    #[serde(deserialize_with = "nullable")]
    pub persistent_volume_name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AttachmentStatus {
    #[serde(deserialize_with = "nullable")]
    pub attached: bool,
    pub attach_error: Option<AttachmentError>,
    pub detach_error: Option<AttachmentError>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AttachmentError {
    pub time: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub message: String,
}

/// A ResourceQuota.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Quota {
    #[serde(deserialize_with = "nullable")]
    pub spec: QuotaSpec,
    #[serde(deserialize_with = "nullable")]
    pub status: QuotaStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct QuotaSpec {
    #[serde(deserialize_with = "nullable")]
    pub hard: Map,
    pub scope_selector: Option<ScopeSelector>,
    #[serde(deserialize_with = "nullable")]
    pub scopes: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ScopeSelector {
    #[serde(deserialize_with = "nullable")]
    pub match_expressions: Vec<Scope>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Scope {
    #[serde(deserialize_with = "nullable")]
    pub scope_name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct QuotaStatus {
    #[serde(deserialize_with = "nullable")]
    pub used: Map,
}

/// A StatefulSet, for what its template of pods does not say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StatefulSet {
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    pub spec: StatefulSetSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct StatefulSetSpec {
    pub replicas: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    pub volume_claim_templates: Vec<Claim>,
    pub persistent_volume_claim_retention_policy: Option<Retention>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Retention {
    pub when_deleted: Option<String>,
    pub when_scaled: Option<String>,
}

/// The volumes of a pod template that hold claims of their own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ephemeral {
    #[serde(rename = "volumeClaimTemplate", deserialize_with = "nullable")]
    pub template: Claim,
}

//! The few fields of Kubernetes objects that facts read, as lenient typed views.
//!
//! A view names only what somebody reads; everything else is skipped while parsing. `null`
//! reads as absent everywhere, as the API server means it. Sources: the Kubernetes API
//! reference of v1.37 (core/v1, apps/v1, batch/v1).

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

/// Labels or annotations.
pub type Map = BTreeMap<String, String>;

/// Reads `null` as the default.
///
/// # Errors
/// What the value's own type says.
pub fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// `metadata` of any object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Meta {
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    #[serde(deserialize_with = "nullable")]
    pub namespace: String,
    #[serde(deserialize_with = "nullable")]
    pub uid: String,
    #[serde(deserialize_with = "nullable")]
    pub labels: Map,
    #[serde(deserialize_with = "nullable")]
    pub annotations: Map,
    #[serde(deserialize_with = "nullable")]
    pub owner_references: Vec<Owner>,
    pub creation_timestamp: Option<String>,
    pub deletion_timestamp: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub managed_fields: Vec<ManagedField>,
}

/// One entry of `ownerReferences`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Owner {
    pub api_version: String,
    pub kind: String,
    pub name: String,
    pub uid: String,
    #[serde(deserialize_with = "nullable")]
    pub controller: bool,
}

/// One reduced entry of `managedFields`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct ManagedField {
    #[serde(deserialize_with = "nullable")]
    pub manager: String,
    #[serde(deserialize_with = "nullable")]
    pub operation: String,
    #[serde(deserialize_with = "nullable")]
    pub subresource: String,
    pub time: Option<String>,
}

/// Any object by its metadata alone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Bare {
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
}

/// A PodTemplateSpec, or what counts as one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct PodTemplate {
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    pub spec: PodSpec,
}

/// A PodSpec.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct PodSpec {
    #[serde(deserialize_with = "nullable")]
    pub containers: Vec<Container>,
    #[serde(deserialize_with = "nullable")]
    pub init_containers: Vec<Container>,
    #[serde(deserialize_with = "nullable")]
    pub ephemeral_containers: Vec<Container>,
    #[serde(deserialize_with = "nullable")]
    pub node_name: String,
    #[serde(deserialize_with = "nullable")]
    pub node_selector: Map,
    #[serde(deserialize_with = "nullable")]
    pub host_network: bool,
    #[serde(rename = "hostPID", deserialize_with = "nullable")]
    pub host_pid: bool,
    #[serde(rename = "hostIPC", deserialize_with = "nullable")]
    pub host_ipc: bool,
    #[serde(deserialize_with = "nullable")]
    pub security_context: PodSecurity,
    #[serde(deserialize_with = "nullable")]
    pub service_account_name: String,
    #[serde(deserialize_with = "nullable")]
    pub scheduler_name: String,
    #[serde(deserialize_with = "nullable")]
    pub tolerations: Vec<Toleration>,
    #[serde(deserialize_with = "nullable")]
    pub volumes: Vec<Volume>,
    #[serde(deserialize_with = "nullable")]
    pub image_pull_secrets: Vec<Named>,
}

impl PodSpec {
    /// Runs as a process of a Windows host.
    #[must_use]
    pub fn host_process(&self) -> bool {
        self.security_context.windows_options.host_process
    }
}

/// `securityContext` of a pod.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct PodSecurity {
    #[serde(deserialize_with = "nullable")]
    pub windows_options: WindowsOptions,
}

/// `securityContext.windowsOptions`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct WindowsOptions {
    #[serde(deserialize_with = "nullable")]
    pub host_process: bool,
}

/// A reference by name alone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Named {
    #[serde(deserialize_with = "nullable")]
    pub name: String,
}

/// One toleration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Toleration {
    #[serde(deserialize_with = "nullable")]
    pub key: String,
    #[serde(deserialize_with = "nullable")]
    pub operator: String,
    #[serde(deserialize_with = "nullable")]
    pub value: String,
    #[serde(deserialize_with = "nullable")]
    pub effect: String,
}

/// One volume, with the sources that facts read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Volume {
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    pub host_path: Option<HostPath>,
    pub empty_dir: Option<EmptyDir>,
    pub image: Option<ImageVolume>,
    pub persistent_volume_claim: Option<ClaimVolume>,
    pub config_map: Option<Named>,
    pub secret: Option<SecretVolume>,
}

/// `volumes[].emptyDir`: that it is one is all that is read.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct EmptyDir {}

/// `volumes[].hostPath`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct HostPath {
    #[serde(deserialize_with = "nullable")]
    pub path: String,
}

/// `volumes[].image`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct ImageVolume {
    #[serde(deserialize_with = "nullable")]
    pub reference: String,
}

/// `volumes[].persistentVolumeClaim`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct ClaimVolume {
    #[serde(deserialize_with = "nullable")]
    pub claim_name: String,
}

/// `volumes[].secret`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct SecretVolume {
    #[serde(deserialize_with = "nullable")]
    pub secret_name: String,
}

/// One container of a pod.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Container {
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    #[serde(deserialize_with = "nullable")]
    pub image: String,
    #[serde(deserialize_with = "nullable")]
    pub image_pull_policy: String,
    #[serde(deserialize_with = "nullable")]
    pub command: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub args: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub env: Vec<EnvVar>,
    #[serde(deserialize_with = "nullable")]
    pub restart_policy: String,
    #[serde(deserialize_with = "nullable")]
    pub ports: Vec<ContainerPort>,
}

/// One port of a container.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct ContainerPort {
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    #[serde(deserialize_with = "nullable")]
    pub container_port: i64,
    #[serde(deserialize_with = "nullable")]
    pub host_port: i64,
    #[serde(deserialize_with = "nullable")]
    pub protocol: String,
}

/// One environment variable; the value is empty unless the snapshot retains it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct EnvVar {
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    #[serde(deserialize_with = "nullable")]
    pub value: String,
}

/// One condition of a status.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Condition {
    #[serde(rename = "type", deserialize_with = "nullable")]
    pub kind: String,
    #[serde(deserialize_with = "nullable")]
    pub status: String,
    #[serde(deserialize_with = "nullable")]
    pub reason: String,
    #[serde(deserialize_with = "nullable")]
    pub message: String,
}

/// A Pod.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Pod {
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    pub spec: PodSpec,
    pub status: Option<PodStatus>,
}

/// `status` of a Pod.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct PodStatus {
    #[serde(deserialize_with = "nullable")]
    pub phase: String,
    #[serde(deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
    #[serde(deserialize_with = "nullable")]
    pub container_statuses: Vec<ContainerStatus>,
    #[serde(rename = "podIP", deserialize_with = "nullable")]
    pub pod_ip: String,
}

/// `status.containerStatuses[]` of a Pod.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct ContainerStatus {
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    #[serde(rename = "imageID", deserialize_with = "nullable")]
    pub image_id: String,
    #[serde(deserialize_with = "nullable")]
    pub ready: bool,
}

/// Any controller with a pod template: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job,
/// ReplicationController, DeploymentConfig, Rollout.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Controller {
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    pub spec: ControllerSpec,
    pub status: Option<ControllerStatus>,
}

/// `spec` of a controller.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct ControllerSpec {
    pub replicas: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    pub template: PodTemplate,
    /// Only CronJobs have one.
    pub job_template: Option<JobTemplate>,
}

/// `spec.jobTemplate` of a CronJob.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct JobTemplate {
    #[serde(deserialize_with = "nullable")]
    pub spec: JobSpec,
}

/// `spec` of a Job inside a CronJob.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct JobSpec {
    #[serde(deserialize_with = "nullable")]
    pub template: PodTemplate,
}

/// `status` of a controller; which counters are there depends on the kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct ControllerStatus {
    pub replicas: Option<i64>,
    pub ready_replicas: Option<i64>,
    pub available_replicas: Option<i64>,
    pub desired_number_scheduled: Option<i64>,
    pub number_ready: Option<i64>,
    pub number_available: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
}

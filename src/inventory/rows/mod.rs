//! The tables, one file each. A row never holds a norm, and always holds its `ref`.

pub mod address_plan;
pub mod boot_images;
pub mod cluster;
pub mod containers;
pub mod coverage;
pub mod deployers;
pub mod exposures;
pub mod extensions;
pub mod image_restrictions;
pub mod image_verifiers;
pub mod images;
pub mod ingress_classes;
pub mod ingress_controllers;
pub mod ingress_status;
pub mod namespaces;
pub mod network_policies;
pub mod network_writers;
pub mod nodes;
pub mod nodes_network;
pub mod objects;
pub mod ownership;
pub mod pods_network;
pub mod pull_secrets;
pub mod registries;
pub mod registry_clients;
pub mod registry_workloads;
pub mod repositories;
pub mod routes;
pub mod storage;
pub mod tls_settings;
pub mod workloads;

use super::Table;

/// Every table but those of bare kinds.
pub const TABLES: &[Table] = &[
    address_plan::TABLE,
    boot_images::TABLE,
    image_restrictions::TABLE,
    image_verifiers::TABLE,
    pull_secrets::TABLE,
    registry_clients::TABLE,
    registry_workloads::TABLE,
    cluster::TABLE,
    containers::TABLE,
    coverage::TABLE,
    deployers::TABLE,
    exposures::TABLE,
    extensions::TABLE,
    images::TABLE,
    ingress_classes::TABLE,
    ingress_controllers::TABLE,
    ingress_status::TABLE,
    namespaces::TABLE,
    network_policies::TABLE,
    network_writers::TABLE,
    nodes::TABLE,
    nodes_network::TABLE,
    ownership::TABLE,
    pods_network::TABLE,
    registries::TABLE,
    repositories::TABLE,
    routes::TABLE,
    storage::STORAGE,
    storage::CLASSES,
    storage::OFFER,
    storage::VOLUMES,
    storage::CLAIMS,
    storage::USES,
    storage::ITEMS,
    storage::BACKENDS,
    tls_settings::TABLE,
    super::governance::accounts::TABLE,
    super::governance::api_services::TABLE,
    super::governance::availability::TABLE,
    super::governance::boundaries::TABLE,
    super::governance::budgets::TABLE,
    super::governance::components::TABLE,
    super::governance::config_backups::TABLE,
    super::governance::credentials::TABLE,
    super::governance::declared::TABLE,
    super::governance::drift::TABLE,
    super::governance::groups::TABLE,
    super::governance::homes::TABLE,
    super::governance::images::TABLE,
    super::governance::needs::TABLE,
    super::governance::releases::TABLE,
    super::governance::resources::TABLE,
    super::governance::versions::TABLE,
    super::governance::webhooks::TABLE,
    super::governance::written::TABLE,
    super::waivers::TABLE,
    workloads::TABLE,
];

//! Who wrote which fields of an object, as the API server noted it.

use serde::Deserialize;
use serde_json::Value;

use crate::{snapshot::Object, view::nullable};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Managed {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Meta {
    #[serde(deserialize_with = "nullable")]
    managed_fields: Vec<Field>,
}

/// One entry of `metadata.managedFields`.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Field {
    #[serde(deserialize_with = "nullable")]
    pub manager: String,
    #[serde(deserialize_with = "nullable")]
    pub subresource: String,
    /// Only where it is another version than the object's own.
    #[serde(deserialize_with = "nullable")]
    pub api_version: String,
    pub time: Option<String>,
    #[serde(rename = "fieldsV1", deserialize_with = "nullable")]
    pub fields: Value,
}

/// The entries of an object; empty where they were stripped.
pub(super) fn of(object: &Object) -> Vec<Field> {
    object.parse::<Managed>().unwrap_or_default().metadata.managed_fields
}

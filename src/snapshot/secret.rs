//! The public facts of a Secret: its type, the sizes of its values, and nothing of the values.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::slim::{Secrets, SlimError};

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(default, borrow)]
    data: Option<BTreeMap<String, &'a RawValue>>,
}

/// Adds what may be known of a Secret's values to its blanked text.
///
/// # Errors
/// Text that is not JSON.
pub(super) fn public_facts(raw: &str, blanked: &str, mode: Secrets) -> Result<String, SlimError> {
    let mut object: BTreeMap<String, Value> = serde_json::from_str(blanked)?;
    object.remove("stringData");
    object.remove("data");
    if matches!(mode, Secrets::Named | Secrets::List) {
        let data: Data<'_> = serde_json::from_str(raw)?;
        let keys: Vec<Value> = data.data.unwrap_or_default().into_keys().map(Value::from).collect();
        object.insert("keys".into(), Value::Array(keys));
    }
    Ok(serde_json::to_string(&object)?)
}

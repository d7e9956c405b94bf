//! Canonical JSON text.

use serde::Serialize;

pub(super) fn write_json<T: Serialize + ?Sized, E: serde::de::Error>(out: &mut Vec<u8>, value: &T) -> Result<(), E> {
    serde_json::to_writer(out, value).map_err(E::custom)
}

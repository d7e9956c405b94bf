//! Encryption of the traffic between nodes, as the plug-in is told to do it.
//!
//! A switch alone proves little: nodes without kernel support fall back in silence, so each
//! mechanism also says which nodes show a key of theirs.

use schemars::JsonSchema;
use serde::Serialize;

use super::enforcement::{NodeOf, Word};

/// One mechanism.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Mechanism {
    /// The plug-in or the mesh.
    pub plugin: String,
    /// `wireguard`, `ipsec`, `mesh-mtls`, `sleeve` …
    pub kind: String,
    /// Switched on: `yes`, `no`, `unknown`.
    pub on: Word,
    /// Where that is read.
    pub evidence: String,
    /// Whether nodes show a key at all where this mechanism has one.
    pub by_node: bool,
    /// Nodes that show none.
    pub nodes_without: Vec<NodeOf>,
    /// Covers IPv6 too: `yes`, `no`, `unknown`.
    pub ipv6: Word,
    /// Covers traffic of the hosts themselves: `yes`, `no`, `unknown`.
    pub hosts: Word,
}

/// The word that a line of a configuration file gives a key: `trafficEncryptionMode: wireGuard`.
#[must_use]
pub fn setting<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with('#')).find_map(|line| {
        let value = line.strip_prefix(key)?.trim_start().strip_prefix(':')?;
        Some(value.split('#').next().unwrap_or_default().trim().trim_matches('"'))
    })
}

/// `Backend.Type` of flannel's `net-conf.json`; none where the text is blank or broken.
#[must_use]
pub fn flannel_backend(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let backend = value.get("Backend")?;
    Some(backend.get("Type")?.as_str()?.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_from_lines_that_are_no_comments() {
        let text = "#trafficEncryptionMode: none\ntrafficEncryptionMode: \"wireGuard\" # on\n";
        assert_eq!(setting(text, "trafficEncryptionMode"), Some("wireGuard"));
        assert_eq!(setting("#trafficEncryptionMode: wireGuard", "trafficEncryptionMode"), None);
    }

    #[test]
    fn the_backend_of_flannel_is_its_type() {
        assert_eq!(flannel_backend(r#"{"Backend":{"Type":"WireGuard"}}"#).as_deref(), Some("wireguard"));
        assert_eq!(flannel_backend(""), None);
    }
}

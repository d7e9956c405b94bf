//! API groups that more than one file asks for.

/// Istio's traffic kinds.
pub const ISTIO: &str = "networking.istio.io";

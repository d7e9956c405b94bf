//! What Rego cannot or should not compute, computed without any norm in it.

pub mod image;
pub mod isolation;

pub mod version;

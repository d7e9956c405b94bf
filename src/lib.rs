//! A source is frozen into a snapshot; facts are drawn from it and laid out as an inventory;
//! every policy is asked under the rules; its answers become verdicts and findings in a report;
//! waivers and a baseline mark them; a gate judges; renderers print and deliverers carry away.

pub mod collect;
pub mod embedded;
pub mod engine;
pub mod inventory;
pub mod object;
pub mod policy;
pub mod rules;
pub mod severity;
pub mod snapshot;
pub mod view;
pub mod yaml;

//! A source is frozen into a snapshot; facts are drawn from it and laid out as an inventory;
//! every policy is asked under the rules; its answers become verdicts and findings in a report;
//! waivers and a baseline mark them; a gate judges; renderers print and deliverers carry away.

pub mod baseline;
pub mod cli;
pub mod collect;
pub mod command;
pub mod deliver;
pub mod embedded;
pub mod engine;
pub mod facts;
pub mod fleet;
pub mod gate;
pub mod history;
pub mod inventory;
pub mod judge;
pub mod object;
pub mod policy;
pub mod render;
pub mod report;
pub mod rules;
pub mod run;
pub mod severity;
pub mod snapshot;
pub mod store;
pub mod view;
pub mod waiver;
pub mod yaml;

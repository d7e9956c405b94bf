//! One test binary: the program from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    missing_docs,
    dead_code,
    reason = "a test that panics is a test that fails"
)]

mod accounts;
mod ambiguity;
mod answers;
mod bad_input;
mod baseline;
mod capabilities;
mod catalog;
mod cluster;
mod clusters;
mod connect;
mod control_plane;
mod corpus;
mod deliver;
mod deploy;
mod detected;
mod dumps;
mod exercised;
mod explain;
mod extensions;
mod fake;
mod faults;
mod fixtures;
mod gate;
mod harbor;
mod harness;
mod ingress;
mod integrations;
mod interrupt;
mod layers;
mod live;
mod moments;
mod names;
mod network;
mod ownership;
mod planted;
mod policies;
mod registry;
mod render;
mod short;
mod speed;
mod storage;
mod switches;
mod temptations;
mod trust;
mod waivers;

//! One test binary: the program from outside.

mod bad_input;
mod cluster;
mod clusters;
mod corpus;
mod dumps;
mod fake;
mod faults;
mod fixtures;
mod harness;
mod layers;
mod live;
mod planted;
mod policies;

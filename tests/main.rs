//! One test binary: the program from outside.

mod bad_input;
mod cluster;
mod clusters;
mod corpus;
mod fake;
mod fixtures;
mod harness;
mod layers;
mod live;
mod policies;

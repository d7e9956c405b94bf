//! One test binary: the program from outside.

mod bad_input;
mod clusters;
mod corpus;
mod fixtures;
mod harness;
mod layers;
mod policies;

//! One test binary: the program from outside.

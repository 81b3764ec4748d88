//! Everything that is tested, in one binary.

mod ssm;

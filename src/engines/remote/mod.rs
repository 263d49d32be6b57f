//! Engines that ask a remote service, described as data.
//!
//! A provider is a YAML file ([`Descriptor`]); adding one needs no code.

mod descriptor;

pub use descriptor::*;

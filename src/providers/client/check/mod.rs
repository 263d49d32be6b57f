//! Checks what users write of providers: descriptors of their own, and what stands beside `use`. It is checked by the
//! rules by which requests are made of it, so that every mistake is known before one is.

mod descriptor;
mod problems;
mod provider;
mod registry;
mod requests;
mod roles;
mod webhook;

pub use descriptor::read_descriptor;
pub(in crate::providers::client) use problems::is_file;
pub use registry::NoProvider;

//! The program as its users start it, on folders, with kills and with paid engines.

#[path = "../support/calls.rs"]
mod calls;
#[path = "../support/dir.rs"]
mod dir;
#[path = "../support/trees.rs"]
mod trees;

#[allow(dead_code, reason = "its `main` is for cargo")]
#[path = "../../examples/own_variants.rs"]
mod own_variants;

mod cli;
mod crashes;
mod extend;
mod load;
mod paid;
mod paid_limits;
mod paid_runs;

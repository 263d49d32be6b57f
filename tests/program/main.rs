//! The program as its users start it, on folders, with kills and with paid engines.

#![allow(
    clippy::disallowed_methods,
    clippy::mem_forget,
    clippy::unwrap_used,
    reason = "tests make, break and wait for files"
)]

#[path = "../support/calls.rs"]
mod calls;
#[path = "../support/dir.rs"]
mod dir;
#[path = "../support/trees.rs"]
mod trees;

#[allow(dead_code, reason = "its `main` is for cargo")]
#[path = "../../examples/own_variants.rs"]
mod own_variants;

// Commands, messages, exit codes, conflicts, resuming, with local engines alone.
mod cli;
// Runs that are killed at every event, stopped by signals, out of disk or memory.
mod crashes;
// Stages and engines of another crate, compiled against the public surface.
mod extend;
// A whole catalog, by hand.
mod load;
// Providers that fail, refuse, mislead or are out of reach.
mod paid;
// What must not be paid for, and what must not stay stuck.
mod paid_limits;
// Kills, budgets, repeats and keys of paid runs.
mod paid_runs;

//! What is kept on the disk: outputs, the manifest, paid calls and their results.

#![allow(
    clippy::disallowed_methods,
    clippy::mem_forget,
    clippy::unwrap_used,
    reason = "tests make, break and wait for files"
)]

#[path = "../support/calls.rs"]
mod calls;
#[path = "../support/memory.rs"]
mod memory;

#[allow(dead_code, reason = "its `main` is for cargo")]
#[path = "../../examples/own_variants.rs"]
mod own_variants;

// Runs over folders and over stores in memory: interrupted, stale, of earlier versions.
mod batch;
// The manifest's records and states: damage, syncs, two programs at once.
mod manifest;
// Layouts that hang on what pictures show. It reads what the program says.
#[cfg(feature = "cli")]
mod measured;
// The ledger of paid calls, the cache of results, budgets.
mod money;
// Sources that are found and read, outputs that are put in their place, and folders swapped meanwhile.
mod storage;
// Tasks that differ by row or encoding. It counts as `status` does, which is part of the program.
#[cfg(feature = "cli")]
mod tasks;
// What a build without providers refuses.
#[cfg(not(feature = "providers"))]
mod without_providers;

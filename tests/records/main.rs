//! What is kept on the disk: outputs, the manifest, paid calls and their results.

#[path = "../support/calls.rs"]
mod calls;
#[path = "../support/memory.rs"]
mod memory;

#[allow(dead_code, reason = "its `main` is for cargo")]
#[path = "../../examples/own_variants.rs"]
mod own_variants;

mod batch;
mod manifest;
// Reads what the program says.
#[cfg(feature = "cli")]
mod measured;
mod money;
mod storage;
// Counts as `status` does, which is part of the program.
#[cfg(feature = "cli")]
mod tasks;
#[cfg(not(feature = "providers"))]
mod without_providers;

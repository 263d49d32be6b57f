//! What is kept on the disk: outputs, the manifest, paid calls and their results.

#[path = "../support/calls.rs"]
mod calls;
#[path = "../support/memory.rs"]
mod memory;

mod batch;
mod manifest;
mod money;
mod storage;
// Counts as `status` does, which is part of the program.
#[cfg(feature = "cli")]
mod tasks;

//! What is kept on the disk: outputs, the manifest, paid calls and their results.

#[path = "../support/calls.rs"]
mod calls;
#[path = "../support/memory.rs"]
mod memory;

mod batch;
mod manifest;
mod money;
mod storage;
mod tasks;

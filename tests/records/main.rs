//! What is kept on the disk: outputs, the manifest, paid calls and their results.

#[path = "../support/calls.rs"]
mod calls;

mod manifest;
mod money;
mod storage;

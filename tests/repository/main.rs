//! The repository itself: layers, and what is written down.

#![allow(
    clippy::disallowed_methods,
    clippy::mem_forget,
    clippy::unwrap_used,
    reason = "tests make, break and wait for files"
)]

// Imports point down the layers.
mod architecture;
// No two files import each other.
mod circles;
// The oldest compiler that is promised.
mod compiler;
// Pages, schemas and tables agree with the code.
mod docs;
// Few files touch the file system.
mod files;
// The public names are a reviewed list.
mod public;

//! What is decided before any pixel is read: options, pipelines, layouts, canvases.

#![allow(
    clippy::disallowed_methods,
    clippy::mem_forget,
    clippy::unwrap_used,
    reason = "tests make, break and wait for files"
)]

#[allow(dead_code, reason = "its `main` is for cargo")]
#[path = "../../examples/own_variants.rs"]
mod own_variants;

// The canvases that providers are sent: limits, needs, sharing.
mod canvas;
// What a plan says its calls cost.
mod costs;
// The value of each option that is not written.
mod defaults;
// Layouts: properties over all sizes, ratios and anchors.
mod geometry;
// How written values are read, and what is said of wrong ones.
mod options;
// Pipeline files: mistakes, precedence, schema, fingerprints, revisions.
mod pipeline;

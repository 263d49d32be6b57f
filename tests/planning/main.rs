//! What is decided before any pixel is read: options, pipelines, layouts, canvases.

#[allow(dead_code, reason = "its `main` is for cargo")]
#[path = "../../examples/own_variants.rs"]
mod own_variants;

mod canvas;
mod costs;
mod defaults;
mod geometry;
mod options;
mod pipeline;

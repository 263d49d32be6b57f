//! Pixels: codecs, resampling, engines that fill margins, and the outputs of whole pipelines.

#![allow(
    clippy::disallowed_methods,
    clippy::mem_forget,
    clippy::unwrap_used,
    reason = "tests make, break and wait for files"
)]

#[path = "../support/canvases.rs"]
mod canvases;
#[path = "../support/fronts.rs"]
mod fronts;
#[path = "../support/pictures.rs"]
mod pictures;
#[path = "../support/promises.rs"]
mod promises;

// Measures of pictures, each alone.
mod analysis;
// JPEG, PNG and WebP: files of other programs read, ours read by other decoders, colours, metadata, damage.
mod codecs;
// Local engines: the promises of all, and the rules that one has for itself.
mod engines;
// One small picture for each case in `fixtures/cases/`, compared pixel by pixel.
mod goldens;
// Resampling, views and turning, against slow oracles.
mod raster;
// Outputs made in memory, compared with those of a run.
mod render;

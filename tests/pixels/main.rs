//! Pixels: codecs, resampling, and what whole pipelines make of small pictures.

#[path = "../support/pictures.rs"]
mod pictures;

mod analysis;
mod codecs;
mod goldens;
mod raster;
mod render;

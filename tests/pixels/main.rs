//! Pixels: codecs, resampling, engines that fill margins, and the outputs of whole pipelines.

#[path = "../support/canvases.rs"]
mod canvases;
#[path = "../support/fronts.rs"]
mod fronts;
#[path = "../support/pictures.rs"]
mod pictures;
#[path = "../support/promises.rs"]
mod promises;

mod analysis;
mod codecs;
mod engines;
mod goldens;
mod raster;
mod render;

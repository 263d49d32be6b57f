//! What is decided before any pixel is read: options, pipelines, layouts, canvases.

mod canvas;
mod costs;
mod geometry;
mod options;
mod pipeline;

//! Engines that fill margins on this machine, and the chain that asks them.

#[path = "../support/canvases.rs"]
mod canvases;
#[path = "../support/fronts.rs"]
mod fronts;
#[path = "../support/pictures.rs"]
mod pictures;
#[path = "../support/promises.rs"]
mod promises;

mod auto;
mod chain;
mod content;
mod each;
#[cfg(all(feature = "cli", feature = "onnx"))]
mod onnx;
mod studio;
mod suite;

//! Engines that fill margins on this machine, and the chain that asks them.

mod auto;
mod chain;
mod content;
mod each;
#[cfg(all(feature = "cli", feature = "onnx"))]
mod onnx;
mod studio;
mod suite;

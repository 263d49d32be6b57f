//! The repository itself: layers, and what is written down.

mod architecture;
mod circles;
mod docs;
mod files;
mod public;

//! Says what stands where an output would go.

use crate::storage::Stamp;

/// Says what is at the place of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputPlace {
    /// Nothing.
    Empty,
    /// A file.
    File(Stamp),
    /// A folder, a link, or something stranger: never one of our outputs.
    Other,
}

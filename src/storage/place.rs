//! Content of the place where an output would go.

use crate::storage::Stamp;

/// Content of the place where an output would go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputPlace {
    /// Nothing.
    Empty,
    /// A file.
    File(Stamp),
    /// A folder, a link, or a special file: never one of our outputs.
    Other,
}

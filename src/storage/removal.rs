//! Results of removing an output.

/// Result of removing an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Removed,
    /// There was no file.
    Missing,
    /// It is not what was written, or was changed while it was looked at, and stays.
    Changed,
}

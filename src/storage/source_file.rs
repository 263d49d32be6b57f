//! Describes a source as it was found below the input root.

use std::path::PathBuf;

use crate::storage::Mtime;
use crate::storage::Trace;

/// One file that is to be reframed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path, relative to the root.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// When it was modified.
    pub mtime: Mtime,
    /// Tells it from one that has the same size and time.
    pub trace: Trace,
}

//! Describes a source as its store listed it.

use std::path::PathBuf;

use crate::storage::Stamp;

/// One file that is to be reframed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path, relative to the root.
    pub path: PathBuf,
    /// Its stamp when it was found.
    pub stamp: Stamp,
}

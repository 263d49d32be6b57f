//! Names a file of records.

use std::fs::File;
use std::path::Path;

/// One of the files whose records, one after the other, are the manifest of a state; each begins with a run.
pub(super) struct Segment<'a> {
    pub(super) file: &'a File,
    pub(super) path: &'a Path,
}

//! An input folder as a store of sources.

use std::io;
use std::path::Path;

use crate::error::Failure;
use crate::storage::Ignored;
use crate::storage::IsKnown;
use crate::storage::Selection;
use crate::storage::SourceFile;
use crate::storage::SourceReader;
use crate::storage::SourceStore;
use crate::storage::Visit;
use crate::storage::folder::discover;
use crate::storage::folder::inbox::Inbox;

impl SourceStore for Inbox {
    /// Walks in one thread; all threads of the pool in which this is called look at what it found.
    fn list(&self, selection: &Selection, known: &IsKnown<'_>, visit: &mut Visit<'_>) -> Result<Ignored, Failure> {
        discover::list(self, selection, known, visit)
    }

    fn open(&self, source: &SourceFile) -> Result<Box<dyn SourceReader + '_>, Failure> {
        Ok(Box::new(self.reader(source)?))
    }

    fn head(&self, relative: &Path) -> io::Result<Vec<u8>> {
        self.first_bytes(relative)
    }
}

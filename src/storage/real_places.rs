//! Finds the real places of outputs, whatever links inside of the output folder lead to them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;

use crate::storage::OutputStore;

/// Most folders that are remembered at the same time.
const FOLDERS_MOST: usize = 1 << 14;

/// Tells for many outputs where they lie. Each folder is looked at once, or again when there are very many.
#[derive(Debug)]
pub(crate) struct RealPlaces<'a> {
    outbox: &'a dyn OutputStore,
    /// Says by its path where a folder lies that a link leads to.
    folders: HashMap<PathBuf, Option<PathBuf>>,
    /// Names the last folder without links: outputs come folder by folder.
    plain: PathBuf,
}

impl<'a> RealPlaces<'a> {
    /// Begins with this output folder.
    pub(crate) fn new(outbox: &'a dyn OutputStore) -> Self {
        RealPlaces { outbox, folders: HashMap::new(), plain: PathBuf::new() }
    }

    /// Returns the path of an output without links on the way, as far as its folders are there. One
    /// that leads out is left as it is.
    pub(crate) fn of<'p>(&mut self, output: &'p Path) -> Cow<'p, Path> {
        let (Some(folder), Some(name)) = (output.parent(), output.file_name()) else { return Cow::Borrowed(output) };
        if folder.as_os_str().is_empty() || self.plain.as_os_str() == folder.as_os_str() {
            return Cow::Borrowed(output);
        }
        if !self.folders.contains_key(folder) {
            if self.folders.len() == FOLDERS_MOST {
                self.folders.clear();
            }
            self.folders.insert(folder.to_owned(), self.outbox.behind_links(folder));
        }
        match self.folders.get(folder) {
            Some(Some(real)) => Cow::Owned(real.join(name)),
            _ => {
                folder.clone_into(&mut self.plain);
                Cow::Borrowed(output)
            }
        }
    }
}

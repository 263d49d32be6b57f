//! Finds where outputs lie, whatever links inside of the output folder lead to them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;

use crate::storage::Outbox;

/// Tells for many outputs where they lie. Each folder is looked at once.
#[derive(Debug)]
pub(crate) struct RealPlaces<'a> {
    outbox: &'a Outbox,
    /// By its path, where a folder lies that a link leads to.
    folders: HashMap<&'a Path, Option<PathBuf>>,
    /// The last folder without links: outputs come folder by folder.
    plain: Option<&'a Path>,
}

impl<'a> RealPlaces<'a> {
    /// Begin with this output folder.
    pub(crate) fn new(outbox: &'a Outbox) -> Self {
        RealPlaces { outbox, folders: HashMap::new(), plain: None }
    }

    /// Return the path of an output without links on the way, as far as its folders are there. One
    /// that leads out is left as it is.
    pub(crate) fn of(&mut self, output: &'a Path) -> Cow<'a, Path> {
        let (Some(folder), Some(name)) = (output.parent(), output.file_name()) else { return Cow::Borrowed(output) };
        if folder.as_os_str().is_empty() || self.plain == Some(folder) {
            return Cow::Borrowed(output);
        }
        match self.folders.entry(folder).or_insert_with(|| self.outbox.behind_links(folder)) {
            Some(real) => Cow::Owned(real.join(name)),
            None => {
                self.plain = Some(folder);
                Cow::Borrowed(output)
            }
        }
    }
}

//! Trait of the places to which outputs go.

use std::ffi::OsStr;
use std::fmt::Debug;
use std::path::Path;
use std::path::PathBuf;

use crate::digest::Digest;
use crate::error::Failure;
use crate::storage::Committed;
use crate::storage::Folding;
use crate::storage::OutputPlace;
use crate::storage::Removal;

/// Takes outputs: a folder, a bucket, or whatever else has paths and bytes. All paths are relative to its root.
///
/// Nothing that is under an output's path is ever part of a file. Methods are called from many threads at the same
/// time, and may wait. Those with a body are for what only some stores have: names that are taken for the same,
/// links, files that a crash leaves.
pub trait OutputStore: Debug + Send + Sync {
    /// Makes sure that the store is still the one that was opened.
    ///
    /// # Errors
    /// [`Class::Io`](crate::error::Class::Io) if it is not: no output can be written any more.
    fn check(&self) -> Result<(), Failure>;

    /// Returns the place at an output's path: empty, a file with its stamp, or something else.
    ///
    /// # Errors
    /// [`Class::Io`](crate::error::Class::Io) if that cannot be found out.
    fn stat(&self, output: &Path) -> Result<OutputPlace, Failure>;

    /// Returns the digest of the file at an output's path.
    ///
    /// # Errors
    /// [`Class::Io`](crate::error::Class::Io) if there is no file, or it cannot be read.
    fn hash(&self, output: &Path) -> Result<Digest, Failure>;

    /// Makes ready to write an output; nothing of it is in the store before it is committed. `task` names the task
    /// that writes among all of the pipeline.
    ///
    /// # Errors
    /// [`Class::Io`](crate::error::Class::Io) if the place cannot be looked at.
    fn prepare<'a>(
        &'a self,
        output: &'a Path,
        task: &[u8],
        bytes: &'a [u8],
    ) -> Result<Box<dyn PreparedOutput + 'a>, Failure>;

    /// Takes a file that stands under its final name already as if it had just been written.
    ///
    /// # Errors
    /// [`Class::Io`](crate::error::Class::Io) if there is no file, or it cannot be opened.
    fn adopt(&self, output: &Path) -> Result<Committed, Failure>;

    /// Removes an output, if `is_ours` says so of its content; it is looked at once more just before.
    ///
    /// # Errors
    /// [`Class::Io`](crate::error::Class::Io) if it cannot be read or removed, or is not where it seems to be.
    fn remove(&self, output: &Path, is_ours: &dyn Fn(Digest) -> bool) -> Result<Removal, Failure>;

    /// Makes durable which outputs are no more beside the one at this path, where that is not so by itself.
    fn sync_removals(&self, _output: &Path) {}

    /// Returns the place at an output's path, or an error where [`OutputStore::remove`] would not reach it.
    ///
    /// # Errors
    /// As [`OutputStore::stat`].
    fn stat_removable(&self, output: &Path) -> Result<OutputPlace, Failure> {
        self.stat(output)
    }

    /// Tells whether the file at an output's path holds nothing that was written: a failing machine may leave the
    /// name alone.
    fn is_blank(&self, _output: &Path) -> bool {
        false
    }

    /// Removes what a killed write left under a [temporary name](PreparedOutput::temp); nothing being there is fine.
    ///
    /// # Errors
    /// [`Class::Io`](crate::error::Class::Io) if it was not written by us, or cannot be removed.
    fn remove_temp(&self, _temp: &Path) -> Result<(), Failure> {
        Ok(())
    }

    /// Finds out [which names are the same](OutputStore::folding), by writing if need be; the caller holds the lock
    /// of the run.
    fn probe(&self) {}

    /// Returns the folding of names in the store, as far as it is known.
    fn folding(&self) -> Folding {
        Folding::default()
    }

    /// Returns the folder of this machine in which outputs stand, if they stand in one.
    fn local_root(&self) -> Option<&Path> {
        None
    }

    /// Returns the real place of a folder of outputs if a link leads there; `None` if none does.
    fn behind_links(&self, _folder: &Path) -> Option<PathBuf> {
        None
    }
}

/// An output that is ready to be written. Dropped without [`PreparedOutput::commit`], nothing was written.
pub trait PreparedOutput {
    /// Names the file, beside the output, that a kill during [`PreparedOutput::commit`] may leave; none where the
    /// store leaves nothing.
    fn temp(&self) -> Option<&OsStr>;

    /// Puts the whole output in its place, where this was `seen` before. Anything that came there since is not
    /// ours and stays.
    ///
    /// # Errors
    /// [`Class::DiskFull`](crate::error::Class::DiskFull) or [`Class::Io`](crate::error::Class::Io) if it cannot be
    /// written, [`Class::Io`](crate::error::Class::Io) too if something else is there than was `seen`, which is
    /// compared exactly; nothing is left behind.
    fn commit(self: Box<Self>, seen: OutputPlace) -> Result<Committed, Failure>;
}

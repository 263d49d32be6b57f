//! An output folder as a store of outputs.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use rustix::io::Errno;

use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::storage::Committed;
use crate::storage::Folding;
use crate::storage::OutputPlace;
use crate::storage::OutputStore;
use crate::storage::PreparedOutput;
use crate::storage::Removal;
use crate::storage::folder::look::place_in;
use crate::storage::folder::outbox::Outbox;
use crate::storage::folder::outbox::check;
use crate::storage::folder::probe;
use crate::storage::folder::temporary::committed;

impl OutputStore for Outbox {
    /// Makes sure that the folder is still at its path, and that no link has come into the way there.
    fn check(&self) -> Result<(), Failure> {
        match &self.folder {
            Ok(folder) if folder.is_in_place() => Ok(()),
            _ => {
                let root = self.root.display();
                let message = format!("the output folder {root} was moved, removed or replaced during the run");
                Err(Failure::new(Class::Io, message))
            }
        }
    }

    /// Follows no link at the end.
    fn stat(&self, output: &Path) -> Result<OutputPlace, Failure> {
        check(output)?;
        let place = match &self.folder {
            Ok(folder) => place_in(folder.handle(), output),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(OutputPlace::Empty),
            Err(error) => Err((*error).into()),
        };
        place.map_err(|error| Failure::io("look at the output", &error))
    }

    fn hash(&self, output: &Path) -> Result<Digest, Failure> {
        self.open_file(output).and_then(Digest::of_reader).map_err(|error| Failure::io("read the output", &error))
    }

    fn prepare<'a>(
        &'a self,
        output: &'a Path,
        task: &[u8],
        bytes: &'a [u8],
    ) -> Result<Box<dyn PreparedOutput + 'a>, Failure> {
        let temp = self.free_temp(output, task, bytes)?;
        Ok(Box::new(PreparedFile { outbox: self, output, temp, bytes }))
    }

    fn adopt(&self, output: &Path) -> Result<Committed, Failure> {
        let adopted = self.open_file(output).and_then(|file| {
            let metadata = file.metadata()?;
            Ok(committed(file, &metadata))
        });
        adopted.map_err(|error| Failure::io("open the output", &error))
    }

    /// Follows no link, neither on the way nor at the end.
    fn remove(&self, output: &Path, is_ours: &dyn Fn(Digest) -> bool) -> Result<Removal, Failure> {
        self.remove_output(output, is_ours)
    }

    fn sync_removals(&self, output: &Path) {
        self.sync_folder_of(output);
    }

    fn stat_removable(&self, output: &Path) -> Result<OutputPlace, Failure> {
        self.state_beneath(output)
    }

    fn is_blank(&self, output: &Path) -> bool {
        self.holds_nothing(output)
    }

    fn remove_temp(&self, temp: &Path) -> Result<(), Failure> {
        self.remove_left(temp)
    }

    /// Makes a file for a moment.
    fn probe(&self) {
        if let Ok(folder) = &self.folder {
            self.folding.get_or_init(|| probe::probed(folder));
        }
    }

    /// Goes by the names that are there where none was made to find out.
    fn folding(&self) -> Folding {
        let folder = self.folder.as_ref();
        *self.folding.get_or_init(|| folder.map_or_else(|_| probe::usual(), |folder| probe::seen(folder)))
    }

    fn local_root(&self) -> Option<&Path> {
        Some(&self.root)
    }

    /// Takes a place that does not exist yet for no link. Returns `None` also for a path that leads out.
    fn behind_links(&self, folder: &Path) -> Option<PathBuf> {
        match self.folder.as_ref().ok()?.beneath(folder, None) {
            Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound) => {}
            _ => return None,
        }
        let real = folder.ancestors().find_map(|above| {
            let place = self.root.join(above).canonicalize().ok()?;
            Some(place.strip_prefix(&self.root).ok()?.join(folder.strip_prefix(above).ok()?))
        });
        real.filter(|real| real != folder)
    }
}

/// An output that is to be written under a temporary name and then renamed.
struct PreparedFile<'a> {
    outbox: &'a Outbox,
    output: &'a Path,
    temp: OsString,
    bytes: &'a [u8],
}

impl PreparedOutput for PreparedFile<'_> {
    fn temp(&self) -> Option<&OsStr> {
        Some(&self.temp)
    }

    fn commit(self: Box<Self>, seen: OutputPlace) -> Result<Committed, Failure> {
        self.outbox.write_temp(self.output, &self.temp, self.bytes)?.commit(seen)
    }
}

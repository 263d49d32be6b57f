//! Brings a group of outputs to the disk.

use std::fs::File;
use std::io;

/// Outputs that are written and not yet synced.
///
/// On Linux one call syncs a whole file system, folders and renames included, so one file of
/// each is all that is kept: a group of any size costs one open file and one sync.
#[derive(Debug, Default)]
pub(crate) struct Unsynced {
    files: Vec<(u64, File)>,
}

#[cfg(target_os = "linux")]
impl Unsynced {
    pub(crate) fn add(&mut self, file: File) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt;
        let device = file.metadata()?.dev();
        if !self.files.iter().any(|(known, _)| *known == device) {
            self.files.push((device, file));
        }
        Ok(())
    }

    pub(crate) fn sync(self) -> io::Result<()> {
        self.files.iter().try_for_each(|(_, file)| rustix::fs::syncfs(file).map_err(io::Error::from))
    }
}

#[cfg(not(target_os = "linux"))]
impl Unsynced {
    pub(crate) fn add(&mut self, file: File) -> io::Result<()> {
        self.files.push((0, file));
        Ok(())
    }

    pub(crate) fn sync(self) -> io::Result<()> {
        self.files.iter().try_for_each(|(_, file)| file.sync_all())
    }
}

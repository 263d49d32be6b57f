//! Syncs the files of a folder.

use std::fs::File;
use std::io;

use crate::storage::Durable;

/// On Linux one call syncs a whole file system, folders and renames included: a group of any size costs one
/// open file and one sync.
#[cfg(target_os = "linux")]
impl Durable for File {
    fn group(&self) -> Option<u64> {
        use std::os::unix::fs::MetadataExt;
        self.metadata().map(|metadata| metadata.dev()).ok()
    }

    fn sync(&self) -> io::Result<()> {
        rustix::fs::syncfs(self).map_err(io::Error::from)
    }
}

#[cfg(not(target_os = "linux"))]
impl Durable for File {
    fn group(&self) -> Option<u64> {
        None
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_all()
    }
}

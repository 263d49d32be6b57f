//! Brings a group of outputs to the disk.

use std::fs::File;
use std::io;
use std::time::Duration;

/// How many finished tasks are brought to the disk together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// At this many finished tasks a sync begins.
    pub tasks: usize,
    /// And at the latest this long after the first record that is not synced.
    pub wait: Duration,
}

impl Default for Group {
    /// 64 tasks or one second: what a power cut can take.
    fn default() -> Self {
        Group { tasks: 64, wait: Duration::from_secs(1) }
    }
}

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

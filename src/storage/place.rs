//! The look at a place where a file may stand.

use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

use rustix::fs::AtFlags;
use rustix::fs::FileType;
use rustix::fs::statat;
use rustix::io::Errno;

use crate::storage::Mtime;

/// Says what is at the place of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nothing.
    Empty,
    /// A file.
    File {
        /// Its size in bytes.
        size: u64,
        /// When it was modified.
        mtime: Mtime,
    },
    /// A folder, a link, or something stranger: never one of our outputs.
    Other,
}

impl Place {
    /// Looks at `relative` in a folder; a link at its end is not followed.
    pub(super) fn in_folder(folder: BorrowedFd<'_>, relative: &Path) -> io::Result<Self> {
        match statat(folder, relative, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {
                Ok(Place::File { size: u64::try_from(stat.st_size).unwrap_or(0), mtime: Mtime::of_stat(&stat) })
            }
            Ok(_) => Ok(Place::Other),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(Place::Empty),
            Err(error) => Err(error.into()),
        }
    }
}

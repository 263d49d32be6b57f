//! The look at a place where a file may stand.

use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

use rustix::fs::AtFlags;
use rustix::fs::FileType;
use rustix::fs::statat;
use rustix::io::Errno;

use crate::storage::Mtime;
use crate::storage::OutputPlace;
use crate::storage::Stamp;

/// Looks at `relative` in a folder; a link at its end is not followed.
pub(in crate::storage) fn place_in(folder: BorrowedFd<'_>, relative: &Path) -> io::Result<OutputPlace> {
    match statat(folder, relative, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {
            Ok(OutputPlace::File(Stamp::plain(u64::try_from(stat.st_size).unwrap_or(0), Mtime::of_stat(&stat))))
        }
        Ok(_) => Ok(OutputPlace::Other),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(OutputPlace::Empty),
        Err(error) => Err(error.into()),
    }
}

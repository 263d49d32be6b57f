//! Files that are read by others while they stand in a folder of the user's.

use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use crate::storage::folder::temporary::close;

/// Writes a file in the place of one that may be there. A link in its place is not followed, a fifo not waited for.
///
/// # Errors
/// What the system says.
pub(crate) fn publish(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).custom_flags(flags).open(path)?;
    file.write_all(bytes)?;
    close(file)
}

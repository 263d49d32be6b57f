//! A file that is not yet under its name.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::fs::File;
use std::fs::Metadata;
use std::io;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::AtFlags;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::RenameFlags;
use rustix::fs::openat;
use rustix::fs::renameat;
use rustix::fs::renameat_with;
use rustix::fs::statat;
use rustix::fs::unlinkat;
use rustix::io::Errno;

use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::storage::Committed;
use crate::storage::Mtime;
use crate::storage::OutputPlace;
use crate::storage::Stamp;
use crate::storage::folder::look::place_in;
use crate::storage::folder::opened::Folder;

const NAME_MAX: usize = 255;
const SUFFIX: &[u8] = b".recanvas-tmp";

/// Hexadecimal digits by which a temporary name tells its task.
const TASK_DIGITS: usize = 8;

/// Returns the name under which a task writes the file `name` before it is renamed:
/// `.name~12345678.recanvas-tmp`, with the first digits of the task's digest. Of a long name only
/// the beginning is kept, so that it has at most 255 bytes.
#[must_use]
pub fn temp_name(name: &OsStr, task: Digest) -> OsString {
    let name = name.as_bytes();
    let mut kept = name.len().min(NAME_MAX - 1 - 1 - TASK_DIGITS - SUFFIX.len());
    // Half a character would make the name invalid on file systems that insist on UTF-8.
    while kept > 0 && name.get(kept).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {
        kept -= 1;
    }
    let digits = task.to_string();
    let parts = [b".", &name[..kept], b"~", &digits.as_bytes()[..TASK_DIGITS], SUFFIX];
    OsString::from_vec(parts.concat())
}

/// Returns the name under which a file that only one task ever writes stands before it is renamed, and
/// under which earlier versions wrote every file: `.name.recanvas-tmp`.
pub(crate) fn plain_temp_name(name: &OsStr) -> OsString {
    OsString::from_vec([b".", name.as_bytes(), SUFFIX].concat())
}

/// Tells whether `name` can be that of a temporary file of this version or an earlier one.
pub(crate) fn is_temp_name(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.starts_with(b".") && name.ends_with(SUFFIX) && name.len() > 1 + SUFFIX.len()
}

/// A file with all its bytes, closed, under its temporary name. Dropped without `Temp::commit`, it is
/// removed. All is done through the open folder: nothing lands elsewhere if its path is made to
/// lead elsewhere.
#[derive(Debug)]
pub struct Temp {
    folder: Arc<Folder>,
    temp: OsString,
    name: OsString,
    bytes: u64,
    is_committed: bool,
}

/// Time at which the bytes of a file are to be on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDisk {
    /// Before the file is closed.
    AtOnce,
    /// With its group.
    Later,
}

impl Temp {
    /// Writes `bytes` into `folder` under the name `temp`, for a file that is to be called `name`, and
    /// closes it: many stores take the bytes, or find that there is no room for them, only then, and many
    /// cannot rename or remove a file that is open. Whatever has the temporary name already stays, and
    /// nothing is written.
    pub(crate) fn write(
        folder: Arc<Folder>,
        (temp, name): (&OsStr, &OsStr),
        bytes: &[u8],
        on_disk: OnDisk,
    ) -> Result<Self, Failure> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let created = openat(folder.handle(), temp, flags, Mode::from_raw_mode(0o666));
        let file = File::from(created.map_err(|error| Failure::io("create a temporary file", &error.into()))?);
        // From here on the drop cleans up, once the file is closed.
        let (temp, name, size) = (temp.to_owned(), name.to_owned(), bytes.len() as u64);
        let written = Temp { folder, temp, name, bytes: size, is_committed: false };
        write_all(file, bytes, on_disk).map_err(|error| Failure::io("write the output", &error))?;
        Ok(written)
    }

    /// Returns the path of the file under its temporary name.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(&self.temp)
    }

    /// Gives the file its name, in the place of what was `seen` there before. Anything that came
    /// there since is the user's and stays.
    ///
    /// # Errors
    /// [`Class::Io`] if it cannot be renamed, as when a folder has the name, something else is
    /// there than was seen, or the folder is no longer where it was; also if the store has not all of its
    /// bytes, before or after. The temporary file is gone then, and nothing empty is left under the name.
    pub fn commit(mut self, seen: OutputPlace) -> Result<Committed, Failure> {
        if !self.folder.is_in_place() {
            return Err(Failure::new(Class::Io, "another folder was put there while the run was going on"));
        }
        let stored = statat(self.folder.handle(), &*self.temp, AtFlags::SYMLINK_NOFOLLOW);
        let stored = stored.map_err(|error| Failure::io("look at what was written", &error.into()))?;
        self.check_size(u64::try_from(stored.st_size).unwrap_or(0))?;
        match self.rename(seen) {
            Ok(()) => self.is_committed = true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(Failure::new(Class::Io, "another file was put there while the run was going on"));
            }
            Err(error) => return Err(Failure::io("rename the output to its name", &error)),
        }
        // Some stores copy what is renamed, and some give it another time.
        let (file, metadata) = self.reopen().map_err(|error| Failure::io("look at the output", &error))?;
        self.check_size(metadata.len()).inspect_err(|_| {
            if metadata.len() == 0 {
                let _ = unlinkat(self.folder.handle(), &*self.name, AtFlags::empty());
            }
        })?;
        Ok(committed(file, &metadata))
    }

    /// Makes sure that a file has the size of what was written.
    fn check_size(&self, found: u64) -> Result<(), Failure> {
        if found == self.bytes {
            return Ok(());
        }
        let wanted = self.bytes;
        Err(Failure::new(Class::Io, format!("the output has {found} bytes where {wanted} were written")))
    }

    fn reopen(&self) -> io::Result<(File, Metadata)> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(openat(self.folder.handle(), &*self.name, flags, Mode::empty())?);
        let metadata = file.metadata()?;
        Ok((file, metadata))
    }

    fn rename(&self, seen: OutputPlace) -> io::Result<()> {
        let now = place_in(self.folder.handle(), Path::new(&self.name))?;
        if now != OutputPlace::Empty && now != seen {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let folder = self.folder.handle();
        if now == OutputPlace::Empty {
            match renameat_with(folder, &*self.temp, folder, &*self.name, RenameFlags::NOREPLACE) {
                // Not every file system can; the look just before must do then.
                Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
                renamed => return renamed.map_err(io::Error::from),
            }
        }
        renameat(folder, &*self.temp, folder, &*self.name).map_err(io::Error::from)
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if !self.is_committed {
            // What stays behind is removed at the next start, from the manifest.
            let _ = unlinkat(self.folder.handle(), &*self.temp, AtFlags::empty());
        }
    }
}

/// Returns an open file of this `metadata` as one that was put in its place.
pub(super) fn committed(file: File, metadata: &Metadata) -> Committed {
    Committed { stamp: Stamp::plain(metadata.len(), Mtime::of(metadata)), durable: Box::new(file) }
}

/// Writes all of a file and closes it, which it is in any case then.
fn write_all(mut file: File, bytes: &[u8], on_disk: OnDisk) -> io::Result<()> {
    file.write_all(bytes)?;
    if on_disk == OnDisk::AtOnce {
        file.sync_all()?;
    }
    close(file)
}

/// Closes a file that was written. A drop does not tell what a store says only now: that there is no
/// room, or that the bytes did not arrive.
///
/// # Errors
/// Returns what the system says. The file is closed in any case.
pub(crate) fn close(file: File) -> io::Result<()> {
    nix::unistd::close(file).map_err(io::Error::from)
}

/// Returns the name of the file that is written under this [plain name](plain_temp_name).
pub(crate) fn whole_name(temp: &str) -> Option<&str> {
    temp.strip_prefix('.')?.strip_suffix(str::from_utf8(SUFFIX).ok()?)
}

/// Removes a file or a link; nothing being there is fine.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

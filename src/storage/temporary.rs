//! A file that is not yet under its name.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::fs::File;
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
use rustix::fs::unlinkat;
use rustix::io::Errno;

use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::storage::Mtime;
use crate::storage::Place;
use crate::storage::folder::Folder;

const NAME_MAX: usize = 255;
const SUFFIX: &[u8] = b".recanvas-tmp";

/// Hexadecimal digits by which a temporary name tells its task.
const TASK_DIGITS: usize = 8;

/// Return the name under which a task writes the file `name` before it is renamed:
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

/// Return the name under which a file that only one task ever writes stands before it is renamed, and
/// under which earlier versions wrote every file: `.name.recanvas-tmp`.
pub(crate) fn plain_temp_name(name: &OsStr) -> OsString {
    OsString::from_vec([b".", name.as_bytes(), SUFFIX].concat())
}

/// Tells whether `name` can be that of a temporary file of this version or an earlier one.
pub(crate) fn is_temp_name(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.starts_with(b".") && name.ends_with(SUFFIX) && name.len() > 1 + SUFFIX.len()
}

/// A file with all its bytes, under its temporary name. Dropped without [`Temp::commit`], it is
/// removed. All is done through the open folder: nothing lands elsewhere if its path is made to
/// lead elsewhere.
#[derive(Debug)]
pub struct Temp {
    /// Always there until the file is committed.
    file: Option<File>,
    folder: Arc<Folder>,
    temp: OsString,
    name: OsString,
    bytes: u64,
}

/// A file under its final name; not yet synced.
#[derive(Debug)]
pub struct Committed {
    /// The open file, for whoever syncs it.
    pub file: File,
    /// Its size.
    pub bytes: u64,
    /// When it was modified: the moment of writing.
    pub mtime: Mtime,
}

impl Temp {
    /// Writes `bytes` into `folder` under the name `temp`, for a file that is to be called `name`.
    /// Whatever has the temporary name already stays, and nothing is written.
    pub(crate) fn write(folder: Arc<Folder>, temp: &OsStr, name: &OsStr, bytes: &[u8]) -> Result<Self, Failure> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let created = openat(folder.handle(), temp, flags, Mode::from_raw_mode(0o666));
        let file = File::from(created.map_err(|error| Failure::io("create a temporary file", &error.into()))?);
        // From here on the drop cleans up.
        let (temp, name, bytes_written) = (temp.to_owned(), name.to_owned(), bytes.len() as u64);
        let mut written = Temp { file: Some(file), folder, temp, name, bytes: bytes_written };
        match written.file.as_mut().map(|file| file.write_all(bytes)) {
            Some(Err(error)) => Err(Failure::io("write the output", &error)),
            _ => Ok(written),
        }
    }

    /// Returns where the bytes are now.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(&self.temp)
    }

    /// Brings the bytes to the disk.
    ///
    /// # Errors
    /// As for writing.
    pub(crate) fn sync(&self) -> Result<(), Failure> {
        let synced = self.file.as_ref().map_or(Ok(()), File::sync_all);
        synced.map_err(|error| Failure::io("sync a temporary file", &error))
    }

    /// Gives the file its name, in the place of what was `seen` there before. Anything that came
    /// there since is somebody's and stays.
    ///
    /// # Errors
    /// [`Class::Io`] if it cannot be renamed, as when a folder has the name, something else is
    /// there than was seen, or the folder is no longer where it was; the temporary file is gone
    /// then.
    pub fn commit(mut self, seen: Place) -> Result<Committed, Failure> {
        let Some(file) = self.file.take() else {
            return Err(Failure::new(Class::Internal, "a temporary file was committed twice"));
        };
        if !self.folder.is_in_place() {
            self.file = Some(file);
            return Err(Failure::new(Class::Io, "somebody put another folder there while the run was going on"));
        }
        let renamed = file.metadata().and_then(|metadata| self.rename(seen).map(|()| metadata));
        match renamed {
            Ok(metadata) => Ok(Committed { file, bytes: self.bytes, mtime: Mtime::of(&metadata) }),
            Err(error) => {
                // Back in its place, so that the drop removes the file.
                self.file = Some(file);
                if error.kind() == io::ErrorKind::AlreadyExists {
                    return Err(Failure::new(Class::Io, "somebody put another file there while the run was going on"));
                }
                Err(Failure::io("rename the output to its name", &error))
            }
        }
    }

    fn rename(&self, seen: Place) -> io::Result<()> {
        let now = Place::in_folder(self.folder.handle(), Path::new(&self.name))?;
        if now != Place::Empty && now != seen {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let folder = self.folder.handle();
        if now == Place::Empty {
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
        if self.file.is_some() {
            // What stays behind is removed at the next start, from the manifest.
            let _ = unlinkat(self.folder.handle(), &*self.temp, AtFlags::empty());
        }
    }
}

/// Return the name of the file that is written under this [plain name](plain_temp_name).
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

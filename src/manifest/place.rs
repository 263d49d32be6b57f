//! Checks what stands in a state folder where our files go: nothing of it is opened, cut or written before it is
//! known to be ours.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::manifest::OpenError;
use crate::manifest::Record;
use crate::manifest::RunStarted;
use crate::manifest::blocks::LINE_MAX;
use crate::storage::Cache;
use crate::storage::Identity;

/// Bytes with which the first record begins.
pub(super) const FIRST: &[u8] = b"{\"kind\":\"run_started\"";

/// More than the first record of a manifest has: a longer line is none, and so not one that was torn.
const HEAD: usize = 64 << 10;

/// Most digits that the number of a process has.
const PID_DIGITS: usize = 10;

/// Returns the lock's file in the state folder.
pub(super) fn lock_path(folder: &Path) -> PathBuf {
    folder.join("lock")
}

/// Returns the manifest's file in the state folder.
pub(super) fn manifest_path(folder: &Path) -> PathBuf {
    folder.join("manifest.jsonl")
}

/// Makes sure that what stands in the folder under names of ours is ours. Nothing being there is
/// fine, and so is what may not be read.
pub(super) fn check(folder: &Path) -> Result<(), OpenError> {
    // A slash at the end would look through a link.
    let folder: PathBuf = folder.components().collect();
    let cache = Cache::at(&folder);
    for place in [&*folder, cache.folder()] {
        match fs::symlink_metadata(place) {
            Ok(found) if found.is_symlink() => return Err(foreign(place, "is a link, not a folder")),
            Ok(found) if !found.is_dir() => return Err(foreign(place, "is no folder")),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("look at", place)(error)),
            _ => {}
        }
    }
    // A cache that cannot be looked at is told of where it is needed.
    if let Ok(Some(path)) = cache.irregular_result() {
        return Err(foreign(&path, "is no result of a call: it is no regular file"));
    }
    for (path, check) in [
        (lock_path(&folder), check_lock as fn(&File, &Path) -> Result<(), OpenError>),
        (manifest_path(&folder), check_manifest),
    ] {
        match open(&path, OpenOptions::new().read(true)) {
            Ok(file) => check(&file, &path)?,
            Err(OpenError::Io { error, .. })
                if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Opens the regular file at `path`: no link is followed, and nothing is waited for.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> Result<File, OpenError> {
    // Looked at first: opening a socket or a device may fail in any way, or do something.
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => return Err(foreign(path, "is a link, not a file")),
        Ok(found) if !found.is_file() => return Err(foreign(path, "is no regular file")),
        _ => {}
    }
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = options.custom_flags(flags).open(path).map_err(failed("open", path))?;
    if file.metadata().map_err(failed("look at", path))?.is_file() {
        Ok(file)
    } else {
        Err(foreign(path, "is no regular file"))
    }
}

/// Checks that a lock is ours: empty, or the number of a process and a line end.
pub(super) fn check_lock(file: &File, path: &Path) -> Result<(), OpenError> {
    let mut text = Vec::new();
    file.take(PID_DIGITS as u64 + 2).read_to_end(&mut text).map_err(failed("read", path))?;
    let digits = text.strip_suffix(b"\n").unwrap_or(&text);
    let is_number = (1..=PID_DIGITS).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    if text.is_empty() || is_number { Ok(()) } else { Err(foreign(path, "is no lock of recanvas")) }
}

/// Checks that a manifest is ours: empty, one that begins with a record, or the remains after a crash or a disk
/// failure, which are the start of its first record, or zeros. Only what a crash left is ever cut back; where that is
/// all there is, and the file has another name as well, it may be another program's.
pub(super) fn check_manifest(file: &File, path: &Path) -> Result<(), OpenError> {
    let mut head = vec![0; HEAD];
    let read = file.read_at(&mut head, 0).map_err(failed("read", path))?;
    head.truncate(read);
    let line = head.iter().position(|&byte| byte == b'\n').map(|end| &head[..end]);
    let is_left = match (head.first(), line) {
        (None, _) => true,
        (Some(0), _) => is_blank(file).map_err(failed("read", path))?,
        (_, None) => head.len() < HEAD && is_torn(&head),
        _ => false,
    };
    // Which line is damaged, and how, is told when it is read.
    let is_ours = is_left || line.is_some_and(|line| line.starts_with(FIRST) || Record::parse(line).is_ok());
    if !is_ours {
        return Err(foreign(path, "is no manifest of recanvas: it does not begin with a record of a run"));
    }
    if is_left && has_other_names(file).map_err(failed("look at", path))? {
        return Err(foreign(path, "is no manifest of recanvas: it holds no record, and has another name (hard link)"));
    }
    Ok(())
}

/// Tells whether this is the first record without its end: a line of which some bytes are missing,
/// if only the line end.
fn is_torn(head: &[u8]) -> bool {
    let begins = head.starts_with(FIRST) || FIRST.starts_with(head);
    begins
        && match serde_json::from_slice::<RunStarted<'_>>(head) {
            Ok(_) => true,
            Err(error) => error.is_eof(),
        }
}

/// Tells whether a file stands in some other place too, as in a backup that was made of links, or
/// where a file of the user was linked to here.
pub(super) fn has_other_names(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.nlink() > 1)
}

/// Tells whether a file holds nothing but zeros, and not more than is cut back.
fn is_blank(file: &File) -> io::Result<bool> {
    if file.metadata()?.len() > LINE_MAX as u64 {
        return Ok(false);
    }
    let mut block = vec![0; 64 << 10];
    let mut offset = 0;
    loop {
        let read = file.read_at(&mut block, offset)?;
        if read == 0 || block[..read].iter().any(|&byte| byte != 0) {
            return Ok(read == 0);
        }
        offset += read as u64;
    }
}

/// A file of ours in its place.
#[derive(Debug)]
pub(super) struct Placed {
    path: PathBuf,
    identity: Identity,
}

impl Placed {
    /// Remembers an open file and its `path`.
    pub(super) fn of(file: &File, path: &Path) -> io::Result<Self> {
        Ok(Placed { path: path.canonicalize()?, identity: Identity::of(file)? })
    }

    /// Makes sure that the file still has its name: a program that looks there must find what is recorded.
    ///
    /// # Errors
    /// One that names the file, if it is gone, another is there, or a link leads there by now.
    pub(super) fn check(&self) -> io::Result<()> {
        let is_gone = |error: &io::Error| {
            matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
                || error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
        };
        match Identity::at(&self.path) {
            Ok(found) if found == self.identity => Ok(()),
            // What cannot be looked at just now may well be there.
            Err(error) if !is_gone(&error) => Ok(()),
            _ => {
                let path = self.path.display();
                Err(io::Error::other(format!("{path} was moved, removed or replaced during the run")))
            }
        }
    }
}

fn foreign(path: &Path, why: &'static str) -> OpenError {
    OpenError::Foreign { path: path.to_owned(), why }
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |error| OpenError::Io { what, path, error }
}

//! Finds and removes the temporary files that a crash has left beside outputs, and no other files.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::os::unix::fs::FileExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::AtFlags;
use rustix::fs::unlinkat;
use rustix::io::Errno;

use crate::codecs::SNIFF_BYTES;
use crate::codecs::Sniffed;
use crate::codecs::sniff;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::storage::OutputPlace;
use crate::storage::OutputStore;
use crate::storage::folder::outbox::Outbox;
use crate::storage::folder::outbox::check;
use crate::storage::folder::outbox::refused;
use crate::storage::folder::temporary::is_temp_name;
use crate::storage::folder::temporary::temp_name;

/// Number of temporary names that are tried for an output.
const TEMP_NAMES: u8 = 16;

impl Outbox {
    /// Finds a name for the temporary file with which a task writes `bytes` to `relative`, under which
    /// nothing stands; see `temp_name`. A file that a crash left of those very bytes is removed; any other
    /// may be another program's, and stays.
    ///
    /// # Errors
    /// [`Class::Io`] if the folder cannot be looked at, or `relative` leads out.
    pub fn free_temp(&self, relative: &Path, task: &[u8], bytes: &[u8]) -> Result<OsString, Failure> {
        let name = relative.file_name().unwrap_or_default();
        for number in 0..TEMP_NAMES {
            let temp = temp_name(name, Digest::of(&[task, &[number]].join(&0)));
            let place = relative.with_file_name(&temp);
            match self.stat(&place)? {
                OutputPlace::Empty => return Ok(temp),
                OutputPlace::File(_) if self.is_left(&place, |file| is_left_of(file, bytes)) => {
                    self.unlink(&place)?;
                    return Ok(temp);
                }
                _ => {}
            }
        }
        Err(Failure::new(Class::Io, "files stand under every temporary name for the output; remove them"))
    }

    /// Removes a temporary file that an earlier run left; nothing being there is fine. What recanvas
    /// cannot have written stays: a link, a file with another name, or one that holds neither the
    /// beginning of a picture nor nothing.
    ///
    /// # Errors
    /// [`Class::Io`] if `relative` has not the name of a temporary file of ours, lies outside, was not
    /// written by us, or cannot be removed.
    pub(super) fn remove_left(&self, relative: &Path) -> Result<(), Failure> {
        check(relative)?;
        if !relative.file_name().is_some_and(is_temp_name) {
            return Err(refused(relative, "has not the name of a temporary file"));
        }
        match self.stat(relative) {
            Ok(OutputPlace::Empty) => Ok(()),
            Ok(OutputPlace::File(_)) if self.is_left(relative, is_left_over) => self.unlink(relative),
            _ => Err(refused(relative, "is no temporary file of recanvas")),
        }
    }

    /// Removes a file of a folder that lies inside; nothing being there is fine.
    fn unlink(&self, relative: &Path) -> Result<(), Failure> {
        let folder = self.enter(relative.parent().unwrap_or(Path::new("")), false)?;
        match unlinkat(folder.handle(), relative.file_name().unwrap_or_default(), AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(Failure::io("remove a temporary file", &error.into())),
        }
    }

    /// Tells whether the file at `relative` is empty or nothing but zeros, as a failing machine leaves
    /// it.
    pub(super) fn holds_nothing(&self, relative: &Path) -> bool {
        self.is_left(relative, is_blank)
    }

    /// Tells whether there is a file that can be read and is what is asked for.
    fn is_left(&self, relative: &Path, is: impl Fn(&File) -> io::Result<bool>) -> bool {
        self.open_file(relative).and_then(|file| is(&file)).unwrap_or(false)
    }
}

/// Tells whether a file can be what is left of one that was being written: it has no other name, and
/// holds nothing, or the beginning of a picture. Anything else was never written by recanvas.
fn is_left_over(file: &File) -> io::Result<bool> {
    if file.metadata()?.nlink() > 1 {
        return Ok(false);
    }
    let mut head = [0; SNIFF_BYTES];
    let read = file.read_at(&mut head, 0)?;
    Ok(matches!(sniff(&head[..read]), Sniffed::Image(_)) || is_blank(file)?)
}

/// Tells whether a file can be what is left of one that was being written with these `bytes`: the
/// beginning of them, and nothing else, under no other name.
fn is_left_of(file: &File, bytes: &[u8]) -> io::Result<bool> {
    if file.metadata()?.nlink() > 1 {
        return Ok(false);
    }
    let mut rest = bytes;
    let mut reader = BufReader::new(file);
    loop {
        let found = reader.fill_buf()?;
        let length = found.len();
        if length == 0 {
            return Ok(true);
        }
        match rest.strip_prefix(found) {
            Some(behind) => rest = behind,
            None => return is_blank(file),
        }
        reader.consume(length);
    }
}

/// Tells whether a file is empty or nothing but zeros, as a failing machine leaves it.
fn is_blank(file: &File) -> io::Result<bool> {
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

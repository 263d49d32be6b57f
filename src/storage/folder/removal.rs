//! Outputs that are removed: nothing but what was written, and in the output folder itself.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::AtFlags;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::openat;
use rustix::fs::unlinkat;
use rustix::io::Errno;

use crate::digest::Digest;
use crate::error::Failure;
use crate::storage::Mtime;
use crate::storage::OutputPlace;
use crate::storage::OutputStore;
use crate::storage::Removal;
use crate::storage::Stamp;
use crate::storage::folder::look::place_in;
use crate::storage::folder::opened::Folder;
use crate::storage::folder::opened::Identity;
use crate::storage::folder::outbox::Outbox;
use crate::storage::folder::outbox::check;
use crate::storage::folder::outbox::refused;

impl Outbox {
    /// Returns the place at `relative`; no link is followed, neither on the way nor at the end.
    ///
    /// # Errors
    /// [`Class::Io`](crate::error::Class::Io) if that cannot be found out, or a link is on the way.
    pub(super) fn state_beneath(&self, relative: &Path) -> Result<OutputPlace, Failure> {
        let Some(folder) = self.folder_beneath(relative)? else { return Ok(OutputPlace::Empty) };
        let place = place_in(folder.handle(), name(relative));
        place.map_err(|error| Failure::io("look at the output", &error))
    }

    /// Removes the output at `relative`, if `is_ours` says so of its content. It is looked at once more just
    /// before; no link is followed.
    ///
    /// # Errors
    /// [`Class::Io`](crate::error::Class::Io) if it cannot be read or removed, a link is on the way, or its
    /// folder or the output folder is no longer where it was.
    pub(super) fn remove_output(&self, relative: &Path, is_ours: &dyn Fn(Digest) -> bool) -> Result<Removal, Failure> {
        let Some(folder) = self.folder_beneath(relative)? else { return Ok(Removal::Missing) };
        let look = || place_in(folder.handle(), name(relative));
        let failed = |what: &'static str| move |error: io::Error| Failure::io(what, &error);
        match look().map_err(failed("look at the output"))? {
            OutputPlace::Empty => return Ok(Removal::Missing),
            OutputPlace::Other => return Ok(Removal::Changed),
            OutputPlace::File(_) => {}
        }
        // NONBLOCK: a fifo that was put there does not hold this up.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = openat(folder.handle(), name(relative), flags, Mode::empty()).map_err(io::Error::from);
        let file = File::from(opened.map_err(failed("read the output"))?);
        let metadata = file.metadata().map_err(failed("read the output"))?;
        let identity = Identity::of(&file).map_err(failed("read the output"))?;
        if !metadata.is_file() || !is_ours(Digest::of_reader(&file).map_err(failed("read the output"))?) {
            return Ok(Removal::Changed);
        }
        // Many stores cannot remove a file that is open.
        drop(file);
        self.check()?;
        if !folder.is_in_place() {
            return Err(refused(relative, "lies in a folder that was moved, removed or replaced"));
        }
        let seen = OutputPlace::File(Stamp::plain(metadata.len(), Mtime::of(&metadata)));
        let is_same = folder.identity_of(name(relative)).is_ok_and(|now| now == identity);
        if !is_same || look().map_err(failed("look at the output"))? != seen {
            return Ok(Removal::Changed);
        }
        let removed = unlinkat(folder.handle(), name(relative), AtFlags::empty()).map_err(io::Error::from);
        removed.map(|()| Removal::Removed).map_err(failed("remove the output"))
    }

    /// Brings to the disk which files are in the folder of `relative`, where the store can.
    pub(super) fn sync_folder_of(&self, relative: &Path) {
        let Ok(Some(folder)) = self.folder_beneath(relative) else { return };
        let opened = folder.open_file(Path::new(""), OFlags::RDONLY | OFlags::DIRECTORY);
        // A removal that is undone by a power cut leaves a file of which nothing is recorded: no harm is done.
        let _ = opened.and_then(|folder| folder.sync_all());
    }

    /// Opens the folder of `relative` on the way to which there is no link; none if there is no folder.
    fn folder_beneath(&self, relative: &Path) -> Result<Option<Folder>, Failure> {
        check(relative)?;
        let opened = self.opened().and_then(|root| root.beneath(relative.parent().unwrap_or(Path::new("")), None));
        match opened {
            Ok(folder) => Ok(Some(folder)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
                Err(refused(relative, "is reached through a link"))
            }
            Err(error) => Err(Failure::io("look at the output", &error)),
        }
    }
}

fn name(relative: &Path) -> &Path {
    Path::new(relative.file_name().unwrap_or_default())
}

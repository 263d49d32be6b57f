//! The input folder: the one place where sources are opened.

use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::path::Path;

use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::openat;
use rustix::io::Errno;

use crate::codecs::SNIFF_BYTES;
use crate::error::Class;
use crate::error::Failure;
use crate::storage::SourceFile;
use crate::storage::SourceReader;
use crate::storage::changed;
use crate::storage::folder::opened::Folder;

/// The input folder, held open: whatever is put at its path later, sources are read in the folder in
/// which they were found. A source is read as it was found: a regular file, of the size that it had,
/// and through no link unless links are followed. Whatever has come into its place since, the
/// run does not wait for it and does not read past that size.
#[derive(Debug)]
pub struct Inbox {
    folder: Folder,
    follow_links: bool,
}

impl Inbox {
    /// Opens the folder `root`, which may itself be a link.
    ///
    /// # Errors
    /// If it is no folder, or cannot be opened.
    pub fn open(root: &Path, follow_links: bool) -> Result<Self, Failure> {
        let opened = root.canonicalize().and_then(|root| Folder::open(&root));
        let folder = opened.map_err(|error| Failure::io("open the input folder", &error))?;
        Ok(Inbox { folder, follow_links })
    }

    /// Returns the folder's canonical path.
    pub(super) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Makes sure that the folder's path still leads to it.
    ///
    /// # Errors
    /// [`Class::Io`] if it does not.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.folder.is_in_place() {
            return Ok(());
        }
        Err(Failure::new(Class::Io, "the input folder was moved, removed or replaced while it was looked through"))
    }

    /// Tells whether links in the folder are followed.
    pub(super) fn follows_links(&self) -> bool {
        self.follow_links
    }

    /// Opens a source, if it still is what was found.
    pub(super) fn reader(&self, source: &SourceFile) -> Result<FileReader, Failure> {
        let file = self.open_path(&source.path).map_err(|error| self.not_opened(&source.path, &error))?;
        let reader = FileReader { file, position: 0, size: source.stamp.size };
        if reader.is_changed() { Err(changed()) } else { Ok(reader) }
    }

    /// Returns the failure of a source that cannot be opened, though it was a file when it was found.
    fn not_opened(&self, relative: &Path, error: &io::Error) -> Failure {
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            // A link, a socket, or a way through a link or a file.
            Some(Errno::LOOP | Errno::NXIO | Errno::XDEV | Errno::NOTDIR) => {}
            _ => return Failure::io("open the source", error),
        }
        let above = relative.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty());
        let is_folder = |folder: &&Path| self.folder.beneath(folder, None).is_ok();
        match above.filter(|above| !is_folder(above)).last() {
            // The outermost: all below it share the message.
            Some(folder) if !self.follow_links => {
                let message =
                    format!("the folder `{}` was replaced while the run was going on; run again", folder.display());
                Failure::new(Class::Io, message)
            }
            _ => changed(),
        }
    }

    /// Returns the first bytes of the file at `relative`, as many as tell what it is.
    pub(super) fn first_bytes(&self, relative: &Path) -> io::Result<Vec<u8>> {
        let mut head = Vec::with_capacity(SNIFF_BYTES);
        self.open_path(relative)?.take(SNIFF_BYTES as u64).read_to_end(&mut head)?;
        Ok(head)
    }

    /// Opens what stands at `relative` below the folder, whatever it is, without waiting for it.
    fn open_path(&self, relative: &Path) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        if self.follow_links {
            return Ok(openat(self.folder.handle(), relative, flags, Mode::empty())?.into());
        }
        self.folder.open_file(relative, flags)
    }
}

/// Reads a source, and nothing beyond the size that it had.
pub(super) struct FileReader {
    file: File,
    position: u64,
    size: u64,
}

impl SourceReader for FileReader {
    fn is_changed(&self) -> bool {
        !self.file.metadata().is_ok_and(|now| now.is_file() && now.len() == self.size)
    }
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let read = self.file.read(&mut buffer[..most])?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for FileReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = self.file.seek(to)?;
        Ok(self.position)
    }
}

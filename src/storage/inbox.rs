//! The input folder: the one place where sources are opened.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::BufReader;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::codecs;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::codecs::SNIFF_BYTES;
use crate::codecs::Sniffed;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::storage::SourceFile;
use crate::storage::folder::open_below;

/// What is read of a file at once for its header: most headers with their EXIF block, and little
/// more.
const HEADER_BYTES: usize = 8 << 10;

/// The input folder. A source is read as it was found: a regular file, of the size that it had,
/// and through no link unless links are followed. Whatever has come into its place since, the
/// run does not wait for it and does not read past that size.
#[derive(Debug, Clone, Copy)]
pub struct Inbox<'a> {
    root: &'a Path,
    follow_links: bool,
}

impl<'a> Inbox<'a> {
    /// The folder `root`.
    #[must_use]
    pub fn new(root: &'a Path, follow_links: bool) -> Self {
        Inbox { root, follow_links }
    }

    /// The source's header.
    ///
    /// # Errors
    /// [`Class::Io`] if the file cannot be opened, or is no longer what was found; else as
    /// [`codecs::read_header`].
    pub fn header(&self, source: &SourceFile) -> Result<Header, Failure> {
        let mut reader = BufReader::with_capacity(HEADER_BYTES, self.open(source)?);
        let header = codecs::read_header(&mut reader);
        // A file that became shorter looks damaged.
        header.map_err(|failure| if reader.get_ref().is_changed() { changed() } else { failure })
    }

    /// All of the source's bytes.
    ///
    /// # Errors
    /// [`Class::Io`] if they cannot be read, or if the file is no longer what was found.
    pub fn read(&self, source: &SourceFile) -> Result<Vec<u8>, Failure> {
        let mut reader = self.open(source)?;
        let mut bytes = Vec::with_capacity(usize::try_from(source.size).unwrap_or(0));
        reader.read_to_end(&mut bytes).map_err(|error| Failure::io("read the source", &error))?;
        if reader.is_changed() || bytes.len() as u64 != source.size { Err(changed()) } else { Ok(bytes) }
    }

    /// The digest of the source's bytes.
    ///
    /// # Errors
    /// As [`Inbox::read`].
    pub fn hash(&self, source: &SourceFile) -> Result<Digest, Failure> {
        let mut reader = self.open(source)?;
        let digest = Digest::of_reader(&mut reader).map_err(|error| Failure::io("read the source", &error))?;
        if reader.is_changed() || reader.position != source.size { Err(changed()) } else { Ok(digest) }
    }

    fn open(&self, source: &SourceFile) -> Result<SourceReader, Failure> {
        let file =
            self.open_path(&source.path).map_err(|error| match error.raw_os_error().map(Errno::from_raw_os_error) {
                // A link, a socket, or a way through a link; it was a file when it was found.
                Some(Errno::LOOP | Errno::NXIO | Errno::XDEV) => changed(),
                _ => Failure::io("open the source", &error),
            })?;
        let reader = SourceReader { file, position: 0, size: source.size };
        if reader.is_changed() { Err(changed()) } else { Ok(reader) }
    }

    /// What the bytes of the file at `relative` are, if it can be read and a codec reads them.
    #[must_use]
    pub fn format(&self, relative: &Path) -> Option<Format> {
        match codecs::sniff(&self.head(relative).ok()?) {
            Sniffed::Image(format) => Some(format),
            Sniffed::Other(_) | Sniffed::Empty | Sniffed::Unknown => None,
        }
    }

    /// The first bytes of the file at `relative`, as many as tell what it is.
    pub(super) fn head(&self, relative: &Path) -> io::Result<Vec<u8>> {
        let mut head = Vec::with_capacity(SNIFF_BYTES);
        self.open_path(relative)?.take(SNIFF_BYTES as u64).read_to_end(&mut head)?;
        Ok(head)
    }

    /// Opens what stands at `relative` below the folder, whatever it is, without waiting for it.
    fn open_path(&self, relative: &Path) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        if self.follow_links {
            let flags = flags.bits().cast_signed();
            return OpenOptions::new().read(true).custom_flags(flags).open(self.root.join(relative));
        }
        open_below(self.root, relative, flags)
    }
}

/// A source that is no longer the one that was found.
#[must_use]
pub(crate) fn changed() -> Failure {
    Failure::new(Class::Io, "the file changed while the run was going on; run again")
}

/// Reads a source, and nothing beyond the size that it had.
struct SourceReader {
    file: File,
    position: u64,
    size: u64,
}

impl SourceReader {
    fn is_changed(&self) -> bool {
        !self.file.metadata().is_ok_and(|now| now.is_file() && now.len() == self.size)
    }
}

impl Read for SourceReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let read = self.file.read(&mut buffer[..most])?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for SourceReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = self.file.seek(to)?;
        Ok(self.position)
    }
}

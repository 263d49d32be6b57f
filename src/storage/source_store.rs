//! Trait of the places from which sources come.

use std::fmt::Debug;
use std::io;
use std::io::BufReader;
use std::io::Read;
use std::io::Seek;
use std::ops::ControlFlow;
use std::path::Path;

use crate::codecs;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::codecs::Sniffed;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::storage::Ignored;
use crate::storage::Mtime;
use crate::storage::Selection;
use crate::storage::SourceFile;

/// Counts the bytes that are read at once of a file for its header: most headers with their EXIF block, and little
/// more.
const HEADER_BYTES: usize = 8 << 10;

/// Says whether a file, by its path below the root, size in bytes and time, is known to be a
/// source. It is asked from several threads.
pub type IsKnown<'a> = dyn Fn(&Path, u64, Mtime) -> bool + Sync + 'a;

/// Takes the sources part by part, in the order of their paths, until it breaks.
pub type Visit<'a> = dyn FnMut(Vec<SourceFile>) -> ControlFlow<()> + 'a;

/// Holds sources: a folder, a bucket, or whatever else has paths and bytes.
///
/// A source is read as it was listed: what became another one since is an error, not other bytes. Methods are called
/// from many threads at the same time, and may wait.
pub trait SourceStore: Debug + Send + Sync {
    /// Hands on the sources of a selection, and returns everything else. The same content gives the same result.
    ///
    /// # Errors
    /// If the store cannot be listed; whatever fails below its root is [`Ignored::unreadable`].
    fn list(&self, selection: &Selection, known: &IsKnown<'_>, visit: &mut Visit<'_>) -> Result<Ignored, Failure>;

    /// Opens a source, to read parts of it or all.
    ///
    /// # Errors
    /// [`Class::Io`] if it cannot be opened, or is no longer what was listed.
    fn open(&self, source: &SourceFile) -> Result<Box<dyn SourceReader + '_>, Failure>;

    /// Returns the first `SNIFF_BYTES` bytes of what stands at a path, whatever it is by now.
    ///
    /// # Errors
    /// If it cannot be read.
    fn head(&self, relative: &Path) -> io::Result<Vec<u8>>;

    /// Reads the source's header, in a few kilobytes.
    ///
    /// # Errors
    /// As [`SourceStore::open`] and [`codecs::read_header`].
    fn header(&self, source: &SourceFile) -> Result<Header, Failure> {
        let mut reader = BufReader::with_capacity(HEADER_BYTES, self.open(source)?);
        let header = codecs::read_header(&mut reader);
        // A file that became shorter looks damaged.
        header.map_err(|failure| if reader.get_ref().is_changed() { changed() } else { failure })
    }

    /// Reads all of the source's bytes.
    ///
    /// # Errors
    /// [`Class::Io`] if they cannot be read, or if the source is no longer what was listed.
    fn read(&self, source: &SourceFile) -> Result<Vec<u8>, Failure> {
        let mut reader = self.open(source)?;
        let mut bytes = Vec::with_capacity(usize::try_from(source.stamp.size).unwrap_or(0));
        reader.read_to_end(&mut bytes).map_err(|error| Failure::io("read the source", &error))?;
        if reader.is_changed() || bytes.len() as u64 != source.stamp.size { Err(changed()) } else { Ok(bytes) }
    }

    /// Returns the digest of the source's bytes.
    ///
    /// # Errors
    /// As [`SourceStore::read`].
    fn hash(&self, source: &SourceFile) -> Result<Digest, Failure> {
        let mut reader = self.open(source)?.take(source.stamp.size);
        let digest = Digest::of_reader(&mut reader).map_err(|error| Failure::io("read the source", &error))?;
        if reader.limit() > 0 || reader.get_ref().is_changed() { Err(changed()) } else { Ok(digest) }
    }

    /// Returns the format of the bytes at a path; `None` if they cannot be read, or no codec reads them.
    fn format(&self, relative: &Path) -> Option<Format> {
        match codecs::sniff(&self.head(relative).ok()?) {
            Sniffed::Image(format) => Some(format),
            Sniffed::Unread(_) | Sniffed::Other(_) | Sniffed::Empty | Sniffed::Unknown => None,
        }
    }

    /// Returns the kind of picture at a path if no codec reads that kind; `None` for all others, and for bytes that
    /// cannot be read.
    fn unread(&self, relative: &Path) -> Option<&'static str> {
        match codecs::sniff(&self.head(relative).ok()?) {
            Sniffed::Unread(kind) => Some(kind),
            _ => None,
        }
    }
}

/// Reads an open source, and nothing beyond the size that was listed.
pub trait SourceReader: Read + Seek {
    /// Tells whether it is surely no longer the source that was listed.
    fn is_changed(&self) -> bool;
}

/// Returns the failure of a source that is no longer the one that was listed.
#[must_use]
pub fn changed() -> Failure {
    Failure::new(Class::Io, "the file changed while the run was going on; run again")
}

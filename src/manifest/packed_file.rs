//! Size, time and digest of a file in little room.

use crate::digest::Digest;
use crate::manifest::Written;
use crate::storage::Mtime;

/// Set beside nanoseconds where the digest is known; they are below 2³⁰.
const HASHED: u32 = 1 << 31;

/// Size, time and digest of a file. Numbers are kept as bytes, so that no room is lost to alignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PackedFile {
    size: [u8; 8],
    seconds: [u8; 8],
    hash: [u8; 16],
    nanos: [u8; 4],
}

impl PackedFile {
    pub(super) fn new(size: u64, mtime: Mtime, hash: Option<Digest>) -> Self {
        let known = if hash.is_some() { HASHED } else { 0 };
        PackedFile {
            size: size.to_le_bytes(),
            seconds: mtime.seconds.to_le_bytes(),
            hash: hash.map_or([0; 16], |hash| hash.0),
            nanos: (mtime.nanos & !HASHED | known).to_le_bytes(),
        }
    }

    pub(super) fn size(&self) -> u64 {
        u64::from_le_bytes(self.size)
    }

    pub(super) fn mtime(&self) -> Mtime {
        Mtime { seconds: i64::from_le_bytes(self.seconds), nanos: u32::from_le_bytes(self.nanos) & !HASHED }
    }

    pub(super) fn hash(&self) -> Option<Digest> {
        (u32::from_le_bytes(self.nanos) & HASHED != 0).then_some(Digest(self.hash))
    }

    /// Returns the same file at another time.
    pub(super) fn at(&self, mtime: Mtime) -> Self {
        PackedFile::new(self.size(), mtime, self.hash())
    }

    /// Returns the output that this is, if it was written.
    pub(super) fn written(&self) -> Option<Written> {
        self.hash().map(|hash| Written { bytes: self.size(), hash, mtime: self.mtime() })
    }
}

impl From<Written> for PackedFile {
    fn from(written: Written) -> Self {
        PackedFile::new(written.bytes, written.mtime, Some(written.hash))
    }
}

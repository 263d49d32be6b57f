//! Stamp of a source when one of its tasks was worked on, where the source has no record of its own.

use serde::Deserialize;
use serde::Serialize;

use crate::digest::Digest;
use crate::storage::KnownStamp;
use crate::storage::Mark;
use crate::storage::Mtime;

/// Stamp of a source, in records of programs that wrote no [`SourceRecord`](crate::manifest::SourceRecord) before each
/// task; empty in all others, where that record has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskStamp {
    /// Its size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Time at which it was modified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtime: Option<Mtime>,
    /// Time of its inode's last change; missing in records of programs that did not look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ctime: Option<Mtime>,
    /// The number of its inode; missing there too, and where the file system keeps none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inode: Option<u64>,
    /// The digest of the name that an object store gives to its content; missing where it is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<Digest>,
    /// The digest of its bytes, if they were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Digest>,
}

/// Stamp of a source when a task was tried, and the digest of its bytes if they were read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) stamp: KnownStamp,
    pub(super) hash: Option<Digest>,
}

impl TaskStamp {
    /// Returns its time, and what else tells it from another file of this size; none if the record does not say.
    pub(super) fn times(&self) -> Option<(Mtime, Mark)> {
        let TaskStamp { mtime, ctime, inode, etag, .. } = *self;
        Some((mtime?, Mark::of(ctime, inode, etag)))
    }

    /// Returns all of it; none if the record does not say.
    pub(super) fn seen(&self) -> Option<Seen> {
        let ((mtime, mark), size) = (self.times()?, self.size?);
        Some(Seen { stamp: KnownStamp { size, mtime, mark }, hash: self.hash })
    }
}

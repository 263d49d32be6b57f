//! Holds marks by which a file is recognised without reading it.

use std::num::NonZeroU64;

use crate::digest::Digest;
use crate::storage::Mtime;

/// Marks of a file's content that its store knows without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Its size in bytes.
    pub size: u64,
    /// Time of its last modification.
    pub mtime: Mtime,
    /// Tells it from one that has the same size and time.
    pub trace: Trace,
}

/// Tells a file from one that took its place with its size and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// The store was not asked, or says no more.
    Unknown,
    /// The file has an inode.
    Inode {
        /// The time of the last change of content, name or permissions, which no program can set.
        ctime: Mtime,
        /// The number, where the file system keeps it: not on network file systems.
        inode: Option<NonZeroU64>,
    },
    /// An object store names the content; this is the digest of that name.
    ETag(Digest),
}

impl Stamp {
    /// Returns that of a file of which size and time are known alone.
    #[must_use]
    pub fn plain(size: u64, mtime: Mtime) -> Self {
        Stamp { size, mtime, trace: Trace::Unknown }
    }
}

impl Trace {
    /// Returns the time of the inode's last change, as a record has it; `None` of a file without an inode.
    #[must_use]
    pub fn ctime(self) -> Option<Mtime> {
        if let Trace::Inode { ctime, .. } = self { Some(ctime) } else { None }
    }

    /// Returns the number of the inode, as a record has it.
    #[must_use]
    pub fn inode(self) -> Option<u64> {
        if let Trace::Inode { inode, .. } = self { inode.map(NonZeroU64::get) } else { None }
    }

    /// Returns the digest of the content's name, as a record has it.
    #[must_use]
    pub fn etag(self) -> Option<Digest> {
        if let Trace::ETag(etag) = self { Some(etag) } else { None }
    }
}

/// Holds a [`Stamp`] as it was recorded, in little room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownStamp {
    /// The size in bytes.
    pub size: u64,
    /// Time of its last modification.
    pub mtime: Mtime,
    /// Digests of its other marks.
    pub(crate) mark: Mark,
}

impl KnownStamp {
    /// Tells whether nothing differs that is known of both: a part that one of them does not say counts as equal.
    #[must_use]
    pub fn fits(&self, now: &Stamp) -> bool {
        (self.size, self.mtime) == (now.size, now.mtime) && self.mark.fits(Mark::from(now.trace))
    }

    /// Tells whether `now` says something that was not recorded.
    #[must_use]
    pub fn lacks(&self, now: &Stamp) -> bool {
        self.mark.lacks(Mark::from(now.trace))
    }
}

/// Holds a [`Trace`] in little room: a digest of each part, 0 where it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    ctime: u32,
    /// Of the inode's number, or of the content's name.
    id: u32,
}

impl Mark {
    /// Returns the mark of what was recorded.
    pub(crate) fn of(ctime: Option<Mtime>, inode: Option<u64>, etag: Option<Digest>) -> Self {
        let time = |ctime: Mtime| folded(mixed(ctime.seconds.cast_unsigned()) ^ u64::from(ctime.nanos));
        let start = |etag: Digest| u64::from_le_bytes(std::array::from_fn(|index| etag.0[index]));
        Mark { ctime: ctime.map_or(0, time), id: inode.or_else(|| etag.map(start)).map_or(0, folded) }
    }

    fn fits(self, other: Mark) -> bool {
        let fits = |a: u32, b: u32| a == b || a == 0 || b == 0;
        fits(self.ctime, other.ctime) && fits(self.id, other.id)
    }

    fn lacks(self, now: Mark) -> bool {
        (self.ctime == 0 && now.ctime != 0) || (self.id == 0 && now.id != 0)
    }
}

impl From<Trace> for Mark {
    fn from(trace: Trace) -> Self {
        Mark::of(trace.ctime(), trace.inode(), trace.etag())
    }
}

/// Returns half of a number's bits, mixed, and never 0.
fn folded(number: u64) -> u32 {
    ((mixed(number) >> 32) as u32).max(1)
}

/// Mixes the bits of a number, as SplitMix64 does it: a digest of millions of them must cost nothing.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_not_known_counts_as_equal() {
        let time = |seconds| Mtime { seconds, nanos: 5 };
        let inode = |ctime, number| Trace::Inode { ctime: time(ctime), inode: NonZeroU64::new(number) };
        let (one, other) = (Trace::ETag(Digest([1; 16])), Trace::ETag(Digest([2; 16])));
        for (before, now, fits, lacks) in [
            (Trace::Unknown, Trace::Unknown, true, false),
            (Trace::Unknown, inode(1, 0), true, true),
            (inode(1, 0), inode(1, 7), true, true),
            (inode(1, 7), inode(1, 0), true, false),
            (inode(1, 7), inode(1, 8), false, false),
            (inode(1, 7), inode(2, 7), false, false),
            (one, one, true, false),
            (one, other, false, false),
            (one, Trace::Unknown, true, false),
            (Trace::Unknown, one, true, true),
        ] {
            let known = |size, seconds| KnownStamp { size, mtime: time(seconds), mark: Mark::from(before) };
            let now = Stamp { size: 9, mtime: time(3), trace: now };
            assert_eq!((known(9, 3).fits(&now), known(9, 3).lacks(&now)), (fits, lacks), "{before:?} {now:?}");
            assert!(!known(8, 3).fits(&now) && !known(9, 4).fits(&now), "size and time are always known");
        }
    }
}

//! Says what a file system says of a file beside its size and its time of modification.

use std::fs::Metadata;
use std::num::NonZeroU64;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::PoisonError;
use std::sync::RwLock;

use crate::storage::Mtime;

/// Tells a file from one that took its place with its size and time: when its inode last changed, which no
/// program can set, and the number of that inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// The time of the last change of content, name or permissions.
    pub ctime: Mtime,
    /// The number, where the file system keeps it: not on network file systems.
    pub inode: Option<NonZeroU64>,
}

impl Trace {
    /// Return the number as a record has it.
    #[must_use]
    pub fn inode(&self) -> Option<u64> {
        self.inode.map(NonZeroU64::get)
    }

    /// Return both as digests, to compare.
    #[must_use]
    pub(crate) fn mark(&self) -> Mark {
        Mark::of(Some(self.ctime), self.inode())
    }
}

/// Holds a [`Trace`] as far as it was recorded in little room: a digest of each part, 0 where it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    ctime: u32,
    inode: u32,
}

impl Mark {
    /// Return the mark of what is known.
    pub(crate) fn of(ctime: Option<Mtime>, inode: Option<u64>) -> Self {
        let time = |ctime: Mtime| folded(mixed(ctime.seconds.cast_unsigned()) ^ u64::from(ctime.nanos));
        Mark { ctime: ctime.map_or(0, time), inode: inode.map_or(0, folded) }
    }

    /// Tells whether nothing that is known of both differs.
    pub(crate) fn fits(self, other: Mark) -> bool {
        let fits = |a: u32, b: u32| a == b || a == 0 || b == 0;
        fits(self.ctime, other.ctime) && fits(self.inode, other.inode)
    }

    /// Tells whether `now` says something that this does not.
    pub(crate) fn lacks(self, now: Mark) -> bool {
        (self.ctime == 0 && now.ctime != 0) || (self.inode == 0 && now.inode != 0)
    }
}

/// Return half of a number's bits, mixed, and never 0.
fn folded(number: u64) -> u32 {
    ((mixed(number) >> 32) as u32).max(1)
}

/// Mix the bits of a number, as SplitMix64 does it: a digest of millions of them must cost nothing.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Knows which file systems keep the numbers of their inodes.
#[derive(Debug, Default)]
pub(super) struct Devices {
    known: RwLock<Vec<(u64, bool)>>,
}

impl Devices {
    /// Return the trace of the file at `path`, which has this `metadata`.
    pub(super) fn trace(&self, path: &Path, metadata: &Metadata) -> Trace {
        // A file system may hold nonsense here, and a time is only ever compared.
        let nanos = u32::try_from(metadata.ctime_nsec()).unwrap_or(0).min(999_999_999);
        let ctime = Mtime { seconds: metadata.ctime(), nanos };
        let inode = NonZeroU64::new(metadata.ino()).filter(|_| self.keeps_numbers(path, metadata.dev()));
        Trace { ctime, inode }
    }

    fn keeps_numbers(&self, path: &Path, device: u64) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, keeps)) = known.iter().find(|(known, _)| *known == device) {
            return *keeps;
        }
        drop(known);
        let keeps = keeps_numbers(path);
        self.known.write().unwrap_or_else(PoisonError::into_inner).push((device, keeps));
        keeps
    }
}

/// File systems that number their files anew, by `statfs(2)`: FUSE, NFS, SMB (three), 9P, AFS, Coda, Ceph, Lustre,
/// shared folders of VirtualBox, and FAT and exFAT, which have no inodes.
#[cfg(target_os = "linux")]
const NUMBERED_ANEW: [u32; 13] = [
    0x6573_5546,
    0x6969,
    0x517b,
    0xff53_4d42,
    0xfe53_4d42,
    0x0102_1997,
    0x5346_414f,
    0x7375_7245,
    0x00c3_6400,
    0x0bd0_0bd0,
    0x786f_4256,
    0x4d44,
    0x2011_bab0,
];

#[cfg(target_os = "linux")]
fn keeps_numbers(path: &Path) -> bool {
    // The width and the sign differ between systems; the numbers have 32 bits.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    rustix::fs::statfs(path).is_ok_and(|found| !NUMBERED_ANEW.contains(&(found.f_type as u32)))
}

/// Elsewhere it is not told apart; the time alone finds what the number would.
#[cfg(not(target_os = "linux"))]
fn keeps_numbers(_: &Path) -> bool {
    false
}

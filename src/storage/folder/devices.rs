//! Knows which file systems keep the numbers of their inodes.

use std::fs::Metadata;
use std::num::NonZeroU64;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::RwLock;

use crate::locks::read;
use crate::locks::write;
use crate::storage::Mtime;
use crate::storage::Stamp;
use crate::storage::Trace;

/// Knows which file systems keep the numbers of their inodes.
#[derive(Debug, Default)]
pub(super) struct Devices {
    known: RwLock<Vec<(u64, bool)>>,
}

impl Devices {
    /// Returns the stamp of the file at `path`, which has this `metadata`.
    pub(super) fn stamp(&self, path: &Path, metadata: &Metadata) -> Stamp {
        // A file system may hold nonsense here, and a time is only ever compared.
        let nanos = u32::try_from(metadata.ctime_nsec()).unwrap_or(0).min(999_999_999);
        let ctime = Mtime { seconds: metadata.ctime(), nanos };
        let inode = NonZeroU64::new(metadata.ino()).filter(|_| self.keeps_numbers(path, metadata.dev()));
        Stamp { size: metadata.len(), mtime: Mtime::of(metadata), trace: Trace::Inode { ctime, inode } }
    }

    fn keeps_numbers(&self, path: &Path, device: u64) -> bool {
        let known = read(&self.known);
        if let Some((_, keeps)) = known.iter().find(|(known, _)| *known == device) {
            return *keeps;
        }
        drop(known);
        let keeps = keeps_numbers(path);
        write(&self.known).push((device, keeps));
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
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "width and sign differ between systems; the numbers have 32 bits"
    )]
    rustix::fs::statfs(path).is_ok_and(|found| !NUMBERED_ANEW.contains(&(found.f_type as u32)))
}

/// Returns `false`: elsewhere file systems are not told apart; the time alone finds what the number would.
#[cfg(not(target_os = "linux"))]
fn keeps_numbers(_: &Path) -> bool {
    false
}

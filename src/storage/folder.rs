//! Open folders, and what is opened below one without a link on the way.

use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::fstat;
use rustix::fs::openat;

/// How a folder is opened: where the system knows how, only to go through it, for which it need
/// not be readable.
#[cfg(any(target_os = "linux", target_os = "android"))]
const THROUGH: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC).union(OFlags::PATH);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const THROUGH: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

/// An open folder: what is done through its handle is done in it, wherever its path leads by then.
#[derive(Debug)]
pub(crate) struct Folder {
    handle: OwnedFd,
    path: PathBuf,
    /// Device and number.
    identity: (u64, u64),
}

impl Folder {
    /// The folder at `path`, which may not be a link itself.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Folder::of(rustix::fs::open(path, THROUGH | OFlags::NOFOLLOW, Mode::empty())?, path.to_owned())
    }

    /// The folder `real` below `root`, without a link on the way there; it is also at `path`.
    pub(super) fn beneath(root: &Path, real: &Path, path: PathBuf) -> io::Result<Self> {
        Folder::of(open_beneath(root, real, THROUGH)?, path)
    }

    fn of(handle: OwnedFd, path: PathBuf) -> io::Result<Self> {
        let stat = fstat(&handle)?;
        // The width of both numbers differs between systems.
        #[allow(clippy::unnecessary_cast)]
        let identity = (stat.st_dev as u64, stat.st_ino as u64);
        Ok(Folder { handle, path, identity })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn handle(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }

    /// Tells whether the path still leads here.
    pub(super) fn is_in_place(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|found| (found.dev(), found.ino()) == self.identity)
    }
}

/// Opens `relative` below the folder `root`, which may itself be reached through links; below it
/// none is followed.
pub(super) fn open_beneath(root: &Path, relative: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let root = rustix::fs::open(root, THROUGH, Mode::empty())?;
    let relative = if relative.as_os_str().is_empty() { Path::new(".") } else { relative };
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::fs::ResolveFlags;
        use rustix::io::Errno;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        match rustix::fs::openat2(&root, relative, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
            // Old systems and some sandboxes do not know the call.
            Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => {}
            opened => return opened.map_err(io::Error::from),
        }
    }
    walk(root, relative, flags)
}

/// The same, one name after the other.
fn walk(mut folder: OwnedFd, relative: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let mut parts = relative.components().peekable();
    while let Some(part) = parts.next() {
        let flags = if parts.peek().is_some() { THROUGH } else { flags | OFlags::CLOEXEC };
        folder = openat(&folder, part.as_os_str(), flags | OFlags::NOFOLLOW, Mode::empty())?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn both_ways_of_opening_follow_no_link() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b")).unwrap();
        fs::write(root.path().join("a/b/file"), b"x").unwrap();
        symlink("a", root.path().join("link")).unwrap();
        symlink("file", root.path().join("a/b/alias")).unwrap();
        let walked = |relative: &str| {
            let root = rustix::fs::open(root.path(), THROUGH, Mode::empty())?;
            walk(root, Path::new(relative), OFlags::RDONLY)
        };
        let opened = |relative: &str| open_beneath(root.path(), Path::new(relative), OFlags::RDONLY);
        for (relative, is_fine) in
            [("a/b/file", true), ("a", true), ("link/b/file", false), ("a/b/alias", false), ("a/none", false)]
        {
            assert_eq!(walked(relative).is_ok(), is_fine, "{relative}");
            assert_eq!(opened(relative).is_ok(), is_fine, "{relative}");
        }
        assert!(opened("").is_ok());
    }
}

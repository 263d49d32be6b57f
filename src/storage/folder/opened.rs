//! Open folders, what is opened below one without a link on the way, and whether a path still leads
//! where it led.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::path::PathBuf;

use rustix::fs::AtFlags;
use rustix::fs::CWD;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::Stat;
use rustix::fs::fstat;
use rustix::fs::openat;
use rustix::fs::statat;
use rustix::io::Errno;

/// Flags with which a folder is opened: where the system can, only to go through it, for which it need not be
/// readable.
#[cfg(any(target_os = "linux", target_os = "android"))]
const THROUGH: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC).union(OFlags::PATH);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const THROUGH: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

/// Tells a file or folder from all others, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    number: u64,
}

impl Identity {
    /// Returns that of an open file or folder.
    pub(crate) fn of(handle: impl AsFd) -> io::Result<Self> {
        Ok(Identity::of_stat(&fstat(handle)?))
    }

    fn of_stat(stat: &Stat) -> Self {
        #[allow(clippy::unnecessary_cast, reason = "the width of both numbers differs between systems")]
        Identity { device: stat.st_dev as u64, number: stat.st_ino as u64 }
    }

    /// Returns that of what stands at `path`, a canonical path.
    ///
    /// # Errors
    /// If nothing stands there, it cannot be looked at, or a link has come into the way since.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            use rustix::fs::ResolveFlags;
            // Without NOFOLLOW, with which a link at the end would be opened itself.
            let flags = OFlags::PATH | OFlags::CLOEXEC;
            match rustix::fs::openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
                // Old systems and some sandboxes do not know the call.
                Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => {}
                opened => return Identity::of(opened?),
            }
        }
        Identity::by_name(path)
    }

    /// Returns the same without that call.
    fn by_name(path: &Path) -> io::Result<Self> {
        if path.canonicalize()? != path {
            return Err(Errno::LOOP.into());
        }
        // As no link is in the way, nothing is followed here.
        Ok(Identity::of_stat(&rustix::fs::lstat(path)?))
    }
}

/// An open folder: what is done through its handle is done in it, wherever its path leads by then.
#[derive(Debug)]
pub(crate) struct Folder {
    handle: OwnedFd,
    /// Canonical.
    path: PathBuf,
    /// Another path to it, through links.
    alias: Option<PathBuf>,
    identity: Identity,
}

impl Folder {
    /// Opens the folder at `path`, which may not be a link itself, but may lie below some.
    pub(in crate::storage) fn open(path: &Path) -> io::Result<Self> {
        let handle = rustix::fs::open(path, THROUGH | OFlags::NOFOLLOW, Mode::empty())?;
        Folder::of(handle, path.canonicalize()?, None)
    }

    /// Opens the folder `real` below this one, without a link on the way there; it is also at `alias`.
    pub(in crate::storage) fn beneath(&self, real: &Path, alias: Option<PathBuf>) -> io::Result<Self> {
        let handle = open_beneath(&self.handle, real, THROUGH)?;
        let path = if real.as_os_str().is_empty() { self.path.clone() } else { self.path.join(real) };
        Folder::of(handle, path, alias)
    }

    fn of(handle: OwnedFd, path: PathBuf, alias: Option<PathBuf>) -> io::Result<Self> {
        let identity = Identity::of(&handle)?;
        Ok(Folder { handle, path, alias, identity })
    }

    /// Opens what stands at `relative` below this folder, without a link on the way there.
    pub(in crate::storage) fn open_file(&self, relative: &Path, flags: OFlags) -> io::Result<File> {
        open_beneath(&self.handle, relative, flags).map(File::from)
    }

    /// Returns the identity of what has this name here; a link is not followed.
    pub(in crate::storage) fn identity_of(&self, name: &Path) -> io::Result<Identity> {
        Ok(Identity::of_stat(&statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    /// Returns the path that led here, without links.
    pub(in crate::storage) fn path(&self) -> &Path {
        &self.path
    }

    pub(in crate::storage) fn handle(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }

    /// Tells whether the path still leads here, and through no link.
    pub(in crate::storage) fn is_in_place(&self) -> bool {
        let is_called = |alias: &PathBuf| alias.canonicalize().is_ok_and(|path| path == self.path);
        self.alias.as_ref().is_none_or(is_called) && Identity::at(&self.path).is_ok_and(|found| found == self.identity)
    }
}

/// Opens what stands at `relative` below an open folder; no link is followed.
fn open_beneath(root: &OwnedFd, relative: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let relative = if relative.as_os_str().is_empty() { Path::new(".") } else { relative };
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::fs::ResolveFlags;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        match rustix::fs::openat2(root, relative, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
            Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => {}
            opened => return opened.map_err(io::Error::from),
        }
    }
    walk(root, relative, flags)
}

/// Opens the same, one name after the other.
fn walk(root: &OwnedFd, relative: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let mut folder = root.try_clone()?;
    let mut parts = relative.components().peekable();
    while let Some(part) = parts.next() {
        let flags = if parts.peek().is_some() { THROUGH } else { flags | OFlags::CLOEXEC };
        folder = openat(&folder, part.as_os_str(), flags | OFlags::NOFOLLOW, Mode::empty())?;
    }
    Ok(folder)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make files and wait")]
mod tests {
    use std::fs;
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
            walk(&root, Path::new(relative), OFlags::RDONLY)
        };
        let folder = Folder::open(root.path()).unwrap();
        let opened = |relative: &str| folder.open_file(Path::new(relative), OFlags::RDONLY);
        for (relative, is_fine) in
            [("a/b/file", true), ("a", true), ("link/b/file", false), ("a/b/alias", false), ("a/none", false)]
        {
            assert_eq!(walked(relative).is_ok(), is_fine, "{relative}");
            assert_eq!(opened(relative).is_ok(), is_fine, "{relative}");
        }
        assert!(opened("").is_ok());
    }

    #[test]
    fn both_ways_of_looking_follow_no_link() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a/b/file"), b"x").unwrap();
        symlink("a", root.join("link")).unwrap();
        symlink("file", root.join("a/b/alias")).unwrap();
        let file = Identity::of(File::open(root.join("a/b/file")).unwrap()).unwrap();
        for look in [Identity::at, Identity::by_name] {
            assert_eq!(look(&root.join("a/b/file")).unwrap(), file);
            assert!(look(&root.join("a/b")).unwrap() != file);
            for linked in ["link/b/file", "a/b/alias"] {
                assert_eq!(look(&root.join(linked)).unwrap_err().raw_os_error(), Some(Errno::LOOP.raw_os_error()));
            }
            assert_eq!(look(&root.join("a/none")).unwrap_err().kind(), io::ErrorKind::NotFound);
        }
    }
}

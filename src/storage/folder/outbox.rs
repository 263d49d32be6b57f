//! The output folder.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::fs::File;
use std::io;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;

use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::mkdirat;
use rustix::fs::openat;
use rustix::io::Errno;

use crate::error::Class;
use crate::error::Failure;
use crate::locks::lock;
use crate::storage::Folding;
use crate::storage::OutputStore;
use crate::storage::folder::opened::Folder;
use crate::storage::folder::temporary::OnDisk;
use crate::storage::folder::temporary::Temp;

/// The output folder; nothing is written outside it. All paths are relative to it.
///
/// A file is written under a temporary name in its own folder and then renamed, so that no
/// crash leaves part of a file under a name that another program reads.
#[derive(Debug)]
pub struct Outbox {
    pub(super) root: PathBuf,
    /// The folder itself, open from the beginning: all is done in it, wherever its path leads by
    /// then. None where it could not be opened for looking.
    pub(super) folder: Result<Arc<Folder>, Errno>,
    /// Folders, relative, that lie inside, open.
    folders: Mutex<HashMap<PathBuf, Arc<Folder>>>,
    /// Names that the folder takes for the same, once that was found out.
    pub(super) folding: OnceLock<Folding>,
}

/// Most folders that are held open; a process may have a thousand files in all.
const FOLDERS_OPEN: usize = 64;

impl Outbox {
    /// Opens the folder `root`, and makes it if there is none.
    ///
    /// # Errors
    /// If it cannot be made, or is no folder.
    pub fn open(root: &Path) -> Result<Self, Failure> {
        let opened = fs::create_dir_all(root).and_then(|()| root.canonicalize()).and_then(|root| Folder::open(&root));
        match opened {
            Ok(folder) => Ok(Outbox::of(folder.path().to_owned(), Ok(folder))),
            Err(error) => Err(Failure::io(&format!("create the output folder {}", root.display()), &error)),
        }
    }

    /// Takes the folder `root` as it is: nothing is made, for looking only.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let folder = Folder::open(&root).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO));
        Outbox::of(root, folder)
    }

    fn of(root: PathBuf, folder: Result<Folder, Errno>) -> Self {
        Outbox { root, folder: folder.map(Arc::new), folders: Mutex::default(), folding: OnceLock::new() }
    }

    /// Returns the folder's canonical path.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the folders above `relative`, and makes sure that they lie inside.
    ///
    /// # Errors
    /// [`Class::Io`] if the path is absolute or contains `..`, if a link on the way leads out,
    /// if something else than a folder is in the way, or as [`OutputStore::check`].
    pub fn prepare(&self, relative: &Path) -> Result<(), Failure> {
        self.folder(relative).map(|_| ())
    }

    /// Prepares and opens the folder of `relative`.
    fn folder(&self, relative: &Path) -> Result<Arc<Folder>, Failure> {
        check(relative)?;
        let parent = relative.parent().unwrap_or(Path::new(""));
        let folders = || lock(&self.folders);
        let known = folders().get(parent).map(Arc::clone);
        // One that was replaced is looked at as if it were new.
        if let Some(folder) = known.filter(|folder| folder.is_in_place()) {
            return Ok(folder);
        }
        self.check()?;
        let opened = Arc::new(self.enter(parent, true)?);
        let mut folders = folders();
        if folders.len() >= FOLDERS_OPEN {
            folders.clear();
        }
        folders.insert(parent.to_path_buf(), Arc::clone(&opened));
        Ok(opened)
    }

    /// Goes down to `folder`, which is made as far as it is not there, if it is to be.
    pub(super) fn enter(&self, folder: &Path, make: bool) -> Result<Folder, Failure> {
        let opening = |folder: &Path| format!("open the folder `{}`", folder.display());
        let root = self.opened().map_err(|error| Failure::io(&opening(folder), &error))?;
        let below = |real: &Path, alias: Option<PathBuf>, named: &Path| {
            root.beneath(real, alias).map_err(|error| Failure::io(&opening(named), &error))
        };
        let (mut real, mut named) = (PathBuf::new(), PathBuf::new());
        let mut entered = below(&real, None, &named)?;
        for name in folder.components().filter(|part| *part != Component::CurDir) {
            let name = name.as_os_str();
            named.push(name);
            // One by one and each in the one above it, so that nothing is made elsewhere.
            let made = if make { mkdirat(entered.handle(), name, Mode::from_raw_mode(0o777)) } else { Ok(()) };
            entered = match entered.beneath(Path::new(name), None) {
                Ok(folder) => {
                    real.push(name);
                    folder
                }
                // File systems differ in the error for what exists already, so it is asked last.
                Err(error) if error.kind() == io::ErrorKind::NotFound && made.is_err() => {
                    let error = made.map_or_else(io::Error::from, |()| error);
                    return Err(Failure::io(&format!("create the folder `{}`", named.display()), &error));
                }
                Err(_) => {
                    real = self.contain(&named)?;
                    below(&real, None, &named)?
                }
            };
        }
        if real == named { Ok(entered) } else { below(&real, Some(self.root.join(&named)), &named) }
    }

    /// Returns the open output folder.
    pub(super) fn opened(&self) -> io::Result<&Folder> {
        self.folder.as_deref().map_err(|&error| error.into())
    }

    /// Writes a whole file under the temporary name `temp`, in the folder of `relative`, which is
    /// prepared first, and closes it. The bytes are not synced.
    ///
    /// # Errors
    /// As `Outbox::prepare`; [`Class::DiskFull`] or [`Class::Io`] if writing or closing fails,
    /// and nothing is left behind; also if something has the temporary name.
    pub fn write_temp(&self, relative: &Path, temp: &OsStr, bytes: &[u8]) -> Result<Temp, Failure> {
        let name = relative.file_name().unwrap_or_default();
        Temp::write(self.folder(relative)?, (temp, name), bytes, OnDisk::Later)
    }

    pub(super) fn open_file(&self, relative: &Path) -> io::Result<File> {
        check(relative).map_err(io::Error::other)?;
        // NONBLOCK: a fifo that was put there does not hold the run up.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(openat(self.opened()?.handle(), relative, flags, Mode::empty())?);
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("not a file")) }
    }

    /// Makes sure that an existing folder lies inside, and returns where it is: a path below the
    /// root without links.
    fn contain(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let place = self.root.join(folder).canonicalize();
        let place = place.map_err(|error| Failure::io(&format!("open the folder `{}`", folder.display()), &error))?;
        let Ok(real) = place.strip_prefix(&self.root) else {
            return Err(refused(folder, "leads out of the output folder through a link"));
        };
        if !place.is_dir() {
            return Err(refused(folder, "is in the way: a folder is needed there"));
        }
        Ok(real.to_owned())
    }
}

pub(super) fn refused(path: &Path, why: &str) -> Failure {
    Failure::new(Class::Io, format!("`{}` {why}", path.display()))
}

/// Checks that a path names a file, and names it downwards.
pub(super) fn check(relative: &Path) -> Result<(), Failure> {
    if relative.file_name().is_none() {
        return Err(refused(relative, "names no file"));
    }
    match relative.components().find(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
        Some(Component::ParentDir) => Err(refused(relative, "contains `..`: outputs stay in the output folder")),
        Some(_) => Err(refused(relative, "is absolute: outputs stay in the output folder")),
        None => Ok(()),
    }
}

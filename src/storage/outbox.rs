//! The output folder.

use std::collections::HashMap;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use rustix::fs::AtFlags;
use rustix::fs::OFlags;
use rustix::fs::unlinkat;
use rustix::io::Errno;

use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::storage::Committed;
use crate::storage::Mtime;
use crate::storage::Temp;
use crate::storage::folder::Folder;
use crate::storage::temporary;

/// The output folder; nothing is written outside it. All paths are relative to it.
///
/// A file is written under a temporary name in its own folder and then renamed, so that no
/// crash leaves part of a file under a name that someone reads.
#[derive(Debug)]
pub struct Outbox {
    root: PathBuf,
    /// Folders, relative, that lie inside, open.
    folders: Mutex<HashMap<PathBuf, Arc<Folder>>>,
}

/// How many folders are held open; a process may have a thousand files in all.
const FOLDERS_OPEN: usize = 64;

/// What is at the place of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nothing.
    Empty,
    /// A file.
    File {
        /// Its size in bytes.
        size: u64,
        /// When it was modified.
        mtime: Mtime,
    },
    /// A folder, a link, or something stranger: never one of our outputs.
    Other,
}

impl Place {
    /// What is at `path`; links are not followed.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_file() => Ok(Place::File { size: metadata.len(), mtime: Mtime::of(&metadata) }),
            Ok(_) => Ok(Place::Other),
            Err(error) if is_absence(&error) => Ok(Place::Empty),
            Err(error) => Err(error),
        }
    }
}

impl Outbox {
    /// The folder `root`, made if there is none.
    ///
    /// # Errors
    /// If it cannot be made, or is no folder.
    pub fn open(root: &Path) -> Result<Self, Failure> {
        let made = fs::create_dir_all(root).and_then(|()| root.canonicalize());
        let root =
            made.map_err(|error| Failure::io(&format!("create the output folder {}", root.display()), &error))?;
        Ok(Outbox { root, folders: Mutex::default() })
    }

    /// The folder `root` as it is: nothing is made, for looking only.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        Outbox { root, folders: Mutex::default() }
    }

    /// The folder's canonical path.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the folders above `relative`, and makes sure that they lie inside.
    ///
    /// # Errors
    /// [`Class::Io`] if the path is absolute or contains `..`, if a link on the way leads out,
    /// or if something else than a folder is in the way.
    pub fn prepare(&self, relative: &Path) -> Result<(), Failure> {
        self.folder(relative).map(|_| ())
    }

    /// The folder of `relative`, prepared and open.
    fn folder(&self, relative: &Path) -> Result<Arc<Folder>, Failure> {
        check(relative)?;
        let parent = relative.parent().unwrap_or(Path::new(""));
        let folders = || self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let known = folders().get(parent).map(Arc::clone);
        // One that was replaced is looked at as if it were new.
        if let Some(folder) = known.filter(|folder| folder.is_in_place()) {
            return Ok(folder);
        }
        let mut real = PathBuf::new();
        let mut folder = PathBuf::new();
        for name in parent {
            folder.push(name);
            // One by one, so that nothing is made behind a link that leads out.
            let place = self.root.join(&folder);
            match fs::create_dir(&place) {
                // File systems differ in the error for what exists already, so it is not asked.
                Err(error) if fs::symlink_metadata(&place).is_err() => {
                    return Err(Failure::io(&format!("create the folder `{}`", folder.display()), &error));
                }
                _ => real = self.contain(&folder)?,
            }
        }
        let opened = Arc::new(self.open_folder(&real, parent)?);
        let mut folders = folders();
        if folders.len() >= FOLDERS_OPEN {
            folders.clear();
        }
        folders.insert(parent.to_path_buf(), Arc::clone(&opened));
        Ok(opened)
    }

    /// Opens the folder `real`, a path without links, which is also called `folder`.
    fn open_folder(&self, real: &Path, folder: &Path) -> Result<Folder, Failure> {
        let opened = Folder::beneath(&self.root, real, self.root.join(folder));
        opened.map_err(|error| Failure::io(&format!("open the folder `{}`", folder.display()), &error))
    }

    /// Writes a whole file under its temporary name, in the folder of `relative`, which is
    /// prepared first. The bytes are not synced.
    ///
    /// # Errors
    /// As [`Outbox::prepare`]; [`Class::DiskFull`] or [`Class::Io`] if writing fails, and
    /// nothing is left behind.
    pub fn write_temp(&self, relative: &Path, bytes: &[u8]) -> Result<Temp, Failure> {
        Temp::write(self.folder(relative)?, relative.file_name().unwrap_or_default(), bytes)
    }

    /// A file that stands under its final name already, as if it had just been written.
    ///
    /// # Errors
    /// [`Class::Io`] if there is no file, or it cannot be opened.
    pub fn adopt(&self, relative: &Path) -> Result<Committed, Failure> {
        let opened = self.open_file(relative).and_then(|file| {
            let metadata = file.metadata()?;
            Ok(Committed { bytes: metadata.len(), mtime: Mtime::of(&metadata), file })
        });
        opened.map_err(|error| Failure::io("open the output", &error))
    }

    /// What is at `relative`; links are not followed.
    ///
    /// # Errors
    /// [`Class::Io`] if that cannot be found out.
    pub fn state_of(&self, relative: &Path) -> Result<Place, Failure> {
        check(relative)?;
        Place::at(&self.root.join(relative)).map_err(|error| Failure::io("look at the output", &error))
    }

    /// The digest of the file at `relative`.
    ///
    /// # Errors
    /// [`Class::Io`] if there is no file, or it cannot be read.
    pub fn hash_of(&self, relative: &Path) -> Result<Digest, Failure> {
        self.open_file(relative).and_then(Digest::of_reader).map_err(|error| Failure::io("read the output", &error))
    }

    /// Whether the file at `relative` is empty or nothing but zeros, as a failing machine leaves
    /// it.
    #[must_use]
    pub fn is_blank(&self, relative: &Path) -> bool {
        let Ok(file) = self.open_file(relative) else { return false };
        let mut reader = BufReader::with_capacity(1 << 16, file);
        loop {
            let Ok(bytes) = reader.fill_buf() else { return false };
            let length = bytes.len();
            if length == 0 || bytes.iter().any(|&byte| byte != 0) {
                return length == 0;
            }
            reader.consume(length);
        }
    }

    fn open_file(&self, relative: &Path) -> io::Result<File> {
        check(relative).map_err(io::Error::other)?;
        // NONBLOCK: whoever put a fifo there does not hold the run up.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(self.root.join(relative))?;
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("not a file")) }
    }

    /// Removes a temporary file that an earlier run left; nothing being there is fine.
    ///
    /// # Errors
    /// [`Class::Io`] if `relative` has not the name of a temporary file of ours, lies outside,
    /// or cannot be removed.
    pub fn remove_temp(&self, relative: &Path) -> Result<(), Failure> {
        check(relative)?;
        if !relative.file_name().is_some_and(temporary::is_temp_name) {
            return Err(refused(relative, "has not the name of a temporary file"));
        }
        let parent = relative.parent().unwrap_or(Path::new(""));
        let folder = match fs::symlink_metadata(self.root.join(relative)) {
            Err(error) if is_absence(&error) => return Ok(()),
            _ => self.open_folder(&self.contain(parent)?, parent)?,
        };
        match unlinkat(folder.handle(), relative.file_name().unwrap_or_default(), AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(Failure::io("remove a temporary file", &error.into())),
        }
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

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn refused(path: &Path, why: &str) -> Failure {
    Failure::new(Class::Io, format!("`{}` {why}", path.display()))
}

/// A path must name a file, and name it downwards.
fn check(relative: &Path) -> Result<(), Failure> {
    if relative.file_name().is_none() {
        return Err(refused(relative, "names no file"));
    }
    match relative.components().find(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
        Some(Component::ParentDir) => Err(refused(relative, "contains `..`: outputs stay in the output folder")),
        Some(_) => Err(refused(relative, "is absolute: outputs stay in the output folder")),
        None => Ok(()),
    }
}

//! Takes the lock and brings the manifest into a state that can be appended to.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::path::Path;

use crate::manifest::OpenError;
use crate::manifest::Scope;
use crate::manifest::State;
use crate::manifest::place;
use crate::manifest::place::Placed;
use crate::manifest::segment::Segment;

/// The locked folder, with its manifest cut back to the last complete line.
pub(crate) struct Opened {
    pub(crate) lock: Lock,
    pub(crate) manifest: File,
    pub(crate) place: Placed,
    pub(crate) length: u64,
    pub(crate) state: State,
}

/// Opens the manifest in `folder`, which is made if there is none.
pub(crate) fn open(folder: &Path, scope: Scope) -> Result<Opened, OpenError> {
    place::check(folder)?;
    let made = make_folder(folder);
    made.map_err(|error| OpenError::Io { what: "create the state folder", path: folder.to_owned(), error })?;
    let mut file = lock(&place::lock_path(folder))?;
    let path = place::manifest_path(folder);
    let failed = |what: &'static str| {
        let path = path.clone();
        move |error| OpenError::Io { what, path, error }
    };
    let manifest = place::open(&path, OpenOptions::new().read(true).append(true).create(true))?;
    place::check_manifest(&manifest, &path)?;
    match manifest.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(OpenError::Locked { pid: None }),
        Err(TryLockError::Error(error)) => return Err(failed("lock")(error)),
    }
    sign(&mut file);
    let lock = Lock { file, manifest: manifest.try_clone().map_err(failed("lock"))? };
    let (state, length) = State::replay(&[Segment { file: &manifest, path: &path }], scope.seen_from(folder))?;
    if manifest.metadata().map_err(failed("look at"))?.len() > length {
        // Before anything is appended: a new line must not become the end of a torn one.
        manifest.set_len(length).and_then(|()| manifest.sync_all()).map_err(failed("cut back"))?;
    }
    if length == 0 {
        sync_folder(folder).map_err(failed("sync the folder of"))?;
    }
    let place = Placed::of(&manifest, &path).map_err(failed("look at"))?;
    Ok(Opened { lock, manifest, place, length, state })
}

fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    match folder.canonicalize()?.parent() {
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The lock of a state folder, given back when dropped or when its process dies.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    /// Is locked as well: a user may take a lock's file for stale and remove it.
    manifest: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a process that is just being started may hold a copy of the
        // handle, and the lock with it.
        let _ = self.manifest.unlock();
        let _ = self.file.unlock();
    }
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let failed = |what| move |error| OpenError::Io { what, path: path.to_owned(), error };
    // Not truncated: the content belongs to the process that has the lock.
    let mut file = place::open(path, OpenOptions::new().read(true).write(true).create(true).truncate(false))?;
    place::check_lock(&file, path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { pid: owner(&mut file) }),
        Err(TryLockError::Error(error)) => Err(failed("lock")(error)),
    }
}

/// Writes the number of this process into its lock.
fn sign(file: &mut File) {
    // Only a courtesy to a process that finds the folder locked, so a full disk is no reason to stop. A file
    // with another name as well is left as it is: it may be in a backup that was made of links.
    if place::has_other_names(file).is_ok_and(|has| !has) {
        let written = file.set_len(0).and_then(|()| file.rewind());
        let _ = written.and_then(|()| writeln!(file, "{}", std::process::id()));
    }
}

/// Returns the process that has the lock, as far as the file says so.
fn owner(file: &mut File) -> Option<u32> {
    if place::has_other_names(file).unwrap_or(true) {
        return None;
    }
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

//! The folder of paid results.

use std::ffi::OsString;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use rustix::fs::AtFlags;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::fs::mkdirat;
use rustix::fs::statvfs;
use rustix::fs::unlinkat;
use rustix::io::Errno;

use crate::codecs::Format;
use crate::codecs::Sniffed;
use crate::codecs::sniff;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::providers::CallKey;
use crate::storage::CacheFault;
use crate::storage::OutputPlace;
use crate::storage::Temp;
use crate::storage::folder;
use crate::storage::folder::Folder;
use crate::storage::folder::OnDisk;

/// The folder's name in the state folder.
const FOLDER: &str = "cache";

/// Extension of bytes of no known kind.
const OTHER: &str = "bin";

/// The extension of what came for a call and is no result. It is never found or taken for one.
const LEFTOVER: &str = "reply";

/// Most bytes of a result that is found without a record of its size: no provider's has more.
const FOUND_MAX: u64 = 128 << 20;

/// Returns every extension that is ever given; a name is a key and one of these, and nothing else.
fn extensions() -> impl Iterator<Item = &'static str> {
    Format::all().map(Format::extension).chain([OTHER])
}

/// The results of paid calls, in `cache` below the state folder: `<key>.<extension>`, the
/// extension by what the bytes are. A file that has its name is whole.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

/// A result that was put into the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredResult {
    /// The file's extension.
    pub ext: &'static str,
    /// Its size in bytes.
    pub bytes: u64,
    /// The digest of its bytes.
    pub hash: Digest,
}

/// A file in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheFile {
    /// The key that it is named by.
    pub key: CallKey,
    /// Its extension.
    pub ext: &'static str,
    /// Its size in bytes.
    pub bytes: u64,
    /// Time at which recanvas last read or wrote it.
    pub used: SystemTime,
}

impl Cache {
    /// Makes the cache in the state folder `state`. Nothing is made before something is put in.
    #[must_use]
    pub fn at(state: &Path) -> Self {
        Cache { folder: state.join(FOLDER) }
    }

    /// Keeps a result: temporary file, sync, close, rename, sync of the folder. When this returns it
    /// is on the disk.
    ///
    /// # Errors
    /// `disk_full` or `io`; nothing has the name then, or what had it before.
    pub fn put(&self, key: CallKey, bytes: &[u8]) -> Result<StoredResult, Failure> {
        let ext = extension(bytes);
        self.write(key, ext, bytes)?;
        Ok(StoredResult { ext, bytes: bytes.len() as u64, hash: Digest::of(bytes) })
    }

    /// Keeps bytes that came for a call and are no result, and returns their place below the state folder; `None` if
    /// they cannot be kept. `Cache::find` does not find them, and nothing removes them.
    #[must_use]
    pub fn keep(&self, key: CallKey, bytes: &[u8]) -> Option<String> {
        self.write(key, LEFTOVER, bytes).ok()?;
        Some(format!("{FOLDER}/{key}.{LEFTOVER}"))
    }

    /// Bytes that are free on the disk of the state folder, if that can be told.
    pub(crate) fn free_bytes(&self) -> Option<u64> {
        let nearest = self.folder.ancestors().find(|folder| folder.is_dir())?;
        let found = statvfs(nearest).ok()?;
        Some(found.f_bavail.saturating_mul(found.f_frsize))
    }

    fn write(&self, key: CallKey, ext: &str, bytes: &[u8]) -> Result<(), Failure> {
        let folder = self.open().map_err(|error| Failure::io("open the cache folder", &error))?;
        let name = OsString::from(format!("{key}.{ext}"));
        // A result that was bought again takes the place of the one that was lost.
        let seen = folder::place_in(folder.handle(), name.as_ref());
        let seen = seen.map_err(|error| Failure::io("look into the cache", &error))?;
        if seen == OutputPlace::Other {
            return Err(Failure::new(Class::Io, "something that is no file stands in the cache where the result goes"));
        }
        let half = folder::plain_temp_name(&name);
        // What a crash left of the same result.
        match unlinkat(folder.handle(), &*half, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(Failure::io("remove an old temporary file", &error.into())),
        }
        let temp = Temp::write(Arc::new(folder), (&half, &name), bytes, OnDisk::AtOnce)?;
        temp.commit(seen)?;
        sync_folder(&self.folder).map_err(|error| Failure::io("sync the cache folder", &error))
    }

    /// Reads the bytes of a result, if they are those that were put. It counts as used now.
    ///
    /// # Errors
    /// Says how it is damaged or missing. The file is left as it is.
    pub fn get(&self, key: CallKey, ext: &str, bytes: u64, hash: Digest) -> Result<Vec<u8>, CacheFault> {
        let (file, content) = self.sound(key, ext, bytes, hash)?;
        // Only for the order in which old results go; a folder that cannot be written is fine.
        let _ = file.set_modified(SystemTime::now());
        Ok(content)
    }

    /// Tells whether the bytes of a result are those that were put. It does not count as used.
    ///
    /// # Errors
    /// As `Cache::get`.
    pub fn check(&self, key: CallKey, ext: &str, bytes: u64, hash: Digest) -> Result<(), CacheFault> {
        self.sound(key, ext, bytes, hash).map(|_| ())
    }

    fn sound(&self, key: CallKey, ext: &str, bytes: u64, hash: Digest) -> Result<(File, Vec<u8>), CacheFault> {
        self.look(key, ext, bytes)?;
        let (file, content) = self.read(key, ext, bytes)?;
        if content.len() as u64 != bytes || Digest::of(&content) != hash {
            return Err(CacheFault::Damaged);
        }
        Ok((file, content))
    }

    /// Tells whether a result seems to be there, by its size.
    ///
    /// # Errors
    /// What is there instead.
    pub fn look(&self, key: CallKey, ext: &str, bytes: u64) -> Result<(), CacheFault> {
        let Some(ext) = known(ext) else {
            return Err(CacheFault::UnknownExtension(ext.escape_default().to_string()));
        };
        match fs::symlink_metadata(self.place(key, ext)) {
            Ok(found) if !found.is_file() => Err(CacheFault::NoFile),
            Ok(found) if found.len() == bytes => Ok(()),
            Ok(found) => Err(CacheFault::OtherSize { found: found.len(), kept: bytes }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(CacheFault::Missing),
            Err(error) => Err(error.into()),
        }
    }

    /// Finds a result of which there may be no record: a file has its name only if it is whole.
    #[must_use]
    pub fn find(&self, key: CallKey) -> Option<StoredResult> {
        extensions().find_map(|ext| {
            let (_, content) = self.read(key, ext, FOUND_MAX).ok()?;
            // Nothing is put that is empty and worth keeping; zeros are what broken disks leave.
            let is_blank = content.iter().all(|&byte| byte == 0);
            let is_whole = content.len() as u64 <= FOUND_MAX;
            (is_whole && !is_blank && extension(&content) == ext).then(|| StoredResult {
                ext,
                bytes: content.len() as u64,
                hash: Digest::of(&content),
            })
        })
    }

    /// Lists every result, in the order of the keys. Files with other names are not ours.
    ///
    /// # Errors
    /// `io` if the folder cannot be read; none is an empty cache.
    pub fn files(&self) -> Result<Vec<CacheFile>, Failure> {
        let mut files = Vec::new();
        self.each(|name, path| {
            let Some((key, ext)) = named(name) else { return Ok(()) };
            let metadata = fs::symlink_metadata(path)?;
            if metadata.is_file() {
                files.push(CacheFile { key, ext, bytes: metadata.len(), used: metadata.modified()? });
            }
            Ok(())
        })?;
        files.sort_by_key(|file| (file.key, file.ext));
        Ok(files)
    }

    /// Returns the first entry that has the name of a result, whole or half written, and is no regular file, as a
    /// link; `None` if all are regular. The cache writes regular files alone: another program put it there.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub(crate) fn irregular_result(&self) -> io::Result<Option<PathBuf>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let is_result = name.to_str().is_some_and(|name| named(name).or_else(|| half_written(name)).is_some());
            if is_result && !entry.file_type()?.is_file() {
                return Ok(Some(entry.path()));
            }
        }
        Ok(None)
    }

    /// Returns the folder of the results.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Removes a result; nothing being there is fine.
    ///
    /// # Errors
    /// `io` if it cannot be removed.
    pub fn remove(&self, file: &CacheFile) -> Result<(), Failure> {
        folder::temporary::remove(&self.place(file.key, file.ext))
            .map_err(|error| Failure::io("remove a result", &error))
    }

    /// Removes what a crash left half written, and says how many. Only under the lock of the
    /// state folder.
    ///
    /// # Errors
    /// `io` if something cannot be removed.
    pub fn sweep(&self) -> Result<u64, Failure> {
        let mut removed = 0;
        self.each(|name, path| {
            if half_written(name).is_some() {
                folder::temporary::remove(path)?;
                removed += 1;
            }
            Ok(())
        })?;
        Ok(removed)
    }

    fn each(&self, mut look: impl FnMut(&str, &Path) -> io::Result<()>) -> Result<(), Failure> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(|error| Failure::io("read the cache folder", &error))?,
        };
        for entry in entries {
            let looked = entry.and_then(|entry| match entry.file_name().to_str() {
                Some(name) => look(name, &entry.path()),
                None => Ok(()),
            });
            looked.map_err(|error| Failure::io("read the cache folder", &error))?;
        }
        Ok(())
    }

    /// Reads the file and its bytes, at most one more than `most`.
    fn read(&self, key: CallKey, ext: &str, most: u64) -> io::Result<(File, Vec<u8>)> {
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(self.place(key, ext))?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("not a file"));
        }
        let mut content = Vec::new();
        (&file).take(most.saturating_add(1)).read_to_end(&mut content)?;
        Ok((file, content))
    }

    fn place(&self, key: CallKey, ext: &str) -> PathBuf {
        self.folder.join(format!("{key}.{ext}"))
    }

    /// Opens the folder, which is made if there is none. Neither it nor the state folder is a link.
    fn open(&self) -> io::Result<Folder> {
        let state = self.folder.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(state)?;
        let opened = Folder::open(state)?;
        match mkdirat(opened.handle(), FOLDER, Mode::from_raw_mode(0o777)) {
            Ok(()) => sync_folder(state)?,
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        opened.beneath(Path::new(FOLDER), None)
    }
}

/// Returns the key and the extension of a result with this name.
fn named(name: &str) -> Option<(CallKey, &'static str)> {
    let (key, ext) = name.split_once('.')?;
    let (key, ext) = (key.parse::<CallKey>().ok()?, known(ext)?);
    (format!("{key}.{ext}") == name).then_some((key, ext))
}

/// Returns the same of a result, or of what is none, that is not whole under this name.
fn half_written(name: &str) -> Option<(CallKey, &'static str)> {
    let whole = folder::whole_name(name)?;
    let leftover = || Some((whole.strip_suffix(LEFTOVER)?.strip_suffix('.')?.parse().ok()?, LEFTOVER));
    named(whole).or_else(leftover)
}

fn known(ext: &str) -> Option<&'static str> {
    extensions().find(|known| *known == ext)
}

fn extension(bytes: &[u8]) -> &'static str {
    match sniff(bytes) {
        Sniffed::Image(format) => format.extension(),
        _ => OTHER,
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

//! A store in memory, made of the public API alone as another crate would make one.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::io::Cursor;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::ops::ControlFlow;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;

use recanvas::codecs::SNIFF_BYTES;
use recanvas::digest::Digest;
use recanvas::error::Class;
use recanvas::error::Failure;
use recanvas::storage::Committed;
use recanvas::storage::Durable;
use recanvas::storage::Ignored;
use recanvas::storage::IsKnown;
use recanvas::storage::Mtime;
use recanvas::storage::OutputPlace;
use recanvas::storage::OutputStore;
use recanvas::storage::PreparedOutput;
use recanvas::storage::Removal;
use recanvas::storage::Selection;
use recanvas::storage::SourceFile;
use recanvas::storage::SourceReader;
use recanvas::storage::SourceStore;
use recanvas::storage::Stamp;
use recanvas::storage::Trace;
use recanvas::storage::Visit;
use recanvas::storage::changed;

/// Says how many sources are handed on at once: few, so that a list has several parts.
const PART: usize = 2;

/// Files by their paths, with sources or with outputs.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Files>);

#[derive(Default)]
struct Files {
    files: BTreeMap<PathBuf, (Arc<[u8]>, Stamp)>,
    /// Counts writes: the time that the next file gets.
    clock: i64,
    /// Counts the sources that were opened.
    opened: usize,
    /// Counts the outputs that were synced.
    synced: usize,
}

impl Memory {
    fn files(&self) -> MutexGuard<'_, Files> {
        self.0.lock().expect("no test fails while it holds the files")
    }

    /// Puts a file in place, with the next time.
    pub(crate) fn put(&self, path: &Path, bytes: &[u8]) -> Stamp {
        let mut files = self.files();
        files.clock += 1;
        let mtime = Mtime { seconds: files.clock, nanos: 0 };
        files.put(path, bytes, mtime)
    }

    /// Puts other bytes in the place of a file without another time: its ETag alone tells.
    pub(crate) fn replace(&self, path: &Path, bytes: &[u8]) {
        let mut files = self.files();
        let mtime = files.files[path].1.mtime;
        files.put(path, bytes, mtime);
    }

    pub(crate) fn take_away(&self, path: &Path) {
        self.files().files.remove(path).expect("the file is there");
    }

    pub(crate) fn all(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        self.files().files.iter().map(|(path, (bytes, _))| (path.clone(), bytes.to_vec())).collect()
    }

    /// Says how often a source was opened.
    pub(crate) fn opened(&self) -> usize {
        self.files().opened
    }

    /// Says how many outputs were synced.
    pub(crate) fn synced(&self) -> usize {
        self.files().synced
    }

    fn get(&self, path: &Path) -> io::Result<(Arc<[u8]>, Stamp)> {
        self.files().files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Files {
    fn put(&mut self, path: &Path, bytes: &[u8], mtime: Mtime) -> Stamp {
        let stamp = Stamp { size: bytes.len() as u64, mtime, trace: Trace::ETag(Digest::of(bytes)) };
        self.files.insert(path.to_owned(), (bytes.into(), stamp));
        stamp
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.files().files.keys()).finish()
    }
}

impl SourceStore for Memory {
    fn list(&self, selection: &Selection, known: &IsKnown<'_>, visit: &mut Visit<'_>) -> Result<Ignored, Failure> {
        let (mut ignored, mut included) = (Ignored::new(selection.lists_ignored), selection.included());
        let files = self.files().files.clone();
        let mut sources = Vec::new();
        for (path, (bytes, stamp)) in files {
            let is_hidden = path.iter().any(|name| Selection::is_hidden(name.as_encoded_bytes()));
            let kind = if is_hidden {
                Some("hidden".into())
            } else if path.ancestors().any(|above| selection.excludes(above)) || !included.has(&path) {
                Some("excluded".into())
            } else {
                let head = || Some(bytes[..bytes.len().min(SNIFF_BYTES)].to_vec());
                Selection::kind(&path, stamp.size, || known(&path, stamp.size, stamp.mtime), head)
            };
            match kind {
                Some(kind) => ignored.add(kind, &path),
                None => sources.push(SourceFile { path, stamp }),
            }
        }
        ignored.set_idle(included.idle());
        ignored.sort();
        for part in sources.chunks(PART) {
            if let ControlFlow::Break(()) = visit(part.to_vec()) {
                break;
            }
        }
        Ok(ignored)
    }

    fn open(&self, source: &SourceFile) -> Result<Box<dyn SourceReader + '_>, Failure> {
        self.files().opened += 1;
        let (bytes, stamp) = self.get(&source.path).map_err(|error| Failure::io("open the source", &error))?;
        if stamp != source.stamp {
            return Err(changed());
        }
        Ok(Box::new(Reader(Cursor::new(bytes))))
    }

    fn head(&self, relative: &Path) -> io::Result<Vec<u8>> {
        self.get(relative).map(|(bytes, _)| bytes[..bytes.len().min(SNIFF_BYTES)].to_vec())
    }
}

/// A source as it was when it was opened: what is put in its place later has bytes of its own.
struct Reader(Cursor<Arc<[u8]>>);

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl SourceReader for Reader {
    fn is_changed(&self) -> bool {
        false
    }
}

/// Outputs are put in place as one who holds the store can: so they are committed through an [`Arc`] of it.
#[derive(Debug, Clone)]
pub(crate) struct Outputs(pub(crate) Arc<Memory>);

impl OutputStore for Outputs {
    fn check(&self) -> Result<(), Failure> {
        Ok(())
    }

    fn stat(&self, output: &Path) -> Result<OutputPlace, Failure> {
        Ok(self.0.get(output).map_or(OutputPlace::Empty, |(_, stamp)| OutputPlace::File(stamp)))
    }

    fn hash(&self, output: &Path) -> Result<Digest, Failure> {
        self.0.get(output).map(|(bytes, _)| Digest::of(&bytes)).map_err(|error| Failure::io("read the output", &error))
    }

    fn prepare<'a>(
        &'a self,
        output: &'a Path,
        _task: &[u8],
        bytes: &'a [u8],
    ) -> Result<Box<dyn PreparedOutput + 'a>, Failure> {
        Ok(Box::new(Prepared { store: self, output, bytes }))
    }

    fn adopt(&self, output: &Path) -> Result<Committed, Failure> {
        let (_, stamp) = self.0.get(output).map_err(|error| Failure::io("open the output", &error))?;
        Ok(Committed { stamp, durable: Box::new(self.clone()) })
    }

    fn remove(&self, output: &Path, is_ours: &dyn Fn(Digest) -> bool) -> Result<Removal, Failure> {
        let mut files = self.0.files();
        let Some((bytes, _)) = files.files.get(output) else { return Ok(Removal::Missing) };
        if !is_ours(Digest::of(bytes)) {
            return Ok(Removal::Changed);
        }
        files.files.remove(output);
        Ok(Removal::Removed)
    }
}

impl Durable for Outputs {
    fn group(&self) -> Option<u64> {
        None
    }

    fn sync(&self) -> io::Result<()> {
        self.0.files().synced += 1;
        Ok(())
    }
}

struct Prepared<'a> {
    store: &'a Outputs,
    output: &'a Path,
    bytes: &'a [u8],
}

impl PreparedOutput for Prepared<'_> {
    fn temp(&self) -> Option<&OsStr> {
        None
    }

    fn commit(self: Box<Self>, seen: OutputPlace) -> Result<Committed, Failure> {
        let now = self.store.stat(self.output)?;
        if now != OutputPlace::Empty && now != seen {
            return Err(Failure::new(Class::Io, "another file came there"));
        }
        let stamp = self.store.0.put(self.output, self.bytes);
        Ok(Committed { stamp, durable: Box::new(self.store.clone()) })
    }
}

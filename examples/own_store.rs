//! Keeps outputs in a store of one's own, a map in memory: `cargo run --example own_store -- PIPELINE INPUT STATE`.

#![expect(clippy::disallowed_methods, reason = "an embedder decides itself what a panic under a lock means")]
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use recanvas::batch::{self, Places, Request, Stop, Summary};
use recanvas::digest::Digest;
use recanvas::error::{Class, Failure};
use recanvas::pipeline::Pipeline;
use recanvas::storage::{Committed, Durable, Mtime, OutputPlace, OutputStore, PreparedOutput, Removal, Stamp, Trace};

/// Outputs by their paths, with their bytes.
pub(crate) type Files = BTreeMap<PathBuf, (Vec<u8>, Stamp)>;

/// Holds outputs in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryStore(Arc<Mutex<Files>>);

impl MemoryStore {
    pub(crate) fn files(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn committed(&self, stamp: Stamp) -> Committed {
        Committed { stamp, durable: Box::new(self.clone()) }
    }
}

fn missing() -> Failure {
    Failure::new(Class::Io, "there is no such output")
}

impl OutputStore for MemoryStore {
    fn check(&self) -> Result<(), Failure> {
        Ok(())
    }

    fn stat(&self, output: &Path) -> Result<OutputPlace, Failure> {
        Ok(self.files().get(output).map_or(OutputPlace::Empty, |(_, stamp)| OutputPlace::File(*stamp)))
    }

    fn hash(&self, output: &Path) -> Result<Digest, Failure> {
        self.files().get(output).map(|(bytes, _)| Digest::of(bytes)).ok_or_else(missing)
    }

    fn prepare<'a>(
        &'a self,
        output: &'a Path,
        _task: &[u8],
        bytes: &'a [u8],
    ) -> Result<Box<dyn PreparedOutput + 'a>, Failure> {
        Ok(Box::new(Put { store: self, output, bytes }))
    }

    fn adopt(&self, output: &Path) -> Result<Committed, Failure> {
        self.files().get(output).map(|(_, stamp)| self.committed(*stamp)).ok_or_else(missing)
    }

    fn remove(&self, output: &Path, is_ours: &dyn Fn(Digest) -> bool) -> Result<Removal, Failure> {
        let mut files = self.files();
        let Some((bytes, _)) = files.get(output) else { return Ok(Removal::Missing) };
        if !is_ours(Digest::of(bytes)) {
            return Ok(Removal::Changed);
        }
        files.remove(output);
        Ok(Removal::Removed)
    }
}

/// An output that is about to be put on the store.
struct Put<'a> {
    store: &'a MemoryStore,
    output: &'a Path,
    bytes: &'a [u8],
}

impl PreparedOutput for Put<'_> {
    fn temp(&self) -> Option<&OsStr> {
        None
    }

    fn commit(self: Box<Self>, seen: OutputPlace) -> Result<Committed, Failure> {
        if self.store.stat(self.output)? != seen {
            return Err(Failure::new(Class::Io, "another output came there"));
        }
        // Without times, the digest alone tells one content from another.
        let (mtime, trace) = (Mtime { seconds: 0, nanos: 0 }, Trace::ETag(Digest::of(self.bytes)));
        let stamp = Stamp { size: self.bytes.len() as u64, mtime, trace };
        self.store.files().insert(self.output.to_owned(), (self.bytes.to_owned(), stamp));
        Ok(self.store.committed(stamp))
    }
}

impl Durable for MemoryStore {
    fn group(&self) -> Option<u64> {
        None
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a pipeline over a folder; outputs go on the store, and what is known of them into the folder `state`.
pub(crate) fn run(pipeline: &Path, input: &Path, state: &Path, store: &MemoryStore) -> Result<Summary, Box<dyn Error>> {
    let pipeline = Pipeline::from_path(pipeline)?;
    let places = Places::new(input, "store");
    let mut request = Request::new(&pipeline, places)?;
    request.outputs = Some(Arc::new(store.clone()));
    request.state = state.to_owned();
    Ok(batch::run(&pipeline, &request, &batch::Silent, &Stop::new())?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let [pipeline, input, state] = arguments.try_into().map_err(|_| "three arguments: PIPELINE INPUT STATE")?;
    let store = MemoryStore::default();
    run(Path::new(&pipeline), Path::new(&input), Path::new(&state), &store)?;
    for (path, (bytes, _)) in &*store.files() {
        println!("{} {}", bytes.len(), path.display());
    }
    Ok(())
}

//! One source: fetched once, decoded once, every output made from the same pixels.

use std::time::Duration;
use std::time::Instant;

use crate::batch::SourcePlan;
use crate::batch::ToMake;
use crate::codecs;
use crate::codecs::DecodeRequest;
use crate::codecs::Limits;
use crate::digest::Digest;
use crate::engines::ChainFailure;
use crate::error::Failure;
use crate::pipeline::DecodedSource;
use crate::pipeline::OutputPicture;
use crate::pipeline::PictureError;
use crate::pipeline::Task;
use crate::pipeline::guarded;
use crate::pipeline::milliseconds;
use crate::storage::SourceStore;
pub(super) use crate::storage::changed;

/// Holds a source in memory, with what is recorded of it.
pub(super) struct Source {
    /// Holds the digest of its bytes.
    pub(super) hash: Digest,
    /// Holds its pixels.
    pub(super) decoded: DecodedSource,
    /// Warnings of the decoder.
    pub(super) warnings: Vec<String>,
    /// Counts milliseconds of reading and decoding.
    pub(super) decode_ms: u64,
}

/// Tells whether the outputs of a source are made one after the other, or at the same time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Parallelism {
    OneByOne,
    Together,
}

/// Holds the bytes of a source, as its store gave them.
pub(super) struct Fetched {
    bytes: Vec<u8>,
    took: Duration,
}

/// Reads and decodes one source from its store, as far as some of its tasks need it.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    source_store: &'a dyn SourceStore,
    pub(super) plan: &'a SourcePlan,
    limits: &'a Limits,
    /// The part and the scale of the source that are decoded.
    decode_request: DecodeRequest,
}

impl<'a> Reading<'a> {
    /// Makes the reading of a source for some of its tasks, of which `first` is one.
    pub(super) fn new(
        source_store: &'a dyn SourceStore,
        plan: &'a SourcePlan,
        first: &'a Task,
        decode_request: DecodeRequest,
    ) -> Self {
        // Limits may differ between tasks; each was checked against its own when planned.
        Reading { source_store, plan, limits: &first.recipe.load.limits, decode_request }
    }

    /// Gets the bytes of the source from its store: the one step that waits for it.
    pub(super) fn fetch(&self) -> Result<Fetched, Failure> {
        let begun = Instant::now();
        let bytes = self.source_store.read(&self.plan.file)?;
        Ok(Fetched { bytes, took: begun.elapsed() })
    }

    /// Decodes as much of the source as its targets need. The digest is returned even if that fails.
    pub(super) fn decode(&self, fetched: Fetched) -> (Digest, Result<Source, Failure>) {
        let begun = Instant::now();
        let Fetched { bytes, took } = fetched;
        let hash = Digest::of(&bytes);
        let decoded = guarded("decoding", || {
            // What was decided by what other bytes show is not true of these.
            if self.plan.hash.as_deref().is_some_and(|seen| *seen != hash) {
                return Err(changed());
            }
            // Memory was reserved for the file that was planned.
            let now = codecs::read_header(&mut std::io::Cursor::new(&bytes))?;
            let Some(decisions) = self.plan.decisions.as_deref().filter(|decisions| decisions.header == now) else {
                return Err(changed());
            };
            let planned = (&*self.plan.tasks, decisions);
            DecodedSource::decode(&bytes, planned, self.limits, &self.decode_request)
        });
        let source = decoded.map(|(decoded, warnings)| Source {
            hash,
            decoded,
            warnings,
            decode_ms: milliseconds(took + begun.elapsed()),
        });
        (hash, source)
    }
}

impl Source {
    /// Tells whether the margins of an output are left transparent, because what it shows is a cut-out.
    pub(super) fn leaves_clear(&self, one: ToMake<'_>) -> bool {
        self.decoded.leaves_clear(one.task, one.layout())
    }

    /// Makes the pixels of one output, with a local engine where margins are to be filled.
    ///
    /// # Errors
    /// Says why it cannot be made; what engines said that the plan passed over comes first.
    pub(super) fn picture(&self, one: ToMake<'_>) -> Result<OutputPicture, Failure> {
        let route = one.make.route();
        self.decoded.picture_here(one.task, one.decided, route.link).map_err(|error| match error {
            PictureError::Failed(failure) => failure,
            PictureError::Unfilled(unfilled) => {
                ChainFailure::of(&[route.passed.as_slice(), &unfilled.said].concat()).failure()
            }
        })
    }
}

//! The pixels of paid calls, on threads of the pool: the pictures that are sent, and the outputs from results.

use std::sync::Arc;

use crate::batch::ToMake;
use crate::batch::job;
use crate::batch::job::Reading;
use crate::batch::job::Source;
use crate::batch::memory::Admission;
use crate::batch::memory::MemoryNeed;
use crate::batch::memory::calls::SENT;
use crate::codecs;
use crate::codecs::DecodeRequest;
use crate::codecs::Metadata;
use crate::digest::Digest;
use crate::engines::ChainFailure;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Layout;
use crate::geometry::Orientation;
use crate::geometry::Size;
use crate::pipeline::OutputPicture;
use crate::pipeline::PictureError;
use crate::pipeline::RESULT;
use crate::pipeline::Sent;
use crate::pipeline::guarded;
use crate::providers::CallKey;
use crate::providers::Canvas;
use crate::providers::Misfit;
use crate::providers::Provider;
use crate::providers::ResultHeader;
use crate::providers::Verified;
use crate::providers::client::Check;
use crate::providers::client::EncodedPicture;
use crate::providers::client::Service;
use crate::providers::examine;
use crate::providers::glance;
use crate::raster;
use crate::raster::Raster;
use crate::stages::Recipe;

/// Tells whether bytes are a whole picture; else what they are. One of another size than was asked for is
/// left to [`verify`], which refuses it by its header; others are decoded once there is room.
pub(super) fn check(asked: Size, admission: Arc<Admission>) -> Check {
    Arc::new(move |bytes| {
        let ResultHeader::Fits(header) = glance(bytes, asked)? else { return Ok(()) };
        let _room = admission.hold(MemoryNeed::new(&header, bytes.len() as u64, &DecodeRequest::WHOLE).loading());
        guarded("checking a result", || codecs::decode(bytes, &RESULT).map(drop))
    })
}

/// A canvas with what is needed to know what is sent for it.
#[derive(Clone)]
pub(super) struct Wanted {
    /// The word of the stage that wants it.
    pub(super) stage: &'static str,
    pub(super) canvas: Canvas,
    pub(super) provider: Arc<Provider>,
    /// The recipe of any of its tasks: its stages change the source before it is sent.
    pub(super) recipe: Arc<Recipe>,
    /// Any layout of the source: its content counts.
    pub(super) layout: Layout,
    /// The result of the first of two passes.
    pub(super) first: Option<Vec<u8>>,
}

/// Makes the picture that a provider gets to see: upright, in the size of the canvas's part, in sRGB, opaque, and
/// without a word of metadata.
pub(super) fn prepare(reading: &Reading<'_>, content: Digest, wanted: &Wanted) -> Result<EncodedPicture, Failure> {
    let source = load(reading, content)?;
    guarded("preparing the picture", || {
        let picture = wanted.sent(&source)?;
        let bytes = SENT.encode(&raster::with_color(&picture).narrowed(), &Metadata::default())?;
        Ok(EncodedPicture { bytes: bytes.into(), mime: "image/jpeg".to_owned(), name: "picture.jpg".to_owned() })
    })
}

/// Loads the source, if it is still the one whose digest is known.
fn load(reading: &Reading<'_>, content: Digest) -> Result<Source, Failure> {
    let (hash, source) = reading.decode(reading.fetch()?);
    if hash == content { source } else { Err(job::changed()) }
}

impl Wanted {
    /// Returns the picture that is sent, opaque.
    fn sent(&self, source: &Source) -> Result<Arc<Raster>, Failure> {
        let Wanted { canvas, recipe, provider, layout, first, .. } = self;
        source.decoded.sent(Sent { canvas, recipe, provider, layout, first: first.as_deref() })
    }
}

/// A result as it came, with what was wanted.
pub(super) struct Returned {
    pub(super) bytes: Result<Vec<u8>, Failure>,
    pub(super) wanted: Wanted,
    /// The call that paid for it.
    pub(super) call: CallKey,
    /// Set where it is recorded that the source was seen as it is now.
    pub(super) is_sure: bool,
    /// Set where it came in this run.
    pub(super) is_new: bool,
}

/// A result that was looked at, with what was wanted.
pub(super) struct Judged {
    result: Result<Verified, Unusable>,
    /// The word of the stage that wanted it.
    pub(super) stage: &'static str,
    pub(super) provider: Arc<Provider>,
    pub(super) canvas: Canvas,
    /// The call that paid for it.
    call: CallKey,
    /// Set where it came in this run.
    pub(super) is_new: bool,
    /// Of a walk: the call, and the share of the frame that the source takes.
    walked: Option<(CallKey, f64)>,
}

impl Judged {
    /// Reports to the provider's service whether the result of a call of this run can be used, and of a walk the share
    /// of the frame that the source takes.
    pub(super) fn tell(&self, service: Option<&Service>) {
        let Some(service) = service.filter(|_| self.is_new) else { return };
        if let Some((call, found)) = self.walked {
            service.came(call, found);
        }
        match &self.result {
            Ok(_) => service.judged(self.call, true),
            Err(Unusable::Bad(_) | Unusable::Lasting(_)) => service.judged(self.call, false),
            Err(Unusable::Lost(_)) => service.unjudged(self.call),
        }
    }
}

/// Reason for which a result cannot be used.
enum Unusable {
    /// The provider has made something else.
    Bad(Failure),
    /// The same, and another seed does not change it: of a wrong size, black, or with the source elsewhere or too
    /// large.
    Lasting(Failure),
    /// It is not what was paid for any more, or not of the source as it is seen now.
    Lost(Failure),
}

impl Returned {
    /// Looks at the result of a source.
    fn judged(self, source: &Source) -> Judged {
        let Returned { bytes, wanted, call: paid, is_sure, is_new } = self;
        let placement = wanted.provider.descriptor.geometry.placement;
        let unsure = |failure: Failure| {
            let message = format!("{}; it was paid for, and only --repay buys it again", failure.message);
            Unusable::Lost(Failure { message, ..failure })
        };
        let mut found = None;
        let mut judge = |bytes: Vec<u8>| {
            let sent = wanted.sent(source)?;
            let result = match examine(&bytes, &wanted.canvas.asked(), &sent, placement, &RESULT) {
                Ok(result) => result,
                Err(Misfit::Geometry(failure, place)) => {
                    found = place;
                    return Ok(Err(Unusable::Lasting(failure)));
                }
                Err(Misfit::Black(failure)) => return Ok(Err(Unusable::Lasting(failure))),
                Err(Misfit::Other(failure)) => return Err(failure),
            };
            found = Some(result.placed().source);
            let lock = if is_sure { Ok(()) } else { result.check_turn(&sent) };
            Ok(lock.map(|()| result).map_err(unsure))
        };
        let result = match bytes {
            Ok(bytes) => guarded("checking a result", || judge(bytes)).map_err(Unusable::Bad).flatten(),
            Err(failure) => Err(Unusable::Lost(failure)),
        };
        let walked = found.filter(|_| wanted.canvas.steps > 0).map(|found| {
            let call = wanted.provider.call(wanted.stage, source.hash, wanted.canvas, Orientation::default());
            (call.key(0), found.width / f64::from(wanted.canvas.returned().width))
        });
        let Wanted { stage, provider, canvas, .. } = wanted;
        Judged { result, stage, provider, canvas, call: paid, is_new, walked }
    }
}

/// The engine or the result that fills the margins of one output, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FilledBy {
    /// The local engines from this link on.
    Local(usize),
    /// The result at this place.
    Result(usize),
}

/// Pixels of one output, or the reason for which there are none.
pub(super) enum TaskPixels {
    /// Its pixels.
    Made(OutputPicture),
    /// The result cannot be used.
    Bad {
        /// Failure that it caused.
        failure: Failure,
        /// Tells whether another seed would not change it.
        is_lasting: bool,
    },
    /// No local engine could do it.
    Unfilled(ChainFailure),
    /// It cannot be made.
    Failed(Failure),
}

/// A decoded source with everything that was returned for it.
pub(super) struct Batch {
    pub(super) source: Source,
    results: Vec<Judged>,
}

impl Batch {
    pub(super) fn new(reading: &Reading<'_>, content: Digest, returned: Vec<Returned>) -> Result<Batch, Failure> {
        let source = load(reading, content)?;
        let results = returned.into_iter().map(|returned| returned.judged(&source)).collect();
        Ok(Batch { source, results })
    }

    /// Returns the result, where margins come from one.
    pub(super) fn judged(&self, with: FilledBy) -> Option<&Judged> {
        if let FilledBy::Result(at) = with { self.results.get(at) } else { None }
    }

    /// Returns the judgements on the results.
    pub(super) fn judgements(&self) -> impl Iterator<Item = &Judged> {
        self.results.iter()
    }

    /// Makes the pixels of one output.
    pub(super) fn fill(&self, ToMake { task, decided, .. }: ToMake<'_>, with: FilledBy) -> TaskPixels {
        match with {
            FilledBy::Local(link) => match self.source.decoded.picture_here(task, decided, link) {
                Ok(picture) => TaskPixels::Made(picture),
                Err(PictureError::Unfilled(unfilled)) => TaskPixels::Unfilled(unfilled),
                Err(PictureError::Failed(failure)) => TaskPixels::Failed(failure),
            },
            FilledBy::Result(at) => {
                let Judged { result, provider, .. } = &self.results[at];
                let is_lasting = matches!(result, Err(Unusable::Lasting(_)));
                let made = match result {
                    Ok(result) => self.source.decoded.picture_of_result(task, decided, (result, provider.name())),
                    Err(Unusable::Bad(failure) | Unusable::Lasting(failure)) => Err(failure.clone()),
                    Err(Unusable::Lost(failure)) => return TaskPixels::Failed(failure.clone()),
                };
                match made {
                    Ok(picture) => TaskPixels::Made(picture),
                    Err(failure) if failure.class == Class::BadOutput => TaskPixels::Bad { failure, is_lasting },
                    Err(failure) => TaskPixels::Failed(failure),
                }
            }
        }
    }
}

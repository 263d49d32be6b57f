//! The pixels of paid calls, on threads of the pool: what is sent, and what becomes of a result.

use std::path::Path;
use std::sync::Arc;

use crate::batch::Make;
use crate::batch::SourcePlan;
use crate::batch::job;
use crate::batch::job::Encoded;
use crate::batch::job::Source;
use crate::codecs;
use crate::codecs::Chroma;
use crate::codecs::Encode;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::codecs::Limits;
use crate::digest::Digest;
use crate::engines::Stuck;
use crate::engines::remote::Canvas;
use crate::engines::remote::Check;
use crate::engines::remote::Picture;
use crate::engines::remote::Provider;
use crate::engines::remote::Verified;
use crate::engines::remote::verify;
use crate::error::Class;
use crate::error::Failure;
use crate::options::Color;
use crate::pipeline::Target;
use crate::raster;
use crate::raster::Filter;
use crate::raster::Raster;

/// What a result may be at most. Providers make a few megapixels.
const RESULT: Limits = Limits { max_pixels: 100_000_000, max_bytes: 128 << 20 };

/// How the source is sent: near to lossless, and a fraction of a lossless file's size. Its own
/// pixels never come back into the output.
const SENT: Encode = Encode { quality: 95, chroma: Chroma::Full, progressive: false, lossless: false };

/// Whether bytes are a whole picture; else what they are.
pub(super) fn check() -> Check {
    Arc::new(|bytes| codecs::decode(bytes, &RESULT).map(drop).map_err(|failure| failure.to_string()))
}

/// Most bytes of memory that [`prepare`] takes.
pub(super) fn need_to_prepare(source: &SourcePlan, header: &Header, canvas: &Canvas) -> u64 {
    let resampling = u64::from(canvas.sent.width) * canvas.visible.height.ceil() as u64;
    job::decoding_need(source, header) + (resampling + 4 * canvas.sent.area()) * job::pixel_bytes(header)
}

/// What a provider gets to see: upright, in the size of the canvas's part, in sRGB, opaque, and
/// without a word of metadata.
pub(super) fn prepare(
    input: &Path,
    plan: &SourcePlan,
    target: &Target,
    content: Digest,
    canvas: &Canvas,
) -> Result<Picture, Failure> {
    let source = load(input, plan, target, content)?;
    job::guarded("preparing the picture", || {
        let sent = raster::flatten(working(&source, canvas), Color::WHITE);
        let bytes = codecs::encode(&raster::with_color(sent).into_u8(), Format::Jpeg, &SENT)?;
        Ok(Picture { bytes: bytes.into(), mime: "image/jpeg".to_owned(), name: "picture.jpg".to_owned() })
    })
}

/// The source as [`load`](job::load) reads it, if it is still the one whose digest is known.
fn load(input: &Path, plan: &SourcePlan, target: &Target, content: Digest) -> Result<Source, Failure> {
    let (hash, source) = job::load(input, plan, target);
    if hash.is_some_and(|hash| hash != content) {
        return Err(Failure::new(Class::Io, "the file changed while the run was going on; run again"));
    }
    source
}

/// The part of the source that a canvas shows, in the size in which it is sent.
fn working(source: &Source, canvas: &Canvas) -> Raster {
    raster::resample(&source.raster, canvas.visible, canvas.sent, Filter::Lanczos3)
}

/// A result as it came.
pub(super) struct Returned {
    pub(super) bytes: Result<Vec<u8>, Failure>,
    pub(super) canvas: Canvas,
    pub(super) provider: Arc<Provider>,
}

/// Who fills the margins of one target.
#[derive(Debug, Clone, Copy)]
pub(super) enum With {
    /// The local engines from this link on.
    Local(usize),
    /// The result at this place.
    Result(usize),
}

/// What became of one target.
pub(super) enum Filled {
    /// The file.
    Made(Encoded),
    /// The result cannot be used.
    Bad(Failure),
    /// No local engine could do it.
    Stuck(Stuck),
    /// It cannot be made.
    Failed(Failure),
}

/// Most bytes of memory that [`Batch::new`] and [`Batch::fill`] take.
pub(super) fn need_to_finish<'a>(
    source: &SourcePlan,
    header: &Header,
    makes: &[(&Make, &Target)],
    canvases: impl Iterator<Item = &'a Canvas>,
) -> u64 {
    let largest = makes.iter().map(|(make, _)| make.layout.output).max_by_key(|output| output.area());
    // A result may be 5 % larger on each side; decoded, corrected, and searched at lower scales.
    let result = |canvas: &Canvas| {
        let pixels = canvas.returned().area() * 5 / 4;
        let scratch = largest.map_or(0, |output| Verified::scratch_bytes(canvas.returned(), output));
        pixels * 3 * 4 + canvas.sent.area() * 4 * 4 + scratch
    };
    job::memory_need(source, header, makes) + canvases.map(result).sum::<u64>()
}

/// A decoded source with everything that was returned for it.
pub(super) struct Batch {
    pub(super) source: Source,
    results: Vec<(Result<Verified, Failure>, Arc<Provider>)>,
}

impl Batch {
    pub(super) fn new(
        input: &Path,
        plan: &SourcePlan,
        target: &Target,
        content: Digest,
        returned: Vec<Returned>,
    ) -> Result<Batch, Failure> {
        let source = load(input, plan, target, content)?;
        let verified = |Returned { bytes, canvas, provider }: Returned| {
            let placement = provider.descriptor.geometry.placement;
            let verified = bytes.and_then(|bytes| {
                let sent = working(&source, &canvas);
                job::guarded("checking a result", || verify(&bytes, &canvas.asked(), &sent, placement, &RESULT))
            });
            (verified, provider)
        };
        let results = returned.into_iter().map(verified).collect();
        Ok(Batch { source, results })
    }

    pub(super) fn fill(&self, make: &Make, target: &Target, with: With) -> Filled {
        match with {
            With::Local(link) => match job::fill(&self.source, make, target, link) {
                Ok(Ok(encoded)) => Filled::Made(encoded),
                Ok(Err(stuck)) => Filled::Stuck(stuck),
                Err(failure) => Filled::Failed(failure),
            },
            With::Result(at) => {
                let (result, provider) = &self.results[at];
                let made = result.as_ref().map_err(Clone::clone);
                match made.and_then(|result| job::compose(&self.source, make, target, (result, provider.name()))) {
                    Ok(encoded) => Filled::Made(encoded),
                    Err(failure) if matches!(failure.class, Class::BadOutput | Class::Rejected) => Filled::Bad(failure),
                    Err(failure) => Filled::Failed(failure),
                }
            }
        }
    }
}

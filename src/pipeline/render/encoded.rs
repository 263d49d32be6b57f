//! The file of an output, in memory.

use std::time::Instant;

use crate::codecs;
use crate::codecs::Detail;
use crate::codecs::Encoding;
use crate::codecs::Metadata;
use crate::engines::Filled;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Finding;
use crate::pipeline::Decided;
use crate::pipeline::Task;
use crate::pipeline::panics::guarded;
use crate::pipeline::render::picture::OutputPicture;
use crate::pipeline::render::picture::milliseconds;
use crate::raster::Raster;

/// An output in memory.
pub(crate) struct Encoded {
    /// The file.
    pub(crate) bytes: Vec<u8>,
    /// Filling of the margins, if there are any.
    pub(crate) filled: Option<Filled>,
    /// Findings of its stages when they checked the file.
    pub(crate) findings: Vec<Finding>,
    /// Milliseconds of resampling and filling; none where another file of the picture was encoded before.
    pub(crate) pixels_ms: u64,
    /// Milliseconds of encoding.
    pub(crate) encode_ms: u64,
}

impl OutputPicture {
    /// Encodes the picture as a task says, and has its stages check the file.
    ///
    /// # Errors
    /// [`Class::Memory`] where it has more `detail` than was planned for, and encoding it takes more; else why it
    /// cannot be written.
    pub(crate) fn encode(
        &self,
        task: &Task,
        Decided { layout, format, .. }: &Decided,
        detail: Detail,
    ) -> Result<Encoded, Failure> {
        guarded("making the picture", || {
            let begun = Instant::now();
            let packet = || codecs::source_type_packet(codecs::COMPOSITE_WITH_TRAINED_MEDIA);
            let says_so = self.is_by_provider && task.recipe.outpaint.provenance;
            let metadata = Metadata { xmp: says_so.then(packet), ..Metadata::default() };
            let encoding = task.recipe.convert.encoding(*format)?;
            check_detail(&self.raster, encoding, detail)?;
            let bytes = encoding.encode(&self.raster, &metadata)?;
            let encode_ms = milliseconds(begun.elapsed());
            let findings = task.recipe.check(&bytes, layout, *format);
            let (filled, pixels_ms) = (self.filled.clone(), self.pixels_ms.take());
            Ok(Encoded { bytes, filled, findings, pixels_ms, encode_ms })
        })
    }
}

/// Refuses to encode what takes more memory than was reserved for a picture of as much detail.
fn check_detail(picture: &Raster, encoding: &Encoding, planned: Detail) -> Result<(), Failure> {
    let need = |detail| encoding.memory(picture.size(), picture.channels(), picture.sample_bytes(), detail);
    if need(planned) >= need(Detail::Noise) || Detail::of(picture) == planned {
        return Ok(());
    }
    Err(Failure::new(Class::Memory, "the output has more detail than memory was planned for"))
}

//! Estimates the memory of a paid call beside its source: of the picture that is sent, and of the one that comes back.

use std::sync::LazyLock;

use crate::batch::ToMake;
use crate::batch::job::Parallelism;
use crate::batch::memory::MemoryNeed;
use crate::codecs::Detail;
use crate::codecs::Encoding;
use crate::codecs::Format;
use crate::geometry::Size;
use crate::options::Values;
use crate::providers::Canvas;
use crate::providers::Verified;
use crate::raster::Channels;
use crate::raster::Filter;

/// Encoding in which the source is sent: near to lossless, and a fraction of a lossless file's size. Its own pixels
/// never come back into the output.
pub(in crate::batch) static SENT: LazyLock<Encoding> = LazyLock::new(|| {
    let options = Values::from([("quality", 95.into()), ("chroma", "4:4:4".into())]);
    Encoding::new(Format::JPEG, &options).expect("JPEG is written")
});

/// Returns the most bytes of memory that looking at a result, or sending it on, takes.
fn need_of_result(canvas: &Canvas, output: Size) -> u64 {
    // A result may be 5 % larger on each side, and have 16 bits and alpha: its file, decoded, laid on
    // white, and searched at lower scales.
    let pixels = canvas.returned().area() * 5 / 4;
    let first = canvas.first().map_or(0, |first| need_of_result(&first, canvas.sent));
    pixels * 8 * 3 + canvas.sent.area() * 4 * 4 + Verified::scratch_bytes(canvas.returned(), output) + first
}

/// Returns the most bytes that stages of one of these outputs take to change what is sent.
fn need_of_stages(makes: &[ToMake<'_>], canvas: &Canvas) -> u64 {
    let need = |one: &ToMake<'_>| {
        let (recipe, layout) = (&one.task.recipe, canvas.sent_layout(one.layout()));
        // Opaque, in colour, in 16 bits at most; beside it what they leave of it.
        recipe.preparation.as_ref().map_or(0, |_| recipe.memory(&layout, 6) + canvas.sent.area() * 6)
    };
    makes.iter().map(need).max().unwrap_or(0)
}

/// Returns the most bytes of memory that preparing the picture to be sent takes, for some of these outputs.
pub(in crate::batch) fn need_to_prepare(need: &MemoryNeed, makes: &[ToMake<'_>], canvas: &Canvas) -> u64 {
    let first = canvas.first().map_or(0, |first| need_of_result(&first, canvas.sent));
    // Laid on the backdrop, in colour and in 8 bits, beside the file.
    let encoding = SENT.memory(canvas.sent, Channels::Rgb, 1, Detail::Noise);
    let copies = canvas.sent.area() * 3 * 4 + need_of_stages(makes, canvas);
    first.saturating_add(need.showing(canvas.visible, canvas.sent, Filter::Lanczos3, copies.max(encoding)))
}

/// Returns the most bytes of memory that a call takes, and the outputs made with its result.
pub(in crate::batch) fn need_of_call(need: &MemoryNeed, makes: &[ToMake<'_>], canvas: &Canvas) -> u64 {
    need_to_prepare(need, makes, canvas).max(need_to_finish(need, makes, std::iter::once(canvas)))
}

/// Returns the most bytes of memory that looking at results and making outputs of them takes.
pub(in crate::batch) fn need_to_finish<'a>(
    need: &MemoryNeed,
    makes: &[ToMake<'_>],
    canvases: impl Iterator<Item = &'a Canvas>,
) -> u64 {
    let largest = makes.iter().map(|one| one.layout().output).max_by_key(|output| output.area());
    let results = canvases
        .map(|canvas| need_of_result(canvas, largest.unwrap_or(canvas.returned())) + need_of_stages(makes, canvas));
    need.making(makes, Parallelism::OneByOne, Detail::Noise).saturating_add(results.sum::<u64>())
}

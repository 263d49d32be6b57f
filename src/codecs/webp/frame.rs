//! One frame of a file, and the sizes that its decoder will meet.

use std::borrow::Cow;
use std::ops::Range;

use crate::codecs::read;
use crate::codecs::webp::chunks::Chunk;
use crate::codecs::webp::chunks::Walker;
use crate::codecs::webp::chunks::begun;
use crate::error::Failure;
use crate::geometry::Size;

/// The pixels of a frame: where they lie in the file, and their size.
#[derive(Debug)]
pub(super) struct Frame {
    /// Size as the pixels' own header says.
    pub(super) size: Size,
    /// Tells whether a lossless frame says that it uses its alpha.
    uses_alpha: bool,
    chunk: Chunk,
    alpha: Option<Chunk>,
}

impl Frame {
    /// The frame in a chunk; none if it is of another type.
    pub(super) fn read(walker: &mut Walker<'_>, chunk: Chunk) -> Result<Option<Frame>, Failure> {
        let wrong = || read::corrupt("its frame header is wrong");
        let (size, uses_alpha) = match &chunk.kind {
            b"VP8 " => {
                let [tag, _, _, s0, s1, s2, w0, w1, h0, h1] = walker.array(&chunk)?;
                let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
                let size = Size::new(side(w0, w1), side(h0, h1));
                // The lowest bit is set where a frame builds on another.
                if tag & 1 == 1 || [s0, s1, s2] != [0x9d, 0x01, 0x2a] || size.area() == 0 {
                    return Err(wrong());
                }
                (size, false)
            }
            b"VP8L" => {
                let [signature, bits @ ..] = walker.array::<5>(&chunk)?;
                let bits = u32::from_le_bytes(bits);
                if signature != 0x2f {
                    return Err(wrong());
                }
                (Size::new((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1), bits >> 28 & 1 == 1)
            }
            _ => return Ok(None),
        };
        Ok(Some(Frame { size, uses_alpha, chunk, alpha: None }))
    }

    /// The frame with the alpha of the chunk before it, which a lossless frame has no use for.
    pub(super) fn with_alpha(mut self, alpha: Option<Chunk>) -> Frame {
        self.alpha = alpha.filter(|_| !self.is_lossless());
        self
    }

    /// Tells whether it keeps every pixel.
    pub(super) fn is_lossless(&self) -> bool {
        &self.chunk.kind == b"VP8L"
    }

    /// Tells whether it has alpha: a lossless one by its own header, another by the flag of the file's
    /// header, if there is any.
    pub(super) fn has_alpha(&self, is_flagged: bool) -> bool {
        if self.is_lossless() { self.uses_alpha } else { is_flagged && self.alpha.is_some() }
    }

    /// Its chunks, padded as they must be.
    pub(super) fn pieces<'a>(&self, bytes: &'a [u8], has_alpha: bool) -> Result<Vec<Cow<'a, [u8]>>, Failure> {
        let mut pieces = Vec::new();
        for chunk in self.alpha.iter().filter(|_| has_alpha).chain([&self.chunk]) {
            let data = within(bytes, &chunk.data).ok_or_else(read::truncated)?;
            pieces.push(Cow::Owned(begun(&chunk.kind, data.len())));
            pieces.push(Cow::Borrowed(data));
            pieces.push(Cow::Borrowed(if data.len() % 2 == 1 { &[0] } else { &[] }));
        }
        Ok(pieces)
    }
}

/// Returns what a range of a file holds, if the file has all of it.
pub(super) fn within<'a>(bytes: &'a [u8], range: &Range<u64>) -> Option<&'a [u8]> {
    bytes.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
}

/// Place at which an animation shows a frame.
#[derive(Debug)]
pub(super) struct Movie {
    /// The head of the frame's chunk: place, size, duration, flags.
    pub(super) place: [u8; 16],
}

impl Movie {
    /// The frame in an ANMF chunk of a picture of this size.
    pub(super) fn read(walker: &mut Walker<'_>, chunk: &Chunk, canvas: Size) -> Result<(Movie, Frame), Failure> {
        let place: [u8; 16] = walker.array(chunk)?;
        let number = |at: usize| u32::from_le_bytes([place[at], place[at + 1], place[at + 2], 0]);
        let (x, y) = (2 * number(0), 2 * number(3));
        let size = Size::new(number(6) + 1, number(9) + 1);
        if x + size.width > canvas.width || y + size.height > canvas.height {
            return Err(read::corrupt("its first frame lies outside of the picture"));
        }
        let frame = walker.inside(chunk, |walker| {
            let mut alpha = None;
            while let Some(chunk) = walker.next()? {
                if &chunk.kind == b"ALPH" {
                    alpha.get_or_insert(chunk);
                } else if let Some(frame) = Frame::read(walker, chunk)? {
                    return Ok(frame.with_alpha(alpha));
                }
            }
            Err(read::corrupt("its first frame has no picture"))
        })?;
        if frame.size != size {
            return Err(read::corrupt(format_args!("its first frame is {}, its header says {size}", frame.size)));
        }
        Ok((Movie { place }, frame))
    }
}

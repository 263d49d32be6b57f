//! Reads all chunks of a file but those of the pixels, and finds where those begin.

use std::ops::Range;

use crate::codecs::Format;
use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::exif;
use crate::codecs::exif::Exif;
use crate::codecs::png::chunks::Chunk;
use crate::codecs::png::chunks::Walker;
use crate::codecs::png::color::Description;
use crate::codecs::png::color_type;
use crate::codecs::png::raw_profile;
use crate::codecs::png::transparency;
use crate::codecs::read;
use crate::codecs::read::Allowance;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::raster::Channels;

/// The standard's largest length.
pub(super) const MAX_SIDE: u32 = i32::MAX.unsigned_abs();

/// A file's chunks, looked through once.
///
/// What an ancillary chunk says counts anywhere before the picture, of several the first; EXIF
/// may also follow the picture. A chunk with a wrong checksum says nothing if it is ancillary,
/// and is damage if it is critical.
#[derive(Debug)]
pub(super) struct Survey {
    /// Size in pixels.
    pub(super) size: Size,
    /// Bits a sample, or an index.
    pub(super) depth: u8,
    /// One of [`color_type`].
    pub(super) color: u8,
    /// The palette that the picture needs: the place of the chunk in the file.
    pub(super) palette: Option<Range<u64>>,
    /// Transparent levels, in the form that the decoder takes.
    pub(super) transparency: Option<Vec<u8>>,
    /// Tells whether the file says what is transparent in a way that means nothing.
    pub(super) is_transparency_damaged: bool,
    /// Colours, as the chunks say them.
    pub(super) description: Description,
    /// Number of frames of an animation.
    pub(super) frames: u32,
    /// Tells whether the still picture is the animation's first frame.
    pub(super) is_first_frame: bool,
    /// Offset at which the chunks of pixel data begin.
    pub(super) pixels: u64,
    /// Fields of the chunk for EXIF.
    chunk_exif: Option<Exif>,
    /// Fields of EXIF that was put into a text.
    text_exif: Option<Exif>,
}

impl Survey {
    /// Looks through a file up to its picture, and behind it where EXIF may still follow.
    pub(super) fn of(reader: &mut dyn HeaderReader) -> Result<Survey, Failure> {
        let mut walker = Walker::new(reader)?;
        let mut survey = Survey::begin(&mut walker)?;
        let (mut entries, mut transparency, mut is_lost) = (0, None, false);
        loop {
            let begin = walker.end();
            let chunk = walker.next()?;
            match &chunk.kind {
                b"IDAT" if is_lost => return Err(read::corrupt("zeros stand before its picture")),
                b"IDAT" => {
                    survey.pixels = begin;
                    break;
                }
                b"IEND" => return Err(read::corrupt("it has no picture")),
                b"IHDR" => return Err(read::corrupt("it has two headers")),
                // Beside true colours a palette is only a proposal.
                b"PLTE" if survey.color == color_type::PALETTE => {
                    if survey.palette.is_some() {
                        return Err(read::corrupt("it has two palettes"));
                    }
                    entries = palette_entries(&mut walker, chunk)?;
                    survey.palette = Some(begin..walker.end());
                }
                b"PLTE" => {}
                // Beside an alpha channel it has no meaning.
                b"tRNS"
                    if transparency.is_none() && !matches!(survey.color, color_type::GRAY_ALPHA | color_type::RGBA) =>
                {
                    transparency = Some(walker.data(chunk)?)
                }
                b"acTL" if survey.frames == 0 && chunk.length == 8 => {
                    let data = walker.data(chunk)?;
                    let frames = data.as_deref().and_then(<[u8]>::first_chunk).copied().map(u32::from_be_bytes);
                    survey.frames = frames.unwrap_or(0);
                }
                b"fcTL" => survey.is_first_frame = true,
                _ if !chunk.is_named() => is_lost = true,
                _ if chunk.is_critical() => return Err(unknown(chunk)),
                _ => {
                    survey.description.look(&mut walker, chunk)?;
                    survey.look_for_exif(&mut walker, chunk)?;
                }
            }
        }
        if survey.color == color_type::PALETTE && survey.palette.is_none() {
            return Err(read::corrupt("its palette is missing"));
        }
        if let Some(data) = transparency {
            let fitting = data.and_then(|data| transparency::fitting(data, survey.color, survey.depth, entries));
            survey.is_transparency_damaged = fitting.is_none();
            survey.transparency = fitting;
        }
        survey.look_behind(&mut walker)?;
        Ok(survey)
    }

    /// Reads the header chunk.
    fn begin(walker: &mut Walker<'_>) -> Result<Survey, Failure> {
        let chunk = walker.next()?;
        if &chunk.kind == b"CgBI" {
            return Err(read::unsupported("a PNG changed for iOS (CgBI)"));
        }
        if &chunk.kind != b"IHDR" || chunk.length != 13 {
            return Err(read::corrupt("its first chunk is not IHDR"));
        }
        let data = walker.data(chunk)?.ok_or_else(|| read::corrupt("the checksum of its header is wrong"))?;
        let Some(&[w3, w2, w1, w0, h3, h2, h1, h0, depth, color, ..]) = data.first_chunk::<13>() else {
            return Err(read::truncated());
        };
        let size = Size::new(u32::from_be_bytes([w3, w2, w1, w0]), u32::from_be_bytes([h3, h2, h1, h0]));
        if size.width.max(size.height) > MAX_SIDE || size.area() == 0 {
            return Err(read::corrupt(format_args!("its size is {size}")));
        }
        let depths: &[u8] = match color {
            color_type::GRAY => &[1, 2, 4, 8, 16],
            color_type::PALETTE => &[1, 2, 4, 8],
            color_type::RGB | color_type::GRAY_ALPHA | color_type::RGBA => &[8, 16],
            _ => return Err(read::corrupt(format_args!("there is no colour type {color}"))),
        };
        if !depths.contains(&depth) {
            return Err(read::corrupt(format_args!("its colour type {color} has no depth of {depth} bits")));
        }
        Ok(Survey {
            size,
            depth,
            color,
            palette: None,
            transparency: None,
            is_transparency_damaged: false,
            description: Description::default(),
            frames: 0,
            is_first_frame: false,
            pixels: 0,
            chunk_exif: None,
            text_exif: None,
        })
    }

    /// Reads EXIF where the chunk holds it.
    fn look_for_exif(&mut self, walker: &mut Walker<'_>, chunk: Chunk) -> Result<(), Failure> {
        if &chunk.kind == b"eXIf" && self.chunk_exif.is_none() {
            let block = walker.rest(chunk, Vec::new(), exif::MAX_BYTES)?;
            self.chunk_exif = block.map(|block| exif::read(&block));
        } else if self.text_exif.is_none() {
            self.text_exif = raw_profile::exif(walker, chunk)?;
        }
        Ok(())
    }

    /// Looks for EXIF behind the beginning of the picture, as ImageMagick writes it. Nothing that
    /// is wrong there costs the picture; damage of the pixels is found by who decodes them.
    fn look_behind(&mut self, walker: &mut Walker<'_>) -> Result<(), Failure> {
        walker.allowance = Allowance::from_pixels_on("chunks");
        while self.chunk_exif.is_none() {
            let looked = walker.next().and_then(|chunk| match &chunk.kind {
                b"IDAT" => Ok(true),
                b"IEND" => Ok(false),
                _ if chunk.is_named() => self.look_for_exif(walker, chunk).map(|()| true),
                _ => Ok(false),
            });
            match looked {
                Ok(true) => {}
                Err(failure) if failure.class != Class::Corrupt => return Err(failure),
                Ok(false) | Err(_) => break,
            }
        }
        Ok(())
    }

    /// Returns what EXIF says: that of its own chunk first.
    pub(super) fn exif(&self) -> Exif {
        self.chunk_exif.or(self.text_exif).unwrap_or_default()
    }

    /// Tells whether there is more than one frame.
    pub(super) fn is_animated(&self) -> bool {
        self.frames > 1
    }

    /// Returns what is known of the picture before it is decoded.
    pub(super) fn header(&self) -> Result<Header, Failure> {
        self.description.refuse_high_dynamic_range()?;
        let channels = match (self.color, self.transparency.is_some()) {
            (color_type::GRAY, false) => Channels::Gray,
            (color_type::GRAY, true) | (color_type::GRAY_ALPHA, _) => Channels::GrayAlpha,
            (color_type::RGB | color_type::PALETTE, false) => Channels::Rgb,
            _ => Channels::Rgba,
        };
        Ok(Header {
            format: Format::PNG,
            stored: self.size,
            orientation: self.exif().orientation,
            channels,
            sample_bytes: if self.depth == 16 { 2 } else { 1 },
            animated: self.is_animated(),
            several_scans: false,
            in_parts: false,
            kept_bytes: self.description.profile_bytes(),
            is_described: self.description.is_any() || self.exif().is_adobe_rgb,
            halved: None,
        })
    }
}

/// Returns how many colours a palette has.
fn palette_entries(walker: &mut Walker<'_>, chunk: Chunk) -> Result<usize, Failure> {
    if chunk.length == 0 || chunk.length > 768 || !chunk.length.is_multiple_of(3) {
        return Err(read::corrupt(format_args!("its palette has {} bytes", chunk.length)));
    }
    match walker.data(chunk)? {
        Some(data) => Ok(data.len() / 3),
        None => Err(read::corrupt("the checksum of its palette is wrong")),
    }
}

/// A chunk that a reader has to know, and that is not known here.
fn unknown(chunk: Chunk) -> Failure {
    let name = String::from_utf8_lossy(&chunk.kind).into_owned();
    read::unsupported(format_args!("a PNG with the critical chunk {name}"))
}

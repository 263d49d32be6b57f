//! The chunks of a file and the frame that is shown of it (RFC 9649).
//!
//! A file is known by the chunks that it has, not by the flags that promise them: programs that
//! strip metadata leave the flags behind.

use std::borrow::Cow;
use std::ops::Range;

use crate::codecs::Format;
use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::exif;
use crate::codecs::exif::Exif;
use crate::codecs::read;
use crate::codecs::read::Allowance;
use crate::codecs::splice::Splice;
use crate::codecs::webp::chunks::Chunk;
use crate::codecs::webp::chunks::Walker;
use crate::codecs::webp::chunks::begun;
use crate::codecs::webp::chunks::length_of;
use crate::codecs::webp::chunks::piece;
use crate::codecs::webp::flag;
use crate::codecs::webp::frame::Frame;
use crate::codecs::webp::frame::Movie;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::raster::Channels;

/// Contents of a file.
#[derive(Debug)]
pub(super) struct Container {
    /// Size of the picture.
    pub(super) size: Size,
    /// Tells whether its pixels have alpha.
    pub(super) has_alpha: bool,
    /// The picture, or the first of several.
    frame: Frame,
    /// The frame's place in an animation.
    movie: Option<Movie>,
    /// Range of the profile.
    pub(super) profile: Option<Range<u64>>,
    /// Fields of EXIF.
    pub(super) exif: Exif,
}

impl Container {
    /// Looks through a file up to its picture, and behind it where EXIF may still follow.
    pub(super) fn of(reader: &mut dyn HeaderReader) -> Result<Container, Failure> {
        let [_, _, _, _, l0, l1, l2, l3, ..] = read::array::<12>(reader)?;
        let end = 8 + u64::from(u32::from_le_bytes([l0, l1, l2, l3]));
        let mut walker = Walker::new(reader, end);
        let no_picture = || read::corrupt("its first chunk is no picture");
        let first = walker.next()?.ok_or_else(no_picture)?;
        if &first.kind == b"VP8X" {
            return Container::extended(&mut walker, &first);
        }
        // A file of one chunk: whatever follows is not part of it.
        let frame = Frame::read(&mut walker, first)?.ok_or_else(no_picture)?;
        let has_alpha = frame.has_alpha(false);
        Ok(Container { size: frame.size, has_alpha, frame, movie: None, profile: None, exif: Exif::default() })
    }

    fn extended(walker: &mut Walker<'_>, first: &Chunk) -> Result<Container, Failure> {
        let [flags, _, _, _, w0, w1, w2, h0, h1, h2] = walker.array(first)?;
        let side = |bytes: [u8; 3]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]) + 1;
        let size = Size::new(side([w0, w1, w2]), side([h0, h1, h2]));
        let (mut profile, mut found_exif, mut alpha, mut picture) = (None, None, None, None);
        // As libwebp: what is not announced is not looked at. Metadata may stand on either side of the picture.
        let announces = |flag: u8| flags & flag != 0;
        while picture.is_none() || (announces(flag::EXIF) && found_exif.is_none()) {
            let chunk = match walker.next() {
                Ok(Some(chunk)) => chunk,
                Err(failure) if picture.is_none() || failure.class != Class::Corrupt => return Err(failure),
                Ok(None) | Err(_) => break,
            };
            let found = match &chunk.kind {
                b"ICCP" if announces(flag::ICC) && profile.is_none() => {
                    profile = Some(chunk.data);
                    None
                }
                b"EXIF" if announces(flag::EXIF) && found_exif.is_none() => {
                    found_exif = walker
                        .head(&chunk, exif::MAX_BYTES)
                        .map(|block| Some(exif::read(&block)))
                        .or_else(|failure| if failure.class == Class::Corrupt { Ok(None) } else { Err(failure) })?;
                    None
                }
                b"ALPH" if alpha.is_none() && picture.is_none() => {
                    alpha = Some(chunk);
                    None
                }
                b"ANMF" if announces(flag::ANIMATION) && picture.is_none() => {
                    Some(Movie::read(walker, &chunk, size).map(|(movie, frame)| (Some(movie), frame))?)
                }
                _ if picture.is_none() => {
                    Frame::read(walker, chunk)?.map(|frame| (None, frame.with_alpha(alpha.take())))
                }
                _ => None,
            };
            if let Some(found) = found {
                picture = Some(found);
                walker.allowance = Allowance::from_pixels_on("chunks");
            }
        }
        let Some((movie, frame)) = picture else { return Err(read::corrupt("it has no picture")) };
        if movie.is_none() && frame.size != size {
            let text = format!("its picture is {}, its header says {size}", frame.size);
            return Err(read::corrupt(text));
        }
        // An animation begins transparent, whatever it announces.
        let is_seen_through = movie.is_some() && (announces(flag::ALPHA) || frame.size != size);
        let has_alpha = is_seen_through || frame.has_alpha(movie.is_some() || announces(flag::ALPHA));
        Ok(Container { size, has_alpha, frame, movie, profile, exif: found_exif.unwrap_or_default() })
    }

    /// Returns what is known of the picture before it is decoded.
    pub(super) fn header(&self) -> Header {
        Header {
            format: Format::WEBP,
            stored: self.size,
            orientation: self.exif.orientation,
            channels: if self.has_alpha { Channels::Rgba } else { Channels::Rgb },
            sample_bytes: 1,
            animated: self.movie.is_some(),
            several_scans: false,
            in_parts: false,
            kept_bytes: self.kept_bytes(),
            is_described: self.profile.is_some() || self.exif.is_adobe_rgb,
            halved: None,
        }
    }

    /// Bytes that the decoder keeps beside the picture.
    fn kept_bytes(&self) -> u64 {
        // Halves of a byte a pixel. Planes of brightness and colour, and alpha as it is unpacked; or the
        // four channels of a lossless picture, if it is not returned with all of them. Animated: the
        // canvas and one frame, four channels each, on top.
        let halves = match (self.movie.is_some(), self.frame.is_lossless(), self.has_alpha) {
            (true, _, _) => 32,
            (false, true, true) => 0,
            (false, true, false) => 8,
            (false, false, true) => 16,
            (false, false, false) => 5,
        };
        let padded = |side: u32| u64::from(side).next_multiple_of(16);
        padded(self.size.width).saturating_mul(padded(self.size.height)).saturating_mul(halves) / 2
    }

    /// The file with nothing in it but the frame that is shown.
    pub(super) fn only_the_picture<'a>(&self, bytes: &'a [u8]) -> Result<Splice<'a>, Failure> {
        let animation = if self.movie.is_some() { flag::ANIMATION } else { 0 };
        let flags = if self.has_alpha { flag::ALPHA } else { 0 } | animation;
        let side = |side: u32| (side - 1).to_le_bytes();
        let ([w0, w1, w2, _], [h0, h1, h2, _]) = (side(self.size.width), side(self.size.height));
        let mut pieces = vec![Cow::Owned(piece(b"VP8X", &[flags, 0, 0, 0, w0, w1, w2, h0, h1, h2]))];
        let frame = self.frame.pieces(bytes, self.has_alpha)?;
        if let Some(movie) = &self.movie {
            pieces.push(Cow::Owned(piece(b"ANIM", &[0; 6])));
            pieces.push(Cow::Owned(begun(b"ANMF", 16 + length_of(&frame))));
            pieces.push(Cow::Owned(movie.place.to_vec()));
        }
        pieces.extend(frame);
        let mut head = begun(b"RIFF", 4 + length_of(&pieces));
        head.extend(b"WEBP");
        pieces.insert(0, Cow::Owned(head));
        Ok(Splice::new(pieces))
    }
}

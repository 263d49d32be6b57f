//! The decoder of every kind of JPEG that is read: any number of scans, sequential or progressive,
//! of gray, RGB, YCbCr and inks, with any sampling factors; the whole picture at full size.
//!
//! Other decoders are lenient with files that are damaged and fill what is missing with grey or
//! colours, which would reach a shop as a damaged product. Here a picture is whole or none:
//! every interval of every scan has to hold its blocks.

mod blocks;
mod entropy;
mod picture;
mod plane;
mod selection;

use std::io::Cursor;

use crate::codecs::Header;
use crate::codecs::jpeg::bits::Scan;
use crate::codecs::jpeg::color::ColorMarkers;
use crate::codecs::jpeg::color::Model;
use crate::codecs::jpeg::general::entropy::Entropy;
use crate::codecs::jpeg::general::entropy::Unread;
use crate::codecs::jpeg::general::picture::Picture;
use crate::codecs::jpeg::general::plane::Plane;
use crate::codecs::jpeg::general::plane::planes;
use crate::codecs::jpeg::general::selection::Selection;
use crate::codecs::jpeg::markers::Frame;
use crate::codecs::jpeg::markers::marker;
use crate::codecs::jpeg::markers::segment;
use crate::codecs::jpeg::tables::Tables;
use crate::codecs::read;
use crate::error::Failure;
use crate::geometry::Size;
use crate::raster::Channels;
use crate::raster::Pixels;

/// The samples of a decoded picture.
pub(super) struct Whole {
    /// What they mean; [`Model::Gray`], [`Model::Rgb`] or [`Model::Cmyk`].
    pub(super) model: Model,
    pub(super) size: Size,
    /// Row by row, 1, 3 or 4 a pixel. Of inks 255 is full ink.
    pub(super) samples: Vec<u8>,
}

impl Whole {
    /// The picture's pixels, and whether its colours were inks, which are converted as if each
    /// absorbed one of red, green and blue.
    pub(super) fn into_pixels(mut self) -> (Pixels<u8>, bool) {
        let (channels, is_inks) = match self.model {
            Model::Gray => (Channels::Gray, false),
            Model::Cmyk => (Channels::Rgb, true),
            _ => (Channels::Rgb, false),
        };
        if is_inks {
            for pixel in 0..self.samples.len() / 4 {
                let inks: [u8; 4] = std::array::from_fn(|ink| self.samples[4 * pixel + ink]);
                let light = |ink: u8| ((u32::from(255 - ink) * u32::from(255 - inks[3]) + 127) / 255) as u8;
                (0..3).for_each(|ink| self.samples[3 * pixel + ink] = light(inks[ink]));
            }
            self.samples.truncate(self.samples.len() / 4 * 3);
        }
        (Pixels::from_samples(self.size, channels, self.samples), is_inks)
    }
}

/// Bytes that [`decode`] holds beside the picture's own.
pub(super) fn working_bytes(header: &Header) -> u64 {
    // Four components of 16-bit coefficients, padded to the largest units: all of them or a row
    // of units. Then their samples with a row more, and lines of what is between.
    let padded = |side: u32| u64::from(side).next_multiple_of(32);
    let (width, height) = (padded(header.stored.width), padded(header.stored.height));
    let rows = if header.several_scans { height } else { 32 };
    let coefficients = width.saturating_mul(rows).saturating_mul(4 * 2);
    // Of inks there are four samples a pixel, where the picture has three.
    let inks = if header.channels == Channels::Rgb { header.stored.area() } else { 0 };
    coefficients.saturating_add(inks).saturating_add(width.saturating_mul(4 * (33 + 8)))
}

/// Decodes the whole picture.
///
/// # Errors
/// [`Class::Corrupt`](crate::error::Class::Corrupt) where a part of the picture is missing or
/// damaged, or where nothing follows it; [`Class::Unsupported`](crate::error::Class::Unsupported)
/// as [`Frame::read`].
pub(super) fn decode(bytes: &[u8]) -> Result<Whole, Failure> {
    let mut reader = Cursor::new(bytes);
    read::array::<2>(&mut reader)?;
    let mut file = File { tables: Tables::new(), color: ColorMarkers::default(), restart: 0, begun: None };
    loop {
        let (code, length) = segment(&mut reader)?;
        if code == marker::EOI {
            return file.end();
        }
        let data = read::block(&mut reader, length.into())?;
        if code != marker::SOS {
            file.segment(code, &data)?;
            continue;
        }
        let start = reader.position() as usize;
        if let Some(whole) = file.scan(&data, &bytes[start..], &mut reader)? {
            return Ok(whole);
        }
    }
}

/// What is known of a file at some place.
struct File {
    tables: Tables,
    color: ColorMarkers,
    /// Units between two restart markers; 0: there are none.
    restart: usize,
    begun: Option<(Frame, Vec<Plane>)>,
}

impl File {
    /// Takes a segment that is no scan.
    fn segment(&mut self, code: u8, data: &[u8]) -> Result<(), Failure> {
        let taken = match code {
            marker::DHT => self.tables.read_huffman(data),
            marker::DQT => self.tables.read_quantization(data),
            marker::DRI => data.try_into().ok().map(|units| self.restart = u16::from_be_bytes(units).into()),
            marker::APP0 | marker::APP14 => Some(self.color.read(code, data)),
            marker::SOI => None,
            marker::JPG | marker::DAC => Some(()),
            0xc0..=0xcf if self.begun.is_some() => None,
            0xc0..=0xcf => {
                self.begun = Some((Frame::read(code, data)?, Vec::new()));
                Some(())
            }
            _ => Some(()),
        };
        taken.ok_or_else(|| read::corrupt("its headers are invalid"))
    }

    /// Takes a scan whose header is `data` and whose bits `rest` begins with; the reader is left
    /// behind it. Returns the picture if that is complete.
    fn scan(&mut self, data: &[u8], rest: &[u8], reader: &mut Cursor<&[u8]>) -> Result<Option<Whole>, Failure> {
        let Some((frame, kept)) = &mut self.begun else {
            return Err(read::corrupt("its picture has no frame header"));
        };
        let selection = Selection::read(data, frame).ok_or_else(|| read::corrupt("the header of a scan is invalid"))?;
        let is_only = !frame.is_progressive && selection.components.len() == frame.components.len();
        if kept.is_empty() {
            *kept = planes(frame, is_only)?;
        }
        selection.begin(frame, kept, &self.tables)?;
        let (scan, length) = Scan::read(rest);
        let behind = &rest[length..];
        let unread = |unread: Unread| match unread {
            Unread::CutShort if behind.is_empty() => read::truncated(),
            Unread::CutShort => read::corrupt("a part of its picture is missing"),
            Unread::Damaged => read::corrupt("its picture data is invalid"),
        };
        let mut entropy = Entropy::new(&scan, &selection, &self.tables, self.restart)
            .ok_or_else(|| read::corrupt("a table for its picture is missing"))?;
        let mut picture = if is_only { Some(Picture::new(frame, kept, &self.color)?) } else { None };
        for row in 0..selection.rows(kept) {
            entropy.read_row(kept, row).map_err(unread)?;
            if let Some(picture) = &mut picture {
                picture.show(kept, row);
                kept.iter_mut().for_each(Plane::clear);
            }
        }
        let has_more = entropy.finish().map_err(unread)?;
        drop(scan);
        if !kept.iter().all(Plane::is_complete) {
            reader.set_position(reader.position() + length as u64);
            return Ok(None);
        }
        // Programs have cut off the end marker and put something in its place; without anything
        // behind, the file was cut.
        if !has_more && behind.iter().all(|&byte| byte == 0xff) {
            return Err(read::truncated());
        }
        match picture {
            Some(picture) => Ok(Some(picture.finish())),
            None => self.end().map(Some),
        }
    }

    /// The picture that the scans have made.
    fn end(&mut self) -> Result<Whole, Failure> {
        let Some((frame, kept)) = self.begun.take().filter(|(_, kept)| !kept.is_empty()) else {
            return Err(read::corrupt("it ends before its picture begins"));
        };
        if !kept.iter().all(Plane::is_begun) {
            return Err(read::corrupt("a part of its picture is missing"));
        }
        let mut picture = Picture::new(&frame, &kept, &self.color)?;
        let rows = picture.rows();
        (0..rows).for_each(|row| picture.show(&kept, row));
        Ok(picture.finish())
    }
}

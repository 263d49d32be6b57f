//! Decodes a file, scan by scan.

use std::io::Cursor;

use crate::codecs::jpeg::bits::Scan;
use crate::codecs::jpeg::color::ColorMarkers;
use crate::codecs::jpeg::frame::Frame;
use crate::codecs::jpeg::general::entropy::Ending;
use crate::codecs::jpeg::general::entropy::Entropy;
use crate::codecs::jpeg::general::entropy::Unread;
use crate::codecs::jpeg::general::picture::Picture;
use crate::codecs::jpeg::general::plane::Plane;
use crate::codecs::jpeg::general::plane::planes;
use crate::codecs::jpeg::general::selection::Selection;
use crate::codecs::jpeg::general::whole::Whole;
use crate::codecs::jpeg::marker;
use crate::codecs::jpeg::segments::ends_at;
use crate::codecs::jpeg::segments::segment;
use crate::codecs::jpeg::tables::Tables;
use crate::codecs::read;
use crate::error::Class;
use crate::error::Failure;

/// Decodes the whole picture.
///
/// # Errors
/// [`Class::Corrupt`] where a part of the picture is missing or
/// damaged, or where nothing follows it; [`Class::Unsupported`] as [`Frame::read`];
/// [`Class::Limit`] for too many scans.
pub(in crate::codecs::jpeg) fn decode(bytes: &[u8]) -> Result<Whole, Failure> {
    let mut reader = Cursor::new(bytes);
    read::array::<2>(&mut reader)?;
    let (tables, color) = (Tables::new(), ColorMarkers::default());
    let mut file = File { bytes, scans: 0, tables, color, restart: 0, begun: None };
    loop {
        let (code, length) = segment(&mut reader)?;
        if code == marker::EOI {
            return Err(match file.scans {
                0 => read::corrupt("it ends before its picture begins"),
                _ => read::corrupt("a part of its picture is missing"),
            });
        }
        let data = read::block(&mut reader, length.into())?;
        if code != marker::SOS {
            file.segment(code, &data)?;
        } else if let Some(whole) = file.scan(&data, &mut reader)? {
            return Ok(whole);
        }
    }
}

/// Most scans of a picture. Programs write a dozen; each costs a look at all blocks, however few
/// bytes it has.
const MOST_SCANS: usize = 1_000;

/// State of a file at some place.
struct File<'a> {
    bytes: &'a [u8],
    scans: usize,
    tables: Tables,
    color: ColorMarkers,
    /// Units between two restart markers; 0: there are none.
    restart: usize,
    begun: Option<(Frame, Vec<Plane>)>,
}

impl File<'_> {
    /// Takes a segment that is no scan.
    fn segment(&mut self, code: u8, data: &[u8]) -> Result<(), Failure> {
        let taken = match code {
            marker::DHT => self.tables.read_huffman(data),
            marker::DQT => self.tables.read_quantization(data),
            marker::DRI => data.try_into().ok().map(|units| self.restart = u16::from_be_bytes(units).into()),
            marker::APP0 | marker::APP14 => {
                self.color.read(code, data);
                Some(())
            }
            marker::SOI => None,
            marker::JPG | marker::DAC => Some(()),
            // A second frame header: a hierarchical file, or damage.
            0xc0..=0xcf if self.begun.is_some() => None,
            0xc0..=0xcf => {
                self.begun = Some((Frame::read(code, data)?, Vec::new()));
                Some(())
            }
            _ => Some(()),
        };
        taken.ok_or_else(|| read::corrupt("its headers are invalid"))
    }

    /// Takes the scan whose header is `data` and after which the reader stands, and leaves that
    /// behind it. Returns the picture if it is complete with that.
    fn scan(&mut self, data: &[u8], reader: &mut Cursor<&[u8]>) -> Result<Option<Whole>, Failure> {
        let Some((frame, kept)) = &mut self.begun else {
            return Err(read::corrupt("its picture has no frame header"));
        };
        self.scans += 1;
        if self.scans > MOST_SCANS {
            return Err(Failure::new(Class::Limit, format!("the picture has more than {MOST_SCANS} scans")));
        }
        let selection = Selection::read(data, frame).ok_or_else(|| read::corrupt("the header of a scan is invalid"))?;
        // A sequential scan of all components is shown row by row, and needs the coefficients of one row of units.
        // Others need those of the whole picture, as each scan adds to them.
        let is_only = !frame.is_progressive && selection.components.len() == frame.components.len();
        if kept.is_empty() {
            *kept = planes(frame, is_only)?;
        }
        selection.begin(frame, kept, &self.tables)?;
        let start = reader.position() as usize;
        let (scan, length) = Scan::read(&self.bytes[start..]);
        let end = start + length;
        let behind = &self.bytes[end..];
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
        let Ending { has_more, is_filled } = entropy.finish().map_err(unread)?;
        // The unstuffed copy of the scan is as long as the file: it goes before the picture is made of the
        // coefficients.
        drop(scan);
        if !kept.iter().all(Plane::is_complete) {
            reader.set_position(end as u64);
            return Ok(None);
        }
        let picture = match picture {
            Some(picture) => picture,
            None => shown(frame, kept, &self.color)?,
        };
        // Some programs put something of their own in the place of the end marker. But with nothing
        // behind it the file was cut, and something else may have been read as the picture's end.
        let has_end = ends_at(self.bytes, end);
        let is_followed = has_more || behind.iter().any(|&byte| byte != 0xff);
        if has_end || (is_followed && is_filled && picture.is_possible()) {
            Ok(Some(picture.finish()))
        } else {
            Err(read::truncated())
        }
    }
}

/// The picture of these coefficients.
fn shown(frame: &Frame, planes: &[Plane], color: &ColorMarkers) -> Result<Picture, Failure> {
    let mut picture = Picture::new(frame, planes, color)?;
    (0..picture.rows()).for_each(|row| picture.show(planes, row));
    Ok(picture)
}

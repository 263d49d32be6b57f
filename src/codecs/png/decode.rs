//! Reads PNG files, by the png crate.

use std::io::Cursor;

use crate::codecs::DecodeRequest;
use crate::codecs::Decoder;
use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::Stored;
use crate::codecs::colorimetry;
use crate::codecs::png::pixels;
use crate::codecs::png::survey::Survey;
use crate::error::Failure;

/// The decoder of PNG files.
pub(super) struct Png;

impl Decoder for Png {
    fn revision(&self) -> u32 {
        3
    }

    fn header(&self, reader: &mut dyn HeaderReader) -> Result<Header, Failure> {
        Survey::of(reader)?.header()
    }

    fn memory(&self, header: &Header, _file_bytes: u64, _want: &DecodeRequest) -> u64 {
        // A window of rows of up to 8 bytes a pixel, and unpacked bytes that wait for their row.
        let rows = u64::from(header.stored.width).saturating_mul(8 * 4);
        header.decoded_bytes().saturating_add(rows).saturating_add(header.kept_bytes + (4 << 20))
    }

    fn decode(&self, bytes: &[u8], header: &Header, _want: &DecodeRequest) -> Result<Stored, Failure> {
        let survey = Survey::of(&mut Cursor::new(bytes))?;
        let mut raster = pixels::decode(bytes, &survey, header)?;
        let mut warnings = Vec::new();
        if header.animated {
            let shown = if survey.is_first_frame { "first frame" } else { "still picture, which is no frame of it," };
            warnings.push(format!("the picture is animated; only its {shown} is used"));
        }
        if survey.is_transparency_damaged {
            warnings.push(
                "what is transparent is described in a way that does not fit the picture; it is opaque".to_owned(),
            );
        }
        let depth = if survey.palette.is_some() { 8 } else { survey.depth };
        let colors = survey.description.understood(bytes, header.channels, depth);
        if colors.is_narrow {
            pixels::widen(&mut raster);
        }
        let is_adobe_rgb = !colors.is_described && survey.exif().is_adobe_rgb;
        let icc = if is_adobe_rgb { colorimetry::adobe_rgb(header.channels) } else { colors.icc };
        warnings.extend(colors.warning.filter(|_| !is_adobe_rgb));
        Ok(Stored { pixels: raster.into(), shown: header.whole(), icc, warnings })
    }
}

//! Reads WebP files, by image-webp through the image crate.

use std::io::Cursor;

use image::ImageDecoder;
use image::ImageError;
use image::codecs::webp::WebPDecoder;

use crate::codecs::DecodeRequest;
use crate::codecs::Decoder;
use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::Stored;
use crate::codecs::colorimetry;
use crate::codecs::read;
use crate::codecs::webp::container::Container;
use crate::codecs::webp::frame::within;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::raster::Pixels;

/// The decoder of WebP files.
pub(super) struct Webp;

impl Decoder for Webp {
    fn revision(&self) -> u32 {
        3
    }

    fn header(&self, reader: &mut dyn HeaderReader) -> Result<Header, Failure> {
        Ok(Container::of(reader)?.header())
    }

    fn memory(&self, header: &Header, file_bytes: u64, _want: &DecodeRequest) -> u64 {
        // The decoder copies the compressed partitions; its tables are small.
        let own = header.kept_bytes.saturating_add(file_bytes).saturating_add(3 << 19);
        header.decoded_bytes().saturating_add(own)
    }

    fn decode(&self, bytes: &[u8], header: &Header, _want: &DecodeRequest) -> Result<Stored, Failure> {
        let container = Container::of(&mut Cursor::new(bytes))?;
        require_end(bytes)?;
        let decoder = WebPDecoder::new(container.only_the_picture(bytes)?).map_err(failure)?;
        let (width, height) = decoder.dimensions();
        if Size::new(width, height) != header.stored || decoder.total_bytes() != header.decoded_bytes() {
            return Err(read::corrupt("its headers contradict each other"));
        }
        let profile = container.profile.as_ref().and_then(|place| within(bytes, place));
        let icc = match profile {
            Some(profile) => Some(profile.to_vec()),
            None if container.exif.is_adobe_rgb => colorimetry::adobe_rgb(header.channels),
            None => None,
        };
        let length = usize::try_from(header.decoded_bytes())
            .map_err(|_| Failure::new(Class::Limit, "the picture does not fit the address space"))?;
        let mut samples = vec![0; length];
        decoder.read_image(&mut samples).map_err(failure)?;
        let mut warnings = Vec::new();
        if header.animated {
            warnings.push("the picture is animated; only its first frame is used".to_owned());
        }
        let raster = Pixels::from_samples(header.stored, header.channels, samples);
        Ok(Stored { pixels: raster.into(), shown: header.whole(), icc, warnings })
    }
}

/// Checks that the file has all bytes that its first ones promise.
fn require_end(bytes: &[u8]) -> Result<(), Failure> {
    let [_, _, _, _, l0, l1, l2, l3] = read::array(&mut Cursor::new(bytes))?;
    let end = u64::from(u32::from_le_bytes([l0, l1, l2, l3])) + 8;
    if (bytes.len() as u64) < end { Err(read::truncated()) } else { Ok(()) }
}

fn failure(error: ImageError) -> Failure {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => read::truncated(),
        error => read::corrupt(error),
    }
}

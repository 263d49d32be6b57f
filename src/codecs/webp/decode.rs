//! Reads and writes WebP files: reads by image-webp through the image crate, writes by libwebp.

use std::io::Cursor;

use ::webp as lib;
use image::ImageDecoder;
use image::ImageError;
use image::codecs::webp::WebPDecoder;

use crate::codecs::Codec;
use crate::codecs::Detail;
use crate::codecs::Effort;
use crate::codecs::Encode;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::Stored;
use crate::codecs::Want;
use crate::codecs::colorimetry;
use crate::codecs::read;
use crate::codecs::webp::container::Container;
use crate::codecs::webp::flag;
use crate::codecs::webp::frame::within;
use crate::codecs::xmp;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::raster::Channels;
use crate::raster::Pixels;

/// The codec of WebP files.
pub(in crate::codecs) struct Webp;

impl Codec for Webp {
    fn format(&self) -> Format {
        Format::Webp
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["webp"]
    }

    fn max_side(&self) -> u32 {
        16_383
    }

    fn has_alpha(&self) -> bool {
        true
    }

    fn encode_options(&self) -> &'static [&'static str] {
        &["quality", "lossless", "effort"]
    }

    fn decoder_revision(&self) -> u32 {
        3
    }

    fn encoder_revision(&self) -> u32 {
        1
    }

    fn header(&self, reader: &mut dyn HeaderReader) -> Result<Header, Failure> {
        Ok(Container::of(reader)?.header())
    }

    fn decode_memory(&self, header: &Header, file_bytes: u64, _want: &Want) -> u64 {
        // The decoder copies the compressed partitions; its tables are small.
        let own = header.kept_bytes.saturating_add(file_bytes).saturating_add(3 << 19);
        header.decoded_bytes().saturating_add(own)
    }

    fn encode_memory(&self, size: Size, channels: Channels, options: &Encode, detail: Detail) -> u64 {
        // Bytes a pixel, as usual and of noise. The picture as ARGB (4); lossless: chains of hashes, references
        // and what they cost; lossy: planes (1.5 or 2.5) and, but for the fastest way, every token before it is
        // written; alpha is a lossless picture of its own. The file is there twice in the end.
        let (fast, small) = (options.effort == Effort::Fast, options.effort == Effort::Small);
        let gray = channels == Channels::Gray;
        let each = match (options.lossless, channels.has_alpha()) {
            (true, false) if gray && fast => [25, 30],
            (true, false) if gray => [30, 36],
            (true, _) => [35, 35],
            (false, true) if small => [54, 62],
            (false, true) if fast => [41, 41],
            (false, true) => [43, 47],
            (false, false) if fast => [7, 9],
            (false, false) => [7, 27],
        };
        let [usual, noise] = each;
        let each = if detail == Detail::Usual { usual } else { noise };
        let colored = match channels {
            Channels::Gray => 3,
            Channels::GrayAlpha => 4,
            Channels::Rgb | Channels::Rgba => 0,
        };
        // Tables of a size of their own.
        let tables = if options.lossless { 6 << 20 } else { 2 << 20 };
        size.area().saturating_mul(each + colored).saturating_add(tables)
    }

    fn decode(&self, bytes: &[u8], header: &Header, _want: &Want) -> Result<Stored, Failure> {
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

    fn encode(&self, pixels: &Pixels<u8>, options: &Encode) -> Result<Vec<u8>, Failure> {
        let internal = |what: &str| Failure::new(Class::Internal, format!("could not encode WebP: {what}"));
        let mut config = lib::WebPConfig::new().map_err(|()| internal("libwebp has another version"))?;
        config.lossless = options.lossless.into();
        // 4 takes twice the time of 2 for 5 % of bytes, 6 half as much again for 1 %.
        config.method = match options.effort {
            Effort::Fast => 2,
            Effort::Balanced => 4,
            Effort::Small => 6,
        };
        if options.lossless {
            // Colours under full transparency count as pixels.
            config.exact = 1;
        } else {
            config.quality = f32::from(options.quality.clamp(1, 100));
        }
        let Size { width, height } = pixels.size();
        let colored;
        let (samples, alpha) = match pixels.channels() {
            Channels::Rgb | Channels::Rgba => (pixels.samples(), pixels.channels().has_alpha()),
            Channels::Gray => {
                colored = pixels.samples().iter().flat_map(|&gray| [gray; 3]).collect::<Vec<u8>>();
                (&colored[..], false)
            }
            Channels::GrayAlpha => {
                let pairs = pixels.samples().chunks_exact(2);
                colored = pairs.flat_map(|pair| [pair[0], pair[0], pair[0], pair[1]]).collect();
                (&colored[..], true)
            }
        };
        let layout = if alpha { lib::PixelLayout::Rgba } else { lib::PixelLayout::Rgb };
        let encoder = lib::Encoder::new(samples, layout, width, height);
        match encoder.encode_advanced(&config) {
            Ok(file) => Ok(file.to_vec()),
            Err(error) => Err(internal(&format!("{error:?}"))),
        }
    }

    fn with_xmp(&self, file: &[u8], packet: &str) -> Result<Vec<u8>, Failure> {
        let header = self.header(&mut Cursor::new(file))?;
        let chunks = file.get(12..).ok_or_else(xmp::foreign)?;
        let (mut extended, chunks) = if let Some(rest) = chunks.strip_prefix(b"VP8X\x0a\0\0\0") {
            let (old, rest) = rest.split_first_chunk::<10>().ok_or_else(xmp::foreign)?;
            (*old, rest)
        } else {
            // A simple file gets the header that only extended files have.
            let side = |side: u32| (side - 1).to_le_bytes();
            let ([w0, w1, w2, _], [h0, h1, h2, _]) = (side(header.stored.width), side(header.stored.height));
            let flags = if header.channels.has_alpha() { flag::ALPHA } else { 0 };
            ([flags, 0, 0, 0, w0, w1, w2, h0, h1, h2], chunks)
        };
        extended[0] |= flag::XMP;
        let length = u32::try_from(packet.len()).map_err(|_| xmp::foreign())?;
        let padding: &[u8] = if packet.len() % 2 == 1 { &[0] } else { &[] };
        let written = [&length.to_le_bytes(), packet.as_bytes(), padding].concat();
        let body = [b"WEBPVP8X\x0a\0\0\0", &extended[..], chunks, b"XMP ", &written].concat();
        let too_long = || Failure::new(Class::Limit, "the file is longer than WebP allows");
        let riff = u32::try_from(body.len()).map_err(|_| too_long())?;
        Ok([b"RIFF", &riff.to_le_bytes()[..], &body].concat())
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

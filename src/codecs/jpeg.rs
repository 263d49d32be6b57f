//! JPEG: read by zune-jpeg in strict mode, written by libjpeg-turbo-rs.
//!
//! Decoders are lenient with files that end early and fill the rest with grey, which would
//! reach a shop as a damaged product. So the markers are walked here up to the end of the
//! picture before anything is decoded.

use std::io::Cursor;

use libjpeg_turbo_rs::Encoder;
use libjpeg_turbo_rs::PixelFormat;
use libjpeg_turbo_rs::Subsampling;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::codecs::Chroma;
use crate::codecs::Codec;
use crate::codecs::Encode;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::codecs::HeaderReader;
use crate::codecs::Stored;
use crate::codecs::exif;
use crate::codecs::read;
use crate::codecs::xmp;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Size;
use crate::raster::Channels;
use crate::raster::Pixels;

/// The codec of JPEG files.
pub(super) struct Jpeg;

/// Marker codes of ITU-T T.81, table B.1, and of Exif.
mod marker {
    pub(super) const TEM: u8 = 0x01;
    pub(super) const DHT: u8 = 0xc4;
    pub(super) const JPG: u8 = 0xc8;
    pub(super) const DAC: u8 = 0xcc;
    pub(super) const RST0: u8 = 0xd0;
    pub(super) const RST7: u8 = 0xd7;
    pub(super) const SOI: u8 = 0xd8;
    pub(super) const EOI: u8 = 0xd9;
    pub(super) const SOS: u8 = 0xda;
    pub(super) const APP0: u8 = 0xe0;
    pub(super) const APP1: u8 = 0xe1;
}

impl Codec for Jpeg {
    fn format(&self) -> Format {
        Format::Jpeg
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["jpg", "jpeg", "jpe", "jfif"]
    }

    fn max_side(&self) -> u32 {
        65_535
    }

    fn has_alpha(&self) -> bool {
        false
    }

    fn encode_options(&self) -> &'static [&'static str] {
        &["quality", "chroma", "progressive"]
    }

    fn decoder_revision(&self) -> u32 {
        2
    }

    fn encoder_revision(&self) -> u32 {
        2
    }

    fn header(&self, reader: &mut dyn HeaderReader) -> Result<Header, Failure> {
        read::array::<2>(reader)?;
        let mut frame = None;
        let mut orientation = None;
        loop {
            let (code, length) = segment(reader)?;
            match code {
                marker::EOI => return Err(read::corrupt("it ends before its picture begins")),
                marker::SOS => {
                    let Some((stored, components, progressive)) = frame else {
                        return Err(read::corrupt("its picture has no frame header"));
                    };
                    let [in_scan] = read::array(reader)?;
                    return Ok(Header {
                        format: Format::Jpeg,
                        stored,
                        orientation: orientation.unwrap_or_default(),
                        channels: if components == 1 { Channels::Gray } else { Channels::Rgb },
                        sample_bytes: 1,
                        animated: false,
                        several_scans: progressive || in_scan != components,
                    });
                }
                marker::DHT | marker::JPG | marker::DAC => read::skip(reader, length.into())?,
                0xc0..=0xcf => frame = Some(frame_header(code, &read::block(reader, length.into())?)?),
                marker::APP1 if orientation.is_none() => {
                    let data = read::block(reader, length.into())?;
                    orientation = data.starts_with(exif::PREFIX).then(|| exif::orientation(&data));
                }
                _ => read::skip(reader, length.into())?,
            }
        }
    }

    fn decode_memory(&self, header: &Header, _file_bytes: u64) -> u64 {
        // Four components of 16-bit coefficients, padded to blocks. Otherwise a row of blocks
        // at a time, with the scratch space of its upsampling.
        let row = u64::from(header.stored.width).saturating_add(32).saturating_mul(4 * 2 * 64);
        let coefficients = if header.several_scans {
            let padded = |side: u32| u64::from(side).next_multiple_of(32);
            padded(header.stored.width) * padded(header.stored.height) * 4 * 2
        } else {
            0
        };
        header.decoded_bytes().saturating_add(coefficients).saturating_add(row)
    }

    fn decode(&self, bytes: &[u8], header: &Header) -> Result<Stored, Failure> {
        require_end(bytes)?;
        let options = DecoderOptions::default()
            .set_strict_mode(true)
            .set_max_width(usize::MAX)
            .set_max_height(usize::MAX)
            .jpeg_set_out_colorspace(match header.channels {
                Channels::Gray => ColorSpace::Luma,
                _ => ColorSpace::RGB,
            });
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        decoder.decode_headers().map_err(failure)?;
        let inks = matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::YCCK));
        let mut icc = decoder.icc_profile();
        let samples = decoder.decode().map_err(failure)?;
        if samples.len() as u64 != header.decoded_bytes() {
            return Err(read::corrupt("its headers contradict each other"));
        }
        let mut warnings = Vec::new();
        if inks {
            icc = None;
            warnings.push("the colours are CMYK; they are converted without a profile".to_owned());
        }
        Ok(Stored { raster: Pixels::from_samples(header.stored, header.channels, samples).into(), icc, warnings })
    }

    fn encode(&self, pixels: &Pixels<u8>, options: &Encode) -> Result<Vec<u8>, Failure> {
        let size = pixels.size();
        let format = match pixels.channels() {
            Channels::Gray => PixelFormat::Grayscale,
            _ => PixelFormat::Rgb,
        };
        let encoder = Encoder::new(pixels.samples(), size.width as usize, size.height as usize, format)
            .quality(options.quality.clamp(1, 100))
            .progressive(options.progressive)
            // Otherwise low qualities get tables of 16 bits, which T.81 forbids in baseline files.
            .force_baseline(true)
            // Costs twice the time of encoding, a fraction of decoding's, and saves 2 % of bytes.
            .optimize_huffman(true);
        let encoder = match (pixels.channels(), options.chroma) {
            (Channels::Gray, _) => encoder,
            (_, Chroma::Half) => encoder.subsampling(Subsampling::S420),
            (_, Chroma::Full) => encoder.subsampling(Subsampling::S444),
        };
        encoder.encode().map_err(|error| Failure::new(Class::Internal, format!("could not encode JPEG: {error}")))
    }

    fn with_xmp(&self, file: &[u8], packet: &str) -> Result<Vec<u8>, Failure> {
        const NAME: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
        let mut reader = Cursor::new(file);
        read::array::<2>(&mut reader)?;
        // JFIF's own segment has to be the first.
        let at = match segment(&mut reader)? {
            (marker::APP0, length) => 4 + 2 + usize::from(length),
            _ => 2,
        };
        let (head, rest) = file.split_at_checked(at).ok_or_else(xmp::foreign)?;
        let length = u16::try_from(2 + NAME.len() + packet.len()).map_err(|_| xmp::foreign())?;
        Ok([head, &[0xff, marker::APP1], &length.to_be_bytes(), NAME, packet.as_bytes(), rest].concat())
    }
}

/// The next marker's code, and how many bytes its segment has after the length.
fn segment(reader: &mut dyn HeaderReader) -> Result<(u8, u16), Failure> {
    let [lead, mut code] = read::array(reader)?;
    if lead != 0xff {
        return Err(read::corrupt("there is no marker where one must be"));
    }
    // Any number of fill bytes may stand before a marker.
    while code == 0xff {
        [code] = read::array(reader)?;
    }
    if matches!(code, marker::TEM | marker::RST0..=marker::SOI | marker::EOI) {
        return Ok((code, 0));
    }
    let length = u16::from_be_bytes(read::array(reader)?);
    match length.checked_sub(2) {
        Some(length) => Ok((code, length)),
        None => Err(read::corrupt("a segment is shorter than its own length")),
    }
}

/// Size, number of components and whether the frame is progressive.
fn frame_header(code: u8, data: &[u8]) -> Result<(Size, u8, bool), Failure> {
    if code > 0xc2 {
        let kind = if code >= 0xc9 { "arithmetic coding" } else { "lossless or hierarchical coding" };
        return Err(read::unsupported(format_args!("a JPEG with {kind}")));
    }
    let &[precision, h1, h0, w1, w0, components, ref factors @ ..] = data else {
        return Err(read::corrupt("its frame header is too short"));
    };
    if precision != 8 {
        return Err(read::unsupported(format_args!("a JPEG with {precision} bits a sample")));
    }
    let size = Size::new(u16::from_be_bytes([w1, w0]).into(), u16::from_be_bytes([h1, h0]).into());
    match (size.width, size.height, components) {
        (0, _, _) => Err(read::corrupt("the picture has no width")),
        (_, 0, _) => Err(read::unsupported("a JPEG that tells its height after the picture")),
        (_, _, 3 | 4) if finer_chroma(factors) => Err(read::unsupported("a JPEG whose chroma is finer than its luma")),
        (_, _, 1 | 3 | 4) => Ok((size, components, code == 0xc2)),
        _ => Err(read::unsupported(format_args!("a JPEG with {components} components"))),
    }
}

/// Whether a component is sampled finer than the first in one of the ways that the decoder gets
/// wrong without a word; the others, such as 1x1 beside 1x2, it reads.
fn finer_chroma(components: &[u8]) -> bool {
    let factors = |component: &[u8]| (component[1] >> 4, component[1] & 15);
    let mut all = components.chunks_exact(3).map(factors);
    let Some((width, height)) = all.next() else { return false };
    let narrowest = all.clone().map(|(w, _)| w).min().unwrap_or(width);
    all.any(|(w, h)| w > width || (h > height && (height > 1 || width > 2 * narrowest)))
}

/// Walks over all segments and scans to the end of the image. What follows it is of no concern;
/// a thumbnail's own end lies inside a segment and is not seen.
fn require_end(bytes: &[u8]) -> Result<(), Failure> {
    let mut reader = Cursor::new(bytes);
    read::array::<2>(&mut reader)?;
    loop {
        let (code, length) = segment(&mut reader)?;
        if code == marker::EOI {
            return Ok(());
        }
        read::skip(&mut reader, length.into())?;
        if code == marker::SOS {
            let start = usize::try_from(reader.position()).unwrap_or(usize::MAX);
            let scan = bytes.get(start..).ok_or_else(read::truncated)?;
            let end = scan_length(scan).ok_or_else(read::truncated)?;
            reader.set_position((start + end) as u64);
        }
    }
}

/// How far the entropy-coded bytes reach: up to the next marker that is no restart.
fn scan_length(scan: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += scan.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        match scan.get(at + 1)? {
            // A stuffed zero or a restart, both part of the scan.
            0 | marker::RST0..=marker::RST7 => at += 2,
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}

fn failure(error: DecodeErrors) -> Failure {
    match error {
        DecodeErrors::Unsupported(scheme) => read::unsupported(format_args!("a JPEG with {scheme:?}")),
        // The decoder's messages may span lines.
        error => read::corrupt(format!("{error:?}").replace('\n', " ")),
    }
}

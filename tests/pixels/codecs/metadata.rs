//! Checks what is written beside the pixels: another reader finds it, and no pixel changes.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use recanvas::codecs::COMPOSITE_WITH_TRAINED_MEDIA;
use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::codecs::Metadata;
use recanvas::codecs::decode;
use recanvas::codecs::source_type_packet;
use recanvas::error::Class;
use recanvas::geometry::Size;
use recanvas::options::Values;
use recanvas::raster::Channels;
use recanvas::raster::Pixels;
use recanvas::raster::Raster;

use crate::codecs::LIMITS;

/// Holds what another reader finds.
fn read(file: &[u8], format: &str) -> Metadata {
    fn all(mut decoder: impl ImageDecoder) -> Metadata {
        let text = |bytes| String::from_utf8(bytes).expect("it is text");
        Metadata {
            icc: decoder.icc_profile().expect("it can be read"),
            exif: decoder.exif_metadata().expect("it can be read"),
            xmp: decoder.xmp_metadata().expect("it can be read").map(text),
        }
    }
    let reader = Cursor::new(file);
    match format {
        "jpeg" => all(JpegDecoder::new(reader).expect("a JPEG")),
        "png" => all(PngDecoder::new(reader).expect("a PNG")),
        "webp" => all(WebPDecoder::new(reader).expect("a WebP")),
        other => panic!("there is no reader of {other}"),
    }
}

/// Types and lengths of a RIFF file's chunks; the whole file must be accounted for.
fn riff(file: &[u8]) -> Vec<(String, usize)> {
    let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().expect("four bytes")) as usize;
    assert_eq!(number(4) + 8, file.len());
    let (mut chunks, mut at) = (Vec::new(), 12);
    while at < file.len() {
        chunks.push((String::from_utf8_lossy(&file[at..at + 4]).into_owned(), number(at + 4)));
        at += 8 + number(at + 4).next_multiple_of(2);
    }
    assert_eq!(at, file.len());
    chunks
}

/// Bytes without pattern.
fn noise(length: usize) -> Vec<u8> {
    (0..length as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// EXIF that says nothing: no entry in its only directory.
fn exif() -> Vec<u8> {
    b"II*\0\x08\0\0\0\0\0\0\0\0\0".to_vec()
}

/// Each kind by itself, and all of them; lengths are even and odd.
fn kinds() -> Vec<Metadata> {
    let packet = source_type_packet(COMPOSITE_WITH_TRAINED_MEDIA);
    let xmp = |extra: &str| Metadata { xmp: Some(packet.clone() + extra), ..Metadata::default() };
    // One, two and three segments of a JPEG, the second of them full.
    let profile = |length| Metadata { icc: Some(noise(length)), ..Metadata::default() };
    let all = Metadata { icc: Some(noise(70_001)), exif: Some(exif()), xmp: Some(packet.clone()) };
    let exif = Metadata { exif: Some(exif()), ..Metadata::default() };
    vec![xmp(""), xmp("x"), profile(3001), profile(2 * 65_519), profile(2 * 65_519 + 1), exif, all]
}

fn encoded(picture: &Raster, format: Format, options: &Values, metadata: &Metadata) -> Vec<u8> {
    Encoding::new(format, options).expect("it is written").encode(picture, metadata).expect("encoded")
}

#[test]
fn every_format_carries_all_of_it_and_the_same_pixels() {
    for metadata in kinds() {
        for format in Format::written() {
            for channels in [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba] {
                if channels.has_alpha() && !format.encoder().is_some_and(|encoder| encoder.has_alpha) {
                    continue;
                }
                // An odd width needs padding.
                let size = Size::new(37, 20);
                let data = (0..37 * 20 * channels.count()).map(|at| (at * 7 % 251) as u8).collect();
                let picture = Raster::U8(Pixels::from_samples(size, channels, data));
                for is_on in [false, true] {
                    let options = Values::from([("lossless", is_on.into()), ("progressive", is_on.into())]);
                    let plain = encoded(&picture, format, &options, &Metadata::default());
                    assert_eq!(read(&plain, format.name()), Metadata::default());
                    let file = encoded(&picture, format, &options, &metadata);
                    assert!(read(&file, format.name()) == metadata, "{format:?} {channels:?}");
                    let others = |file: &[u8]| image::load_from_memory(file).expect("another decoder reads it");
                    assert_eq!(others(&plain), others(&file), "{format:?} {channels:?}");
                    let ours = |file: &[u8]| decode(file, &LIMITS).expect("our own file").raster;
                    assert_eq!(ours(&plain), ours(&file), "{format:?} {channels:?}");
                }
            }
        }
    }
}

#[test]
fn webp_has_its_chunks_in_order() {
    let picture = Raster::U8(Pixels::new(Size::new(9, 7), Channels::Rgba));
    let all = kinds().pop().expect("all of them");
    let file = encoded(&picture, Format::WEBP, &Values::new(), &all);
    let names: Vec<String> = riff(&file).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["VP8X", "ICCP", "ALPH", "VP8 ", "EXIF", "XMP "]);
    // Profile, alpha, EXIF and XMP are announced.
    assert_eq!(file[20], 0x3c);
}

#[test]
fn the_packet_names_the_source_type_and_nothing_else() {
    let packet = source_type_packet(COMPOSITE_WITH_TRAINED_MEDIA);
    let property = "Iptc4xmpExt:DigitalSourceType=\"http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia\"";
    assert!(packet.contains(property), "{packet}");
    assert_eq!(packet.matches("=\"").count(), 8, "{packet}");
}

#[test]
fn jpeg_refuses_what_is_longer_than_its_segments() {
    let picture = Raster::U8(Pixels::new(Size::new(8, 8), Channels::Rgb));
    let encoding = Encoding::new(Format::JPEG, &Values::new()).expect("it is written");
    let xmp = |length| Metadata { xmp: Some("x".repeat(length)), ..Metadata::default() };
    let exif = |length| Metadata { exif: Some(noise(length)), ..Metadata::default() };
    let icc = |length| Metadata { icc: Some(noise(length)), ..Metadata::default() };
    for (fits, does_not) in
        [(xmp(65_502), xmp(65_503)), (exif(65_527), exif(65_528)), (icc(255 * 65_519), icc(255 * 65_519 + 1))]
    {
        encoding.encode(&picture, &fits).expect("just fits");
        assert_eq!(encoding.encode(&picture, &does_not).expect_err("it is too long").class, Class::Limit);
    }
}

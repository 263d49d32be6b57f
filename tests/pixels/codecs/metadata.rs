//! The one packet of metadata: another reader finds it, and no pixel changes.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use recanvas::codecs::COMPOSITE_WITH_TRAINED_MEDIA;
use recanvas::codecs::Encode;
use recanvas::codecs::Format;
use recanvas::codecs::decode;
use recanvas::codecs::encode;
use recanvas::codecs::source_type_packet;
use recanvas::codecs::with_xmp;
use recanvas::error::Class;
use recanvas::geometry::Size;
use recanvas::raster::Channels;
use recanvas::raster::Pixels;

use crate::codecs::LIMITS;

fn read(file: &[u8], format: Format) -> Option<Vec<u8>> {
    let reader = Cursor::new(file);
    let found = match format {
        Format::Jpeg => JpegDecoder::new(reader).expect("a JPEG").xmp_metadata(),
        Format::Png => PngDecoder::new(reader).expect("a PNG").xmp_metadata(),
        _ => WebPDecoder::new(reader).expect("a WebP").xmp_metadata(),
    };
    found.expect("it can be read")
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

#[test]
fn every_format_carries_the_packet_and_the_same_pixels() {
    // An odd width and an odd length of the packet need padding.
    for extra in ["", "x"] {
        let packet = source_type_packet(COMPOSITE_WITH_TRAINED_MEDIA) + extra;
        for format in [Format::Jpeg, Format::Png, Format::Webp] {
            for channels in [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba] {
                if channels.has_alpha() && !format.codec().has_alpha() {
                    continue;
                }
                for (lossless, progressive) in [(false, false), (true, true)] {
                    let size = Size::new(37, 20);
                    let data = (0..37 * 20 * channels.count()).map(|at| (at * 7 % 251) as u8).collect();
                    let options = Encode { lossless, progressive, ..Encode::default() };
                    let file = encode(&Pixels::from_samples(size, channels, data), format, &options).expect("encoded");
                    assert_eq!(read(&file, format), None);
                    let marked = with_xmp(&file, format, &packet).expect("marked");
                    assert_eq!(read(&marked, format).as_deref(), Some(packet.as_bytes()), "{format:?} {channels:?}");
                    let (before, after) = (decode(&file, &LIMITS), decode(&marked, &LIMITS));
                    assert_eq!(before, after, "{format:?} {channels:?}");
                    let others = |file: &[u8]| image::load_from_memory(file).expect("another decoder reads it");
                    assert_eq!(others(&file), others(&marked), "{format:?} {channels:?}");
                    if format == Format::Webp {
                        let chunks = riff(&marked);
                        assert_eq!(chunks[0], ("VP8X".to_owned(), 10), "{chunks:?}");
                        assert_eq!(chunks.last().expect("chunks"), &("XMP ".to_owned(), packet.len()));
                    }
                }
            }
        }
    }
}

#[test]
fn the_packet_names_the_source_type_and_nothing_else() {
    let packet = source_type_packet(COMPOSITE_WITH_TRAINED_MEDIA);
    let property = "Iptc4xmpExt:DigitalSourceType=\"http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia\"";
    assert!(packet.contains(property), "{packet}");
    assert_eq!(packet.matches("=\"").count(), 8, "{packet}");
}

#[test]
fn what_cannot_be_marked_is_said() {
    let pixels = Pixels::<u8>::new(Size::new(8, 8), Channels::Rgb);
    let file = encode(&pixels, Format::Jpeg, &Encode::default()).expect("encoded");
    assert_eq!(with_xmp(&file, Format::Jpeg, &"x".repeat(65_503)).unwrap_err().class, Class::Limit);
    with_xmp(&file, Format::Jpeg, &"x".repeat(65_502)).expect("just fits");
    for format in [Format::Jpeg, Format::Png, Format::Webp] {
        assert!(with_xmp(b"", format, "x").is_err());
        assert!(with_xmp(&file[..3], format, "x").is_err());
    }
}

//! JPEG of every kind, against what libjpeg shows of the same files (`fixtures/jpegs.py`), and
//! files that are changed without harm, or with it.

use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Cursor;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;

use image::Rgb;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use recanvas::codecs::DecodeRequest;
use recanvas::codecs::DecoderChoice;
use recanvas::codecs::decode;
use recanvas::codecs::decode_view;
use recanvas::codecs::read_header;
use recanvas::error::Class;
use recanvas::raster::Channels;
use recanvas::raster::Raster;

use crate::codecs::LIMITS;
use crate::codecs::folder;
use crate::codecs::pictures;
use crate::codecs::samples;

/// A file of `fixtures/jpeg`.
fn file(name: &str) -> Vec<u8> {
    pictures("jpeg").into_iter().find(|(found, _)| found == name).expect("a fixture").1
}

/// What both decoders make of a file.
fn both(bytes: &[u8]) -> [Result<Raster, Class>; 2] {
    [DecoderChoice::Fast, DecoderChoice::Safe].map(|decoder| {
        let want = DecodeRequest { decoder, ..DecodeRequest::WHOLE };
        decode_view(bytes, &LIMITS, &want).map(|viewed| viewed.view.into_raster()).map_err(|failure| failure.class)
    })
}

/// Where the markers with this code stand.
fn markers(bytes: &[u8], code: u8) -> Vec<usize> {
    (0..bytes.len() - 1).filter(|&at| bytes[at..at + 2] == [0xff, code]).collect()
}

#[test]
fn every_kind_is_what_libjpeg_shows() {
    let expectations = folder("jpeg");
    let files = pictures("jpeg");
    assert!(files.len() > 70, "{} kinds", files.len());
    for (name, bytes) in files {
        let beside = format!("{name}.expected");
        let (_, expected) = expectations.iter().find(|(name, _)| *name == beside).expect("a picture to compare with");
        let expected = image::load_from_memory(expected).expect("the expected picture is whole");
        let gray = matches!(expected, image::DynamicImage::ImageLuma8(_));
        for raster in both(&bytes) {
            let raster = raster.unwrap_or_else(|class| panic!("{name}: {class:?}"));
            assert_eq!((raster.size().width, raster.size().height), (expected.width(), expected.height()), "{name}");
            assert_eq!(raster.channels(), if gray { Channels::Gray } else { Channels::Rgb }, "{name}");
            let found = samples(&raster);
            let differences =
                found.iter().zip(expected.as_bytes()).map(|(&found, &wanted)| found.abs_diff(wanted.into()));
            // A level for the transform, and what conversion and interpolation make of it.
            assert!(differences.clone().all(|difference| difference <= 3), "{name}: off by {:?}", differences.max());
        }
    }
}

#[test]
fn inks_are_said_to_be_converted_and_nothing_else_is() {
    for (name, bytes) in pictures("jpeg") {
        let warnings = decode(&bytes, &LIMITS).unwrap_or_else(|failure| panic!("{name}: {failure}")).warnings;
        assert_eq!(warnings.iter().any(|warning| warning.contains("CMYK")), name.starts_with("inks"), "{name}");
    }
}

#[test]
fn bytes_that_other_programs_leave_around_a_picture_change_nothing() {
    for name in ["size_17x33.jpg", "each_420.jpg", "progressive_422.jpg", "script_420_restarts.jpg", "inks.jpg"] {
        let bytes = file(name);
        let whole = decode(&bytes, &LIMITS).expect("a fixture").raster;
        let (body, scan) = (&bytes[..bytes.len() - 2], markers(&bytes, 0xda)[0]);
        let before = |stray: &[u8]| [&bytes[..scan], stray, &bytes[scan..]].concat();
        let behind = |stray: &[u8]| [body, stray, b"\xff\xd9"].concat();
        let instead = |trailer: &[u8]| [body, trailer].concat();
        let odd = [
            ("fill bytes before a segment", before(b"\xff\xff\xff")),
            ("bytes between segments", before(b"\0\x12\xff\0abc")),
            ("a restart marker between segments", before(b"\xff\xd3")),
            ("a marker without a meaning", before(b"\xff\x01")),
            ("fill bytes before the end", behind(b"\xff\xff")),
            ("a restart marker before the end", behind(b"\xff\xd0")),
            ("a comment before the end", behind(b"\xff\xfe\0\x04hi")),
            ("the number of lines, once more", behind(b"\xff\xdc\0\x04\0\x21")),
            ("a segment of an unknown kind", behind(b"\xff\xf3\0\x04hi")),
            ("zeros before the end", behind(&[0; 40])),
            ("bytes before the end", behind(b"\x01\x02\x4d")),
            ("something behind the end", [&bytes[..], b"behind \xff\xd8\xff\xe0"].concat()),
            ("a trailer instead of an end", instead(b"\0\0\x01\x0a\x0e\0\0\0Image_UTC_Data1450000000000SEFT")),
            ("another picture instead of an end", instead(&file("size_4x17.jpg"))),
            ("a segment instead of an end", instead(b"\xff\xe4\0\x06SEFT")),
        ];
        for (what, odd) in odd {
            assert_eq!(both(&odd), [Ok(whole.clone()), Ok(whole.clone())], "{name}: {what}");
        }
    }
}

#[test]
fn bytes_between_restart_intervals_change_nothing() {
    let bytes = pictures("grid").into_iter().find(|(name, _)| name == "rgb__restarts.jpg").expect("a fixture").1;
    let whole = decode_view(&bytes, &LIMITS, &DecodeRequest { decoder: DecoderChoice::Safe, ..DecodeRequest::WHOLE })
        .expect("a picture");
    let at = markers(&bytes, 0xd1)[0];
    for stray in [&b"\0"[..], b"\0\0\0", b"\x55\x66", b"\xff\xff"] {
        let odd = [&bytes[..at], stray, &bytes[at..]].concat();
        let shown = decode_view(&odd, &LIMITS, &DecodeRequest { decoder: DecoderChoice::Safe, ..DecodeRequest::WHOLE })
            .expect("a picture");
        assert_eq!(shown.view, whole.view, "{stray:x?}");
    }
}

#[test]
fn a_picture_without_an_end_is_read_only_where_something_follows() {
    for name in ["each_422.jpg", "pairs_420_restarts.jpg", "progressive_420.jpg", "rgb_each.jpg", "size_5x2.jpg"] {
        let bytes = file(name);
        for end in [&b""[..], b"\xff", b"\xff\xff\xff"] {
            let open = [&bytes[..bytes.len() - 2], end].concat();
            assert_eq!(both(&open), [Err(Class::Corrupt), Err(Class::Corrupt)], "{name}: {end:x?}");
        }
    }
}

#[test]
fn a_picture_that_ends_with_its_byte_needs_no_end() {
    // One colour is 14 bits a unit, the last of them zeros, behind as many as its first unit needs.
    let of = |red: u8| {
        let mut bytes = Vec::new();
        let pixels = RgbImage::from_pixel(32, 32, Rgb([red, 30, 40]));
        JpegEncoder::new_with_quality(&mut bytes, 95).encode_image(&pixels).expect("a picture");
        bytes
    };
    let is_full = |bytes: &Vec<u8>| matches!(bytes[..], [.., 1..=254, 0, 0xff, 0xd9]);
    let bytes = (0..=255).map(of).find(is_full).expect("a colour that leaves nothing to fill");
    let body = &bytes[..bytes.len() - 2];
    let open = [body, b"\0\0\x01\x0a\x0e\0\0\0Image_UTC_Data1450000000000SEFT"].concat();
    let whole = decode(&bytes, &LIMITS).expect("a picture").raster;
    assert_eq!(both(&open), [Ok(whole.clone()), Ok(whole)]);
    assert_eq!(both(body), [Err(Class::Corrupt), Err(Class::Corrupt)]);
}

#[test]
fn bytes_behind_a_cut_are_not_taken_for_the_picture() {
    let trailers = [vec![0; 4000], b"Image_UTC_Data1450000000000SEFT".repeat(100), file("each_420.jpg")];
    let (mut cuts, mut unnoticed) = (0, 0);
    for name in ["each_422.jpg", "size_17x33.jpg", "rgb_each.jpg", "progressive_420.jpg"] {
        let bytes = file(name);
        let last = markers(&bytes, 0xda).pop().expect("a scan") + 16;
        for (number, trailer) in trailers.iter().enumerate() {
            for cut in (last..bytes.len() - 2).step_by(7) {
                let [fast, safe] = both(&[&bytes[..cut], trailer].concat());
                assert_eq!(fast, safe, "{name} cut to {cut}");
                assert!(number != 0 || safe == Err(Class::Corrupt), "{name} cut to {cut} and filled with zeros");
                cuts += 1;
                unnoticed += usize::from(safe.is_ok());
            }
        }
    }
    // Some text goes on like a picture and ends where one may end.
    assert!(cuts > 800 && unnoticed * 33 < cuts, "{unnoticed} of {cuts} cuts went unnoticed");
}

#[test]
fn every_scan_and_every_bit_is_needed() {
    for name in ["each_420.jpg", "luma_last_440.jpg", "progressive_422.jpg", "script_411_restarts.jpg"] {
        let bytes = file(name);
        for scan in markers(&bytes, 0xda) {
            let next = (scan + 2..).find(|&at| bytes[at] == 0xff && !matches!(bytes[at + 1], 0 | 0xd0..=0xd7 | 0xff));
            let behind = &bytes[next.expect("a marker behind")..];
            let without = [&bytes[..scan], behind].concat();
            assert_eq!(both(&without), [Err(Class::Corrupt), Err(Class::Corrupt)], "{name} without the scan at {scan}");
            let cut = [&bytes[..scan], b"\xff\xd9"].concat();
            assert_eq!(both(&cut), [Err(Class::Corrupt), Err(Class::Corrupt)], "{name} up to the scan at {scan}");
            let shorter = [&bytes[..next.unwrap_or_default() - 3], behind].concat();
            assert_eq!(both(&shorter), [Err(Class::Corrupt), Err(Class::Corrupt)], "{name}, scan at {scan} shorter");
        }
    }
}

#[test]
fn other_kinds_are_refused_as_such() {
    let bytes = file("size_16x1.jpg");
    let frame = markers(&bytes, 0xc0)[0];
    let with = |at: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[frame + at] = value;
        bytes
    };
    for (what, bytes) in [
        ("extended, 12 bits", with(4, 12)),
        ("lossless", with(1, 0xc3)),
        ("hierarchical", with(1, 0xc5)),
        ("hierarchical progressive", with(1, 0xc6)),
        ("arithmetic", with(1, 0xc9)),
        ("progressive arithmetic", with(1, 0xca)),
        ("lossless arithmetic", with(1, 0xcb)),
        ("height after the picture", with(6, 0)),
        ("factors of 3 and 2", {
            let mut bytes = with(11, 0x31);
            bytes[frame + 14] = 0x21;
            bytes
        }),
    ] {
        let failure = read_header(&mut Cursor::new(&bytes)).expect_err(what);
        assert_eq!(failure.class, Class::Unsupported, "{what}: {failure}");
    }
    let two = b"\xff\xd8\xff\xc0\0\x0e\x08\0\x08\0\x08\x02\x01\x11\0\x02\x11\0\xff\xda\0\x0a\x02\x01\0\x02\0\0\x3f\0";
    let failure = read_header(&mut Cursor::new(two)).expect_err("two components");
    assert_eq!(failure.message, "a JPEG with 2 components is not supported");
}

#[test]
fn scans_without_end_are_a_limit() {
    let bytes = file("progressive_420.jpg");
    let scans = markers(&bytes, 0xda);
    // The first scan, which a file may send again.
    let again = [&bytes[..scans[1]], &bytes[scans[0]..scans[1]].repeat(1000), &bytes[scans[1]..]].concat();
    assert_eq!(both(&again), [Err(Class::Limit), Err(Class::Limit)]);
    let twice = [&bytes[..scans[1]], &bytes[scans[0]..]].concat();
    let whole = decode(&bytes, &LIMITS).expect("a fixture").raster;
    assert_eq!(both(&twice), [Ok(whole.clone()), Ok(whole)]);
}

#[test]
fn a_header_is_read_only_so_far() {
    let bytes = file("each_420.jpg");
    // Behind the segment of JFIF.
    let (start, rest) = bytes.split_at(20);
    let long = |segment: Vec<u8>, count: usize| [start, &segment.repeat(count), rest].concat();
    let comment =
        |length: u16| [&b"\xff\xfe"[..], &length.to_be_bytes(), &vec![b' '; usize::from(length) - 2]].concat();
    for (what, bytes) in [
        ("many segments", long(comment(2), 70_000)),
        ("long segments", long(comment(65_535), 1100)),
        ("bytes between segments", long(vec![b' '; 1000], 70_000)),
        ("fill bytes", long(vec![0xff; 1000], 70_000)),
        ("stuffed bytes", long(vec![0xff, 0], 70_000)),
    ] {
        let failure = read_header(&mut Cursor::new(&bytes)).expect_err(what);
        assert_eq!(failure.class, Class::Limit, "{what}: {failure}");
        let is_many = ["many segments", "stuffed bytes"].contains(&what);
        let most = if is_many { "65,536 segments" } else { "64 MiB of metadata before its picture" };
        assert!(failure.message.contains(most), "{what}: {failure}");
    }
    for (what, bytes) in [
        ("segments", long(comment(2), 60_000)),
        ("bytes", long(comment(65_535), 900)),
        ("bytes between segments", long(vec![b' '; 1000], 60_000)),
        ("fill bytes", long(vec![0xff; 1000], 60_000)),
    ] {
        read_header(&mut Cursor::new(&bytes)).unwrap_or_else(|failure| panic!("not so many {what}: {failure}"));
    }
}

/// A file that counts how often it is asked for bytes.
struct Asked {
    bytes: BufReader<Cursor<Vec<u8>>>,
    times: usize,
}

impl BufRead for Asked {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.times += 1;
        self.bytes.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.bytes.consume(amount);
    }
}

impl Read for Asked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.times += 1;
        self.bytes.read(buffer)
    }
}

impl Seek for Asked {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

#[test]
fn bytes_before_a_marker_take_no_time() {
    let bytes = file("each_420.jpg");
    let (start, rest) = bytes.split_at(20);
    let asked = |bytes: Vec<u8>| {
        let mut file = Asked { bytes: BufReader::with_capacity(8 << 10, Cursor::new(bytes)), times: 0 };
        read_header(&mut file).expect("a header");
        file.times
    };
    let usual = asked(bytes.clone());
    for byte in [0xff, b' '] {
        let times = asked([start, &vec![byte; 8 << 20], rest].concat());
        // Each time 8 KiB.
        assert!(times <= usual + 1100, "{times} times instead of {usual}");
    }
}

//! EXIF's orientation in every way in which writers store it, in every format.

use std::io::Cursor;

use recanvas::codecs::read_header;
use recanvas::geometry::Orientation;

use crate::codecs::pictures;
use crate::codecs::write::Tiff;
use crate::codecs::write::chunk;
use crate::codecs::write::dot;
use crate::codecs::write::riff_chunk;
use crate::codecs::write::vp8x;
use crate::codecs::write::webp;

const BYTE: u16 = 1;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const SIGNED_BYTE: u16 = 6;
const SIGNED_SHORT: u16 = 8;
const SIGNED_LONG: u16 = 9;
const RATIONAL: u16 = 5;
const SIGNED_RATIONAL: u16 = 10;

/// What a file of each format says of how it stands, with this EXIF block.
fn orientations(tiff: &[u8]) -> Vec<(&'static str, Orientation)> {
    let grid = pictures("grid");
    let file = |name: &str| &grid.iter().find(|(found, _)| found == name).expect("a fixture").1;
    let named = [b"Exif\0\0", tiff].concat();
    let jpeg = file("rgb__444.jpg");
    let length = (named.len() as u16 + 2).to_be_bytes();
    let frame = file("rgb__lossy.webp")[12..].to_vec();
    let extended = |block: &[u8]| webp(&[vp8x(8, 64, 48), frame.clone(), riff_chunk(b"EXIF", block)]);
    let files = [
        ("JPEG", [&jpeg[..2], &[0xff, 0xe1], &length, &named, &jpeg[2..]].concat()),
        ("PNG", dot([1, 2, 3], &[chunk(b"eXIf", tiff)])),
        ("PNG with a prefix", dot([1, 2, 3], &[chunk(b"eXIf", &named)])),
        ("WebP", extended(tiff)),
        ("WebP with a prefix", extended(&named)),
    ];
    let read = |bytes: Vec<u8>| read_header(&mut Cursor::new(bytes)).expect("a header").orientation;
    files.into_iter().map(|(what, bytes)| (what, read(bytes))).collect()
}

#[test]
fn every_integer_type_turns_the_picture() {
    for kind in [BYTE, SHORT, LONG, SIGNED_BYTE, SIGNED_SHORT, SIGNED_LONG] {
        for is_little in [true, false] {
            for value in 1..=8 {
                let tiff = Tiff::new(is_little).orientation(kind, value).bytes();
                let expected = Orientation::from_exif(value as u32);
                for (what, found) in orientations(&tiff) {
                    assert_eq!(found, expected, "{what}, type {kind}, value {value}");
                }
            }
        }
    }
}

/// A block whose only field is the orientation as a fraction of this type.
fn fraction(is_little: bool, kind: u16, [numerator, denominator]: [i32; 2]) -> Vec<u8> {
    let short = |value: u16| if is_little { value.to_le_bytes() } else { value.to_be_bytes() };
    let long = |value: i32| if is_little { value.to_le_bytes() } else { value.to_be_bytes() };
    let head = if is_little { b"II*\0" } else { b"MM\0*" };
    let entry = [&short(0x112)[..], &short(kind), &long(1), &long(26)].concat();
    [&head[..], &long(8), &short(1), &entry, &long(0), &long(numerator), &long(denominator)].concat()
}

#[test]
fn a_fraction_that_is_a_whole_number_turns_the_picture() {
    let mut cases: Vec<(u16, [i32; 2], u32)> = (1..=8)
        .flat_map(|value| [(RATIONAL, [value, 1], value as u32), (SIGNED_RATIONAL, [3 * value, 3], value as u32)])
        .collect();
    cases.extend([(SIGNED_RATIONAL, [-6, -1], 6), (SIGNED_RATIONAL, [-6, 1], 1), (SIGNED_RATIONAL, [i32::MIN, -1], 1)]);
    for kind in [RATIONAL, SIGNED_RATIONAL] {
        cases.extend([[6, 0], [0, 1], [0, 0], [13, 2], [1, 6], [9, 1]].map(|fraction| (kind, fraction, 1)));
    }
    for (kind, parts, value) in cases {
        for is_little in [true, false] {
            for (what, found) in orientations(&fraction(is_little, kind, parts)) {
                assert_eq!(found, Orientation::from_exif(value), "{what}, type {kind}, {parts:?}");
            }
        }
    }
}

#[test]
fn values_without_a_meaning_mean_upright() {
    let mut blocks: Vec<Vec<u8>> = [(BYTE, 0), (SHORT, 9), (SHORT, 65535), (LONG, 1 << 16 | 6), (LONG, 0)]
        .iter()
        .chain(&[(SIGNED_BYTE, -6), (SIGNED_SHORT, -1), (SIGNED_LONG, -6), (7, 6), (5, 6), (2, 6), (99, 6)])
        .map(|&(kind, value)| Tiff::new(true).orientation(kind, value).bytes())
        .collect();
    blocks.extend([vec![], b"II".to_vec(), b"II*\0\xff\xff\xff\xff".to_vec(), b"II*\0\x08\0\0\0\xff\xff".to_vec()]);
    for block in blocks {
        for (what, found) in orientations(&block) {
            assert_eq!(found, Orientation::Upright, "{what}: {block:x?}");
        }
    }
}

#[test]
fn the_first_of_several_values_counts() {
    // Two SHORTs stand in the field itself.
    let two = [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x02\0\0\0\x06\0\x03\0", &[0; 4][..]].concat();
    // More stand elsewhere.
    let more = [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x08\0\0\0\x03\0\0\0\x1a\0\0\0\0", &[0, 6, 0, 1, 0, 3][..]].concat();
    for block in [two, more] {
        for (what, found) in orientations(&block) {
            assert_eq!(found, Orientation::Rotate90, "{what}: {block:x?}");
        }
    }
}

#[test]
fn a_block_that_is_cut_short_still_turns_the_picture() {
    let tiff = Tiff::new(true).orientation(SHORT, 6).color_space(2).bytes();
    for cut in [22, 30, tiff.len() - 3] {
        for (what, found) in orientations(&tiff[..cut]) {
            assert_eq!(found, Orientation::Rotate90, "{what} cut to {cut}");
        }
    }
}

#[test]
fn directories_that_point_to_each_other_are_read_once() {
    // The orientation, and pointers to the directory itself, as to Exif and below it; then itself again.
    const POINTERS: u16 = 5000;
    for tags in [[0x8769_u16, 0x8769], [0x8769, 0xa005], [0x8825, 0xa005]] {
        let mut tiff = b"II*\0\x08\0\0\0".to_vec();
        tiff.extend((POINTERS + 1).to_le_bytes());
        tiff.extend(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0");
        for number in 0..POINTERS {
            tiff.extend(tags[usize::from(number % 2)].to_le_bytes());
            tiff.extend(b"\x04\0\x01\0\0\0\x08\0\0\0");
        }
        tiff.extend(b"\x08\0\0\0");
        for (what, found) in orientations(&tiff) {
            assert_eq!(found, Orientation::Rotate90, "{what}: {tags:x?}");
        }
    }
}

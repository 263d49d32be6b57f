//! WebP files whose flags and chunks do not agree, and sizes that a decoder must not believe.

use std::io::Cursor;

use recanvas::codecs::decode;
use recanvas::codecs::read_header;
use recanvas::error::Class;
use recanvas::geometry::Orientation;
use recanvas::geometry::Size;
use recanvas::raster::Channels;

use crate::codecs::LIMITS;
use crate::codecs::pictures;
use crate::codecs::samples;
use crate::codecs::write::Tiff;
use crate::codecs::write::riff_chunk;
use crate::codecs::write::vp8x;
use crate::codecs::write::webp;

const ANIMATION: u8 = 0x02;
const EXIF: u8 = 0x08;
const ALPHA: u8 = 0x10;
const ICC: u8 = 0x20;

/// A file of the grid, 64x48.
fn file(name: &str) -> Vec<u8> {
    pictures("grid").into_iter().find(|(found, _)| found == name).expect("a fixture").1
}

/// The chunks of a file with this type, whole.
fn chunks(file: &[u8], wanted: &[u8; 4]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = &file[12..];
    while let Some((&[k0, k1, k2, k3, l0, l1, l2, l3], _)) = rest.split_first_chunk() {
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let (chunk, behind) = rest.split_at(8 + length.next_multiple_of(2));
        if [k0, k1, k2, k3] == *wanted {
            found.push(chunk.to_vec());
        }
        rest = behind;
    }
    found
}

fn one(file: &[u8], wanted: &[u8; 4]) -> Vec<u8> {
    chunks(file, wanted).remove(0)
}

fn lossy() -> Vec<u8> {
    one(&file("rgb__lossy.webp"), b"VP8 ")
}

fn lossless() -> Vec<u8> {
    one(&file("rgb__lossless.webp"), b"VP8L")
}

fn shown(bytes: &[u8]) -> Vec<u16> {
    let decoded = decode(bytes, &LIMITS).unwrap_or_else(|failure| panic!("{failure}"));
    let header = read_header(&mut Cursor::new(bytes)).expect("a header");
    assert_eq!((header.channels, header.oriented()), (decoded.raster.channels(), decoded.raster.size()));
    samples(&decoded.raster)
}

/// The class that both the header and the whole file fail with.
fn refused(bytes: &[u8]) -> Class {
    let failure = read_header(&mut Cursor::new(bytes)).expect_err("the header is refused");
    assert_eq!(decode(bytes, &LIMITS).expect_err("the file is refused"), failure);
    failure.class
}

#[test]
fn flags_without_their_chunks_promise_nothing() {
    for (frame, plain) in [(lossy(), "rgb__lossy.webp"), (lossless(), "rgb__lossless.webp")] {
        let expected = shown(&file(plain));
        for flags in [0, ICC, EXIF, 0x04, ALPHA, ANIMATION, 0x3e, 0xff] {
            let bytes = webp(&[vp8x(flags, 64, 48), frame.clone()]);
            assert_eq!(shown(&bytes), expected, "{plain} with the flags {flags:#x}");
            assert!(!read_header(&mut Cursor::new(&bytes)).expect("a header").animated);
        }
    }
}

#[test]
fn metadata_counts_on_either_side_of_the_picture() {
    let turn = riff_chunk(b"EXIF", &Tiff::new(true).orientation(3, 6).bytes());
    let profile = one(&file_with_profile(), b"ICCP");
    let expected = shown(&file_with_profile());
    let stripped = shown(&webp(&[vp8x(0, 64, 48), profiled_frame()]));
    assert_ne!(expected, stripped, "the profile changes colours");
    let head = || vp8x(EXIF | ICC, 64, 48);
    let odd = riff_chunk(b"abcd", b"odd");
    for order in [
        [head(), odd.clone(), turn.clone(), profile.clone(), profiled_frame()],
        [head(), odd.clone(), profiled_frame(), profile.clone(), turn.clone()],
        [head(), profile.clone(), profiled_frame(), odd.clone(), turn.clone()],
    ] {
        let bytes = webp(&order);
        let header = read_header(&mut Cursor::new(&bytes)).expect("a header");
        assert_eq!(header.orientation, Orientation::Rotate90);
        let mut turned = shown(&bytes);
        let mut upright = expected.clone();
        turned.sort_unstable();
        upright.sort_unstable();
        assert_eq!(turned, upright, "the same colours");
    }
    // As libwebp: what the header does not announce is not there.
    let unsaid = webp(&[vp8x(0, 64, 48), profile.clone(), profiled_frame(), turn.clone()]);
    assert_eq!(shown(&unsaid), stripped);
    assert_eq!(shown(&webp(&[vp8x(ICC, 64, 48), profile, profiled_frame(), turn.clone()])), expected);
    // Of two the first; and a file of one chunk has nothing behind it.
    let other = riff_chunk(b"EXIF", &Tiff::new(false).orientation(3, 3).bytes());
    let twice = webp(&[vp8x(EXIF, 64, 48), lossy(), turn.clone(), other]);
    assert_eq!(read_header(&mut Cursor::new(&twice)).expect("a header").orientation, Orientation::Rotate90);
    let simple = webp(&[lossy(), turn]);
    assert_eq!(read_header(&mut Cursor::new(&simple)).expect("a header").orientation, Orientation::Upright);
}

/// A picture in Display P3.
fn file_with_profile() -> Vec<u8> {
    pictures("icc").into_iter().find(|(name, _)| name == "p3.webp").expect("a fixture").1
}

fn profiled_frame() -> Vec<u8> {
    let file = file_with_profile();
    chunks(&file, b"VP8 ").into_iter().chain(chunks(&file, b"VP8L")).next().expect("a picture")
}

#[test]
fn alpha_is_where_the_pixels_have_it() {
    let lossy_alpha = file("rgba__lossy.webp");
    let (alpha, frame) = (one(&lossy_alpha, b"ALPH"), one(&lossy_alpha, b"VP8 "));
    let with = webp(&[vp8x(ALPHA, 64, 48), alpha.clone(), frame.clone()]);
    assert_eq!(shown(&with), shown(&lossy_alpha));
    let channels = |bytes: &[u8]| read_header(&mut Cursor::new(bytes)).expect("a header").channels;
    assert_eq!(channels(&with), Channels::Rgba);
    // As Pillow and libvips: the flag decides whether a lossy picture's alpha is used.
    let unsaid = webp(&[vp8x(0, 64, 48), alpha.clone(), frame.clone()]);
    let opaque: Vec<u16> = shown(&lossy_alpha).chunks_exact(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
    assert_eq!(shown(&unsaid), opaque);
    // As libwebp: a lossless picture says itself whether it has alpha.
    let lossless_alpha = file("rgba__lossless.webp");
    for flags in [0, ALPHA] {
        let bytes = webp(&[vp8x(flags, 64, 48), one(&lossless_alpha, b"VP8L")]);
        assert_eq!(shown(&bytes), shown(&lossless_alpha));
        // A chunk of alpha is nothing to a lossless picture.
        let both = webp(&[vp8x(flags, 64, 48), alpha.clone(), one(&lossless_alpha, b"VP8L")]);
        assert_eq!(shown(&both), shown(&lossless_alpha));
    }
}

#[test]
fn a_frame_of_another_size_than_the_picture_is_refused_from_the_header_on() {
    for frame in [lossy(), lossless()] {
        for (width, height) in [(1, 1), (64, 47), (65, 48), (16384, 16384), (1 << 24, 1 << 24)] {
            assert_eq!(refused(&webp(&[vp8x(0, width, height), frame.clone()])), Class::Corrupt, "{width}x{height}");
        }
    }
    // A header of 14000x14000 inside of one that says 64x48; nothing of that size is allocated.
    let mut large = lossy();
    large[8 + 6..8 + 10].copy_from_slice(&[0xb0, 0x36, 0xb0, 0x36]);
    assert_eq!(refused(&webp(&[vp8x(0, 64, 48), large.clone()])), Class::Corrupt);
    let alpha = one(&file("rgba__lossy.webp"), b"ALPH");
    assert_eq!(refused(&webp(&[vp8x(ALPHA, 64, 48), alpha, large.clone()])), Class::Corrupt);
    let mut large_lossless = lossless();
    large_lossless[9..13].copy_from_slice(&(13_999_u32 | 13_999 << 14).to_le_bytes());
    assert_eq!(refused(&webp(&[vp8x(0, 64, 48), large_lossless.clone()])), Class::Corrupt);
    for frame in [large, large_lossless] {
        let place = [[0; 6].as_slice(), &[63, 0, 0, 47, 0, 0, 1, 0, 0, 0]].concat();
        let movie = [vp8x(ANIMATION, 64, 48), anim(), riff_chunk(b"ANMF", &[place, frame].concat())];
        assert_eq!(refused(&webp(&movie)), Class::Corrupt, "in an animation");
    }
}

fn anim() -> Vec<u8> {
    riff_chunk(b"ANIM", &[0; 6])
}

#[test]
fn an_animation_begins_transparent() {
    let movie = |flags: u8, (width, height): (u32, u32), inside: &[Vec<u8>]| {
        let place = [&[1, 0, 0, 2, 0, 0, 63, 0, 0, 47, 0, 0, 1, 0, 0, 0][..], &inside.concat()].concat();
        webp(&[vp8x(ANIMATION | flags, width, height), anim(), riff_chunk(b"ANMF", &place)])
    };
    let lossy_alpha = file("rgba__lossy.webp");
    let pieces = [one(&lossy_alpha, b"ALPH"), one(&lossy_alpha, b"VP8 ")];
    let (opaque, clear) = (shown(&file("rgb__lossy.webp")), shown(&lossy_alpha));
    for flags in [0, ALPHA] {
        // Around a frame that is smaller.
        let found = shown(&movie(flags, (70, 60), &[lossy()]));
        for (at, pixel) in found.chunks_exact(4).enumerate() {
            let (x, y) = (at % 70, at / 70);
            let inside = (2..66).contains(&x) && (4..52).contains(&y);
            let expected = inside.then(|| &opaque[((y - 4) * 64 + x - 2) * 3..][..3]);
            assert_eq!(pixel[3], if inside { 255 } else { 0 }, "{x}, {y}");
            assert!(expected.is_none_or(|expected| pixel[..3] == *expected), "{x}, {y}");
        }
        // And where the frame is.
        let found = shown(&movie(flags, (70, 60), &pieces));
        let alpha = |x: usize, y: usize| found[((y + 4) * 70 + x + 2) * 4 + 3];
        assert!((0..64 * 48).all(|at| alpha(at % 64, at / 64) == clear[at * 4 + 3]));
    }
}

#[test]
fn faults_behind_the_first_frame_cost_nothing() {
    let animated = file("rgb__animated.webp");
    let expected = shown(&animated);
    let head = animated[12..30].to_vec();
    let frames = chunks(&animated, b"ANMF");
    let data = |frame: &[u8]| frame[8..].to_vec();
    assert!(frames.len() > 1 && head.starts_with(b"VP8X"));
    let first = frames[0].clone();
    let cases = [
        ("the second is cut", vec![head.clone(), anim(), first.clone(), riff_chunk(b"ANMF", &data(&frames[1])[..20])]),
        ("the second is empty", vec![head.clone(), anim(), first.clone(), riff_chunk(b"ANMF", &[])]),
        ("the second is noise", vec![head.clone(), anim(), first.clone(), riff_chunk(b"ANMF", &[0xff; 400])]),
        ("there is no second", vec![head.clone(), anim(), first.clone()]),
        ("no chunk for the animation", vec![head.clone(), first.clone()]),
        ("a chunk that is not known", {
            let (place, frame) = first[8..].split_at(16);
            let inside = [place, &riff_chunk(b"abcd", b"odd"), frame].concat();
            vec![head.clone(), anim(), riff_chunk(b"ANMF", &inside)]
        }),
    ];
    for (what, chunks) in cases {
        let bytes = webp(&chunks);
        assert_eq!(shown(&bytes), expected, "{what}");
        assert!(decode(&bytes, &LIMITS).expect("a picture").warnings[0].contains("first frame"));
    }
    let mut outside = data(&first);
    outside[0] = 1;
    assert_eq!(refused(&webp(&[head.clone(), anim(), riff_chunk(b"ANMF", &outside)])), Class::Corrupt);
    for broken in [&data(&first)[..10], &data(&first)[..16], &data(&first)[..30]] {
        let bytes = webp(&[head.clone(), anim(), riff_chunk(b"ANMF", broken)]);
        assert_eq!(decode(&bytes, &LIMITS).expect_err("no picture").class, Class::Corrupt);
    }
}

#[test]
fn padding_and_bytes_behind_the_end_are_of_no_concern() {
    let expected = shown(&file("rgb__lossy.webp"));
    let turn = riff_chunk(b"abcd", b"odd");
    let padded = webp(&[vp8x(0, 64, 48), lossy(), turn]);
    assert_eq!(shown(&padded), expected);
    // The last byte is padding: a file that does not count it may lack it.
    let cut = &padded[..padded.len() - 1];
    let length = (cut.len() as u32 - 8).to_le_bytes();
    assert_eq!(shown(&[&cut[..4], &length, &cut[8..]].concat()), expected);
    assert!(decode(cut, &LIMITS).is_err(), "a part of the file is missing");
    for behind in [&[0][..], b"trailing", &[0; 100]] {
        assert_eq!(shown(&[&file("rgb__lossy.webp"), behind].concat()), expected);
    }
    // A chunk of metadata that says it is longer than the file.
    let long = [vp8x(EXIF, 64, 48), lossy(), b"EXIF\xff\xff\0\0II*\0".to_vec()];
    assert_eq!(shown(&webp(&long)), expected);
}

#[test]
fn invalid_frames_are_refused() {
    let mut inner = lossy();
    inner[8] |= 1;
    assert_eq!(refused(&webp(&[inner])), Class::Corrupt, "one that builds on another");
    assert_eq!(refused(&webp(&[vp8x(0, 64, 48)])), Class::Corrupt, "none at all");
    assert_eq!(refused(&webp(&[riff_chunk(b"ALPH", &[0; 9]), lossy()])), Class::Corrupt, "not the first chunk");
    assert_eq!(refused(&webp(&[riff_chunk(b"VP8 ", &[0; 4])])), Class::Corrupt, "too short");
    assert_eq!(refused(&webp(&[riff_chunk(b"VP8X", &[0; 4]), lossy()])), Class::Corrupt, "a short header");
    let size = read_header(&mut Cursor::new(webp(&[lossy()]))).expect("a header").stored;
    assert_eq!(size, Size::new(64, 48));
}

//! Colour profiles of JPEG files in parts: in any order, again, and not all of them.

use recanvas::codecs::decode;
use recanvas::raster::Raster;

use crate::codecs::LIMITS;
use crate::codecs::pictures;

/// A file with a profile that changes its colours: what stands before that, the profile, the rest.
fn parts() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let (_, bytes) = pictures("icc").into_iter().find(|(name, _)| name == "p3.jpg").expect("a fixture");
    let at = bytes.windows(12).position(|window| window == b"ICC_PROFILE\0").expect("a profile") - 4;
    let length = usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
    let (head, rest) = bytes.split_at(at);
    (head.to_vec(), rest[4 + 14..2 + length].to_vec(), rest[2 + length..].to_vec())
}

/// A segment with a part of a profile.
fn segment(number: u8, count: u8, part: &[u8]) -> Vec<u8> {
    let length = (2 + 14 + part.len()) as u16;
    [b"\xff\xe2", &length.to_be_bytes()[..], b"ICC_PROFILE\0", &[number, count], part].concat()
}

/// The picture with these segments, and whether sRGB was assumed.
fn shown(segments: &[Vec<u8>]) -> (Raster, bool) {
    let (head, _, rest) = parts();
    let decoded = decode(&[head, segments.concat(), rest].concat(), &LIMITS).expect("a picture");
    let is_assumed = decoded
        .warnings
        .iter()
        .any(|warning| warning == "profile_assumed: the colour profile is damaged; sRGB is assumed");
    assert_eq!(decoded.warnings.len(), usize::from(is_assumed), "{:?}", decoded.warnings);
    (decoded.raster, is_assumed)
}

#[test]
fn whole_profiles_are_used_however_they_are_cut() {
    let (_, profile, _) = parts();
    let (first, second) = profile.split_at(200);
    let (converted, is_assumed) = shown(&[segment(1, 1, &profile)]);
    assert!(!is_assumed && converted != shown(&[]).0, "the profile changes colours");
    for (what, segments) in [
        ("two parts", vec![segment(1, 2, first), segment(2, 2, second)]),
        ("in the other order", vec![segment(2, 2, second), segment(1, 2, first)]),
        ("twice", vec![segment(1, 1, &profile), segment(1, 1, &profile)]),
        (
            "each part twice",
            vec![segment(1, 2, first), segment(1, 2, first), segment(2, 2, second), segment(2, 2, second)],
        ),
        ("both twice", vec![segment(1, 2, first), segment(2, 2, second), segment(1, 2, first), segment(2, 2, second)]),
        ("counted from zero", vec![segment(0, 2, first), segment(1, 2, second)]),
        ("counted as one each", vec![segment(1, 1, first), segment(2, 1, second)]),
        ("not counted", vec![segment(1, 0, first), segment(2, 0, second)]),
        ("counted too many", vec![segment(1, 3, first), segment(2, 3, second)]),
    ] {
        assert!(shown(&segments) == (converted.clone(), false), "{what}");
    }
}

#[test]
fn incomplete_profiles_are_said_to_be() {
    let (_, profile, _) = parts();
    let (first, second) = profile.split_at(200);
    let (untouched, _) = shown(&[]);
    let mut other = second.to_vec();
    other[100] ^= 1;
    for (what, segments) in [
        ("the second part is missing", vec![segment(1, 2, first)]),
        ("the first part is missing", vec![segment(2, 2, second)]),
        ("a part in the middle is missing", vec![segment(1, 3, first), segment(3, 3, &second[50..])]),
        ("two second parts that differ", vec![segment(1, 2, first), segment(2, 2, second), segment(2, 2, &other)]),
        ("nothing in it", vec![segment(1, 1, b"")]),
        ("cut", vec![segment(1, 1, first)]),
    ] {
        assert!(shown(&segments) == (untouched.clone(), true), "{what}");
    }
}

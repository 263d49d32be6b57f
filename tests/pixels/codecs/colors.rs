//! Colours that a file describes without an ICC profile, and which description counts.

use std::io::Cursor;
use std::slice::from_ref;

use recanvas::codecs::DecodeRequest;
use recanvas::codecs::decode;
use recanvas::codecs::decode_view;
use recanvas::codecs::read_header;
use recanvas::error::Class;

use crate::codecs::LIMITS;
use crate::codecs::encode;
use crate::codecs::pictures;
use crate::codecs::samples;
use crate::codecs::write::ADOBE_RGB;
use crate::codecs::write::BT2020;
use crate::codecs::write::P3;
use crate::codecs::write::Primaries;
use crate::codecs::write::SRGB;
use crate::codecs::write::Tiff;
use crate::codecs::write::chunk;
use crate::codecs::write::damaged;
use crate::codecs::write::dot;
use crate::codecs::write::packed;
use crate::codecs::write::png;
use crate::codecs::write::riff_chunk;
use crate::codecs::write::srgb_light;
use crate::codecs::write::to_srgb;
use crate::codecs::write::vp8x;
use crate::codecs::write::webp;

const COLOR: [u8; 3] = [60, 200, 90];

/// The colour that a dot of [`COLOR`] comes out as, and what is said of it.
fn dot_with(before: &[Vec<u8>]) -> ([u8; 3], Vec<String>) {
    let decoded = decode(&dot(COLOR, before), &LIMITS).unwrap_or_else(|failure| panic!("{failure}"));
    let found: Vec<u8> = samples(&decoded.raster).iter().map(|&sample| sample as u8).collect();
    (found.try_into().expect("three samples"), decoded.warnings)
}

fn assert_near(found: [u8; 3], expected: [u8; 3], what: &str) {
    let near = found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= 1);
    assert!(near, "{what}: {found:?} instead of {expected:?}");
}

/// One grey pixel, within a level.
fn assert_gray(file: &[u8], expected: u16) {
    let found = samples(&decode(file, &LIMITS).expect("a picture").raster);
    assert!(found.len() == 1 && found[0].abs_diff(expected) <= 1, "{found:?} instead of {expected}");
}

fn cicp(points: [u8; 4]) -> Vec<u8> {
    chunk(b"cICP", &points)
}

fn gamma(value: u32) -> Vec<u8> {
    chunk(b"gAMA", &value.to_be_bytes())
}

fn chromaticities(primaries: Primaries) -> Vec<u8> {
    let points = [[[0.3127, 0.329]].as_flattened(), primaries.as_flattened()].concat();
    chunk(
        b"cHRM",
        &points.iter().flat_map(|point| ((point * 1e5_f64).round() as u32).to_be_bytes()).collect::<Vec<u8>>(),
    )
}

fn srgb() -> Vec<u8> {
    chunk(b"sRGB", &[0])
}

/// The profile in a fixture.
fn profile(name: &str) -> Vec<u8> {
    let (_, file) = pictures("icc").into_iter().find(|(found, _)| found == name).expect("a fixture");
    let at = file.windows(4).position(|kind| kind == b"iCCP").expect("a profile");
    let length = u32::from_be_bytes(file[at - 4..at].try_into().expect("four bytes")) as usize;
    file[at - 4..at + 4 + length + 4].to_vec()
}

fn bt709_light(value: f64) -> f64 {
    if value < 0.081 { value / 4.5 } else { ((value + 0.0993) / 1.0993).powf(1.0 / 0.45) }
}

/// Code points of primaries and curve, and what they stand for.
type Described<'a> = ([u8; 2], Primaries, &'a dyn Fn(f64) -> f64);

#[test]
fn code_points_are_converted() {
    let power = |exponent: f64| move |value: f64| value.powf(exponent);
    let smpte240 = |v: f64| if v < 0.0912 { v / 4.0 } else { ((v + 0.1115) / 1.1115).powf(1.0 / 0.45) };
    let same = dot_with(&[cicp([1, 13, 0, 1])]);
    assert_eq!(same, (COLOR, Vec::new()), "sRGB");
    let cases: [Described; 13] = [
        ([12, 13], P3, &srgb_light),
        ([9, 13], BT2020, &srgb_light),
        ([1, 1], SRGB, &bt709_light),
        ([1, 6], SRGB, &bt709_light),
        ([9, 14], BT2020, &bt709_light),
        ([9, 15], BT2020, &bt709_light),
        ([1, 11], SRGB, &bt709_light),
        ([1, 12], SRGB, &bt709_light),
        ([1, 4], SRGB, &power(2.2)),
        ([5, 5], [[0.64, 0.33], [0.29, 0.6], [0.15, 0.06]], &power(2.8)),
        ([1, 7], SRGB, &smpte240),
        ([12, 8], P3, &|value| value),
        ([1, 17], SRGB, &|value| value.powf(2.6) * 52.37 / 48.0),
    ];
    for ([primaries, transfer], points, light) in cases {
        let (found, warnings) = dot_with(&[cicp([primaries, transfer, 0, 1])]);
        assert_near(found, to_srgb(COLOR, points, light), &format!("cICP {primaries} {transfer}"));
        assert!(warnings.is_empty(), "{warnings:?}");
    }
    // Grey has a curve alone.
    let gray = png(8, 0, 1, &[&[128]], &[cicp([9, 8, 0, 1])]);
    assert_gray(&gray, 188);
}

#[test]
fn the_range_of_video_is_stretched() {
    let narrow = [cicp([1, 13, 0, 0])];
    let file = png(8, 6, 3, &[&[16, 235, 0, 40, 255, 126, 16, 128, 60, 30, 90, 7]], &narrow);
    let stretched = |level: f64| ((level - 16.0) / 219.0 * 255.0).clamp(0.0, 255.0).round() as u16;
    let expected = [0, 255, 0, 40, 255, stretched(126.0), 0, 128, stretched(60.0), stretched(30.0), stretched(90.0), 7];
    assert_eq!(samples(&decode(&file, &LIMITS).expect("a picture").raster), expected);
    let wide = png(16, 0, 3, &[&[16, 0, 235, 0, 0, 0]], &narrow);
    assert_eq!(samples(&decode(&wide, &LIMITS).expect("a picture").raster), [0, 65535, 0]);
}

#[test]
fn high_dynamic_range_is_refused_from_the_header_on() {
    for transfer in [16, 18] {
        for before in [
            vec![cicp([9, transfer, 0, 1])],
            vec![cicp([9, transfer, 9, 0])],
            vec![profile("p3.png"), cicp([9, transfer, 0, 1]), srgb()],
        ] {
            let file = dot(COLOR, &before);
            let failure = read_header(&mut Cursor::new(&file)).expect_err("it is refused");
            assert_eq!(failure.class, Class::Unsupported);
            assert!(failure.message.contains("HDR"), "{failure}");
            assert_eq!(decode(&file, &LIMITS).expect_err("it is refused"), failure);
        }
    }
}

#[test]
fn the_first_description_in_rank_counts() {
    let p3 = to_srgb(COLOR, P3, srgb_light);
    let linear = || gamma(100_000);
    // Ranked: each wins over all behind it, wherever they stand.
    let ranked = [cicp([1, 8, 0, 1]), profile("p3.png"), srgb(), linear()];
    let expected = [to_srgb(COLOR, SRGB, |value| value), p3, COLOR, to_srgb(COLOR, SRGB, |value| value)];
    for first in 0..ranked.len() {
        let mut chunks = ranked[first..].to_vec();
        assert_near(dot_with(&chunks).0, expected[first], &format!("rank {first}"));
        chunks.reverse();
        assert_near(dot_with(&chunks).0, expected[first], &format!("rank {first}, the other way round"));
        // What is damaged says nothing.
        let damaged = ranked[..first].iter().cloned().map(damaged).chain(ranked[first..].to_vec()).collect::<Vec<_>>();
        assert_near(dot_with(&damaged).0, expected[first], &format!("rank {first}, damage before"));
    }
    // Of two the first.
    assert_near(dot_with(&[cicp([12, 13, 0, 1]), cicp([1, 8, 0, 1])]).0, p3, "two of a kind");
    for meaningless in [[1, 13, 1, 1], [2, 13, 0, 1], [1, 2, 0, 1], [1, 99, 0, 1], [1, 13, 0, 9]] {
        let (found, warnings) = dot_with(&[cicp(meaningless), profile("p3.png")]);
        assert_near(found, p3, "code points without a meaning");
        assert!(warnings.len() == 1 && warnings[0].contains("cICP"), "{warnings:?}");
    }
    // Brightness of screens is no colour.
    let lights = [chunk(b"mDCV", &[1; 24]), chunk(b"cLLI", &[1; 8]), profile("p3.png")];
    assert_near(dot_with(&lights).0, p3, "screens");
}

#[test]
fn numbers_are_converted_and_told() {
    let told = |before: &[Vec<u8>], expected: [u8; 3], what: &str| {
        let (found, warnings) = dot_with(before);
        assert_near(found, expected, what);
        assert!(warnings.len() == 1 && warnings[0].contains("viewers"), "{what}: {warnings:?}");
    };
    let power = |exponent: f64| move |value: f64| value.powf(exponent);
    told(&[gamma(100_000)], to_srgb(COLOR, SRGB, power(1.0)), "linear");
    told(&[gamma(55_556)], to_srgb(COLOR, SRGB, power(1.8)), "an old screen");
    told(&[gamma(45_455), chromaticities(ADOBE_RGB)], to_srgb(COLOR, ADOBE_RGB, power(2.2)), "Adobe RGB by numbers");
    told(&[chromaticities(P3)], to_srgb(COLOR, P3, srgb_light), "primaries alone");
    told(&[gamma(100_000), chromaticities(SRGB)], to_srgb(COLOR, SRGB, power(1.0)), "linear with primaries");
    let gray = decode(&png(8, 4, 1, &[&[128, 77]], &[gamma(100_000), chromaticities(P3)]), &LIMITS).expect("a picture");
    let gray = samples(&gray.raster);
    assert!(gray[0].abs_diff(188) <= 1 && gray[1] == 77, "{gray:?}");
    let indexed = png(8, 3, 1, &[&[0]], &[gamma(100_000), chunk(b"PLTE", &COLOR)]);
    let found: Vec<u16> = samples(&decode(&indexed, &LIMITS).expect("a picture").raster);
    assert_near([found[0] as u8, found[1] as u8, found[2] as u8], to_srgb(COLOR, SRGB, power(1.0)), "a palette");
}

#[test]
fn numbers_that_mean_srgb_or_nothing_leave_the_pixels_alone() {
    let points = |numbers: [u32; 8]| chunk(b"cHRM", &numbers.map(u32::to_be_bytes).concat());
    let usual = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000];
    let rounded = [31_269, 32_899, 63_999, 33_001, 30_000, 60_000, 15_000, 5_999];
    for before in [
        vec![gamma(45_455)],
        vec![gamma(45_455), chromaticities(SRGB)],
        vec![points(usual), gamma(45_454)],
        vec![gamma(45_000), points(rounded)],
        vec![gamma(0)],
        vec![gamma(u32::MAX)],
        vec![points([0; 8])],
        vec![points([31_270, 0, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000])],
        vec![points([31_270, 32_900, 64_000, 33_000, 64_000, 33_000, 64_000, 33_000])],
        vec![chunk(b"gAMA", &[0, 1]), chunk(b"cHRM", &[0; 31]), chunk(b"cICP", &[1, 8, 0])],
    ] {
        assert_eq!(dot_with(&before), (COLOR, Vec::new()), "{before:?}");
    }
}

#[test]
fn a_profile_is_used_whatever_follows_it() {
    let icc = profile("p3.png");
    // Name, its end, method, and the packed profile.
    let at = icc.iter().skip(8).position(|&byte| byte == 0).expect("a name") + 8;
    let (name, stream) = (&icc[8..=at], &icc[at + 2..icc.len() - 4]);
    let expected = to_srgb(COLOR, P3, srgb_light);
    let mut sum = stream.to_vec();
    *sum.last_mut().expect("a checksum") ^= 1;
    for stream in [stream, &sum, &stream[..stream.len() - 4]] {
        let iccp = chunk(b"iCCP", &[name, &[0], stream].concat());
        assert_eq!(dot_with(&[iccp]).1, Vec::<String>::new());
    }
    assert_near(dot_with(&[chunk(b"iCCP", &[name, &[0], &sum].concat())]).0, expected, "a wrong checksum");
    for iccp in [
        chunk(b"iCCP", &[name, &[1], stream].concat()),
        chunk(b"iCCP", b"p"),
        chunk(b"iCCP", &[]),
        chunk(b"iCCP", &[name, &[0], &packed(&[0; 100])].concat()),
    ] {
        let (found, warnings) = dot_with(from_ref(&iccp));
        assert_eq!(found, COLOR);
        assert!(warnings[0].contains("damaged"), "{warnings:?}");
        assert_eq!(dot_with(&[iccp, srgb()]), (COLOR, Vec::new()), "the file says what it is in another way");
    }
}

#[test]
fn exif_names_adobe_rgb() {
    let adobe = to_srgb(COLOR, ADOBE_RGB, |value| value.powf(563.0 / 256.0));
    let cases = [
        (Tiff::new(true).color_space(2).bytes(), adobe),
        (Tiff::new(false).color_space(2).interoperability(*b"R98\0").bytes(), adobe),
        (Tiff::new(false).color_space(65535).interoperability(*b"R03\0").bytes(), adobe),
        (Tiff::new(true).color_space(65535).bytes(), COLOR),
        (Tiff::new(true).color_space(65535).interoperability(*b"R98\0").bytes(), COLOR),
        (Tiff::new(true).color_space(1).interoperability(*b"R03\0").bytes(), COLOR),
        (Tiff::new(true).interoperability(*b"R03\0").bytes(), COLOR),
    ];
    for (tiff, expected) in cases {
        let own = chunk(b"eXIf", &tiff);
        assert_near(dot_with(from_ref(&own)).0, expected, "PNG");
        assert!(dot_with(from_ref(&own)).1.is_empty());
        // Only where nothing else describes the colours.
        assert_eq!(dot_with(&[own.clone(), srgb()]).0, COLOR);
        assert_eq!(dot_with(&[own.clone(), gamma(45_455)]).0, COLOR);
        assert_near(dot_with(&[profile("p3.png"), own]).0, to_srgb(COLOR, P3, srgb_light), "a profile");
        for block in [tiff.clone(), [b"Exif\0\0", &tiff[..]].concat()] {
            let file = webp(&[vp8x(8, 1, 1), one_pixel(COLOR), riff_chunk(b"EXIF", &block)]);
            let found = samples(&decode(&file, &LIMITS).expect("a picture").raster);
            assert_near([found[0] as u8, found[1] as u8, found[2] as u8], expected, "WebP");
        }
        let (_, file) = pictures("grid").into_iter().find(|(name, _)| name == "rgb__444.jpg").expect("a fixture");
        let segment = [b"Exif\0\0", &tiff[..]].concat();
        let length = (segment.len() as u16 + 2).to_be_bytes();
        let tagged = [&file[..2], &[0xff, 0xe1], &length, &segment, &file[2..]].concat();
        let plain = samples(&decode(&file, &LIMITS).expect("a picture").raster);
        let found = samples(&decode(&tagged, &LIMITS).expect("a picture").raster);
        for (plain, found) in plain.chunks_exact(3).zip(found.chunks_exact(3)) {
            let plain = [plain[0] as u8, plain[1] as u8, plain[2] as u8];
            let found = [found[0] as u8, found[1] as u8, found[2] as u8];
            let expected =
                if expected == COLOR { plain } else { to_srgb(plain, ADOBE_RGB, |value| value.powf(563.0 / 256.0)) };
            // Next to black, sRGB's curve makes two levels of half a step.
            let worst = found.iter().zip(expected).map(|(found, expected)| found.abs_diff(expected)).max();
            assert!(worst <= Some(2), "JPEG: {found:?} instead of {expected:?}");
        }
        // Colour that is to be converted does not stay beside its brightness.
        let planes = DecodeRequest { planes: true, ..DecodeRequest::WHOLE };
        let shown = decode_view(&tagged, &LIMITS, &planes).expect("a picture").view;
        assert_eq!(shown.is_in_planes(), expected == COLOR);
    }
    let gray = png(8, 0, 1, &[&[10]], &[chunk(b"eXIf", &Tiff::new(true).color_space(2).bytes())]);
    let expected = to_srgb([10; 3], SRGB, |value| value.powf(563.0 / 256.0));
    assert_gray(&gray, expected[0].into());
}

/// The chunk of a lossless WebP of one pixel.
fn one_pixel(color: [u8; 3]) -> Vec<u8> {
    let pixels = recanvas::raster::Pixels::from_samples(
        recanvas::geometry::Size::new(1, 1),
        recanvas::raster::Channels::Rgb,
        color.to_vec(),
    );
    encode(&pixels.into(), recanvas::codecs::Format::WEBP, &[("lossless", true.into())]).expect("a WebP")[12..].to_vec()
}

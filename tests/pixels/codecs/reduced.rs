//! The decoder of baseline JPEG at every size, against two others: the general decoder, and the
//! pure Rust port of libjpeg-turbo that also decodes at reduced size.

use std::io::Cursor;

use libjpeg_turbo_rs::Encoder;
use libjpeg_turbo_rs::PixelFormat;
use libjpeg_turbo_rs::ScalingFactor;
use libjpeg_turbo_rs::Subsampling;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::prelude::proptest;
use proptest::sample::select;
use recanvas::codecs::DecodeRequest;
use recanvas::codecs::DecoderChoice;
use recanvas::codecs::decode;
use recanvas::codecs::decode_view;
use recanvas::codecs::read_header;
use recanvas::geometry::Size;
use recanvas::geometry::Window;
use recanvas::options::Color;
use recanvas::raster::Filter;
use recanvas::raster::Raster;
use recanvas::raster::View;
use recanvas::raster::flatten;

use crate::codecs::LIMITS;
use crate::codecs::pictures;
use crate::codecs::psnr;
use crate::codecs::samples;

const SAFE: DecodeRequest = DecodeRequest { decoder: DecoderChoice::Safe, ..DecodeRequest::WHOLE };

pub(crate) fn view(bytes: &[u8], want: &DecodeRequest) -> View {
    decode_view(bytes, &LIMITS, want).expect("a whole file").view
}

pub(crate) fn at_scale(scale: f64) -> DecodeRequest {
    DecodeRequest { scale, ..DecodeRequest::WHOLE }
}

/// A photograph's upper left part in this size, as a file of this kind.
pub(crate) fn photograph(size: Size, subsampling: Subsampling, restart: usize) -> Vec<u8> {
    let (_, bytes) = pictures("photos").into_iter().find(|(name, _)| name == "flower.jpg").expect("the flower");
    let whole = decode(&bytes, &LIMITS).expect("a photograph").raster.into_u8();
    let part: Vec<u8> =
        (0..size.height).flat_map(|y| &whole.row(200 + y)[600..600 + 3 * size.width as usize]).copied().collect();
    Encoder::new(&part, size.width as usize, size.height as usize, PixelFormat::Rgb)
        .quality(92)
        .subsampling(subsampling)
        .restart_blocks(restart.try_into().expect("a small number"))
        .encode()
        .expect("it encodes")
}

pub(crate) const SUBSAMPLINGS: [Subsampling; 4] =
    [Subsampling::S444, Subsampling::S422, Subsampling::S440, Subsampling::S420];

pub(crate) const SCALES: [f64; 4] = [0.125, 0.25, 0.5, 1.0];

/// Sizes with every kind of remainder of blocks and of scales, down to one pixel.
pub(crate) const SIZES: [(u32, u32); 8] = [(160, 128), (97, 61), (16, 33), (17, 16), (8, 8), (7, 9), (1, 50), (1, 1)];

#[test]
fn whole_pictures_are_those_of_the_general_decoder() {
    for folder in ["grid", "orientation", "icc", "photos"] {
        for (name, bytes) in pictures(folder).into_iter().filter(|(name, _)| name.ends_with(".jpg")) {
            let (fast, safe) = (view(&bytes, &DecodeRequest::WHOLE), view(&bytes, &SAFE));
            assert_eq!(fast.shown(), safe.shown(), "{name}");
            let reached = psnr(&samples(fast.raster()), &samples(safe.raster()));
            assert!(reached >= 48.0, "{name}: {reached:.1} dB");
        }
    }
}

#[test]
fn every_subsampling_size_and_restart_is_read() {
    for subsampling in SUBSAMPLINGS {
        for (width, height) in SIZES {
            for restart in [0, 1, 5] {
                let bytes = photograph(Size::new(width, height), subsampling, restart);
                let what = format!("{subsampling:?} {width}x{height} restart {restart}");
                let (fast, safe) = (view(&bytes, &DecodeRequest::WHOLE), view(&bytes, &SAFE));
                assert_eq!(fast.raster().size(), safe.raster().size(), "{what}");
                let reached = psnr(&samples(fast.raster()), &samples(safe.raster()));
                assert!(reached >= 42.0, "{what}: {reached:.1} dB");
            }
        }
    }
}

#[test]
fn reduced_pictures_are_those_of_libjpeg() {
    for subsampling in SUBSAMPLINGS {
        for (width, height) in SIZES {
            let bytes = photograph(Size::new(width, height), subsampling, 3);
            for (eighths, least) in [(1_u32, 33.0), (2, 33.0), (4, 33.0)] {
                let what = format!("{subsampling:?} {width}x{height} at {eighths}/8");
                let ours = view(&bytes, &at_scale(f64::from(eighths) / 8.0));
                let mut decoder = libjpeg_turbo_rs::Decoder::new(&bytes).expect("a JPEG");
                decoder.set_output_format(PixelFormat::Rgb);
                decoder.set_scale(ScalingFactor::try_new(1, 8 / eighths).expect("a scale"));
                let theirs = decoder.decode_image().expect("it decodes");
                let size = Size::new(theirs.width as u32, theirs.height as u32);
                assert_eq!(ours.raster().size(), size, "{what}");
                let theirs: Vec<u16> = theirs.data.iter().copied().map(u16::from).collect();
                let reached = psnr(&samples(ours.raster()), &theirs);
                assert!(reached >= least, "{what}: {reached:.1} dB");
            }
        }
    }
}

#[test]
fn a_reduced_picture_lies_where_the_whole_one_does() {
    for (name, bytes) in pictures("orientation").into_iter().filter(|(name, _)| name.ends_with(".jpg")) {
        let whole = view(&bytes, &DecodeRequest::WHOLE);
        let output = Size::new(11, 7);
        let visible = Window { x: 1.3, y: 2.6, width: 28.0, height: 19.5 };
        let expected = samples(&whole.resample(visible, output, Filter::Lanczos3));
        for scale in [0.5, 1.0] {
            let found = view(&bytes, &at_scale(scale)).resample(visible, output, Filter::Lanczos3);
            let reached = psnr(&samples(&found), &expected);
            assert!(reached >= 27.0, "{name} at {scale}: {reached:.1} dB");
        }
    }
}

#[test]
fn samples_beyond_the_edge_do_not_show_in_reduced_pictures() {
    for subsampling in SUBSAMPLINGS {
        // Bright, with a dark right and lower part of which the header then knows nothing.
        let (width, height, shown) = (96_usize, 80_usize, (90_u32, 76_u32));
        let is_shown = |at: usize| at % width < shown.0 as usize && at / width < shown.1 as usize;
        let pixels: Vec<u8> =
            (0..width * height).flat_map(|at| if is_shown(at) { [245, 190, 133] } else { [0; 3] }).collect();
        let encoder = Encoder::new(&pixels, width, height, PixelFormat::Rgb).quality(98).subsampling(subsampling);
        let mut bytes = encoder.encode().expect("it encodes");
        let frame = bytes.windows(4).position(|four| four == [0xff, 0xc0, 0, 17]).expect("a frame header");
        bytes[frame + 5..frame + 9].copy_from_slice(&[0, shown.1 as u8, 0, shown.0 as u8]);
        for scale in SCALES {
            let found = samples(view(&bytes, &at_scale(scale)).raster());
            for (pixel, found) in found.chunks_exact(3).enumerate() {
                let is_near = found.iter().zip([245, 190, 133]).all(|(found, wanted)| found.abs_diff(wanted) <= 40);
                assert!(is_near, "{subsampling:?} at {scale}: pixel {pixel} is {found:?}");
            }
        }
    }
}

#[test]
fn a_region_is_the_same_as_in_the_whole_picture() {
    let region = Window { x: 70.5, y: 60.25, width: 40.0, height: 30.0 };
    for subsampling in SUBSAMPLINGS {
        let bytes = photograph(Size::new(209, 181), subsampling, 0);
        for (scale, planes) in SCALES.into_iter().flat_map(|scale| [(scale, false), (scale, true)]) {
            let what = format!("{subsampling:?} at {scale}, planes: {planes}");
            let want = DecodeRequest { planes, ..at_scale(scale) };
            let (whole, part) = (view(&bytes, &want), view(&bytes, &DecodeRequest { region, ..want }));
            assert!(part.size().area() < whole.size().area(), "{what}: all was decoded");
            let shown = |view: &View| view.resample(region, Size::new(40, 30), Filter::Nearest);
            assert_eq!(shown(&part), shown(&whole), "{what}");
        }
    }
}

#[test]
fn colour_beside_brightness_shows_what_pixels_do() {
    for (name, bytes) in pictures("orientation").into_iter().filter(|(name, _)| name.ends_with(".jpg")) {
        let visible = Window { x: 1.3, y: 2.6, width: 28.0, height: 19.5 };
        for scale in SCALES {
            let shown = |planes: bool| {
                let view = view(&bytes, &DecodeRequest { planes, ..at_scale(scale) });
                samples(&view.resample(visible, Size::new(11, 7), Filter::Lanczos3))
            };
            let reached = psnr(&shown(true), &shown(false));
            assert!(reached >= 33.0, "{name} at {scale}: {reached:.1} dB");
        }
    }
    for subsampling in SUBSAMPLINGS {
        for (width, height) in SIZES {
            let bytes = photograph(Size::new(width, height), subsampling, 3);
            let output = Size::new(width.div_ceil(2), height.div_ceil(2));
            for (scale, least) in [(1.0, 34.0), (0.5, 30.0)] {
                let what = format!("{subsampling:?} {width}x{height} at {scale}");
                let [planes, pixels] =
                    [true, false].map(|planes| view(&bytes, &DecodeRequest { planes, ..at_scale(scale) }));
                assert_eq!(planes.shown(), pixels.shown(), "{what}");
                assert!(planes.is_in_planes() && !pixels.is_in_planes(), "{what}");
                let whole = Window { x: 0.0, y: 0.0, width: f64::from(width), height: f64::from(height) };
                let [planes, pixels] = [planes, pixels].map(|view| view.resample(whole, output, Filter::Lanczos3));
                let reached = psnr(&samples(&planes), &samples(&pixels));
                assert!(reached >= least, "{what}: {reached:.1} dB");
            }
        }
    }
}

#[test]
fn planes_are_kept_only_of_baseline_files_without_a_profile() {
    let planes = DecodeRequest { planes: true, ..DecodeRequest::WHOLE };
    for name in ["gray__baseline.jpg", "rgb__progressive.jpg", "rgb__no_transform.jpg", "cmyk__adobe.jpg"] {
        let (_, bytes) = pictures("grid").into_iter().find(|(found, _)| found == name).expect("a fixture");
        assert_eq!(view(&bytes, &planes), view(&bytes, &DecodeRequest::WHOLE), "{name}");
    }
    for (name, bytes) in pictures("icc").into_iter().filter(|(name, _)| name.ends_with(".jpg")) {
        assert_eq!(view(&bytes, &planes), view(&bytes, &DecodeRequest::WHOLE), "{name}");
    }
}

#[test]
fn alpha_is_left_out_where_no_target_needs_it() {
    let background = Color { rgba: [200, 30, 90, 255] };
    for name in ["rgba__plain.png", "rgba16__interlaced.png", "graya__plain.png", "rgba__lossless.webp", "rgb__420.jpg"]
    {
        let (_, bytes) = pictures("grid").into_iter().find(|(found, _)| found == name).expect("a fixture");
        let kept = view(&bytes, &DecodeRequest::WHOLE).into_raster();
        let flat = view(&bytes, &DecodeRequest { background: Some(background), ..DecodeRequest::WHOLE }).into_raster();
        assert!(!flat.channels().has_alpha(), "{name}");
        assert_eq!(flat, flatten(kept, background), "{name}");
    }
}

#[test]
fn the_header_tells_what_is_decoded_in_parts() {
    let (mut in_parts, mut whole) = (0, 0);
    for (name, bytes) in pictures("grid").into_iter().filter(|(name, _)| name.ends_with(".jpg")) {
        let header = read_header(&mut Cursor::new(&bytes)).expect("a header");
        let is_reduced = view(&bytes, &at_scale(0.5)).size().area() < header.oriented().area();
        assert_eq!(header.in_parts, is_reduced, "{name}");
        *if is_reduced { &mut in_parts } else { &mut whole } += 1;
    }
    assert!(in_parts >= 4 && whole >= 4, "{in_parts} in parts, {whole} as a whole");
}

#[test]
fn files_that_the_baseline_decoder_does_not_read_are_read_by_the_general_one() {
    for name in ["rgb__progressive.jpg", "rgb__no_transform.jpg", "cmyk__adobe.jpg", "cmyk__ycck.jpg"] {
        let (_, bytes) = pictures("grid").into_iter().find(|(found, _)| found == name).expect("a fixture");
        assert_eq!(view(&bytes, &at_scale(0.5)), view(&bytes, &SAFE), "{name}");
    }
}

proptest! {
    #[test]
    fn damage_never_panics_and_never_lies_about_the_size(
        subsampling in select(&SUBSAMPLINGS[..]),
        restart in 0_usize..4,
        scale in 0.0..1.0,
        place in any::<proptest::sample::Index>(),
        damage in vec(any::<u8>(), 1..9),
    ) {
        let mut bytes = photograph(Size::new(41, 35), subsampling, restart);
        let at = place.index(bytes.len());
        for (byte, with) in bytes[at..].iter_mut().zip(damage) {
            *byte = with;
        }
        if let Ok(decoded) = decode_view(&bytes, &LIMITS, &at_scale(scale)) {
            let (shown, raster) = (decoded.view.shown(), decoded.view.into_raster());
            let ratio = f64::from(raster.size().width) / shown.width;
            assert!((scale - 1e-9..=1.0).contains(&ratio), "{ratio} for {scale}");
            assert!(matches!(raster, Raster::U8(_)));
        }
    }
}

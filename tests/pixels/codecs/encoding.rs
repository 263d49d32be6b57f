//! What is written, read back by the image crate.

use image::DynamicImage;
use proptest::prelude::any;
use proptest::prelude::proptest;
use proptest::test_runner::Config;

use recanvas::codecs::Format;
use recanvas::codecs::decode;
use recanvas::codecs::read_header;
use recanvas::error::Class;
use recanvas::geometry::Size;
use recanvas::raster::Channels;
use recanvas::raster::Pixels;
use recanvas::raster::Raster;
use serde_json::Value;

use crate::codecs::LIMITS;
use crate::codecs::encode;
use crate::codecs::pictures;
use crate::codecs::psnr;

const ALL: [Channels; 4] = [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba];

/// A photograph with these channels; grey is its green, alpha grows from left to right.
fn photograph(channels: Channels) -> Pixels<u8> {
    let files = pictures("photos");
    let (_, bytes) = files.iter().find(|(name, _)| name == "chelsea.png").expect("the cat");
    let rgb = decode(bytes, &LIMITS).expect("a whole photograph").raster.into_u8();
    let (width, size) = (rgb.size().width as usize, rgb.size());
    let pixels = rgb.samples().chunks_exact(3).enumerate();
    let data = pixels.flat_map(|(index, color)| {
        let alpha = (index % width * 255 / width) as u8;
        match channels {
            Channels::Gray => vec![color[1]],
            Channels::GrayAlpha => vec![color[1], alpha],
            Channels::Rgb => color.to_vec(),
            Channels::Rgba => vec![color[0], color[1], color[2], alpha],
        }
    });
    Pixels::from_samples(size, channels, data.collect())
}

/// The file of a picture at quality 90, or what these options say.
fn file(picture: &Pixels<u8>, format: Format, options: &[(&'static str, Value)]) -> Vec<u8> {
    let options = [&[("quality", 90.into())], options].concat();
    encode(&picture.clone().into(), format, &options).expect("a photograph can be encoded")
}

fn wide(samples: &[u8]) -> Vec<u16> {
    samples.iter().copied().map(u16::from).collect()
}

#[test]
fn jpeg_is_close_and_as_asked() {
    for channels in [Channels::Gray, Channels::Rgb] {
        for chroma in ["4:2:0", "4:4:4"] {
            for progressive in [false, true] {
                let photograph = photograph(channels);
                let options = [("chroma", chroma.into()), ("progressive", progressive.into())];
                let file = file(&photograph, Format::JPEG, &options);
                let read = image::load_from_memory(&file).expect("another decoder reads it");
                assert_eq!((read.width(), read.height()), (photograph.size().width, photograph.size().height));
                assert_eq!(matches!(read, DynamicImage::ImageLuma8(_)), channels == Channels::Gray);
                let reached = psnr(&wide(read.as_bytes()), &wide(photograph.samples()));
                assert!(reached > 36.0, "{channels:?} {chroma} {progressive}: {reached:.1} dB");
                let header = read_header(&mut std::io::Cursor::new(&file)).expect("our own header");
                assert_eq!(header.several_scans, progressive);
                // Sampling factors of the first component, which the frame header tells.
                let frame = file.windows(2).position(|pair| pair == [0xff, if progressive { 0xc2 } else { 0xc0 }]);
                let factors = file[frame.expect("a frame header") + 11];
                let halved = channels == Channels::Rgb && chroma == "4:2:0";
                assert_eq!(factors, if halved { 0x22 } else { 0x11 }, "{channels:?} {chroma}");
            }
        }
    }
}

#[test]
fn odd_sizes_are_written_whole() {
    for (width, height) in [(1, 1), (1, 300), (300, 1), (7, 9), (8, 8), (17, 33), (65, 66), (127, 250)] {
        for channels in [Channels::Gray, Channels::Rgb] {
            let whole = photograph(channels);
            let mut part = Pixels::new(Size::new(width, height), channels);
            for y in 0..height {
                let stride = part.stride();
                part.row_mut(y).copy_from_slice(&whole.row(y)[..stride]);
            }
            for (chroma, progressive) in [("4:2:0", false), ("4:2:0", true), ("4:4:4", false)] {
                for format in [Format::JPEG, Format::WEBP] {
                    let options = [("chroma", chroma.into()), ("progressive", progressive.into())];
                    let file = file(&part, format, &options);
                    let read = image::load_from_memory(&file).expect("another decoder reads it");
                    assert_eq!((read.width(), read.height()), (width, height));
                    let read =
                        if channels == Channels::Gray { read.to_luma8().into_raw() } else { read.to_rgb8().into_raw() };
                    let reached = psnr(&wide(&read), &wide(part.samples()));
                    assert!(
                        reached > 32.0,
                        "{format:?} {width}x{height} {channels:?} {chroma} {progressive}: {reached:.1} dB"
                    );
                }
            }
        }
    }
}

#[test]
fn quality_costs_bytes() {
    let photograph = photograph(Channels::Rgb);
    for format in [Format::JPEG, Format::WEBP] {
        let length = |quality: u8| file(&photograph, format, &[("quality", quality.into())]).len();
        assert!(length(30) < length(60) && length(60) < length(95), "{format:?}");
    }
}

#[test]
fn effort_saves_bytes_and_costs_no_pixel() {
    let photograph = photograph(Channels::Rgb);
    for (format, lossless) in [(Format::JPEG, false), (Format::PNG, true), (Format::WEBP, false), (Format::WEBP, true)]
    {
        let made =
            |effort: &str| file(&photograph, format, &[("effort", effort.into()), ("lossless", lossless.into())]);
        let (fast, balanced, small) = (made("fast"), made("balanced"), made("small"));
        let lengths = [fast.len(), balanced.len(), small.len()];
        assert!(fast.len() > small.len() && lengths.is_sorted_by(|a, b| a >= b), "{format:?} {lossless}: {lengths:?}");
        if lossless || format == Format::JPEG {
            let pixels = |file: &[u8]| image::load_from_memory(file).expect("another decoder reads it");
            assert_eq!(pixels(&fast), pixels(&small), "{format:?}");
        }
    }
}

#[test]
fn quantisation_tables_are_of_baseline() {
    for channels in [Channels::Gray, Channels::Rgb] {
        let photograph = photograph(channels);
        for (quality, progressive) in [1, 5, 10, 20, 23, 24, 100].into_iter().flat_map(|q| [(q, false), (q, true)]) {
            let file =
                file(&photograph, Format::JPEG, &[("quality", quality.into()), ("progressive", progressive.into())]);
            let (mut at, mut tables) = (2, 0);
            // Segment by segment up to the scan; a table is its precision and number, then its entries.
            while file[at + 1] != 0xda {
                let end = at + 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
                let mut table = at + 4;
                while file[at + 1] == 0xdb && table < end {
                    assert_eq!(file[table] >> 4, 0, "{channels:?} {quality} {progressive}: entries of 16 bits");
                    (table, tables) = (table + 65, tables + 1);
                }
                at = end;
            }
            assert!(tables > 0, "{channels:?} {quality} {progressive}: no table");
        }
    }
}

#[test]
fn lossy_webp_is_close() {
    for channels in ALL {
        let photograph = photograph(channels);
        let file = file(&photograph, Format::WEBP, &[]);
        let read = image::load_from_memory(&file).expect("another decoder reads it");
        assert_eq!((read.width(), read.height()), (photograph.size().width, photograph.size().height));
        assert_eq!(read.color().has_alpha(), channels.has_alpha());
        let opaque = photograph.samples().chunks_exact(channels.count());
        let colors: Vec<u16> = opaque
            .flat_map(|pixel| if channels.count() < 3 { [pixel[0]; 3] } else { [pixel[0], pixel[1], pixel[2]] })
            .map(u16::from)
            .collect();
        if channels.has_alpha() {
            let alpha: Vec<u8> = read.to_rgba8().pixels().map(|pixel| pixel.0[3]).collect();
            let wanted: Vec<u8> =
                photograph.samples().chunks_exact(channels.count()).map(|pixel| pixel[channels.count() - 1]).collect();
            assert_eq!(alpha, wanted, "alpha is kept exactly");
        } else {
            let reached = psnr(&wide(&read.to_rgb8()), &colors);
            assert!(reached > 36.0, "{channels:?}: {reached:.1} dB");
        }
    }
}

#[test]
fn lossless_formats_keep_photographs() {
    for channels in ALL {
        let photograph = photograph(channels);
        let file = file(&photograph, Format::PNG, &[]);
        let read = image::load_from_memory(&file).expect("another decoder reads it");
        assert_eq!(read.as_bytes(), photograph.samples(), "png {channels:?}");
        let decoded = decode(&file, &LIMITS).expect("our own file");
        assert!(decoded.warnings.is_empty() && decoded.raster == photograph.into(), "png {channels:?}");
    }
}

proptest! {
    #![proptest_config(Config::with_cases(64))]

    #[test]
    fn lossless_formats_keep_every_pixel(
        width in 1_u32..40,
        height in 1_u32..40,
        which in 0..ALL.len(),
        seed in any::<u64>(),
    ) {
        let channels = ALL[which];
        // Noise by a linear congruential generator, with long runs and with no alpha at all here
        // and there, as colours under it count.
        let mut state = seed;
        let samples = (0..width * height).flat_map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let bytes = state.to_be_bytes();
            let mut pixel = bytes[..channels.count()].to_vec();
            if channels.has_alpha() && bytes[7] % 2 == 0 {
                pixel[channels.count() - 1] = 0;
            }
            pixel
        });
        let pixels = Pixels::from_samples(Size::new(width, height), channels, samples.collect());
        let png = file(&pixels, Format::PNG, &[]);
        let read = image::load_from_memory(&png).expect("another decoder reads it");
        assert_eq!(read.as_bytes(), pixels.samples());
        let webp = file(&pixels, Format::WEBP, &[("lossless", true.into())]);
        let read = image::load_from_memory(&webp).expect("another decoder reads it").to_rgba8();
        let expected: Vec<u8> = pixels.samples().chunks_exact(channels.count()).flat_map(|pixel| match *pixel {
            [gray] => [gray, gray, gray, 255],
            [gray, alpha] => [gray, gray, gray, alpha],
            [red, green, blue] => [red, green, blue, 255],
            _ => [pixel[0], pixel[1], pixel[2], pixel[3]],
        }).collect();
        assert_eq!(read.into_raw(), expected);
    }
}

/// A picture of 16 bits, of samples that are not those of 8.
fn deep(size: Size, channels: Channels) -> Pixels<u16> {
    let count = size.area() as u32 * channels.count() as u32;
    let samples = (0..count).map(|at| (at * 40_503 + 7) as u16);
    Pixels::from_samples(size, channels, samples.collect())
}

#[test]
fn png_keeps_every_sample_of_16_bits() {
    for channels in ALL {
        let pixels = deep(Size::new(53, 31), channels);
        for effort in ["fast", "balanced", "small"] {
            let file = encode(&pixels.clone().into(), Format::PNG, &[("effort", effort.into())]).expect("a PNG");
            let read = match image::load_from_memory(&file).expect("another decoder reads it") {
                DynamicImage::ImageLuma16(image) => image.into_raw(),
                DynamicImage::ImageLumaA16(image) => image.into_raw(),
                DynamicImage::ImageRgb16(image) => image.into_raw(),
                DynamicImage::ImageRgba16(image) => image.into_raw(),
                other => panic!("{:?}", other.color()),
            };
            assert_eq!(read, pixels.samples(), "{channels:?} {effort}");
        }
    }
}

#[test]
fn pixels_that_a_format_cannot_hold_are_refused() {
    let refused = |picture: Raster, format| encode(&picture, format, &[]).expect_err("it cannot be held").class;
    let long = Pixels::<u8>::new(Size::new(65_536, 1), Channels::Gray);
    for format in [Format::JPEG, Format::WEBP] {
        assert_eq!(refused(long.clone().into(), format), Class::Limit);
        assert_eq!(refused(deep(Size::new(4, 4), Channels::Rgb).into(), format), Class::Internal);
    }
    file(&long, Format::PNG, &[]);
    let transparent = Pixels::<u8>::new(Size::new(4, 4), Channels::Rgba);
    assert_eq!(refused(transparent.into(), Format::JPEG), Class::Internal);
    let longest =
        [(Format::JPEG, Size::new(65_535, 1), Channels::Gray), (Format::WEBP, Size::new(1, 16_383), Channels::Rgb)];
    for (format, size, channels) in longest {
        let file = file(&Pixels::new(size, channels), format, &[]);
        assert_eq!(decode(&file, &LIMITS).expect("our own file").raster.size(), size);
    }
}

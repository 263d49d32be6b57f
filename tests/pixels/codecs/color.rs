//! Colours by ICC profiles, against what Pillow's ImageCms made of the same (fixtures/colors.py).

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use image::ExtendedColorType;
use image::ImageEncoder;
use image::codecs::png::PngEncoder;
use recanvas::codecs::Decoded;
use recanvas::codecs::decode;
use recanvas::raster::Channels;

use crate::codecs::LIMITS;
use crate::codecs::folder;
use crate::codecs::samples;

fn fixture(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "fixtures", "color", name].iter().collect();
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Name, profile and what Pillow made of the grid, in RGB.
fn profiles() -> Vec<(String, Vec<u8>, Vec<[u8; 3]>)> {
    let files =
        folder("color").into_iter().filter_map(|(file, icc)| Some((file.strip_suffix(".icc")?.to_owned(), icc)));
    let all: Vec<_> = files
        .map(|(name, icc)| {
            let expected = image::load_from_memory(&fixture(&format!("{name}.png"))).expect("a picture").into_rgb8();
            let colors = expected.pixels().map(|pixel| pixel.0).collect();
            (name, icc, colors)
        })
        .collect();
    assert!(all.len() > 20, "every kind of profile");
    all
}

/// One of nine levels, as numpy rounds them.
fn level(number: usize) -> u8 {
    ((number * 255 + 4) / 8) as u8
}

/// The grid's colours, the first changing slowest.
fn grid() -> Vec<[u8; 3]> {
    (0..9 * 9 * 9).map(|number| [number / 81, number / 9 % 9, number % 9].map(level)).collect()
}

/// A picture of one row with a profile.
fn png(samples: &[u8], kind: ExtendedColorType, icc: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = PngEncoder::new(&mut file);
    encoder.set_icc_profile(icc.to_vec()).expect("PNG has profiles");
    let width = samples.len() * 8 / usize::from(kind.bits_per_pixel());
    encoder.write_image(samples, width as u32, 1, kind).expect("it can be written");
    file
}

/// A JPEG with a profile before all else.
fn jpeg(file: &[u8], icc: &[u8]) -> Vec<u8> {
    let mut out = file[..2].to_vec();
    let parts: Vec<_> = icc.chunks(60_000).collect();
    for (number, part) in parts.iter().enumerate() {
        out.extend([0xff, 0xe2]);
        out.extend((part.len() as u16 + 16).to_be_bytes());
        out.extend(b"ICC_PROFILE\0");
        out.extend([number as u8 + 1, parts.len() as u8]);
        out.write_all(part).expect("memory can be written");
    }
    out.extend(&file[2..]);
    out
}

fn decoded(file: &[u8]) -> Decoded {
    decode(file, &LIMITS).unwrap_or_else(|failure| panic!("{failure}"))
}

/// The grid of a profile's colour space after decoding, in RGB.
fn converted(name: &str, icc: &[u8]) -> Decoded {
    match name.split('_').next() {
        Some("rgb") => decoded(&png(grid().as_flattened(), ExtendedColorType::Rgb8, icc)),
        Some("gray") => decoded(&png(&Vec::from_iter(0..=255), ExtendedColorType::L8, icc)),
        _ => decoded(&jpeg(&fixture("cmyk.jpg"), icc)),
    }
}

fn colors(decoded: &Decoded) -> Vec<[u8; 3]> {
    let pixels = decoded.raster.to_u8();
    let count = pixels.channels().count();
    match count {
        1 | 2 => pixels.samples().chunks_exact(count).map(|pixel| [pixel[0]; 3]).collect(),
        // The middle of each block.
        3 if pixels.size().width == 648 => {
            let blocks = (0..81 * 81).map(|block| (block % 81 * 8 + 4, block / 81 * 8 + 4));
            blocks.map(|(x, y)| *pixels.pixel(x, y).first_chunk().expect("a colour")).collect()
        }
        _ => pixels.samples().chunks_exact(count).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
    }
}

/// CIELAB under D65.
fn lab(color: [u8; 3]) -> [f64; 3] {
    let light = color
        .map(|level| f64::from(level) / 255.0)
        .map(|level| if level <= 0.04045 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) });
    let row = |weights: [f64; 3], white: f64| {
        let share = weights.iter().zip(light).map(|(weight, light)| weight * light).sum::<f64>() / white;
        if share > 216.0 / 24389.0 { share.cbrt() } else { (24389.0 / 27.0 * share + 16.0) / 116.0 }
    };
    let x = row([0.412_456, 0.357_576, 0.180_437], 0.950_47);
    let y = row([0.212_673, 0.715_152, 0.072_175], 1.0);
    let z = row([0.019_334, 0.119_192, 0.950_304], 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The difference of two colours in CIELAB (CIEDE2000, ISO/CIE 11664-6).
fn difference([l1, a1, b1]: [f64; 3], [l2, a2, b2]: [f64; 3]) -> f64 {
    let seventh = |c: f64| (c.powi(7) / (c.powi(7) + 25_f64.powi(7))).sqrt();
    let stretch = 1.5 - 0.5 * seventh((a1.hypot(b1) + a2.hypot(b2)) / 2.0);
    let (a1, a2) = (a1 * stretch, a2 * stretch);
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue = |a: f64, b: f64| b.atan2(a).to_degrees().rem_euclid(360.0);
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let gray = c1 * c2 == 0.0;
    let turn = if gray { 0.0 } else { (h2 - h1 + 180.0).rem_euclid(360.0) - 180.0 };
    let between = if gray { h1 + h2 } else { (h1 + turn / 2.0).rem_euclid(360.0) };
    let (l, c) = ((l1 + l2) / 2.0, (c1 + c2) / 2.0);
    let cos = |factor: f64, shift: f64| (factor * between + shift).to_radians().cos();
    let t = 1.0 - 0.17 * cos(1.0, -30.0) + 0.24 * cos(2.0, 0.0) + 0.32 * cos(3.0, 6.0) - 0.2 * cos(4.0, -63.0);
    let lightness = (l2 - l1) / (1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt());
    let chroma = (c2 - c1) / (1.0 + 0.045 * c);
    let hue = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin() / (1.0 + 0.015 * c * t);
    let rotation = -2.0 * seventh(c) * (60.0 * (-((between - 275.0) / 25.0).powi(2)).exp()).to_radians().sin();
    (lightness.powi(2) + chroma.powi(2) + hue.powi(2) + rotation * chroma * hue).sqrt()
}

/// Mean and largest difference.
fn differences(left: &[[u8; 3]], right: &[[u8; 3]]) -> (f64, f64) {
    assert_eq!(left.len(), right.len(), "as many colours");
    let each = || left.iter().zip(right).map(|(left, right)| difference(lab(*left), lab(*right)));
    (each().sum::<f64>() / left.len() as f64, each().fold(0.0, f64::max))
}

#[test]
fn the_difference_of_colours_is_that_of_the_standard() {
    // Sharma, Wu, Dalal 2005, table 1.
    let pairs = [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 2.49, -0.001], [50.0, -2.49, 0.0009], 7.1792),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
    ];
    for (left, right, expected) in pairs {
        assert!((difference(left, right) - expected).abs() < 1e-4, "{left:?} {right:?}");
    }
}

#[test]
fn every_kind_of_profile_leads_where_image_cms_leads() {
    for (name, icc, expected) in profiles() {
        let found = converted(&name, &icc);
        assert_eq!(found.warnings, [""; 0], "{name}");
        let (mean, worst) = differences(&colors(&found), &expected);
        // What Little CMS itself loses by its tables of 8 bits.
        assert!(mean < 0.1 && worst < 2.0, "{name}: mean {mean}, worst {worst}");
    }
}

#[test]
fn depth_and_alpha_change_no_colour() {
    for (name, icc, expected) in profiles().into_iter().filter(|(name, ..)| !name.starts_with("cmyk")) {
        let gray = name.starts_with("gray");
        let pixels: Vec<Vec<u8>> = if gray {
            (0..=255).map(|level| vec![level]).collect()
        } else {
            grid().iter().map(|color| color.to_vec()).collect()
        };
        let alpha = |number: usize| (number % 256) as u8;
        let clear: Vec<u8> =
            pixels.iter().enumerate().flat_map(|(at, pixel)| [&pixel[..], &[alpha(at)]].concat()).collect();
        let kind = if gray { ExtendedColorType::La8 } else { ExtendedColorType::Rgba8 };
        let found = decoded(&png(&clear, kind, &icc));
        let channels = found.raster.channels();
        assert!(channels.has_alpha());
        let (mean, worst) = differences(&colors(&found), &expected);
        assert!(mean < 0.1 && worst < 2.0, "{name} with alpha: mean {mean}, worst {worst}");
        let found = samples(&found.raster);
        let alphas = found.chunks_exact(channels.count()).map(|pixel| pixel[channels.count() - 1]);
        assert!(alphas.enumerate().all(|(at, found)| found == u16::from(alpha(at))), "{name}: alpha stays");

        let deep: Vec<u8> = pixels.concat().into_iter().flat_map(|sample| [sample, sample]).collect();
        let kind = if gray { ExtendedColorType::L16 } else { ExtendedColorType::Rgb16 };
        let found = decoded(&png(&deep, kind, &icc));
        assert_eq!(found.raster.sample_bytes(), 2);
        let (mean, worst) = differences(&colors(&found), &expected);
        assert!(mean < 0.1 && worst < 2.0, "{name} of 16 bits: mean {mean}, worst {worst}");
    }
}

#[test]
fn sixteen_bits_stay_sixteen() {
    // A ramp of grey through gamma 2.19921875 has no neighbours further apart than the curves say.
    let icc = fixture("rgb_gamma.icc");
    let ramp: Vec<u8> = (0..=u16::MAX).flat_map(|level| [level; 3]).flat_map(u16::to_ne_bytes).collect();
    let found = samples(&decoded(&png(&ramp, ExtendedColorType::Rgb16, &icc)).raster);
    let gamma = 2.199_218_75;
    for (level, pixel) in found.chunks_exact(3).enumerate() {
        let light = (level as f64 / 65535.0).powf(gamma);
        let exact = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        // The profile's primaries and those of sRGB have five digits.
        let off = pixel.iter().map(|sample| (f64::from(*sample) - exact * 65535.0).abs()).fold(0.0, f64::max);
        assert!(off < 12.0, "{level}: {pixel:?} instead of {}", exact * 65535.0);
    }
    let steps = found.chunks_exact(3).zip(found.chunks_exact(3).skip(1)).map(|(one, next)| next[1].abs_diff(one[1]));
    assert!(steps.max() <= Some(2), "no bands");
}

/// A profile with some of its bytes changed.
fn with(icc: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut changed = icc.to_vec();
    changed[at..at + bytes.len()].copy_from_slice(bytes);
    changed
}

/// Where the data of a tag begins.
fn tag(icc: &[u8], name: &[u8; 4]) -> usize {
    let entry = icc.windows(4).position(|window| window == name).expect("there is such a tag");
    u32::from_be_bytes(*icc[entry + 4..].first_chunk().expect("an entry")) as usize
}

#[test]
fn a_profile_that_cannot_be_used_leaves_the_pixels_and_says_so() {
    let (rgb, table, cmyk) = (fixture("rgb_gamma.icc"), fixture("rgb_lut16.icc"), fixture("cmyk_lut8.icc"));
    let primary = rgb.windows(4).position(|window| window == b"rXYZ").expect("a primary");
    let unusable = [
        ("none at all", vec![]),
        ("cut in its header", rgb[..100].to_vec()),
        ("cut in its tags", rgb[..300].to_vec()),
        ("cut in its table", table[..2000].to_vec()),
        ("a device link", with(&rgb, 12, b"link")),
        ("an abstract profile", with(&rgb, 12, b"abst")),
        ("named colours", with(&rgb, 12, b"nmcl")),
        ("no class", with(&rgb, 12, b"\0\0\0\0")),
        ("for Lab", with(&rgb, 16, b"Lab ")),
        ("for CMYK", cmyk),
        ("for grey", fixture("gray_gamma.icc")),
        ("connected by inks", with(&rgb, 20, b"CMYK")),
        ("without its mark", with(&rgb, 36, b"xxxx")),
        ("without a primary", with(&rgb, primary, b"zzzz")),
        ("with too many tags", with(&rgb, 128, &[0xff; 4])),
        ("of version 9", with(&rgb, 8, &[9, 0, 0, 0])),
        ("with a table of 255 steps", with(&table, tag(&table, b"A2B1") + 10, &[255])),
        ("with a table of 15 colours", with(&table, tag(&table, b"A2B1") + 8, &[15])),
        ("with a table of nothing", with(&table, tag(&table, b"A2B1") + 8, &[0, 0, 0])),
        ("with a table of another kind", with(&table, tag(&table, b"A2B1"), b"mpet")),
        ("5 MiB long", [&rgb[..], &vec![0; 5 << 20]].concat()),
    ];
    for (name, icc) in unusable {
        // In JPEG, where a profile of any length comes through.
        let picture = fixture("../grid/rgb__444.jpg");
        let plain = decoded(&picture);
        let found = decoded(&jpeg(&picture, &icc));
        assert!(found.raster == plain.raster, "{name}: the pixels are left alone");
        if !icc.is_empty() {
            let [warning] = &found.warnings[..] else { panic!("{name}: {:?}", found.warnings) };
            assert!(
                warning.starts_with("profile_assumed: ") && warning.ends_with("; sRGB is assumed"),
                "{name}: {warning}"
            );
        }
    }
}

#[test]
fn inks_without_a_usable_profile_are_ideal() {
    let picture = fixture("cmyk.jpg");
    let plain = decoded(&picture);
    assert_eq!(plain.raster.channels(), Channels::Rgb);
    // Full black, no ink, cyan alone; JPEG is off by a level.
    let at = |x: u32, y: u32| plain.raster.to_u8().pixel(x * 8 + 4, y * 8 + 4).to_vec();
    for (found, expected) in
        [(at(8, 0), [0, 0, 0]), (at(0, 0), [255; 3]), (at(0, 72), [0, 255, 255]), (at(4, 36), [63, 127, 127])]
    {
        let near = found.iter().zip(expected).all(|(found, expected): (&u8, u8)| found.abs_diff(expected) <= 2);
        assert!(near, "{found:?} instead of {expected:?}");
    }
    let [warning] = &plain.warnings[..] else { panic!("{:?}", plain.warnings) };
    assert_eq!(
        warning,
        "profile_assumed: the colours are CMYK and no colour profile says which; ideal inks are assumed"
    );
    for icc in [fixture("rgb_gamma.icc"), fixture("cmyk_lut8.icc")[..3000].to_vec()] {
        let found = decoded(&jpeg(&picture, &icc));
        assert!(found.raster == plain.raster);
        let [warning] = &found.warnings[..] else { panic!("{:?}", found.warnings) };
        assert!(warning.starts_with("profile_assumed: ") && warning.ends_with("; ideal inks are assumed"), "{warning}");
    }
}

#[test]
fn no_damage_to_a_profile_is_more_than_a_warning() {
    let mut state = 1_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let picture = fixture("../grid/rgb__444.jpg");
    let small = decoded(&fixture("../grid/cmyk__adobe.jpg")).raster.size();
    let started = Instant::now();
    for (name, icc, _) in profiles() {
        let file = match name.split('_').next() {
            Some("rgb") => picture.clone(),
            Some("cmyk") => fixture("../grid/cmyk__adobe.jpg"),
            _ => fixture("../grid/gray__baseline.jpg"),
        };
        for round in 0..12 {
            let mut damaged = icc.clone();
            // Headers and the beginnings of tags are where it matters.
            for _ in 0..1 + round % 4 {
                let within = if random(3) == 0 { damaged.len() } else { damaged.len().min(600) };
                damaged[random(within)] = [0, 1, 0x7f, 0x80, 0xff, random(256) as u8][random(6)];
            }
            damaged.truncate(if round % 3 == 0 { random(damaged.len()) } else { damaged.len() });
            let found = decoded(&jpeg(&file, &damaged));
            assert_eq!(found.raster.size(), small, "{name}");
            let told = found.warnings.iter().all(|warning| warning.starts_with("profile_assumed: "));
            assert!(told && found.warnings.len() <= 1, "{name}: {:?}", found.warnings);
        }
    }
    assert!(started.elapsed() < Duration::from_secs(120), "none takes long");
}

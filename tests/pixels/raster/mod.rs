//! Pixels in memory, against slow and obvious oracles.

mod views;

use std::f64::consts::PI;

use crate::pictures::ALL_CHANNELS;
use crate::pictures::Dice;
use crate::pictures::both_depths;
use crate::pictures::level;
use crate::pictures::noise;
use crate::pictures::pixel;
use recanvas::geometry::Orientation;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::geometry::Window;
use recanvas::options::Color;
use recanvas::raster::Channels;
use recanvas::raster::Filter;
use recanvas::raster::Pixels;
use recanvas::raster::Raster;
use recanvas::raster::blur;
use recanvas::raster::border;
use recanvas::raster::flatten;
use recanvas::raster::orient;
use recanvas::raster::place;
use recanvas::raster::resample;
use recanvas::raster::with_alpha;
use recanvas::raster::with_color;
use recanvas::raster::with_u16;

const FILTERS: [Filter; 7] = [
    Filter::Nearest,
    Filter::Box,
    Filter::Bilinear,
    Filter::Hamming,
    Filter::CatmullRom,
    Filter::Mitchell,
    Filter::Lanczos3,
];

/// Where the upright pixel `x`, `y` is stored, from the picture in the EXIF standard: where row
/// 0 and column 0 of the stored picture are when it is shown upright.
fn stored_at(value: u32, x: u32, y: u32, stored: Size) -> (u32, u32) {
    let (right, bottom) = (stored.width - 1, stored.height - 1);
    match value {
        1 => (x, y),
        2 => (right - x, y),
        3 => (right - x, bottom - y),
        4 => (x, bottom - y),
        5 => (y, x),
        6 => (y, bottom - x),
        7 => (right - y, bottom - x),
        8 => (right - y, x),
        _ => unreachable!("there are eight"),
    }
}

#[test]
fn orientations_are_those_of_the_standard() {
    for size in [Size::new(5, 3), Size::new(1, 4), Size::new(4, 1), Size::new(1, 1), Size::new(64, 33)] {
        for source in ALL_CHANNELS.iter().flat_map(|&channels| noise(size, channels)) {
            for value in 1..=8 {
                let upright = orient(source.clone(), Orientation::from_exif(value));
                let shown = if value >= 5 { size.transposed() } else { size };
                assert_eq!(upright.size(), shown, "orientation {value}");
                for (y, x) in (0..shown.height).flat_map(|y| (0..shown.width).map(move |x| (y, x))) {
                    let (from_x, from_y) = stored_at(value, x, y, size);
                    assert_eq!(pixel(&upright, x, y), pixel(&source, from_x, from_y), "orientation {value} at {x},{y}");
                }
            }
        }
    }
}

#[test]
fn flattening_mixes_by_alpha() {
    let background = Color { rgba: [200, 100, 0, 255] };
    for source in noise(Size::new(40, 30), Channels::Rgba) {
        let flat = flatten(source.clone(), background);
        assert_eq!(flat.channels(), Channels::Rgb);
        let step = if source.sample_bytes() == 1 { 1.0 / 255.0 } else { 1.0 / 65535.0 };
        for (y, x, channel) in (0..30).flat_map(|y| (0..40).flat_map(move |x| (0..3).map(move |c| (y, x, c)))) {
            let alpha = level(&source, x, y, 3);
            let ground = f64::from(background.rgba[channel]) / 255.0;
            let mixed = level(&source, x, y, channel) * alpha + ground * (1.0 - alpha);
            assert!((level(&flat, x, y, channel) - mixed).abs() <= step * 0.51, "at {x},{y}");
        }
    }
    for source in noise(Size::new(8, 8), Channels::GrayAlpha) {
        assert_eq!(flatten(source.clone(), Color::WHITE).channels(), Channels::Gray);
        assert_eq!(flatten(source, background).channels(), Channels::Rgb);
    }
    for source in noise(Size::new(8, 8), Channels::Rgb) {
        assert_eq!(flatten(source.clone(), background), source);
    }
    let clear: Raster = Pixels::from_samples(Size::new(2, 1), Channels::Rgba, vec![9_u8, 9, 9, 0, 7, 8, 9, 255]).into();
    assert_eq!(flatten(clear, background).into_u8().samples(), [200, 100, 0, 7, 8, 9]);
}

#[test]
fn placing_copies_the_picture_and_nothing_else() {
    let at = Rect::new(3, 2, 5, 4);
    for channels in ALL_CHANNELS {
        for (mut canvas, picture) in noise(Size::new(11, 9), channels).into_iter().zip(noise(at.size(), channels)) {
            let before = canvas.clone();
            place(&mut canvas, &picture, at);
            for (y, x) in (0..9).flat_map(|y| (0..11).map(move |x| (y, x))) {
                let inside = (at.x..at.right()).contains(&x) && (at.y..at.bottom()).contains(&y);
                let expected = if inside { pixel(&picture, x - at.x, y - at.y) } else { pixel(&before, x, y) };
                assert_eq!(pixel(&canvas, x, y), expected, "at {x},{y}");
            }
        }
    }
}

#[test]
fn at_scale_1_pixels_are_copied() {
    for channels in ALL_CHANNELS {
        for source in noise(Size::new(20, 16), channels) {
            for filter in FILTERS {
                assert_eq!(resample(&source, Window::of(Rect::new(0, 0, 20, 16)), Size::new(20, 16), filter), source);
                let part = resample(&source, Window::of(Rect::new(4, 3, 7, 5)), Size::new(7, 5), filter);
                for (y, x) in (0..5).flat_map(|y| (0..7).map(move |x| (y, x))) {
                    assert_eq!(pixel(&part, x, y), pixel(&source, x + 4, y + 3));
                }
            }
        }
    }
}

#[test]
fn a_constant_stays_constant() {
    let window = Window { x: 1.3, y: 2.1, width: 15.9, height: 9.7 };
    for channels in ALL_CHANNELS {
        for source in both_depths(Size::new(20, 16), channels, |_, _, channel| [0.8, 1.0, 0.2, 1.0][channel]) {
            for (filter, size) in FILTERS.into_iter().flat_map(|f| [(f, Size::new(7, 3)), (f, Size::new(61, 50))]) {
                let scaled = resample(&source, window, size, filter);
                assert_eq!(scaled.size(), size);
                for (y, x) in (0..size.height).flat_map(|y| (0..size.width).map(move |x| (y, x))) {
                    for (&sample, original) in pixel(&scaled, x, y).iter().zip(pixel(&source, 0, 0)) {
                        let allowed = if source.sample_bytes() == 1 { 0 } else { 2 };
                        assert!(sample.abs_diff(original) <= allowed, "{filter:?} made {sample} of {original}");
                    }
                }
            }
        }
    }
}

#[test]
fn transparent_pixels_lend_no_colour() {
    let level_of = |x: u32, channel: usize| if x < 16 { [1.0, 0.0, 0.0, 1.0] } else { [0.0, 1.0, 0.0, 0.0] }[channel];
    for source in both_depths(Size::new(32, 8), Channels::Rgba, |x, _, channel| level_of(x, channel)) {
        let scaled =
            FILTERS.map(|filter| resample(&source, Window::of(Rect::new(0, 0, 32, 8)), Size::new(21, 5), filter));
        for picture in scaled.into_iter().chain([blur(&source, 2.5, 1.0)]) {
            for x in 0..picture.size().width {
                let (red, green, alpha) =
                    (level(&picture, x, 2, 0), level(&picture, x, 2, 1), level(&picture, x, 2, 3));
                assert!(alpha < 0.02 || (green == 0.0 && red > 0.97), "{red} {green} {alpha} at {x}");
            }
        }
    }
}

#[test]
fn a_fractional_crop_moves_the_content() {
    // On a ramp every linear filter gives back the position that it was asked for.
    for source in both_depths(Size::new(64, 64), Channels::Gray, |x, y, _| (x as f32 + y as f32) / 128.0) {
        for (x, y, scale) in [(10.25, 8.5, 1.0), (10.6, 20.3, 0.5), (7.1, 9.9, 2.0)] {
            let window = Window { x, y, width: 20.0 / scale, height: 16.0 / scale };
            let scaled = resample(&source, window, Size::new(20, 16), Filter::Bilinear);
            for (across, down) in [(3, 3), (10, 8), (16, 12)] {
                let center = |at: f64, offset: u32| at + (f64::from(offset) + 0.5) / scale - 0.5;
                let expected = (center(x, across) + center(y, down)) / 128.0;
                let off = (level(&scaled, across, down, 0) - expected).abs();
                assert!(off < 0.004, "{off} at {across},{down} of {window:?}");
            }
        }
    }
}

/// A kernel as its authors define it, and how far it reaches.
fn kernel(filter: Filter) -> (fn(f64) -> f64, f64) {
    fn sinc(x: f64) -> f64 {
        if x == 0.0 { 1.0 } else { (x * PI).sin() / (x * PI) }
    }
    // Mitchell and Netravali's family, of which both cubic filters are members.
    fn cubic(b: f64, c: f64, x: f64) -> f64 {
        let near = (12.0 - 9.0 * b - 6.0 * c) * x.powi(3) + (-18.0 + 12.0 * b + 6.0 * c) * x.powi(2) + (6.0 - 2.0 * b);
        let far = (-b - 6.0 * c) * x.powi(3) + (6.0 * b + 30.0 * c) * x.powi(2);
        let far = far + (-12.0 * b - 48.0 * c) * x + (8.0 * b + 24.0 * c);
        if x < 1.0 { near / 6.0 } else { far / 6.0 }
    }
    match filter {
        Filter::Nearest => unreachable!("it sums nothing"),
        // What lies on the edge between two belongs to the second.
        Filter::Box => (|x| f64::from(x > -0.5 && x <= 0.5), 1.0),
        Filter::Bilinear => (|x| 1.0 - x.abs(), 1.0),
        Filter::Hamming => (|x| sinc(x) * (0.54 + 0.46 * (x * PI).cos()), 1.0),
        Filter::CatmullRom => (|x| cubic(0.0, 0.5, x.abs()), 2.0),
        Filter::Mitchell => (|x| cubic(1.0 / 3.0, 1.0 / 3.0, x.abs()), 2.0),
        Filter::Lanczos3 => (|x| sinc(x) * sinc(x / 3.0), 3.0),
    }
}

/// For each of `output` pixels the weights of the source's, of which there are `side`.
fn weights(filter: Filter, side: u32, (start, length): (f64, f64), output: u32) -> Vec<Vec<f64>> {
    let scale = length / f64::from(output);
    // A direction that is not scaled is left as it is, and so is what a box takes from one pixel.
    let is_copied = start.fract() == 0.0 && scale == 1.0;
    let weights = |at: u32| {
        let center = start + (f64::from(at) + 0.5) * scale;
        let (kernel, reach) = kernel(if is_copied { Filter::Box } else { filter });
        let weight = |x: u32| {
            let distance = (f64::from(x) - (center - 0.5)) * (1.0 / scale.max(1.0));
            if distance.abs() < reach { kernel(distance) } else { 0.0 }
        };
        let weights: Vec<f64> = (0..side).map(weight).collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect()
    };
    (0..output).map(weights).collect()
}

/// One channel of a part resampled by its definition, row by row.
fn convolved(source: &Raster, channel: usize, across: &[Vec<f64>], down: &[Vec<f64>]) -> Vec<f64> {
    let sum = |weights: &[f64], level: &dyn Fn(u32) -> f64| -> f64 {
        weights.iter().zip(0..).filter(|(weight, _)| **weight != 0.0).map(|(weight, at)| weight * level(at)).sum()
    };
    let row = |y: u32| across.iter().map(|weights| sum(weights, &|x| level(source, x, y, channel))).collect();
    let rows: Vec<Vec<f64>> = (0..source.size().height).map(row).collect();
    let columns = 0..across.len();
    down.iter().flat_map(|weights| columns.clone().map(|x| sum(weights, &|y| rows[y as usize][x]))).collect()
}

#[test]
fn every_filter_is_the_convolution_that_it_is_called_after_wherever_the_part_begins() {
    const SIDE: u32 = 12;
    /// Where Mitchell's kernel crosses 0.
    const CROSSING: f64 = 8.0 / 7.0;
    // Start and length of the part, pixels of the output.
    let enlarged = |start: f64, scale: f64| (start, (20.0 * scale, 20));
    let mut parts = Vec::new();
    for start in [0.0, 0.25, 0.5, 1.0, 1.25, 1.375, 1.71, 2.25, 2.5] {
        for scale in [0.1, 0.25, 1.0 / 3.0, 0.4, 0.45] {
            parts.push(enlarged(start, scale));
        }
        for output in [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16] {
            parts.push((start, (8.0, output)));
            parts.push((start, (9.5, output)));
        }
    }
    for scale in [0.125, 0.25, 1.0 / 3.0, 0.45] {
        // The first or the last pixel is as far as this from the source's outermost one.
        for distance in [1.0, CROSSING, 2.0] {
            parts.push(enlarged(distance + 0.5 - scale / 2.0, scale));
            parts.push(enlarged(f64::from(SIDE) - 0.5 - distance - 19.5 * scale, scale));
        }
    }
    for (at, (&across, &down)) in parts.iter().zip(parts.iter().cycle().skip(7)).enumerate() {
        let ((x, (width, columns)), (y, (height, rows))) = (across, down);
        let (window, output) = (Window { x, y, width, height }, Size::new(columns, rows));
        // Mid tones, so that nothing is cut off on the way; alpha, if there is any, is full.
        let mut dice = Dice::new(at as u64);
        let rolled: Vec<f32> = (0..SIDE * SIDE * 3).map(|_| 0.3 + 0.4 * f32::from(dice.roll()) / 65535.0).collect();
        let drawn = |channels: Channels| {
            let alpha = channels.has_alpha().then(|| channels.count() - 1);
            both_depths(Size::new(SIDE, SIDE), channels, |x, y, channel| {
                if Some(channel) == alpha { 1.0 } else { rolled[((y * SIDE + x) * 3) as usize + channel] }
            })
        };
        let pictures: Vec<Raster> = ALL_CHANNELS.into_iter().flat_map(drawn).collect();
        for filter in FILTERS.into_iter().filter(|&filter| filter != Filter::Nearest) {
            let across = weights(filter, SIDE, (x, width), columns);
            let down = weights(filter, SIDE, (y, height), rows);
            for source in &pictures {
                let scaled = resample(source, window, output, filter);
                // Each direction and alpha round.
                let allowed = if source.sample_bytes() == 1 { 2.6 / 255.0 } else { 2.6 / 65535.0 };
                let channel = at % source.channels().count();
                let expected = convolved(source, channel, &across, &down);
                let positions = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y)));
                for ((x, y), expected) in positions.zip(expected) {
                    let off = (level(&scaled, x, y, channel) - expected).abs();
                    let what = (source.sample_bytes(), source.channels());
                    assert!(off <= allowed, "{off} at {x},{y} of {window:?} to {output} by {filter:?}, {what:?}");
                }
            }
        }
    }
}

#[test]
fn sixteen_bits_are_kept() {
    let [_, source] = both_depths(Size::new(64, 1), Channels::Gray, |x, _, _| 0.5 + x as f32 / 65535.0);
    let scaled = resample(&source, Window::of(Rect::new(0, 0, 64, 1)), Size::new(32, 1), Filter::Box);
    let Raster::U16(pixels) = scaled else { panic!("another depth") };
    let steps: Vec<i32> = pixels.samples().windows(2).map(|pair| i32::from(pair[1]) - i32::from(pair[0])).collect();
    assert!(steps.iter().all(|step| (1..=3).contains(step)), "{steps:?}");
}

#[test]
fn a_part_may_touch_the_edge_but_for_the_error_of_the_arithmetic() {
    let [source, _] = noise(Size::new(10, 10), Channels::Rgb);
    let window = Window { x: -1e-12, y: 0.1 + 0.2, width: 10.0 + 3e-12, height: 9.7 + 1e-9 };
    assert_eq!(resample(&source, window, Size::new(4, 4), Filter::Lanczos3).size(), Size::new(4, 4));
}

#[test]
#[should_panic(expected = "lies inside a picture")]
fn a_part_outside_the_picture_is_refused() {
    let [source, _] = noise(Size::new(10, 10), Channels::Rgb);
    let window = Window { x: 5.0, y: 0.0, width: 6.0, height: 10.0 };
    let _ = resample(&source, window, Size::new(4, 4), Filter::Lanczos3);
}

#[test]
fn eight_bits_are_the_nearest() {
    let levels: Vec<u16> = (0..=65535).collect();
    let raster: Raster = Pixels::from_samples(Size::new(256, 256), Channels::Gray, levels).into();
    for (sixteen, &eight) in raster.into_u8().samples().iter().enumerate() {
        assert_eq!(eight, (sixteen as f64 / 257.0).round() as u8, "{sixteen}");
    }
    let [narrow, _] = noise(Size::new(9, 9), Channels::Rgba);
    assert_eq!(Raster::U8(Raster::U16(with_u16(narrow.clone())).into_u8()), narrow);
}

#[test]
fn widening_keeps_what_is_there() {
    for channels in ALL_CHANNELS {
        for source in noise(Size::new(6, 5), channels) {
            let (colored, covered) = (with_color(&source).into_owned(), with_alpha(&source).into_owned());
            let full = if source.sample_bytes() == 1 { 255 } else { 65535 };
            let original = pixel(&source, 4, 3);
            let (colors, alpha) = original.split_at(channels.without_alpha().count());
            let expected =
                [if colors.len() == 1 { vec![colors[0]; 3] } else { colors.to_vec() }, alpha.to_vec()].concat();
            assert_eq!(pixel(&colored, 4, 3), expected, "{channels:?} with colour");
            let alpha = alpha.first().copied().unwrap_or(full);
            assert_eq!(pixel(&covered, 4, 3), [colors.to_vec(), vec![alpha]].concat(), "{channels:?} with alpha");
        }
    }
}

#[test]
fn blurring_is_near_a_gaussian() {
    for (across, down) in [(0.0, 0.0), (0.4, 0.7), (1.5, 3.0), (4.0, 2.2), (6.3, 6.3)] {
        let [_, source] =
            both_depths(Size::new(81, 81), Channels::Gray, |x, y, _| if (x, y) == (40, 40) { 1.0 } else { 0.0 });
        let blurred = blur(&source, across, down);
        let moment = |axis: fn(f64, f64) -> f64| {
            let positions = (0..81).flat_map(|y| (0..81).map(move |x| (x, y)));
            positions
                .map(|(x, y)| level(&blurred, x, y, 0) * axis(f64::from(x) - 40.0, f64::from(y) - 40.0))
                .sum::<f64>()
        };
        let weight = moment(|_, _| 1.0);
        assert!((weight - 1.0).abs() < 0.02, "light is lost: {weight} at {across}");
        let (found_across, found_down) = (moment(|x, _| x * x) / weight, moment(|_, y| y * y) / weight);
        assert!((found_across.sqrt() - across).abs() < 0.05 * across + 0.02, "{} for {across}", found_across.sqrt());
        assert!((found_down.sqrt() - down).abs() < 0.05 * down + 0.02, "{} for {down}", found_down.sqrt());
    }
    for size in [Size::new(1, 1), Size::new(1, 7), Size::new(30, 2)] {
        for channels in ALL_CHANNELS {
            for source in both_depths(size, channels, |_, _, channel| [0.3, 1.0, 0.9, 1.0][channel]) {
                assert_eq!(blur(&source, 40.0, 25.5), source, "a constant of {size}");
            }
        }
    }
}

#[test]
fn borders_are_measured_on_sides_with_margins() {
    // Left column 10, right column 200, the rest 90.
    let pixels: Vec<u8> = (0..6).flat_map(|_| [10, 90, 90, 90, 200]).collect();
    let mut canvas: Raster = Pixels::<u8>::new(Size::new(9, 8), Channels::Gray).into();
    let measured = |x: u32, y: u32, canvas: &mut Raster| {
        let picture: Raster = Pixels::from_samples(Size::new(5, 6), Channels::Gray, pixels.clone()).into();
        let inner = Rect::new(x, y, 5, 6);
        place(canvas, &picture, inner);
        border(canvas, inner, 5.0).unwrap()
    };
    let corner = measured(4, 2, &mut canvas);
    assert_eq!((corner.color[0], corner.deviating), (10, 0.8), "left and top");
    let all = measured(2, 1, &mut canvas);
    assert_eq!((all.color[0], all.deviating), (90, 1.0), "all sides");
    assert_eq!(border(&canvas, Rect::new(0, 0, 9, 8), 5.0), None);
    assert_eq!((corner.clear, all.clear), (0.0, 0.0), "without alpha");

    // Clear in two of eight rows on the left, and everywhere on the right.
    let pixels = (0..8).flat_map(|y| (0..4).flat_map(move |x| [90, if x == 3 || y < 2 && x == 0 { 0 } else { 255 }]));
    let picture: Raster =
        Pixels::from_samples(Size::new(4, 8), Channels::GrayAlpha, pixels.collect::<Vec<u8>>()).into();
    let clear = |x: u32| {
        let (mut canvas, inner) = (picture.blank(Size::new(6, 8)), Rect::new(x, 0, 4, 8));
        place(&mut canvas, &picture, inner);
        border(&canvas, inner, 5.0).unwrap().clear
    };
    assert_eq!((clear(2), clear(1)), (0.25, 1.0), "left, and both");
}

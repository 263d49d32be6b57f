//! What `studio` continues, against pictures of which the rest is known.

use std::collections::BTreeSet;

use crate::canvases::chain;
use crate::canvases::fill;
use crate::canvases::margins;
use crate::canvases::positions;
use crate::pictures::both_depths;
use crate::pictures::level;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::raster::Channels;
use recanvas::raster::Raster;

const SIZE: Size = Size::new(300, 320);

/// What is left of a picture of that size: margins above and below, left and right, all around.
const PARTS: [Rect; 3] = [Rect::new(0, 50, 300, 220), Rect::new(40, 0, 220, 320), Rect::new(30, 30, 240, 260)];

/// The product in the middle, which touches no border.
fn is_product(x: u32, y: u32) -> bool {
    (100..200).contains(&x) && (110..230).contains(&y)
}

/// A number from −1 to 1 from a place, without pattern.
fn grain(x: u32, y: u32) -> f32 {
    let mixed = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77);
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2c1b_3c6d);
    let mixed = (mixed ^ (mixed >> 12)).wrapping_mul(0x297a_2d39);
    ((mixed ^ (mixed >> 15)) >> 8) as f32 / (1 << 23) as f32 - 1.0
}

/// The level of a place that is `across` and `down` of the way, 0 to 1, through a picture.
type Light = fn(f32, f32) -> f32;

/// A product before a backdrop of this light, with grain of so many levels.
fn shot(light: Light, levels: f32) -> impl Fn(u32, u32) -> f32 {
    move |x, y| {
        let backdrop = light(x as f32 / SIZE.width as f32, y as f32 / SIZE.height as f32);
        if is_product(x, y) { 0.1 } else { backdrop + grain(x, y) * levels / 255.0 }
    }
}

/// What an engine makes of a part of a picture, and the picture, in both depths.
fn extended(engine: &str, part: Rect, drawn: impl Fn(u32, u32) -> f32) -> [(Raster, Raster); 2] {
    let wholes = both_depths(SIZE, Channels::Rgb, |x, y, _| drawn(x, y));
    let parts = both_depths(part.size(), Channels::Rgb, |x, y, _| drawn(x + part.x, y + part.y));
    let [eight, sixteen] = parts.map(|source| fill(&chain(&engine.into()), &source, part, SIZE).0);
    let [whole_of_eight, whole_of_sixteen] = wholes;
    [(eight, whole_of_eight), (sixteen, whole_of_sixteen)]
}

/// The 8 bits that all outputs have.
fn output(filled: &Raster) -> Raster {
    Raster::U8(filled.to_u8().into_owned())
}

/// The mean squared error over the margins of an output, in levels.
fn error(engine: &str, part: Rect, drawn: impl Fn(u32, u32) -> f32 + Copy) -> f64 {
    let of = |(filled, whole): (Raster, Raster)| {
        let filled = output(&filled);
        let squares = margins(SIZE, part).map(|(x, y)| (level(&filled, x, y, 1) - level(&whole, x, y, 1)).powi(2));
        squares.sum::<f64>() * 255.0 * 255.0 / margins(SIZE, part).count() as f64
    };
    extended(engine, part, drawn).into_iter().map(of).fold(0.0, f64::max)
}

fn gain_in_db(part: Rect, drawn: impl Fn(u32, u32) -> f32 + Copy) -> f64 {
    10.0 * (error("edge", part, drawn) / error("studio", part, drawn)).log10()
}

#[test]
fn light_that_falls_off_goes_on_falling() {
    let lights: [(&str, Light); 3] = [
        ("slope", |x, y| 0.9 - 0.2 * x - 0.2 * y),
        ("vignette", |x, y| 0.9 / (1.0 + 0.8 * ((x - 0.5).powi(2) + (y - 0.5).powi(2))).powi(2)),
        ("spot", |x, y| 0.3 + 0.6 * (-((x - 0.45).powi(2) + (y - 0.4).powi(2)) / 0.3).exp()),
    ];
    for (name, light) in lights {
        for part in PARTS {
            let gain = gain_in_db(part, &shot(light, 1.5));
            assert!(gain > 6.0, "{name}, {part:?}: {gain:.1} dB better than `edge`");
        }
    }
}

#[test]
fn changes_of_light_that_do_not_go_on_are_not_made_up() {
    let lights: [(&str, Light); 4] = [
        ("flat", |_, _| 0.8),
        ("waves", |x, y| 0.5 + 0.2 * (30.0 * x).sin() * (0.3 * y).cos()),
        ("across", |_, y| 0.5 + 0.2 * (40.0 * y).sin()),
        ("mottled", |x, y| 0.5 + 0.1 * (17.0 * x + 3.0).sin() * (23.0 * y).cos()),
    ];
    for (name, light) in lights {
        for part in PARTS {
            let gain = gain_in_db(part, &shot(light, 1.5));
            // The grain that is made, and rounding up or down by chance, cost a little of it.
            assert!(gain > -1.1, "{name}, {part:?}: {gain:.1} dB better than `edge`");
        }
    }
}

#[test]
fn a_floor_keeps_its_line() {
    let room: Light = |_, y| if y < 0.7 { 0.85 } else { 0.55 };
    let worst = error("studio", PARTS[1], &shot(room, 0.0));
    assert!(worst < 1.0, "{worst:.2}");
}

#[test]
fn a_slanted_line_goes_on_at_its_slope() {
    // Darker beyond a line that is at `middle` half along it and sinks by `slope`.
    let level = |along: u32, across: u32, middle: f32, slope: f32| {
        let line = middle + slope * (along as f32 - 150.0);
        0.85 - 0.3 * (across as f32 - line + 0.5).clamp(0.0, 1.0) + grain(along, across) * 1.5 / 255.0
    };
    for slope in [-0.25, -0.1, 0.05, 0.2] {
        let floor = |x: u32, y: u32| if is_product(x, y) { 0.1 } else { level(x, y, 245.0, slope) };
        let wall = |x: u32, y: u32| if is_product(x, y) { 0.1 } else { level(y, x, 65.0, slope) };
        let errors = [error("studio", PARTS[1], floor), error("studio", PARTS[0], wall)];
        // Grain alone makes 1.5 of it.
        assert!(errors.iter().all(|&error| error < 3.0), "{slope}: {errors:?}");
    }
}

#[test]
fn lines_that_are_slanted_at_the_border_alone_go_straight_on() {
    // A bottle on its head, whose neck begins to taper too late to tell how it ends.
    let drawn = |x: u32, y: u32| {
        let deep = 269.0 - y as f32;
        let half = if deep < 44.0 { 20.0 + 0.25 * deep } else { 60.0 };
        0.85 - 0.5 * (half - (x as f32 - 150.0).abs() + 0.5).clamp(0.0, 1.0) * f32::from(u8::from(deep < 120.0))
    };
    for (filled, _) in extended("studio", PARTS[0], drawn) {
        let neck = (0..300).filter(|&x| level(&filled, x, 310, 1) < 0.6).count();
        assert!((36..=46).contains(&neck), "{neck} pixels wide");
    }
}

#[test]
fn a_shadow_goes_on_although_its_thing_stands_in_it() {
    // A thing close to the left margin, and its soft shadow, which runs out of the frame there.
    let drawn = |x: u32, y: u32| {
        let is_thing = (70..200).contains(&x) && (120..230).contains(&y);
        let shadow = (-((y as f32 - 200.0) / 14.0).powi(2)).exp() * f32::from(u8::from(x < 150));
        if is_thing { 0.1 } else { 0.8 - 0.25 * shadow }
    };
    let worst = error("studio", Rect::new(40, 0, 260, 320), drawn);
    assert!(worst < 4.0, "{worst:.2}");
}

#[test]
fn a_product_near_the_border_leaves_no_trace() {
    // Five pixels from the border below, and nothing else there to see.
    let light = |x: u32, y: u32| {
        let is_product = (90..210).contains(&x) && (120..265).contains(&y);
        if is_product { 0.1 } else { 0.8 + 0.006 * grain(x, y) }
    };
    for (filled, _) in extended("studio", Rect::new(0, 50, 300, 220), light) {
        let darkest = margins(SIZE, Rect::new(0, 50, 300, 220)).map(|(x, y)| level(&filled, x, y, 1));
        let darkest = darkest.fold(1.0, f64::min);
        assert!(darkest > 0.77, "{darkest:.3}");
    }
}

#[test]
fn specks_at_the_border_leave_no_streaks() {
    // Stars of two by two pixels, some of them at the border.
    let sky = |x: u32, y: u32| {
        let is_star = grain(x / 2, y / 2) > 0.97;
        if is_star { 0.9 } else { 0.1 + 0.006 * grain(x + 999, y) }
    };
    for part in PARTS {
        for (filled, _) in extended("studio", part, sky) {
            let bright = margins(SIZE, part).map(|(x, y)| level(&filled, x, y, 1)).fold(0.0, f64::max);
            assert!(bright < 0.16, "{part:?}: {bright:.3}");
        }
    }
}

#[test]
fn grain_goes_on() {
    let part = PARTS[0];
    let deviation = |raster: &Raster, places: &[(u32, u32)]| {
        let mean = places.iter().map(|&(x, y)| level(raster, x, y, 1)).sum::<f64>() / places.len() as f64;
        let squares = places.iter().map(|&(x, y)| (level(raster, x, y, 1) - mean).powi(2));
        (squares.sum::<f64>() / places.len() as f64).sqrt()
    };
    // Of strong grain only little may be missing.
    for (grain, shares) in [(6.0, 0.5..0.8), (24.0, 0.65..1.05), (80.0, 0.65..1.05)] {
        for (filled, whole) in extended("studio", part, shot(|_, _| 0.6, grain)) {
            let made: Vec<_> = margins(SIZE, part).collect();
            let known: Vec<_> = positions(part).filter(|&(x, y)| !is_product(x, y)).collect();
            let share = deviation(&filled, &made) / deviation(&whole, &known);
            assert!(shares.contains(&share), "{share:.2} of grain of {grain} levels");
            // None of it is a copy of what lies next to it.
            let rows: BTreeSet<Vec<u64>> =
                (270..320).map(|y| (0..300).map(|x| (level(&filled, x, y, 1) * 65535.0) as u64).collect()).collect();
            assert_eq!(rows.len(), 50);
        }
    }
}

/// The mean over the rows of each column in the margins left and right of a part, in levels
/// of the output.
fn columns_in_outputs(filled: &Raster, part: Rect) -> Vec<f64> {
    let output = output(filled);
    let columns = (0..part.x).chain(part.right()..SIZE.width);
    let mean = |x: u32| (0..SIZE.height).map(|y| level(&output, x, y, 1) * 255.0).sum::<f64>() / f64::from(SIZE.height);
    columns.map(mean).collect()
}

#[test]
fn deep_gradients_have_no_bands() {
    let part = PARTS[1];
    for engine in ["studio", "blur"] {
        let [_, (filled, _)] = extended(engine, part, |x, _| 0.4 + 0.02 * x as f32 / 300.0);
        // Bands have whole levels.
        let tenths: BTreeSet<u64> = columns_in_outputs(&filled, part).iter().map(|mean| (mean * 10.0) as u64).collect();
        assert!(tenths.len() >= 5, "{engine}: {tenths:?}");
    }
}

#[test]
fn a_plain_border_stays_plain_before_noise() {
    let part = PARTS[2];
    let drawn = |x: u32, y: u32| {
        let is_deep = (part.x + 20..part.right() - 20).contains(&x) && (part.y + 20..part.bottom() - 20).contains(&y);
        if is_deep { 1.0 - grain(x, y).abs() * 6.0 / 255.0 } else { 1.0 }
    };
    for (filled, _) in extended("studio", part, drawn) {
        let gray = margins(SIZE, part).find(|&(x, y)| level(&filled, x, y, 1) < 1.0);
        assert_eq!(gray, None);
    }
}

/// Noise that is alike in a few neighbours, as where a picture was made
/// smaller or cleaned.
fn soft_grain(x: u32, y: u32) -> f32 {
    let near = (0..4).flat_map(|right| (0..4).map(move |down| (right, down)));
    near.map(|(right, down)| grain(x + right, y + down)).sum::<f32>() / 4.0
}

#[test]
fn soft_grain_makes_no_streaks() {
    let part = PARTS[1];
    for (filled, _) in extended("studio", part, |x, y| 0.6 + soft_grain(x, y) * 5.0 / 255.0) {
        // A streak is what all of a row has and its neighbours have not.
        let mean = |y: u32| (0..part.x).map(|x| level(&filled, x, y, 1) * 255.0).sum::<f64>() / f64::from(part.x);
        let rows: Vec<f64> = (0..SIZE.height).map(mean).collect();
        let bends = rows.windows(9).map(|near| (near[0] + near[8] - 2.0 * near[4]).powi(2)).sum::<f64>();
        let mean = (bends / (rows.len() - 8) as f64).sqrt();
        assert!(mean < 2.0, "{mean:.2} levels");
    }
}

#[test]
fn a_thin_frame_is_not_carried_outwards() {
    // What scaling and cutting leave: a line of another level along one side, or all around.
    let size = Size::new(300, 200);
    let part = Rect::new(50, 0, 200, 200);
    for (width, all_around) in [(1, false), (3, false), (1, true), (2, true), (3, true)] {
        let drawn = |x: u32, y: u32| {
            let is_beside = x + width >= part.width || (all_around && x < width);
            let is_above = all_around && (y < width || y + width >= part.height);
            if is_beside || is_above { 0.5 } else { 0.95 }
        };
        let [source, _] = both_depths(part.size(), Channels::Rgb, |x, y, _| drawn(x, y));
        let filled = fill(&chain(&"studio".into()), &source, part, size).0;
        for x in [0, 20, part.right(), 299] {
            let found = level(&filled, x, 100, 1) * 255.0;
            assert!((found - 0.95 * 255.0).abs() < 1.5, "{width} wide: level {found} at column {x}");
        }
    }
}

#[test]
fn noise_makes_no_color_of_neutral_light() {
    // Light that falls off fast beside a narrow source, with noise that each channel has of its own.
    let (size, part) = (Size::new(1200, 600), Rect::new(500, 0, 200, 600));
    let light = |x: u32, y: u32, channel: u32| {
        let distance = ((x as f32 - 600.0).powi(2) + (y as f32 - 200.0).powi(2)) / 1e5;
        0.1 + 0.8 / (1.0 + distance) + 0.02 * grain(3 * x + channel, y)
    };
    let [source, _] = both_depths(part.size(), Channels::Rgb, |x, y, channel| light(x + part.x, y, channel as u32));
    let filled = fill(&chain(&"studio".into()), &source, part, size).0;
    let mean = |channel: usize, left: u32, top: u32| {
        let places = (top..top + 40).flat_map(|y| (left..left + 40).map(move |x| (x, y)));
        places.map(|(x, y)| level(&filled, x, y, channel) * 255.0).sum::<f64>() / 1600.0
    };
    for (left, top) in (0..15).flat_map(|row| [0, 150, 300, 450, 710, 900, 1160].map(|left| (left, row * 40))) {
        let [red, green, blue] = [0, 1, 2].map(|channel| mean(channel, left, top));
        let cast = red.max(green).max(blue) - red.min(green).min(blue);
        assert!(cast < 2.0, "{red:.1} {green:.1} {blue:.1} at {left}, {top}");
    }
}

#[test]
fn a_shadow_that_fades_becomes_no_column() {
    let size = Size::new(700, 900);
    let part = Rect::new(0, 0, 700, 500);
    // A thing, and its shadow, which grows less down to the border.
    let drawn = |x: u32, y: u32| {
        let (across, down) = ((x as f32 - 350.0) / 150.0, (y as f32 - 400.0) / 100.0);
        let shadow = 0.5 * (-across * across).exp() * (-down.max(0.0)).exp();
        if y < 400 && (50..650).contains(&x) { 0.1 } else { 0.9 - shadow }
    };
    let [source, _] = both_depths(part.size(), Channels::Rgb, |x, y, _| drawn(x, y));
    let filled = fill(&chain(&"studio".into()), &source, part, size).0;
    let lack = |y: u32| (level(&filled, 10, y, 1) - level(&filled, 350, y, 1)) * 255.0;
    let lacks @ [here, _, far, last] = [501, 600, 700, 880].map(lack);
    assert!(here > 15.0, "the shadow goes on at the border: {lacks:.1?} levels");
    assert!(far < here / 4.0 && lacks.is_sorted_by(|near, far| near > far), "it fades: {lacks:.1?} levels");
    assert!(last > -1.0, "and does not become light: {lacks:.1?} levels");
}

#[test]
fn light_stops_in_a_margin_that_is_wider_than_what_is_known() {
    let size = Size::new(1500, 160);
    let part = Rect::new(600, 0, 300, 160);
    let drawn = |x: u32, _: u32| 0.2 + 0.2 * (x as f32 / 300.0).powi(2);
    let [source, _] = both_depths(part.size(), Channels::Rgb, |x, y, _| drawn(x, y));
    let filled = fill(&chain(&"studio".into()), &source, part, size).0;
    let at = |x: u32| level(&filled, x, 80, 1) * 255.0;
    // It goes on for about as far as it was seen, and a little.
    assert!(at(960) - at(899) > 8.0, "{:.1} to {:.1}", at(899), at(960));
    assert!((at(1499) - at(1100)).abs() < 2.0, "{:.1} to {:.1}", at(1100), at(1499));
}

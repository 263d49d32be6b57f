//! What each engine is for, against slow and obvious oracles.

use crate::canvases::PLACES;
use crate::canvases::chain;
use crate::canvases::fill;
use crate::canvases::margins;
use crate::canvases::positions;
use crate::pictures::ALL_CHANNELS;
use crate::pictures::Dice;
use crate::pictures::both_depths;
use crate::pictures::level;
use crate::pictures::noise;
use crate::pictures::pixel;
use recanvas::engines;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::geometry::margin_strips;
use recanvas::raster::Channels;
use recanvas::raster::Raster;
use serde_json::json;

/// Every margin pixel is the known pixel that `choose` names on each axis.
fn assert_copies(name: &str, choose: fn(i64, i64) -> i64) {
    let chain = chain(&name.into());
    for (known, size) in PLACES {
        for source in ALL_CHANNELS.iter().flat_map(|&channels| noise(known.size(), channels)) {
            let (filled, engine) = fill(&chain, &source, known, size);
            assert_eq!(engine, name);
            for (x, y) in margins(size, known) {
                let from_x = choose(i64::from(x) - i64::from(known.x), known.width.into()) as u32;
                let from_y = choose(i64::from(y) - i64::from(known.y), known.height.into()) as u32;
                assert_eq!(pixel(&filled, x, y), pixel(&source, from_x, from_y), "{known:?} in {size} at {x},{y}");
            }
        }
    }
}

#[test]
fn edge_repeats_the_nearest_pixel() {
    assert_copies("edge", |mut at, length| {
        while at < 0 {
            at += 1;
        }
        while at >= length {
            at -= 1;
        }
        at
    });
}

#[test]
fn mirror_reflects_without_repeating_the_border() {
    assert_copies("mirror", |mut at, length| {
        while length > 1 && !(0..length).contains(&at) {
            at = if at < 0 { -at } else { 2 * (length - 1) - at };
        }
        if length == 1 { 0 } else { at }
    });
}

#[test]
fn solid_takes_the_median_of_the_sides_that_have_margins() {
    let chain = chain(&"solid".into());
    for (known, size) in PLACES.into_iter().skip(1) {
        for source in [Channels::Gray, Channels::Rgb].iter().flat_map(|&channels| noise(known.size(), channels)) {
            let (filled, _) = fill(&chain, &source, known, size);
            for channel in 0..source.channels().count() {
                let mut levels: Vec<u16> = Vec::new();
                for (x, y) in positions(Rect::of(known.size())) {
                    let sides = [
                        known.x > 0 && x == 0,
                        known.right() < size.width && x == known.width - 1,
                        known.y > 0 && y == 0,
                        known.bottom() < size.height && y == known.height - 1,
                    ];
                    let times = sides.iter().filter(|&&faces| faces).count();
                    levels.extend(std::iter::repeat_n(pixel(&source, x, y)[channel], times));
                }
                levels.sort_unstable();
                let median = levels[levels.len() / 2];
                let other = margins(size, known).find(|&(x, y)| pixel(&filled, x, y)[channel] != median);
                assert_eq!(other, None, "{known:?} in {size}: not {median}");
            }
        }
    }
}

#[test]
fn solid_weighs_the_border_by_its_alpha() {
    // Red that hides most, but for some pixels, which are green and hide less.
    let drawn = |x: u32, y: u32, channel| {
        let is_green = (x + y).is_multiple_of(3);
        if is_green { [0.0, 1.0, 0.0, 0.55][channel] } else { [1.0, 0.0, 0.0, 0.7][channel] }
    };
    for source in both_depths(Size::new(20, 20), Channels::Rgba, drawn) {
        let (filled, _) = fill(&chain(&"solid".into()), &source, Rect::new(4, 4, 20, 20), Size::new(28, 28));
        assert_eq!(pixel(&filled, 0, 0), pixel(&source, 1, 0));
    }
}

#[test]
fn cut_outs_are_told_by_their_sides_and_corners() {
    let size = Size::new(100, 50);
    let is_cut_out = |alpha: f32, is_clear: &dyn Fn(u32, u32) -> bool| {
        let drawn = |x, y, channel| if channel < 3 || !is_clear(x, y) { 1.0 } else { alpha };
        both_depths(size, Channels::Rgba, drawn).map(|source| engines::is_cut_out(&source, Rect::of(size)))
    };
    let told = |is_clear: &dyn Fn(u32, u32) -> bool| is_cut_out(0.0, is_clear);
    // Two of a hundred pixels above, and one; one of fifty at the right.
    assert_eq!(told(&|x, y| y == 0 && (40..42).contains(&x)), [true; 2]);
    assert_eq!(told(&|x, y| y == 0 && x == 40), [false; 2]);
    assert_eq!(told(&|x, y| y == 25 && x == 99), [true; 2]);
    // Behind the border, but in a corner.
    for (x, y) in [(2, 2), (97, 2), (2, 47), (97, 47)] {
        assert_eq!(told(&|at_x, at_y| (at_x, at_y) == (x, y)), [true; 2], "{x},{y}");
    }
    assert_eq!(told(&|x, y| (x, y) == (3, 3)), [false; 2]);
    assert_eq!(told(&|x, y| (20..80).contains(&x) && (10..40).contains(&y)), [false; 2]);
    // Half of the way: 127 of 255 is transparent, 128 is not.
    assert_eq!(is_cut_out(127.0 / 255.0, &|x, _| x == 0), [true; 2]);
    assert_eq!(is_cut_out(128.0 / 255.0, &|x, _| x == 0), [false; 2]);
    // Only the part that is shown counts.
    let [source, _] = both_depths(size, Channels::Rgba, |x, _, channel| if channel == 3 && x < 50 { 0.0 } else { 1.0 });
    assert!(engines::is_cut_out(&source, Rect::new(49, 0, 51, 50)));
    assert!(!engines::is_cut_out(&source, Rect::new(50, 0, 50, 50)));
    let [opaque, _] = both_depths(size, Channels::Rgb, |_, _, _| 0.0);
    assert!(!engines::is_cut_out(&opaque, Rect::of(size)));
}

#[test]
fn edge_mirror_and_a_named_colour_also_fill_margins_of_cut_outs() {
    let clears = |written| chain(&written).clears_cut_outs();
    for own in [json!("edge"), json!("mirror"), json!({"use": "solid", "color": "#fff"})] {
        assert!(!clears(own.clone()), "{own}");
    }
    for engine in [json!("auto"), json!("solid"), json!("blur"), json!("onnx"), json!("fal"), json!(["fal", "edge"])] {
        assert!(clears(engine.clone()), "{engine}");
    }
}

#[test]
fn solid_paints_the_colour_that_it_was_given() {
    let painted = |channels| {
        let [source, deep] = noise(Size::new(3, 3), channels);
        let chain = chain(&json!({"use": "solid", "color": "#ff800040"}));
        assert!(chain.needs_color() && chain.needs_alpha());
        let filled = |source| pixel(&fill(&chain, source, Rect::new(0, 0, 3, 3), Size::new(4, 3)).0, 3, 1);
        let deep: Vec<u16> = filled(&deep).into_iter().map(|sample| ((u32::from(sample) + 128) / 257) as u16).collect();
        let eight = filled(&source);
        assert_eq!(eight, deep);
        eight
    };
    assert_eq!(painted(Channels::Rgba), [255, 128, 0, 64]);
    assert_eq!(painted(Channels::Rgb), [255, 128, 0]);
    // A grey canvas cannot hold it: its luma.
    assert_eq!(painted(Channels::GrayAlpha), [146, 64]);
    assert_eq!(painted(Channels::Gray), [146]);
    let white = chain(&json!({"use": "solid", "color": "white"}));
    assert!(!white.needs_color() && !white.needs_alpha());
}

/// Hills and noise, as photographs have them.
fn photo(size: Size) -> [Raster; 2] {
    let mut dice = Dice::new(3);
    let grain: Vec<f32> = (0..size.area()).map(|_| f32::from(dice.roll()) / 65535.0 - 0.5).collect();
    both_depths(size, Channels::Rgb, |x, y, channel| {
        let (across, down) = (x as f32 / size.width as f32, y as f32 / size.height as f32);
        let hills = (across * 9.0 + channel as f32).sin() * (down * 7.0).cos();
        (0.5 + 0.3 * hills + 0.2 * grain[(y * size.width + x) as usize]).clamp(0.0, 1.0)
    })
}

/// Light from an sRGB sample, both 0 to 1 (IEC 61966-2-1), and the sample from it.
fn light(sample: f64) -> f64 {
    if sample <= 0.04045 { sample / 12.92 } else { ((sample + 0.055) / 1.055).powf(2.4) }
}

fn sample(light: f64) -> f64 {
    if light <= 0.0031308 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// The pixel `x`, `y` of the picture enlarged to cover the canvas and blurred by 3 % in linear
/// light, sample by sample as the definition says.
fn blurred(source: &Raster, canvas: Size, x: u32, y: u32, channel: usize) -> f64 {
    let (width, height) = (f64::from(source.size().width), f64::from(source.size().height));
    let (across, down) = (f64::from(canvas.width), f64::from(canvas.height));
    let zoom = (across / width).max(down / height);
    let sigma = 0.03 * across.max(down) / zoom;
    // The part of the source that shows, and the pixel's place in it.
    let (left, top) = ((width - across / zoom) / 2.0, (height - down / zoom) / 2.0);
    let (at_x, at_y) = (left + (f64::from(x) + 0.5) / zoom, top + (f64::from(y) + 0.5) / zoom);
    let reach = (3.5 * sigma).ceil() as i32;
    let (mut sum, mut weights) = (0.0, 0.0);
    for (dy, dx) in (-reach..=reach).flat_map(|dy| (-reach..=reach).map(move |dx| (f64::from(dy), f64::from(dx)))) {
        let from_x = (at_x + dx).clamp(left, width - left - 1.0).floor() as u32;
        let from_y = (at_y + dy).clamp(top, height - top - 1.0).floor() as u32;
        let weight = (-(dx * dx + dy * dy) / (2.0 * sigma * sigma)).exp();
        sum += weight * light(level(source, from_x, from_y, channel));
        weights += weight;
    }
    sample(sum / weights)
}

#[test]
fn blur_is_smooth_and_is_the_picture_covering_the_canvas() {
    let (known, size) = (Rect::new(0, 150, 300, 225), Size::new(300, 533));
    for source in photo(known.size()) {
        let (filled, _) = fill(&chain(&json!({"use": "blur", "dim": 0})), &source, known, size);
        // Away from the edges, where one noisy pixel stands for all beyond it.
        let inner = |&(x, y): &(u32, u32)| (40..size.width - 40).contains(&x) && (40..size.height - 40).contains(&y);
        for (x, y) in margins(size, known).filter(inner).step_by(1501) {
            for channel in 0..3 {
                let (found, exact) = (level(&filled, x, y, channel), blurred(&source, size, x, y, channel));
                assert!((found - exact).abs() < 0.015, "{found} and not {exact} at {x},{y}");
            }
        }
        // Two 8-bit levels for the slope and the rounding; a seam or a block would be more.
        for strip in margin_strips(size, known) {
            for (x, y) in positions(Rect::new(strip.x, strip.y, strip.width - 1, strip.height - 1)) {
                for channel in 0..3 {
                    let here = level(&filled, x, y, channel);
                    let right = (level(&filled, x + 1, y, channel) - here).abs();
                    let below = (level(&filled, x, y + 1, channel) - here).abs();
                    assert!(right.max(below) < 2.5 / 255.0, "a step of {right} or {below} at {x},{y}");
                }
            }
        }
    }
}

#[test]
fn strips_of_a_blurred_background_fit_together() {
    let (known, size) = (Rect::new(90, 80, 200, 150), Size::new(400, 320));
    let [_, source] = photo(known.size());
    let (filled, _) = fill(&chain(&"blur".into()), &source, known, size);
    let columns: Vec<u32> = (0..known.x).chain(known.right()..size.width).collect();
    for y in [known.y, known.bottom()] {
        for channel in 0..3 {
            // The slope across the seam is that on both sides of it.
            let kink = |&x: &u32| {
                let [before, above, below, after] = [y - 2, y - 1, y, y + 1].map(|y| level(&filled, x, y, channel));
                (below - above) - ((above - before) + (after - below)) / 2.0
            };
            // In the mean, as each pixel is rounded up or down.
            let kink = columns.iter().map(kink).sum::<f64>() / columns.len() as f64;
            assert!(kink.abs() < 0.3 / 255.0, "a seam of {kink} at {y}");
        }
    }
}

#[test]
fn blur_of_one_colour_is_that_colour_and_dim_darkens_it() {
    let (known, size) = (Rect::new(7, 50, 64, 48), Size::new(91, 160));
    for source in both_depths(known.size(), Channels::Rgb, |_, _, channel| [0.8, 0.4, 0.2][channel]) {
        for (dim, share) in [(0.0, 1.0), (0.5, 0.5), (1.0, 0.0)] {
            let (filled, _) = fill(&chain(&json!({"use": "blur", "dim": dim})), &source, known, size);
            for (x, y) in margins(size, known) {
                for channel in 0..3 {
                    let off = (level(&filled, x, y, channel) - level(&source, 0, 0, channel) * share).abs();
                    // Half of a level is one that 8 bits may not hold.
                    let allowed = if dim == 0.5 { 1.0 / 255.0 } else { 0.0 };
                    assert!(off <= allowed + 1e-9, "off by {off} at {x},{y} with dim {dim}");
                }
            }
        }
    }
}

#[test]
fn a_tint_lies_over_the_blur() {
    let (known, size) = (Rect::new(7, 50, 64, 48), Size::new(91, 160));
    let tinted = chain(&json!({"use": "blur", "dim": "50%", "tint": "#ff000040"}));
    for source in both_depths(known.size(), Channels::Rgb, |_, _, _| 0.8) {
        let (filled, _) = fill(&tinted, &source, known, size);
        for (x, y) in margins(size, known) {
            for (channel, expected) in [0.4 + 0.6 * 64.0 / 255.0, 0.4 * 191.0 / 255.0].into_iter().enumerate() {
                assert!((level(&filled, x, y, channel) - expected).abs() < 1.1 / 255.0);
            }
        }
    }
    assert!(tinted.needs_color() && !chain(&"blur".into()).needs_color());
}

//! What `content` is for: textures go on, and only they.

use crate::canvases::chain;
use crate::canvases::fill;
use crate::canvases::margins;
use crate::canvases::positions;
use crate::pictures::Dice;
use crate::pictures::both_depths;
use crate::pictures::level;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::geometry::margin_strips;
use recanvas::raster::Channels;
use recanvas::raster::Raster;

/// The canvas of most tests, and what is known of it.
const SIZE: Size = Size::new(260, 200);
const KNOWN: Rect = Rect::new(40, 30, 180, 140);

/// Fills the margins around `known` of a picture drawn over a canvas of this size, in both depths.
fn continued(size: Size, known: Rect, drawn: impl Fn(u32, u32, usize) -> f32) -> [Raster; 2] {
    let sources = both_depths(known.size(), Channels::Rgb, |x, y, channel| drawn(x + known.x, y + known.y, channel));
    sources.map(|source| fill(&chain(&"content".into()), &source, known, size).0)
}

/// Smooth noise, from -0.5 to 0.5.
fn grain(size: Size) -> impl Fn(u32, u32) -> f32 {
    let mut dice = Dice::new(5);
    let width = size.width as usize + 2;
    let rolled: Vec<f32> =
        (0..width * (size.height as usize + 2)).map(|_| f32::from(dice.roll()) / 65535.0 - 0.5).collect();
    move |x, y| {
        let at = y as usize * width + x as usize;
        (rolled[at] + rolled[at + 1] + rolled[at + width] + rolled[at + width + 1]) / 4.0 * 1.8
    }
}

#[test]
fn content_continues_a_pattern_in_phase() {
    let wave = |at: u32, period: f32| (at as f32 / period * std::f32::consts::TAU).sin();
    let pattern = |x: u32, y: u32, channel: usize| {
        let (across, down) = (wave(x, 22.0), wave(y, 18.0));
        let finer = wave(2 * x + y * 11 / 9, 22.0) * wave(3 * y, 18.0);
        0.5 + 0.15 * across + 0.12 * down * (1.0 - across) + 0.1 * finer * (channel as f32 - 1.0)
    };
    for known in [Rect::new(0, 0, 200, 200), Rect::new(0, 60, 260, 140)] {
        for filled in continued(SIZE, known, pattern) {
            let squares = margins(SIZE, known)
                .flat_map(|(x, y)| (0..3).map(move |channel| (x, y, channel)))
                .map(|(x, y, channel)| (level(&filled, x, y, channel) - f64::from(pattern(x, y, channel))).powi(2));
            let squares: Vec<f64> = squares.collect();
            let psnr = -10.0 * (squares.iter().sum::<f64>() / squares.len() as f64).log10();
            assert!(psnr > 30.0, "{psnr} dB beside {known:?}");
        }
    }
}

#[test]
fn grain_stays_as_strong_as_it_is() {
    let energy = |filled: &Raster, part: Rect| {
        let differences = positions(Rect::new(part.x, part.y, part.width - 1, part.height - 1))
            .map(|(x, y)| (level(filled, x + 1, y, 1) - level(filled, x, y + 1, 1)).powi(2));
        differences.sum::<f64>() / f64::from(part.width * part.height)
    };
    // From 320 pixels on sources are chosen in a reduced picture; what they show is as fine as it was.
    let canvases = [
        (SIZE, KNOWN),
        (Size::new(503, 381), Rect::new(100, 61, 301, 263)),
        (Size::new(1301, 907), Rect::new(262, 158, 778, 601)),
    ];
    for (size, known) in canvases {
        let grain = grain(size);
        for filled in continued(size, known, |x, y, _| 0.5 + 0.5 * grain(x, y)) {
            let there = energy(&filled, known);
            for strip in margin_strips(size, known) {
                let ratio = energy(&filled, strip) / there;
                assert!((0.75..1.3).contains(&ratio), "{ratio} of the energy in {strip:?} of {size}");
            }
        }
    }
}

#[test]
fn a_horizon_stays_level_and_its_ground_below_it() {
    const HORIZON: u32 = 90;
    let grain = grain(SIZE);
    let scene = |x, y, _| if y < HORIZON { 0.8 + 0.05 * grain(x, y) } else { 0.25 + 0.3 * grain(x, y) };
    for filled in continued(SIZE, KNOWN, scene) {
        for (x, y) in margins(SIZE, KNOWN) {
            let light = level(&filled, x, y, 1);
            let (above, below) = (y + 2 < HORIZON, y > HORIZON + 2);
            assert!(!above || light > 0.6, "ground above the horizon at {x},{y}: {light}");
            assert!(!below || light < 0.6, "sky below the horizon at {x},{y}: {light}");
        }
    }
}

#[test]
fn a_subject_near_the_border_is_not_copied() {
    let grain = grain(SIZE);
    let subject = |x: u32, y: u32| (70..100).contains(&x) && (80..110).contains(&y);
    let scene = |x, y, channel| if subject(x, y) { [0.9, 0.1, 0.1][channel] } else { 0.4 + 0.3 * grain(x, y) };
    for filled in continued(SIZE, KNOWN, scene) {
        let red = |&(x, y): &(u32, u32)| level(&filled, x, y, 0) - level(&filled, x, y, 1) > 0.2;
        assert_eq!(positions(KNOWN).filter(red).count(), 900, "the subject itself is there");
        assert_eq!(margins(SIZE, KNOWN).find(red), None, "and nowhere else");
    }
}

#[test]
fn a_border_without_alpha_is_an_outline() {
    // Opaque but for a slit at the left border, which is too small to make a cut-out.
    let hole = |x: u32, y: u32| x < 20 && (50..52).contains(&y);
    let drawn = |x, y, channel| if channel == 3 && hole(x, y) { 0.0 } else { 1.0 };
    for source in both_depths(KNOWN.size(), Channels::Rgba, drawn) {
        let known = Rect::new(30, 0, KNOWN.width, KNOWN.height);
        let size = Size::new(known.right(), known.height);
        let (filled, _) = fill(&chain(&"content".into()), &source, known, size);
        for (x, y) in margins(size, known) {
            let alpha = f64::from(u8::from(!hole(0, y)));
            assert_eq!(level(&filled, x, y, 3), alpha, "at {x},{y}");
        }
    }
}

//! Views: what is shown of a source, in its place, and without moiré.

use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::geometry::Window;
use recanvas::raster::Channels;
use recanvas::raster::Filter;
use recanvas::raster::Raster;
use recanvas::raster::View;
use recanvas::raster::resample;

use crate::pictures::both_depths;
use crate::pictures::level;

/// The largest difference between two pictures, from 0 to 1.
fn farthest(left: &Raster, right: &Raster) -> f64 {
    let (size, count) = (left.size(), left.channels().count());
    assert_eq!((size, count), (right.size(), right.channels().count()));
    let positions = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
    let samples = positions.flat_map(|(x, y)| (0..count).map(move |channel| (x, y, channel)));
    samples.map(|(x, y, channel)| (level(left, x, y, channel) - level(right, x, y, channel)).abs()).fold(0.0, f64::max)
}

#[test]
fn a_resampled_part_of_a_view_has_the_pixels_of_the_source_at_its_place() {
    let output = Size::new(23, 17);
    for size in [Size::new(333, 259), Size::new(100, 640), Size::new(46, 34)] {
        let wave = |at: u32, side: u32, turns: f32| (at as f32 / side as f32 * turns * std::f32::consts::TAU).sin();
        let drawn = |x: u32, y: u32, channel: usize| {
            if channel == 3 { 1.0 } else { 0.5 + 0.2 * wave(x, size.width, 2.0) + 0.2 * wave(y, size.height, 3.0) }
        };
        // The decoded part lies somewhere in a source of twice the size.
        let shown =
            Window { x: 20.0, y: 30.0, width: 2.0 * f64::from(size.width), height: 2.0 * f64::from(size.height) };
        let (width, height) = (shown.width * 0.7, shown.height * 0.8);
        let visible = Window { x: 20.0 + shown.width * 0.21, y: 30.0 + shown.height * 0.13, width, height };
        let part = Window {
            x: (visible.x - 20.0) / 2.0,
            y: (visible.y - 30.0) / 2.0,
            width: width / 2.0,
            height: height / 2.0,
        };
        for source in
            [Channels::Gray, Channels::Rgb, Channels::Rgba].iter().flat_map(|&of| both_depths(size, of, drawn))
        {
            let exact = resample(&source, part, output, Filter::Lanczos3);
            let found = View::new(source, shown).resample(visible, output, Filter::Lanczos3);
            assert!(farthest(&exact, &found) < 0.012, "{size}: {}", farthest(&exact, &found));
        }
    }
}

/// What is left of stripes: the largest difference from their mean, in levels of 8 bits, apart from
/// the edges.
fn left_of_stripes(channels: Channels, period: u32, size: Size, output: Size) -> f64 {
    let mean = f64::from(period / 2) / f64::from(period);
    let drawn = |x: u32, _: u32, channel: usize| {
        let is_alpha = channels.has_alpha() && channel + 1 == channels.count();
        if is_alpha || x % period < period / 2 { 1.0 } else { 0.0 }
    };
    let whole = Window::of(Rect::of(size));
    let colors = channels.without_alpha().count();
    let places = (0..output.height).flat_map(|y| (4..output.width - 4).map(move |x| (x, y)));
    let left = both_depths(size, channels, drawn).into_iter().map(|source| {
        let found = View::new(source, whole).resample(whole, output, Filter::Lanczos3);
        let off = |(x, y): (u32, u32)| {
            (0..colors).map(|channel| (level(&found, x, y, channel) - mean).abs()).fold(0.0, f64::max)
        };
        places.clone().map(off).fold(0.0, f64::max) * 255.0
    });
    left.fold(0.0, f64::max)
}

#[test]
fn stripes_that_are_too_fine_to_show_become_flat() {
    for channels in [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba] {
        for period in 2..6 {
            // From where each output pixel shows a whole period, over where the filter changes.
            for factor in [1.0, 1.15, 1.4, 2.0, 3.3].map(|periods| periods * f64::from(period)) {
                let width = (600.0 / factor) as u32;
                let left = left_of_stripes(channels, period, Size::new(600, 8), Size::new(width, 2));
                assert!(left <= 1.5, "{channels:?}, {period} in {width}: {left:.2}");
            }
        }
    }
    // Each output pixel is one whole period.
    assert!(left_of_stripes(Channels::Gray, 3, Size::new(1200, 60), Size::new(400, 20)) <= 1.0);
}

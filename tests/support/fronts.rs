//! Product fronts: margins beside a plain border, beside a cut, and beside a frame.

use recanvas::engines::Filled;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::raster::Channels;
use recanvas::raster::Raster;
use serde_json::json;

use crate::canvases::canvas;
use crate::canvases::chain;
use crate::pictures::both_depths;
use crate::pictures::level;

/// The fronts, and canvases around them that leave margins left and right, and above and below.
const FRONT: Size = Size::new(240, 240);
const PLACES: [(Rect, Size); 2] =
    [(Rect::new(80, 0, 240, 240), Size::new(400, 240)), (Rect::new(0, 80, 240, 240), Size::new(240, 400))];

/// A backdrop, in levels.
type Backdrop = fn(f32, f32) -> f32;
const BACKDROPS: [(&str, Backdrop); 3] =
    [("white", |_, _| 255.0), ("#f7f7f7", |_, _| 247.0), ("gradient", |x, y| 235.0 - 0.08 * x - 0.2 * y)];

/// Whether a product is at a place; by how many sides it is cut.
type Product = fn(f32, f32) -> bool;
const PRODUCTS: [(&str, Product); 6] = [
    ("whole", |x, y| (90.0..150.0).contains(&x) && (60.0..180.0).contains(&y)),
    ("bottle", |x, y| (95.0..145.0).contains(&x) && y > 70.0),
    ("discs", |x, y| [45.0, 120.0, 195.0].iter().any(|at| (x - at).hypot(y - 235.0) < 18.0)),
    ("left", |x, y| x < 130.0 && (80.0..160.0).contains(&y)),
    ("through", |_, y| (100.0..150.0).contains(&y)),
    ("corner", |x, y| x < 100.0 && y > 150.0),
];

/// A front with a frame of so many pixels, of this level.
fn front(backdrop: Backdrop, product: Product, (frame, color): (u32, f32)) -> Raster {
    let [drawn, _] = both_depths(FRONT, Channels::Rgb, |x, y, channel| {
        let from_border = x.min(y).min(FRONT.width - 1 - x).min(FRONT.height - 1 - y);
        let levels = match (x as f32 + 0.5, y as f32 + 0.5) {
            _ if from_border < frame => color,
            (x, y) if product(x, y) => [40.0, 70.0, 120.0][channel],
            (x, y) => backdrop(x, y),
        };
        levels / 255.0
    });
    drawn
}

fn filled(source: &Raster, (known, size): (Rect, Size)) -> (Raster, Filled) {
    let mut canvas = canvas(source, known, size, 0.5);
    let filled = chain(&json!("auto")).fill(0, &mut canvas, known).expect("auto succeeds");
    (canvas, filled)
}

/// For each margin the median step to it from what lies behind a frame, in levels, and whether the side
/// is plain: of its outermost 8 pixels 95 % are within 4 levels of their median.
fn steps(canvas: &Raster, (known, _): (Rect, Size), frame: u32) -> Vec<(f64, bool)> {
    let is_beside = known.x > 0;
    let sides = if is_beside { [known.x, known.right() - 1] } else { [known.y, known.bottom() - 1] };
    let along = if is_beside { known.y..known.bottom() } else { known.x..known.right() };
    let along = along.start + frame..along.end - frame;
    let at = |across: u32, along: u32, channel: usize| {
        let (x, y) = if is_beside { (across, along) } else { (along, across) };
        level(canvas, x, y, channel) * 255.0
    };
    let of = |(index, border): (usize, u32)| {
        let (outside, inwards) = if index == 0 { (border - 1, 1) } else { (border + 1, -1) };
        let behind = |deep: u32| border.checked_add_signed(inwards * (frame + deep) as i32).expect("it is inside");
        let step = |along: u32| {
            (0..3)
                .map(|channel| (at(outside, along, channel) - at(behind(0), along, channel)).abs())
                .fold(0.0, f64::max)
        };
        let places: Vec<(u32, u32)> =
            (0..8).flat_map(|deep| along.clone().map(move |along| (behind(deep), along))).collect();
        let medians: Vec<f64> = (0..3).map(|channel| median(places.iter().map(|&(x, y)| at(x, y, channel)))).collect();
        let is_near =
            |&&(x, y): &&(u32, u32)| (0..3).all(|channel| (at(x, y, channel) - medians[channel]).abs() <= 4.0);
        let near = places.iter().filter(is_near).count();
        (median(along.clone().map(step)), near as f64 >= 0.95 * places.len() as f64)
    };
    sides.into_iter().enumerate().map(of).collect()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn margins_meet_fronts_without_a_step() {
    let mut wrong = Vec::new();
    for (backdrop_name, backdrop) in BACKDROPS {
        for (product_name, product) in PRODUCTS {
            for frame in [(0, 0.0), (1, 0.0), (2, 90.0), (3, 20.0), (4, 0.0), (5, 60.0), (6, 30.0)] {
                let source = front(backdrop, product, frame);
                for place in PLACES {
                    let (canvas, said) = filled(&source, place);
                    for (side, (step, is_plain)) in steps(&canvas, place, frame.0).into_iter().enumerate() {
                        let most = if is_plain { 1.0 } else { 3.0 };
                        if step > most {
                            let size = place.1;
                            wrong.push(format!(
                                "{product_name} on {backdrop_name}, frame {frame:?}, side {side} on {size}: {step:.1} by {}",
                                said.engine
                            ));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_frame_that_was_enlarged_makes_no_margins() {
    // As a filter leaves it: the step is smooth over some pixels and swings behind.
    let swing = |depth: f32| if depth < 0.0 { 1.0 } else { -0.09 * (-depth / 3.0).exp() * (depth * 1.2).sin() };
    for (frame, color) in [(7.0, 20.0), (10.0, 0.0), (12.0, 90.0)] {
        for (name, backdrop) in BACKDROPS {
            let size = Size::new(640, 640);
            let [source, _] = both_depths(size, Channels::Rgb, |x, y, channel| {
                let depth = x.min(y).min(639 - x).min(639 - y) as f32 - frame;
                let (x, y) = (x as f32 * 240.0 / 640.0, y as f32 * 240.0 / 640.0);
                let behind = if PRODUCTS[0].1(x, y) { [40.0, 70.0, 120.0][channel] } else { backdrop(x, y) };
                let share = if (-3.0..0.0).contains(&depth) { -depth / 3.0 } else { swing(depth) };
                (behind + share * (color - behind)).clamp(0.0, 255.0) / 255.0
            });
            let known = Rect::new(180, 0, 640, 640);
            let (canvas, said) = filled(&source, (known, Size::new(1000, 640)));
            let expected = backdrop(0.0, 120.0);
            let found = level(&canvas, 179, 320, 1) * 255.0;
            // What is left of the swing, a tenth of the step, goes on with the backdrop; above white there is
            // none.
            let most = if name == "white" { 1.0 } else { 12.0 };
            assert!((found - f64::from(expected)).abs() <= most, "{frame} on {name}: {found:.1}, {said:?}");
        }
    }
}

#[test]
fn a_plain_border_is_never_darkened_because_of_another_side() {
    // Discs that cover most of the lower side, and busy things there.
    let discs: Product = |x, y| [40.0, 120.0, 200.0].iter().any(|at| (x - at).hypot(y - 235.0) < 34.0);
    let source = front(BACKDROPS[0].1, discs, (0, 0.0));
    let (canvas, said) = filled(&source, PLACES[1]);
    assert_eq!(said.engine, "solid", "the lower side has what the others show");
    assert!([(3, 3), (120, 40), (120, 399)].iter().all(|&(x, y)| level(&canvas, x, y, 1) == 1.0));
    let mut dice = crate::pictures::Dice::new(7);
    let grain: Vec<f32> = (0..FRONT.area()).map(|_| f32::from(dice.roll()) / 65535.0).collect();
    let [busy, _] = both_depths(FRONT, Channels::Rgb, |x, y, channel| {
        if y > 150 { grain[((y * 240 + x) as usize * (channel + 1)) % grain.len()] } else { 1.0 }
    });
    let (canvas, said) = filled(&busy, PLACES[1]);
    assert!(said.engine.starts_with("solid+"), "{said:?}");
    assert!((0..80).flat_map(|y| (0..240).map(move |x| (x, y))).all(|(x, y)| level(&canvas, x, y, 1) == 1.0));
}

#[test]
fn a_wall_and_its_floor_go_on_beside_what_stands_before_the_wall() {
    let [scene, _] = both_depths(FRONT, Channels::Rgb, |x, y, _| match (x, y) {
        (140.., 60..180) => 0.3,
        (_, 0..210) => 247.0 / 255.0,
        _ => 200.0 / 255.0,
    });
    let (canvas, said) = filled(&scene, PLACES[0]);
    for y in 0..240 {
        let expected = if y < 210 { 247.0 } else { 200.0 };
        for x in [79, 40, 320, 360] {
            let found = level(&canvas, x, y, 1) * 255.0;
            assert!((found - expected).abs() <= 2.0, "{x}, {y}: {found:.1} instead of {expected}, {said:?}");
        }
    }
}

#[test]
fn a_sky_does_not_go_on_beside_the_ground() {
    // What ends at the ground, which fills the side below, is not what a thing stands before.
    let mut dice = crate::pictures::Dice::new(9);
    let grain: Vec<f32> = (0..FRONT.area()).map(|_| f32::from(dice.roll()) / 65535.0).collect();
    let [scene, _] =
        both_depths(
            FRONT,
            Channels::Rgb,
            |x, y, _| {
                if y < 140 { 0.95 } else { 0.2 + 0.6 * grain[(y * 240 + x) as usize / 7] }
            },
        );
    let (canvas, said) = filled(&scene, PLACES[0]);
    assert!((200..240).all(|y| level(&canvas, 40, y, 1) < 0.9), "{said:?}");
}

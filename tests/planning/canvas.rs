//! Canvases of calls: within the limits, never short of what a target needs, shared where they
//! enclose.

use std::path::Path;

use proptest::prelude::*;
use recanvas::error::Class;
use recanvas::geometry::Anchor;
use recanvas::geometry::Layout;
use recanvas::geometry::Margins;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::geometry::Window;
use recanvas::providers::Canvas;
use recanvas::providers::Geometry;
use recanvas::providers::ProviderTable;
use recanvas::providers::Unit;
use recanvas::providers::walk;

fn geometry(provider: &str) -> Geometry {
    ProviderTable::built_in().get(provider).expect("a provider").descriptor.geometry.clone()
}

/// The layout that expands a source to a ratio and shows it in `output`.
fn layout(source: Size, output: Size, anchor: Anchor) -> Layout {
    let (width, height) = (f64::from(source.width), f64::from(source.height));
    let ratio = f64::from(output.width) / f64::from(output.height);
    Layout::whole(source).with_window(width.max(height * ratio), height.max(width / ratio), anchor).with_output(output)
}

fn sum(margins: Margins) -> u64 {
    [margins.left, margins.top, margins.right, margins.bottom].into_iter().map(u64::from).sum()
}

#[test]
fn within_the_limits_the_canvas_is_the_output() {
    let layout = layout(Size::new(3000, 2000), Size::new(1080, 1350), Anchor::CENTER);
    let canvas = Canvas::plan(&layout, 1.0, &geometry("fal")).expect("reachable");
    // Asked for at source resolution, which is beyond 4 megapixels.
    assert!(canvas.size().area() <= 4_000_000 && canvas.size().area() > 3_900_000, "{}", canvas.size());
    let (across, _) = layout.scale();
    let canvas = Canvas::plan(&layout, across, &geometry("fal")).expect("reachable");
    assert_eq!((canvas.size(), canvas.margins), (layout.output, layout.margins()));
    assert_eq!(canvas.asked().source, layout.placement);
}

#[test]
fn the_margins_are_never_finer_than_the_source() {
    let layout = layout(Size::new(300, 200), Size::new(1200, 1200), Anchor::CENTER);
    let canvas = Canvas::plan(&layout, 4.0, &geometry("fal")).expect("reachable");
    assert_eq!((canvas.sent, canvas.size()), (Size::new(300, 200), Size::new(300, 300)));
}

#[test]
fn a_canvas_beyond_one_call_is_unreachable() {
    // 80 % a side make of 3:2 at most 2.6 times its height; 9:16 needs 2.67 times.
    let tall = layout(Size::new(3000, 2000), Size::new(1080, 1920), Anchor::CENTER);
    let failure = Canvas::plan(&tall, 1.0, &geometry("runflow")).unwrap_err();
    assert_eq!(failure.class, Class::Unreachable);
    assert!(failure.message.contains("84% more") && failure.message.contains("80%"), "{failure}");
    Canvas::plan(&tall, 1.0, &geometry("fal")).expect("fal adds any share");
    let failure = Canvas::plan(&tall, 1.0, &geometry("stablediffusionapi")).unwrap_err();
    assert_eq!(failure.class, Class::Unreachable);
}

#[test]
fn a_canvas_serves_what_it_encloses() {
    let source = Size::new(1500, 1000);
    let tall = layout(source, Size::new(900, 1600), Anchor::CENTER);
    let canvas = Canvas::plan(&tall, 0.6, &geometry("fal")).expect("reachable");
    assert!(canvas.serves(&tall));
    for (output, serves) in [((800, 800), true), ((400, 500), true), ((1600, 900), false), ((900, 1700), false)] {
        let other = layout(source, Size::new(output.0, output.1), Anchor::CENTER);
        assert_eq!(canvas.serves(&other), serves, "{output:?}");
    }
    // At the other end of the room it reaches past the canvas.
    assert!(!canvas.serves(&layout(source, Size::new(900, 1500), Anchor { x: 0.5, y: 0.0 })));
    // What counts as picture here is margin there.
    let trimmed = Layout { content: Rect::new(100, 100, 1300, 800), ..Layout::whole(source) };
    let trimmed = trimmed.with_window(1300.0, 1300.0, Anchor::CENTER).with_output(Size::new(500, 500));
    assert!(!canvas.serves(&trimmed));
}

#[test]
fn a_record_of_a_canvas_is_the_canvas() {
    let layout = layout(Size::new(1501, 997), Size::new(333, 777), Anchor::CENTER);
    let canvas = Canvas::plan(&layout, 1.0, &geometry("pixeldojo")).expect("reachable");
    let text = serde_json::to_string(&canvas).expect("JSON");
    assert_eq!(serde_json::from_str::<Canvas>(&text).expect("a canvas"), canvas);
    assert!(Path::new("providers").is_dir(), "tests run in the repository");
}

proptest! {
    #[test]
    fn every_canvas_is_within_limits_and_enough(
        source in (64u32..6000, 64u32..6000),
        output in (16u32..4000, 16u32..4000),
        anchor in (0.0f64..=1.0, 0.0f64..=1.0),
        scale in 0.01f64..2.0,
        provider in prop::sample::select(vec!["fal", "pixeldojo", "runflow", "modelslab", "stablediffusionapi", "bfl", "stability"]),
    ) {
        let geometry = geometry(provider);
        let layout = layout(Size::new(source.0, source.1), Size::new(output.0, output.1), Anchor { x: anchor.0, y: anchor.1 });
        prop_assume!(!layout.margins().is_empty());
        let canvas = match Canvas::plan(&layout, scale, &geometry) {
            Ok(canvas) => canvas,
            Err(failure) => {
                prop_assert_eq!(failure.class, Class::Unreachable);
                return Ok(());
            }
        };
        let returned = canvas.returned();
        prop_assert!(geometry.max_side.is_none_or(|most| returned.width.max(returned.height) <= most), "{}", returned);
        prop_assert!(geometry.max_pixels.is_none_or(|most| returned.area() <= most), "{}", returned);
        prop_assert!(returned.width.min(returned.height) >= geometry.min_side, "{}", returned);
        prop_assert_eq!((returned.width % geometry.multiple_of, returned.height % geometry.multiple_of), (0, 0));
        prop_assert!(canvas.serves(&layout), "{:?} {:?}", canvas, layout);
        prop_assert!(sum(canvas.needed) <= sum(canvas.margins) && sum(canvas.margins) > 0);
        let asked = canvas.asked();
        prop_assert!(asked.source.right() <= asked.canvas.width && asked.source.bottom() <= asked.canvas.height);
        prop_assert!(asked.needed.right() <= asked.canvas.width && asked.needed.bottom() <= asked.canvas.height);
        if let (Unit::Pixels | Unit::Percent, Some(most)) = (geometry.unit, geometry.max_per_side) {
            let variables = canvas.variables(&geometry, "k");
            for side in ["left", "top", "right", "bottom"] {
                prop_assert!(variables[side].as_u64().expect("whole") <= most, "{}", side);
            }
        }
    }
}

#[test]
fn two_passes_reach_what_one_cannot() {
    let runflow = geometry("runflow");
    let tall = layout(Size::new(3000, 2000), Size::new(1080, 1920), Anchor { x: 0.5, y: 0.25 });
    let second = Canvas::plan_in_two(&tall, 0.36, &runflow).expect("reachable");
    let first = second.first().expect("two passes");
    assert!(second.serves(&tall) && !first.serves(&tall));
    // The second sends what the first shows.
    let (shown, sent) = (first.window(), second.visible);
    assert!(shown.y <= sent.y + 1.0 && shown.y + shown.height >= sent.y + sent.height - 1.0, "{shown:?} {sent:?}");
    for (canvas, pass) in [(first, 1), (second, 2)] {
        for side in ["left", "top", "right", "bottom"] {
            assert!(canvas.variables(&runflow, "k")[side].as_u64().expect("whole") <= 80, "pass {pass}");
        }
    }
    let text = serde_json::to_string(&second).expect("JSON");
    assert_eq!(serde_json::from_str::<Canvas>(&text).expect("a canvas"), second);
    let layout = second.sent_layout(&tall);
    assert_eq!(layout.output, second.sent);
    let failure =
        Canvas::plan_in_two(&self::layout(Size::new(3000, 300), Size::new(300, 3000), Anchor::CENTER), 1.0, &runflow);
    assert_eq!(failure.expect_err("a hundred times as high").class, Class::Unreachable);
}

/// A name, and the share of the frame that the source takes after a step of a share.
type Reading = (String, Box<dyn Fn(f64) -> f64>);

/// Ways in which a step of this share of the frame could be read: the share that the source takes then. From
/// the strongest to the weakest, and steps that count in units of their own.
fn readings() -> Vec<Reading> {
    let mut readings: Vec<Reading> = Vec::new();
    for tenth in -10..=10 {
        let bend = f64::from(tenth) / 10.0;
        let leads = move |share: f64| match tenth {
            0 => (-share).exp(),
            _ => (1.0 + share * bend).max(0.0).powf(-1.0 / bend),
        };
        readings.push((format!("bent by {bend}"), Box::new(leads)));
    }
    for unit in [0.25, 0.5, 0.8] {
        readings.push((format!("in units of {unit}"), Box::new(move |share| 1.0 / (1.0 + unit * share))));
    }
    for unit in [1.2, 1.5] {
        readings.push((format!("in units of {unit}"), Box::new(move |share| (1.0 - unit * share).max(0.0))));
    }
    readings
}

#[test]
fn the_second_walk_step_reaches_every_reachable_zoom() {
    let (mut reached, mut out_of_reach) = (0, 0);
    for (name, leads) in readings() {
        for asked in [0.1, 0.3, 0.5, 0.7, 0.79] {
            let found = leads(asked);
            // Where the source cannot be found nothing is learned.
            if found < 0.2 {
                continue;
            }
            for zoom in (20..=100).map(|percent| f64::from(percent) / 100.0) {
                let what = format!("{name}: {asked} led to {found:.3}, {zoom} is wanted");
                match walk::next(zoom, zoom, walk::CanvasStep { asked, found }) {
                    Ok(share) => {
                        let there = leads(share);
                        // The source takes no more than it may, and not much less: margins cost detail.
                        assert!((0.0..=0.98).contains(&share), "{what}: {share}");
                        assert!(there <= zoom + 1e-9, "{what}: {share} leads to {there:.3} only");
                        assert!(there >= zoom * 0.9 - 0.02, "{what}: {share} leads to {there:.3}");
                        reached += 1;
                    }
                    Err(failure) => {
                        assert_eq!(failure.class, Class::Unreachable, "{what}");
                        assert!(leads(0.98 / 1.02) > zoom - 0.02, "{what}: a step leads there");
                        out_of_reach += 1;
                    }
                }
            }
        }
    }
    assert!(reached > 5000 && out_of_reach > 500, "{reached} {out_of_reach}");
    // Who does not move, or nearer, is not asked again.
    for found in [1.0, 1.005, 1.02] {
        assert_eq!(walk::next(0.6, 0.6, walk::CanvasStep { asked: 0.5, found }).unwrap_err().class, Class::Unreachable);
    }
}

#[test]
fn a_walk_step_that_reaches_the_needed_zoom_is_enough() {
    // The weakest reading: half of the frame takes a share of 1, which is never asked for.
    let known = walk::CanvasStep { asked: 0.64, found: 1.0 / 1.64 };
    assert_eq!(walk::next(0.5, 0.5, known).unwrap_err().class, Class::Unreachable);
    assert_eq!(walk::next(0.5, 0.53, known).map_err(|failure| failure.message), Ok(0.98));
    // What is needed is known of every canvas, and lies on the frame that was planned.
    let geometry = geometry("stablediffusionapi");
    for (wide, high) in [(640, 500), (500, 640), (600, 500), (610, 640)] {
        for anchor in [Anchor::CENTER, Anchor { x: 1.0, y: 1.0 }] {
            let layout = layout(Size::new(500, 500), Size::new(wide, high), anchor);
            let canvas = Canvas::plan(&layout, 1.0, &geometry).expect("a frame");
            let (zoom, enough, needed) = (canvas.zoom(), canvas.zoom_needed(), canvas.needed);
            assert!(zoom <= enough + 0.003 && enough < 1.0, "{wide}x{high}: {zoom} {enough}");
            // Nor is more shown than one step's worth beyond that.
            assert!(zoom > enough - 0.02, "{wide}x{high}: {zoom} {enough}");
            let shows = |side: u32, margin: u32| f64::from(side) / enough >= f64::from(side + 2 * margin) - 1e-6;
            assert!(shows(canvas.sent.width, needed.left.max(needed.right)), "{wide}x{high} {canvas:?}");
            assert!(shows(canvas.sent.height, needed.top.max(needed.bottom)), "{wide}x{high} {canvas:?}");
        }
    }
}

#[test]
fn the_frame_of_a_walk_is_as_large_as_it_may_be_whatever_the_output_is() {
    let geometry = geometry("stablediffusionapi");
    for (source, output, scale) in [
        (Size::new(300, 200), Size::new(300, 280), 1.0),
        (Size::new(4000, 3000), Size::new(400, 400), 0.1),
        (Size::new(900, 600), Size::new(864, 1080), 0.96),
        (Size::new(501, 1001), Size::new(800, 1001), 1.0),
    ] {
        let placed = layout(source, output, Anchor::CENTER);
        let canvas = Canvas::plan(&placed, scale, &geometry).expect("a frame");
        assert_eq!(canvas.sent.width.max(canvas.sent.height), 1024, "{source}: {canvas:?}");
        assert_eq!((canvas.sent.width % 8, canvas.sent.height % 8), (0, 0), "{source}: {canvas:?}");
        assert!(canvas.serves(&placed), "{source}: {canvas:?}");
    }
}

#[test]
fn the_first_walk_step_reaches_far_enough_and_keeps_the_source() {
    let geometry = geometry("stablediffusionapi");
    let mut zooms = Vec::new();
    for more in (0..=100).step_by(2) {
        let layout = layout(Size::new(1000, 1000), Size::new(1000 + 10 * more, 1000), Anchor::CENTER);
        if layout.margins().is_empty() {
            continue;
        }
        let Ok(canvas) = Canvas::plan(&layout, 1.0, &geometry) else { continue };
        let share = canvas.variables(&geometry, "k")["walk_back"].as_f64().expect("a share");
        let (strongest, weakest) = (1.0 - share, 1.0 / (1.0 + share));
        assert!(strongest >= 0.2, "{share} loses the source");
        assert!(
            weakest <= canvas.zoom() + 1e-9 || strongest <= 0.21 + 1e-9,
            "{share} may lead nowhere: {}",
            canvas.zoom()
        );
        // What comes back is searched wherever that leads.
        let (least, most) = canvas.asked().scales;
        let searched = |zoom: f64| (least * canvas.zoom() * 0.99..=most * canvas.zoom() * 1.01).contains(&zoom);
        assert!(searched(strongest.max(0.2)) && searched(weakest) && searched(1.0), "{share}");
        zooms.push(canvas.zoom());
    }
    assert!(zooms.len() > 30 && zooms.iter().any(|zoom| *zoom < 0.55) && zooms.iter().any(|zoom| *zoom > 0.85));
}

#[test]
fn prices_per_megapixel_follow_the_rule_of_each_provider() {
    let registry = ProviderTable::built_in();
    let cents = |provider: &str, width: u32, height: u32| {
        let descriptor = &registry.get(provider).expect("a provider").descriptor;
        // All of it is new but a line.
        let margins = Margins { left: 0, top: 0, right: 0, bottom: height - 1 };
        let visible = Window { x: 0.0, y: 0.0, width: f64::from(width), height: 1.0 };
        let canvas = Canvas { visible, sent: Size::new(width, 1), margins, needed: margins, steps: 0, before: None };
        let quote = canvas.quote(descriptor);
        [quote.expected, quote.highest].map(|usd| usd.map(|usd| (usd.dollars() * 1000.0).round() / 10.0))
    };
    // 0.03 USD for the first 1024 x 1024, 0.015 for each further one that is begun, and at most twice that.
    assert_eq!(cents("fal", 1024, 1024), [Some(3.0), Some(6.0)]);
    assert_eq!(cents("fal", 1025, 1024), [Some(4.5), Some(9.0)]);
    // The provider's own example.
    assert_eq!(cents("fal", 1920, 1080), [Some(4.5), Some(9.0)]);
    assert_eq!(cents("fal", 2048, 1024), [Some(4.5), Some(9.0)]);
    assert_eq!(cents("fal", 2049, 1024), [Some(6.0), Some(12.0)]);
    assert_eq!(cents("bria", 1024, 1024), [Some(4.0), Some(4.0)]);
    assert_eq!(geometry("bfl").max_pixels, Some(4 << 20));
}

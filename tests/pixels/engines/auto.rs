//! What `auto` chooses, how sure it says it is, and what a list does with that.

use crate::canvases::canvas;
use crate::canvases::chain;
use crate::canvases::margins;
use crate::canvases::positions;
use crate::pictures::Dice;
use crate::pictures::both_depths;
use crate::pictures::level;
use crate::pictures::pixel;
use recanvas::engines::Filled;
use recanvas::engines::Judgement;
use recanvas::error::Class;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::raster::Channels;
use recanvas::raster::Raster;
use serde_json::Value;
use serde_json::json;

/// A picture with margins left and right.
const SIZE: Size = Size::new(400, 240);
const KNOWN: Rect = Rect::new(60, 0, 280, 240);

/// What an engine makes of a picture of that size, and what it says.
fn filled(engine: &Value, source: &Raster, known: Rect) -> (Raster, Filled) {
    filled_to(SIZE, engine, source, known)
}

fn filled_to(size: Size, engine: &Value, source: &Raster, known: Rect) -> (Raster, Filled) {
    let mut canvas = canvas(source, known, size, 0.5);
    let filled = chain(engine).fill(0, &mut canvas, known).expect("there is an engine that succeeds");
    (canvas, filled)
}

fn judged(source: &Raster, known: Rect, size: Size) -> (String, Judgement) {
    let (_, Filled { engine, judgement }) = filled_to(size, &json!("auto"), source, known);
    (engine.into_owned(), judgement.expect("auto judges its work"))
}

fn noise(size: Size) -> Vec<f32> {
    let mut dice = Dice::new(11);
    (0..size.area()).map(|_| f32::from(dice.roll()) / 65535.0 - 0.5).collect()
}

/// A dark product before a backdrop of this light, with a little grain.
fn product(light: impl Fn(f32, f32) -> f32, size: Size) -> [Raster; 2] {
    let grain = noise(size);
    both_depths(size, Channels::Rgb, |x, y, _| {
        let is_product = (90..190).contains(&x) && (60..180).contains(&y);
        let grain = 0.02 * grain[(y * size.width + x) as usize];
        if is_product { 0.15 } else { light(x as f32 / 280.0, y as f32 / 240.0) + grain }
    })
}

/// The clouds of a painted canvas, as a light.
fn clouds(strength: f32) -> impl Fn(f32, f32) -> f32 {
    move |x, y| {
        let small = (31.0 * x + 9.0 * y).sin() * (26.0 * y - 8.0 * x).cos();
        0.5 + strength * (small + (17.0 * x - 13.0 * y).sin())
    }
}

/// Fine texture without any thing in it, as gravel.
fn gravel(size: Size) -> [Raster; 2] {
    let grain = noise(size);
    both_depths(size, Channels::Rgb, |x, y, _| {
        let near = |dx: u32, dy: u32| grain[((y + dy).min(239) * size.width + (x + dx).min(size.width - 1)) as usize];
        0.45 + 0.2 * (near(0, 0) + near(1, 0) + near(0, 1) + near(1, 1)) / 2.0
    })
}

/// A bottle that runs out of the frame below.
fn cut_off(size: Size) -> [Raster; 2] {
    both_depths(size, Channels::Rgb, |x, y, _| if (100..180).contains(&x) && y > 90 { 0.2 } else { 0.9 })
}

/// Many things of every colour, some of which run out of the frame.
fn things(size: Size) -> [Raster; 2] {
    let mut dice = Dice::new(5);
    let mut roll = |most: u32| u32::from(dice.roll()) * most / 65536;
    let balls: Vec<[u32; 6]> =
        (0..160).map(|_| [roll(size.width), roll(size.height), 8 + roll(18), roll(10), roll(10), roll(10)]).collect();
    both_depths(size, Channels::Rgb, |x, y, channel| {
        let is_over =
            |[across, down, radius, ..]: &[u32; 6]| across.abs_diff(x).pow(2) + down.abs_diff(y).pow(2) < radius.pow(2);
        balls.iter().rfind(|ball| is_over(ball)).map_or(0.5, |ball| ball[3 + channel] as f32 / 9.0)
    })
}

/// A dark product before one colour, so many pixels from the left and the right border; what lies
/// closer than 8 pixels to it is off by what compression does.
fn packshot(size: Size, distance: u32) -> [Raster; 2] {
    let grain = noise(size);
    both_depths(size, Channels::Rgb, |x, y, _| {
        let from_side = x.min(size.width - 1 - x);
        let is_beside = (100..140).contains(&y);
        let ringing = if is_beside && from_side + 8 > distance { grain[(y * size.width + x) as usize] } else { 0.0 };
        if is_beside && from_side >= distance { 0.15 } else { (240.0 + 12.0 * ringing) / 255.0 }
    })
}

#[test]
fn one_colour_goes_on_as_it_is() {
    // With room around the product, and with next to none.
    for source in [60, 7].into_iter().flat_map(|distance| packshot(KNOWN.size(), distance)) {
        let (filled, said) = filled(&json!("auto"), &source, KNOWN);
        assert_eq!(said.engine, "solid");
        assert_eq!(said.judgement.expect("a judgement").confidence, 1.0);
        let color = pixel(&source, 0, 0);
        assert!(margins(SIZE, KNOWN).all(|(x, y)| pixel(&filled, x, y) == color));
    }
}

#[test]
fn one_colour_at_the_border_alone_is_not_taken_for_plain() {
    let (above, size) = (Rect::new(60, 0, 280, 200), Size::new(280, 200));
    // Light that falls towards the only margin, a line around a photograph, a string.
    for source in both_depths(size, Channels::Rgb, |_, y, _| 0.9 - 0.4 * y as f32 / 200.0) {
        assert_eq!(judged(&source, Rect { x: 0, ..above }, Size::new(280, 240)).0, "studio");
    }
    let [photograph, _] = things(size);
    let [framed, _] = both_depths(size, Channels::Rgb, |x, y, channel| {
        let is_inside = (1..279).contains(&x) && (1..199).contains(&y);
        if is_inside { level(&photograph, x, y, channel) as f32 } else { 1.0 }
    });
    assert_eq!(judged(&framed, above, SIZE).0, "blur");
    for source in both_depths(size, Channels::Rgb, |x, y, _| if x == 140 && y > 20 { 0.2 } else { 0.9 }) {
        assert_eq!(judged(&source, above, SIZE).1.confidence, 0.4);
    }
}

#[test]
fn dust_at_the_border_is_no_thing() {
    let is_dust = |x: u32, y: u32| {
        let dust = [(0, 40), (1, 90), (0, 150), (276, 70)];
        dust.iter().any(|&(left, top)| (left..left + 3).contains(&x) && (top..top + 3).contains(&y))
    };
    let [clean, _] = product(|x, _| 0.9 - 0.2 * x, KNOWN.size());
    let [dusty, _] =
        both_depths(
            KNOWN.size(),
            Channels::Rgb,
            |x, y, channel| {
                if is_dust(x, y) { 0.3 } else { level(&clean, x, y, channel) as f32 }
            },
        );
    let (engine, said) = judged(&dusty, KNOWN, SIZE);
    assert_eq!(engine, "studio", "{said:?}");
    assert!(said.confidence > 0.9, "{said:?}");
}

#[test]
fn stripes_too_fine_to_be_seen_from_afar_are_copied() {
    let size = Size::new(1400, 1200);
    let [source, _] = both_depths(size, Channels::Gray, |x, y, _| if (x + y) % 8 < 4 { 0.3 } else { 0.7 });
    let (engine, said) = judged(&source, Rect::new(300, 0, 1400, 1200), Size::new(2000, 1200));
    assert_eq!(engine, "content", "{said:?}");
}

#[test]
fn backdrops_go_on_with_their_light() {
    for source in product(|x, y| 0.9 - 0.3 * x - 0.1 * y, KNOWN.size()) {
        let (engine, said) = judged(&source, KNOWN, SIZE);
        assert_eq!(engine, "studio");
        assert!(said.confidence > 0.9 && said.gates["busy"] < 0.04, "{said:?}");
    }
}

#[test]
fn backdrops_that_cannot_be_foretold_are_told() {
    let said = |light: &dyn Fn(f32, f32) -> f32| {
        let [source, _] = product(light, KNOWN.size());
        let (engine, said) = judged(&source, KNOWN, SIZE);
        (engine, said.confidence, said.gates["missed"])
    };
    // Light, folds of cloth that run straight to the border, and clouds of a painted canvas.
    let light = |x: f32, y: f32| 0.9 - 0.3 * x - 0.1 * y;
    let folds = |_: f32, y: f32| 0.5 + 0.12 * (26.0 * y).cos();
    for straight in [said(&light), said(&folds)] {
        assert!(straight.0 == "studio" && straight.1 > 0.85 && straight.2 < 1.0, "{straight:?}");
    }
    let soft = said(&clouds(0.02));
    assert!(soft.0 == "studio" && soft.1 < 0.8 && soft.2 > 1.6, "{soft:?}");
    // They have edges everywhere, which are none of things.
    let hard = said(&clouds(0.08));
    assert!(hard.0 == "studio" && hard.1 < 0.4 && hard.2 > 4.0, "{hard:?}");
    // That a level is off all along the side is not seen: folds across the way.
    let across = said(&|x: f32, _: f32| 0.5 + 0.12 * (26.0 * x).cos());
    assert!(across.0 == "studio" && across.1 > 0.85 && across.2 < 1.0, "{across:?}");
}

#[test]
fn an_unsure_backdrop_is_blurred_beside_a_blur() {
    let [things, _] = things(KNOWN.size());
    let chosen = |light: &dyn Fn(f32, f32) -> f32| {
        let [backdrop, _] = product(light, KNOWN.size());
        let [source, _] = both_depths(KNOWN.size(), Channels::Rgb, |x, y, channel| {
            level(if x < 90 { &backdrop } else { &things }, x, y, channel) as f32
        });
        judged(&source, KNOWN, SIZE).0
    };
    assert_eq!(chosen(&|x, y| 0.9 - 0.3 * x - 0.1 * y), "studio+blur");
    assert_eq!(chosen(&clouds(0.02)), "studio+blur");
    assert_eq!(chosen(&clouds(0.08)), "blur");
}

#[test]
fn textures_go_on_as_they_are() {
    for source in gravel(KNOWN.size()) {
        let (engine, said) = judged(&source, KNOWN, SIZE);
        assert_eq!(engine, "content", "{said:?}");
        assert!(said.confidence > 0.85, "{said:?}");
        // Where most would be copied more than once, the engine is not that sure.
        assert_eq!(judged(&source, Rect::new(400, 0, 280, 240), Size::new(1080, 240)).0, "blur");
    }
}

#[test]
fn things_that_run_out_of_the_frame_are_not_continued() {
    for source in things(KNOWN.size()) {
        let (engine, said) = judged(&source, KNOWN, SIZE);
        assert_eq!(engine, "blur", "{said:?}");
        assert_eq!(said.confidence, 0.4);
    }
}

#[test]
fn a_product_that_is_cut_off_is_not_made_longer() {
    let below = Rect::new(60, 0, 280, 200);
    for source in cut_off(below.size()) {
        let (engine, said) = judged(&source, below, SIZE);
        assert_eq!((engine.as_str(), said.gates["cut_off"]), ("solid", 2.0), "{said:?}");
        assert_eq!(said.confidence, 0.4);
        // Above it there is nothing but one colour.
        assert_eq!(judged(&source, Rect::new(60, 40, 280, 200), SIZE).0, "solid");
    }
}

#[test]
fn lines_that_cross_the_picture_go_on_and_those_that_end_in_it_do_not() {
    // A skirting that is seen on both sides, and a bar that comes in from the left.
    let bar = |last: u32| {
        both_depths(KNOWN.size(), Channels::Rgb, move |x, y, _| {
            if (150..180).contains(&y) && x < last { 0.3 } else { 0.9 - 0.1 * x as f32 / 280.0 }
        })
    };
    for source in bar(280) {
        let (engine, said) = judged(&source, KNOWN, SIZE);
        assert_eq!((engine.as_str(), said.gates["lines"]), ("studio", 2.0), "{said:?}");
    }
    for source in bar(140) {
        let (engine, said) = judged(&source, KNOWN, SIZE);
        assert_eq!((engine.as_str(), said.gates["cut_off"]), ("solid", 2.0), "{said:?}");
        assert_eq!(said.confidence, 0.4);
    }
}

#[test]
fn a_busy_product_that_is_cut_off_is_not_copied() {
    let grain = noise(KNOWN.size());
    let cloth = both_depths(KNOWN.size(), Channels::Rgb, |x, y, _| {
        let is_product = x < 160 && (50..190).contains(&y);
        if is_product { 0.4 + 0.5 * grain[(y * 280 + x) as usize] } else { 0.95 - 0.2 * y as f32 / 240.0 }
    });
    for source in cloth {
        let (engine, said) = judged(&source, KNOWN, SIZE);
        // The backdrop goes on, beside the product and on the other side.
        assert_eq!((engine.as_str(), said.gates["cut_off"]), ("studio", 1.0), "{said:?}");
        assert_eq!(said.confidence, 0.4);
    }
}

#[test]
fn the_farther_a_backdrop_has_to_go_the_less_sure_it_is() {
    let [source, _] = product(|x, _| 0.9 - 0.1 * x, KNOWN.size());
    let confidence = |margin: u32| {
        let size = Size::new(280 + 2 * margin, 240);
        judged(&source, Rect::new(margin, 0, 280, 240), size).1.confidence
    };
    assert!(confidence(60) > 0.9 && confidence(2000) < 0.8 && confidence(2000) < confidence(800));
}

#[test]
fn each_side_has_the_engine_that_suits_it() {
    // Smooth to the left, gravel to the right.
    let [gravel, _] = gravel(KNOWN.size());
    let [source, _] = both_depths(KNOWN.size(), Channels::Rgb, |x, y, channel| {
        let share = ((x as f32 - 100.0) / 80.0).clamp(0.0, 1.0);
        0.45 + (level(&gravel, x, y, channel) as f32 - 0.45) * share
    });
    let (canvas, said) = filled(&json!("auto"), &source, KNOWN);
    assert_eq!(said.engine, "solid+content");
    for (x, y) in positions(KNOWN) {
        assert_eq!(pixel(&canvas, x, y), pixel(&source, x - KNOWN.x, y));
    }
    let deviation = |columns: std::ops::Range<u32>| {
        let levels: Vec<f64> =
            columns.flat_map(|x| (0..240).map(move |y| (x, y))).map(|(x, y)| level(&canvas, x, y, 0)).collect();
        let mean = levels.iter().sum::<f64>() / levels.len() as f64;
        (levels.iter().map(|level| (level - mean).powi(2)).sum::<f64>() / levels.len() as f64).sqrt()
    };
    let (smooth, gravel) = (deviation(0..60), deviation(340..400));
    assert!(smooth < 0.01 && gravel > 0.03, "{smooth:.3}, {gravel:.3}");
}

#[test]
fn an_engine_that_is_not_sure_enough_hands_on() {
    let asked = json!([{"use": "auto", "min_confidence": "80%"}, "edge"]);
    let [things, _] = things(KNOWN.size());
    let (_, said) = filled(&asked, &things, KNOWN);
    assert_eq!((said.engine.as_ref(), said.judgement), ("edge", Some(judged(&things, KNOWN, SIZE).1)));
    let [backdrop, _] = product(|x, _| 0.9 - 0.3 * x, KNOWN.size());
    assert_eq!(filled(&asked, &backdrop, KNOWN).1.engine, "studio");

    let alone = chain(&json!({"use": "auto", "min_confidence": "80%"}));
    let stuck = alone.fill(0, &mut canvas(&things, KNOWN, SIZE, 0.5), KNOWN).expect_err("it is not sure");
    let failure = stuck.failure();
    assert_eq!(failure.class, Class::BadOutput);
    assert_eq!(failure.message, "auto: 40 % sure, and 80 % are asked for");
    // What is cut off below is known before the margin there is made.
    let [bottle, _] = cut_off(Size::new(280, 200));
    let known = Rect::new(60, 0, 280, 200);
    let mut canvas = canvas(&bottle, known, SIZE, 0.5);
    let below = |canvas: &Raster| (0..400).map(|x| pixel(canvas, x, 239)).collect::<Vec<_>>();
    let before = below(&canvas);
    assert!(alone.fill(0, &mut canvas, known).is_err());
    assert_eq!(below(&canvas), before);
    // Without a minimum something is always made, so what stands behind it is never reached.
    assert_eq!(chain(&json!(["auto", "edge"])).unreachable().len(), 1);
    assert_eq!(chain(&asked).unreachable(), []);
}

#[test]
fn copies_whose_lines_do_not_meet_the_border_are_replaced_by_a_blur() {
    // Bars as no two are alike, and the same with the outermost pixels of others.
    let grain = noise(KNOWN.size());
    let bars = |from: usize, y: u32| 0.5 + 0.8 * grain[from + y as usize / 6];
    let jump = |ends: u32| {
        let [source, _] = both_depths(KNOWN.size(), Channels::Rgb, |x, y, _| {
            let is_end = x < ends || x + ends >= KNOWN.width;
            bars(if is_end { 1000 } else { 0 }, y) + 0.1 * grain[(y * KNOWN.width + x) as usize]
        });
        let (engine, said) = judged(&source, KNOWN, SIZE);
        (engine, said.gates["jump"])
    };
    let (engine, meets) = jump(0);
    assert!(engine == "content" && meets < 1.0, "{engine}, {meets}");
    let (engine, misses) = jump(4);
    assert!(engine == "blur" && misses > 1.7, "{engine}, {misses}");
}

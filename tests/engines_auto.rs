//! What `auto` chooses, how sure it says it is, and what a list does with that.

#[expect(dead_code, reason = "other tests use the rest of it")]
mod canvases;
#[expect(dead_code, reason = "other tests use the rest of it")]
mod pictures;

use canvases::canvas;
use canvases::chain;
use canvases::margins;
use canvases::positions;
use pictures::Dice;
use pictures::both_depths;
use pictures::level;
use pictures::pixel;
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
    let mut canvas = canvas(source, known, SIZE, 0.5);
    let filled = chain(engine).fill(0, &mut canvas, known).expect("there is an engine that succeeds");
    (canvas, filled)
}

fn judged(source: &Raster, known: Rect) -> (String, Judgement) {
    let (_, Filled { engine, judgement }) = filled(&json!("auto"), source, known);
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

#[test]
fn one_colour_goes_on_as_it_is() {
    for source in product(|_, _| 1.0, KNOWN.size()).map(|source| source.into_u8()) {
        let (filled, said) = filled(&json!("auto"), &Raster::U8(flat(source)), KNOWN);
        assert_eq!(said.engine, "solid");
        assert_eq!(said.judgement.expect("a judgement").confidence, 1.0);
        assert!(margins(SIZE, KNOWN).all(|(x, y)| pixel(&filled, x, y) == [250; 3]));
    }
}

/// The same before one colour.
fn flat(mut pixels: recanvas::raster::Pixels<u8>) -> recanvas::raster::Pixels<u8> {
    pixels.samples_mut().iter_mut().filter(|sample| **sample > 100).for_each(|sample| *sample = 250);
    pixels
}

#[test]
fn backdrops_go_on_with_their_light() {
    for source in product(|x, y| 0.9 - 0.3 * x - 0.1 * y, KNOWN.size()) {
        let (engine, said) = judged(&source, KNOWN);
        assert_eq!(engine, "studio");
        assert!(said.confidence > 0.9 && said.gates["busy"] < 0.04, "{said:?}");
    }
}

#[test]
fn textures_go_on_as_they_are() {
    for source in gravel(KNOWN.size()) {
        let (engine, said) = judged(&source, KNOWN);
        assert_eq!(engine, "content", "{said:?}");
        assert!(said.confidence > 0.75, "{said:?}");
    }
}

#[test]
fn things_that_run_out_of_the_frame_are_not_continued() {
    for source in things(KNOWN.size()) {
        let (engine, said) = judged(&source, KNOWN);
        assert_eq!(engine, "blur", "{said:?}");
        assert_eq!(said.confidence, 0.4);
    }
}

#[test]
fn a_product_that_is_cut_off_is_not_made_longer() {
    let below = Rect::new(60, 0, 280, 200);
    for source in cut_off(below.size()) {
        let (engine, said) = judged(&source, below);
        assert_eq!((engine.as_str(), said.gates["lines"]), ("blur", 2.0));
        // Beside it there is nothing but one colour.
        assert_eq!(judged(&source, Rect::new(60, 40, 280, 200)).0, "solid");
    }
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
    assert_eq!(said.engine, "studio+content");
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
fn who_is_not_sure_enough_hands_on() {
    let asked = json!([{"use": "auto", "min_confidence": "80%"}, "edge"]);
    let [things, _] = things(KNOWN.size());
    let (_, said) = filled(&asked, &things, KNOWN);
    assert_eq!((said.engine.as_ref(), said.judgement), ("edge", None));
    let [backdrop, _] = product(|x, _| 0.9 - 0.3 * x, KNOWN.size());
    assert_eq!(filled(&asked, &backdrop, KNOWN).1.engine, "studio");

    let alone = chain(&json!({"use": "auto", "min_confidence": "80%"}));
    let stuck = alone.fill(0, &mut canvas(&things, KNOWN, SIZE, 0.5), KNOWN).expect_err("it is not sure");
    let failure = stuck.failure();
    assert_eq!(failure.class, Class::BadOutput);
    assert_eq!(failure.message, "auto: 40 % sure of blur, and 80 % are asked for");
    // Whoever asks for nothing gets something always, so what stands behind it is never reached.
    assert_eq!(chain(&json!(["auto", "edge"])).unreachable().len(), 1);
    assert_eq!(chain(&asked).unreachable(), []);
}

//! All five on photographs: exact sizes, the source untouched, paid as planned, marked as made.

use std::collections::BTreeSet;
use std::io::Cursor;

use image::ImageDecoder;
use image::RgbImage;
use image::codecs::png::PngDecoder;
use serde_json::Value;

use crate::paid::story::Story;
use crate::paid::story::all_at_once;
use crate::paid::story::engine;
use crate::paid::story::made_by;
use crate::paid::story::small;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;
use testkit::faults::Point;

const TARGETS: [&str; 8] = [
    "{ name: square, ratio: '1:1' }",
    "{ name: portrait, ratio: '4:5' }",
    "{ name: story, ratio: '9:16' }",
    "{ name: wide, ratio: '16:9' }",
    "{ name: shop, size: 480x600 }",
    "{ name: corner, size: 400x400, aspect: { anchor: bottom_right } }",
    "{ name: cut, size: 300x300, aspect: { fit: crop } }",
    "{ name: same, width: 300 }",
];
const PHOTOS: [&str; 2] = ["coffee.png", "astronaut.png"];
const PROVENANCE: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

fn five() -> Vec<(String, Provider)> {
    Provider::ALL.into_iter().map(|provider| (provider.name().to_owned(), provider)).collect()
}

/// Width and height in the plan's JSON.
fn size(value: &Value) -> (u32, u32) {
    let side = |name: &str| value[name].as_u64().unwrap_or_else(|| panic!("no {name} in {value}")) as u32;
    (side("width"), side("height"))
}

fn decoded(story: &Story<'_>, output: &str) -> RgbImage {
    let picture = image::load_from_memory(&story.dir.read(format!("out/{output}")));
    picture.unwrap_or_else(|error| panic!("{output}: {error}")).into_rgb8()
}

/// The file's XMP packet.
fn xmp(file: &[u8]) -> Option<String> {
    let packet = PngDecoder::new(Cursor::new(file)).and_then(|mut png| png.xmp_metadata()).expect("a PNG");
    packet.map(|bytes| String::from_utf8(bytes).expect("text"))
}

#[test]
fn photographs_come_back_exact_untouched_and_paid_as_planned() {
    all_at_once(&five(), |&provider| {
        let server = Contract::start(provider, Script::default());
        let chain = format!("engine: [{}, blur]", engine(provider));
        let story = Story::new(&chain, &TARGETS, &[&server]);
        let local = Story::new("engine: blur", &TARGETS, &[]);
        for photo in PHOTOS {
            story.dir.source(photo, &format!("photos/{photo}"));
            local.dir.source(photo, &format!("photos/{photo}"));
        }
        let plan = story.plan();
        assert_eq!(server.requests().len(), 0, "a plan asks no provider");
        let done = story.run(&[]);
        done.code(0).counts([16, 0, 0, 0, 0]);
        local.run(&[]).code(0).counts([16, 0, 0, 0, 0]);
        assert_eq!(server.violations(), [""; 0], "{done}");

        let planned = plan["calls"]["expected"].as_u64().expect("a count") as usize;
        assert!(planned >= PHOTOS.len(), "{plan}");
        assert_eq!((server.paid().len(), server.paid_twice()), (planned, 0), "{done}");
        assert_eq!(done.json()["calls"]["submitted"], planned);
        assert!(server.paid().iter().all(|paid| paid.is_delivered));
        let points: BTreeSet<String> = server.requests().iter().map(|asked| format!("{:?}", asked.point)).collect();
        let allowed = ["Upload", "Put", "Submit", "Poll", "Result", "Download"];
        assert!(points.iter().all(|point| allowed.contains(&point.as_str())), "{points:?}");
        assert_eq!(server.count(Point::Submit), planned);

        let mut generated = 0;
        for task in plan["tasks"].as_array().expect("tasks") {
            let output = task["output"].as_str().expect("a path");
            let (ours, theirs) = (decoded(&story, output), decoded(&local, output));
            assert_eq!(ours.dimensions(), size(&task["output_size"]), "{output}");
            assert_eq!(ours.dimensions(), theirs.dimensions(), "{output}");
            let place = &task["placement"];
            let (left, top) = (place["x"].as_u64().expect("x") as u32, place["y"].as_u64().expect("y") as u32);
            let (width, height) = size(place);
            let is_inside = |x: u32, y: u32| x >= left && y >= top && x - left < width && y - top < height;
            let differs = |inside: bool| {
                let pixels = ours.enumerate_pixels().filter(|(x, y, _)| is_inside(*x, *y) == inside);
                pixels.filter(|(x, y, pixel)| theirs.get_pixel(*x, *y) != *pixel).count()
            };
            assert_eq!(differs(true), 0, "{output}: the source's own pixels");
            let engine = made_by(&done, output);
            let is_made = engine.as_deref() == Some(provider.name());
            assert_eq!(engine.is_some(), (width, height) != ours.dimensions(), "{output} {engine:?}");
            assert_eq!(differs(false) > 0, is_made, "{output}: margins by {engine:?}");
            let packet = xmp(&story.dir.read(format!("out/{output}")));
            assert_eq!(packet.is_some_and(|packet| packet.contains(PROVENANCE)), is_made, "{output} by {engine:?}");
            assert_eq!(xmp(&local.dir.read(format!("out/{output}"))), None, "{output}");
            generated += usize::from(is_made);
        }
        assert!(generated >= 2 * PHOTOS.len(), "{generated} by {}", provider.name());
        // By hand, for a source of 600x400.
        let exact = [("square", 600, 600), ("portrait", 600, 750), ("story", 600, 1067), ("wide", 711, 400)];
        for (name, width, height) in exact.into_iter().chain([("shop", 480, 600), ("same", 300, 200)]) {
            assert_eq!(decoded(&story, &format!("coffee.{name}.png")).dimensions(), (width, height), "{name}");
        }

        let asked = server.requests().len();
        story.run(&[]).code(0).counts([0, 16, 0, 0, 0]);
        assert_eq!(server.requests().len(), asked, "what is done is not asked for again");
    });
}

#[test]
fn provenance_is_left_out_only_where_the_pipeline_says_so() {
    all_at_once(&five(), |&provider| {
        let server = Contract::start(provider, Script::default());
        let chain = format!("engine: {}, provenance: off", engine(provider));
        let story = Story::new(&chain, &TARGETS[..1], &[&server]);
        story.dir.write("in/a.png", &small("coffee.png", 240, 160));
        let done = story.run(&[]);
        done.code(0).counts([1, 0, 0, 0, 0]);
        assert_eq!(made_by(&done, "a.square.png").as_deref(), Some(provider.name()));
        assert_eq!(xmp(&story.dir.read("out/a.square.png")), None);
    });
}

//! What leaves the machine: an upright picture without metadata, and no key but where it belongs.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;

use crate::dir::fixture_bytes;
use crate::paid::story::Story;
use crate::paid::story::all_at_once;
use crate::paid::story::engine;
use crate::paid::story::small;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;

/// Every picture in a request's body: as it is, or as a data URI.
pub(crate) fn pictures(server: &Contract) -> Vec<Vec<u8>> {
    let picture = |body: &[u8]| {
        if body.starts_with(b"\xff\xd8") {
            return Some(body.to_vec());
        }
        let text = std::str::from_utf8(body).ok()?;
        let encoded = text.split_once("data:image/jpeg;base64,")?.1.split('"').next()?;
        Some(STANDARD.decode(encoded).expect("base64"))
    };
    server.requests().iter().filter_map(|asked| picture(&asked.body)).collect()
}

/// A photograph as a JPEG file with the metadata of a fixture, whose orientation is 6: it lies
/// on its side, and is upright after a quarter turn to the right.
fn on_its_side() -> (Vec<u8>, RgbImage) {
    let upright = image::load_from_memory(&small("coffee.png", 240, 160)).expect("a picture").into_rgb8();
    let stored = image::imageops::rotate270(&upright);
    let mut file = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 95);
    stored.write_with_encoder(encoder).expect("encoded");
    let fixture = fixture_bytes("orientation/6.jpg");
    let start = fixture.windows(4).position(|bytes| bytes == b"Exif").expect("it has Exif") - 4;
    let length = usize::from(u16::from_be_bytes([fixture[start + 2], fixture[start + 3]]));
    file.splice(2..2, fixture[start..start + 2 + length].iter().copied());
    (file, upright)
}

/// The mean difference of their levels.
pub(crate) fn difference(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.as_raw().len() as f64
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn pictures_are_sent_upright_and_bare() {
    let (file, upright) = on_its_side();
    let cases = Provider::ALL.map(|provider| (provider.name().to_owned(), provider));
    all_at_once(&cases, |&provider| {
        let server = Contract::start(provider, Script::default());
        let outpaint = format!("engine: {}", engine(provider));
        let story = Story::new(&outpaint, &["{ name: square, ratio: '1:1' }"], &[&server]);
        story.dir.write("in/a.jpg", &file);
        story.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
        assert_eq!(server.violations(), [""; 0]);
        let sent = pictures(&server);
        assert_eq!(sent.len(), 1);
        assert!(!has(&sent[0], b"Exif") && !has(&sent[0], b"recanvas"), "no metadata");
        let seen = image::load_from_memory(&sent[0]).expect("a picture").into_rgb8();
        let near = difference(
            &seen,
            &image::imageops::resize(&upright, seen.width(), seen.height(), image::imageops::FilterType::Triangle),
        );
        assert!(near < 6.0, "{near}");
        let made = image::load_from_memory(&story.dir.read("out/a.square.png")).expect("a picture").into_rgb8();
        assert_eq!(made.dimensions(), (240, 240));
        let inside = image::imageops::crop_imm(&made, 0, 40, 240, 160).to_image();
        assert!(difference(&inside, &upright) < 6.0);
    });
}

#[test]
fn every_orientation_is_sent_upright() {
    let server = Contract::start(Provider::Runflow, Script::default());
    let story = Story::new("engine: runflow", &["{ name: square, ratio: '1:1' }"], &[&server]);
    for number in 1..=8 {
        story.dir.source(format!("{number}.jpg"), &format!("orientation/{number}.jpg"));
    }
    story.run(&[]).code(0).counts([8, 0, 0, 0, 0]);
    let upright = image::load_from_memory(&fixture_bytes("orientation/1.jpg")).expect("a picture").into_rgb8();
    let sent = pictures(&server);
    assert_eq!(sent.len(), 8);
    for picture in sent {
        assert!(!has(&picture, b"Exif"));
        let seen = image::load_from_memory(&picture).expect("a picture").into_rgb8();
        let near = difference(&seen, &upright);
        assert!(near < 8.0, "{near}");
    }
    assert_eq!(server.violations(), [""; 0]);
}

#[test]
fn keys_are_nowhere_but_in_requests() {
    let cases = Provider::ALL.map(|provider| (provider.name().to_owned(), provider));
    all_at_once(&cases, |&provider| {
        use testkit::faults::Fate;
        use testkit::faults::Fault;
        use testkit::faults::When;
        let script = Script::default()
            .fault(Fault::Job(Fate::EchoesKey), When::Always)
            .fault(Fault::Job(Fate::Failed), When::Job(2));
        let server = Contract::start(provider, script);
        let outpaint = format!("engine: {}", engine(provider));
        let story = Story::new(&outpaint, &["{ name: square, ratio: '1:1' }"], &[&server]);
        for (name, photo) in [("a", "coffee.png"), ("b", "chelsea.png")] {
            story.dir.write(format!("in/{name}.png"), &small(photo, 240, 160));
        }
        let done = story.run(&["--log-format", "json"]);
        assert_eq!(server.paid().len(), 2, "{done}");
        let key = server.key();
        assert!(!done.stdout.contains(key) && !done.stderr.contains(key), "{done}");
        let mut folders = vec![story.dir.path("")];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    seen += 1;
                    assert!(!has(&fs::read(&path).expect("a file"), key.as_bytes()), "{}", path.display());
                }
            }
        }
        assert!(seen > 5, "{seen} files");
        assert_eq!(server.violations(), [""; 0]);
    });
}

//! What is sent comes back on its canvas, in each provider's geometry.

use std::fs;

use image::GenericImageView;
use serde_json::json;

use crate::contract_server::client::get;
use crate::contract_server::client::post;
use crate::contract_server::talk::PHOTO;
use crate::contract_server::talk::talk;
use crate::contract_server::talk::verdict;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;
use testkit::faults::Point;
use testkit::script::Placing;
use testkit::script::Repaint;

#[test]
fn every_provider_returns_the_source_on_its_canvas() {
    for provider in Provider::ALL {
        let server = Contract::start(provider, Script::default());
        let ended = talk(&server, None);
        assert_eq!(verdict(&server, &ended), "done", "{}: {ended:?}", provider.name());
        assert_eq!(server.violations(), [""; 0], "{}", provider.name());
        let [paid] = &server.paid()[..] else { panic!("one is paid") };
        assert!(paid.is_delivered);
        assert_eq!(server.paid_twice(), 0);
        let result = image::load_from_memory(&ended.result.unwrap()).unwrap();
        assert_eq!(result.dimensions(), paid.canvas);
        let expected = match provider {
            Provider::Fal | Provider::Pixeldojo | Provider::Runflow => ((448, 300), (80, 60)),
            Provider::Modelslab => ((480, 360), (92, 65)),
            Provider::Stablediffusionapi => ((320, 240), (45, 34)),
        };
        assert_eq!((paid.canvas, (paid.place.x, paid.place.y)), expected, "{}", provider.name());
    }
}

#[test]
fn results_are_the_same_in_every_run() {
    let results = [0, 1].map(|_| {
        let server = Contract::start(Provider::Fal, Script::default());
        talk(&server, None).result.unwrap()
    });
    assert!(results[0] == results[1]);
}

#[test]
fn without_repainting_the_source_comes_back_unchanged() {
    let repaint = Repaint { shift: [0; 3], noise: 0 };
    let server = Contract::start(Provider::Fal, Script::default().repaint(repaint));
    let result = image::load_from_memory(&talk(&server, None).result.unwrap()).unwrap().into_rgb8();
    let sent = image::load_from_memory(&PHOTO).unwrap().into_rgb8();
    let place = server.paid()[0].place;
    assert!(
        sent.enumerate_pixels()
            .all(|(x, y, pixel)| { pixel == result.get_pixel(x + place.x as u32, y + place.y as u32) })
    );
    // Margins go on where the source ends.
    let edge = i32::from(result.get_pixel(80, 150).0[1]) - i32::from(result.get_pixel(79, 150).0[1]);
    assert!(edge.abs() < 12, "{edge}");
}

#[test]
fn the_place_of_the_source_follows_the_rule_of_the_provider() {
    for scale in [0.6, 0.8, 1.0] {
        let placing = Placing { scale, right: -5, down: 4 };
        let server = Contract::start(Provider::Modelslab, Script::default().placing(placing));
        let ended = talk(&server, None);
        assert_eq!(verdict(&server, &ended), "done", "{scale}");
        assert_eq!(server.paid()[0].place.width, (320.0 * scale) as u32);
    }
}

#[test]
fn files_of_a_public_folder_are_served_to_the_provider() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a cup.png"), &*PHOTO).unwrap();
    for provider in Provider::ALL {
        let script = Script::default().public(folder.path());
        let server = Contract::start(provider, script);
        let url = format!("{}a%20cup.png", server.public_url());
        let ended = talk(&server, Some(url.clone()));
        assert_eq!(verdict(&server, &ended), "done", "{}", provider.name());
        assert_eq!(get(&url, &[]).body, *PHOTO);
        assert_eq!(get(&format!("{}..%2Fa", server.public_url()), &[]).status, 404);
    }
}

#[test]
fn sources_are_read_from_other_contract_servers_only() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cup.png"), &*PHOTO).unwrap();
    let public_server = Contract::start(Provider::Runflow, Script::default().public(folder.path()));
    let server = Contract::start(Provider::Fal, Script::default());
    let key = format!("Key {}", server.key());
    let url = format!("{}/fal-ai/flux-2-pro/outpaint", server.endpoint());
    let submit = |image: &str| {
        let sides = json!({"image_url": image, "expand_left": 8, "expand_right": 0, "expand_top": 0, "expand_bottom": 0,
            "auto_crop": false, "enable_safety_checker": true, "output_format": "jpeg"});
        post(&url, &[("Authorization", &key)], &sides)
    };
    assert_eq!(submit(&format!("{}cup.png", public_server.public_url())).status, 200);
    assert_eq!(public_server.count(Point::Source), 1);
    for unreachable in ["https://example.com/cup.png", &format!("{}no.png", public_server.public_url())] {
        assert_eq!(submit(unreachable).status, 422);
    }
    assert_eq!(server.paid().len(), 1);
    assert_eq!(image::guess_format(&server.result(1)).unwrap(), image::ImageFormat::Jpeg);
}

#[test]
fn too_large_a_canvas_silently_comes_back_smaller() {
    let server = Contract::start(Provider::Pixeldojo, Script::default());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.png");
    image::RgbImage::new(1200, 400).save(&path).unwrap();
    let public_server = Contract::start(Provider::Fal, Script::default().public(folder.path()));
    let key = format!("Bearer {}", server.key());
    let body = json!({"image_url": format!("{}wide.png", public_server.public_url()), "expand_left": 700, "expand_right": 100,
        "expand_top": 0, "expand_bottom": 0, "zoom_out_percentage": 0, "num_images": 1, "output_format": "png"});
    let reply = post(&format!("{}/api/v1/models/outpaint/run", server.endpoint()), &[("Authorization", &key)], &body);
    assert_eq!(reply.status, 202);
    let result = image::load_from_memory(&server.result(1)).unwrap();
    assert_eq!((result.width(), server.paid()[0].canvas.0), (1536, 2000));
    assert_eq!(server.violations().len(), 1, "a careful client keeps to the limit");
}

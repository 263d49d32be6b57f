//! Call keys name what decides the picture, and keys of providers are never written down.

use std::fs;

use recanvas::digest::Digest;
use recanvas::error::Class;
use recanvas::error::Failure;
use recanvas::geometry::Margins;
use recanvas::geometry::Orientation;
use recanvas::geometry::Size;
use recanvas::geometry::Window;
use recanvas::options::Color;
use recanvas::providers::Call;
use recanvas::providers::CallState;
use recanvas::providers::Canvas;
use recanvas::providers::FirstPass;
use recanvas::providers::Job;
use recanvas::providers::Ledger;
use recanvas::providers::OUTPAINT;
use recanvas::providers::Provider;
use recanvas::providers::ProviderTable;
use recanvas::providers::Secrets;
use recanvas::providers::Terms;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::money::shop::SECRET;
use crate::money::shop::call;
use crate::money::shop::open;
use crate::money::shop::quote;
use crate::money::shop::rules;

#[test]
fn each_part_that_decides_the_picture_is_part_of_the_key() {
    let one = call("a");
    let canvas = one.canvas;
    let (visible, margins) = (canvas.visible, canvas.margins);
    let others = [
        Call { source: Digest::of(b"b"), ..one.clone() },
        Call { canvas: Canvas { visible: Window { x: visible.x - 1.0, ..visible }, ..canvas }, ..one.clone() },
        Call { canvas: Canvas { visible: Window { height: 600.01, ..visible }, ..canvas }, ..one.clone() },
        Call { canvas: Canvas { margins: Margins { top: 1, ..margins }, ..canvas }, ..one.clone() },
        Call { canvas: Canvas { sent: Size::new(800, 801), ..canvas }, ..one.clone() },
        Call { canvas: Canvas { steps: 1, ..canvas }, ..one.clone() },
        Call { provider: "runflow".to_owned(), ..one.clone() },
        Call { revision: 2, ..one.clone() },
        Call { request: json!({ "prompt": "a table", "seed": 8, "scale": 8.0 }), ..one.clone() },
        Call { request: json!({ "prompt": "a table", "seed": "7", "scale": 8.0 }), ..one.clone() },
        Call { preparation: 2, ..one.clone() },
        Call { stage: "background", ..one.clone() },
    ];
    let mut keys: Vec<_> = others.iter().map(|call| call.key(0)).chain([one.key(0), one.key(1)]).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 14);
}

#[test]
fn spellings_of_equal_requests_are_not_part_of_the_key() {
    let one = call("a");
    let canvas = one.canvas;
    let visible = canvas.visible;
    let request = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let same = [
        Call { request: request(r#"{"seed":7,"scale":8,"prompt":"a table"}"#), ..one.clone() },
        Call { request: request(r#"{"scale":8.000,"prompt":"a\u0020table","seed":7.0}"#), ..one.clone() },
        Call { canvas: Canvas { visible: Window { x: 1e-9, y: -0.0, ..visible }, ..canvas }, ..one.clone() },
        Call { canvas: Canvas { needed: Margins { left: 0, ..canvas.needed }, ..canvas }, ..one.clone() },
    ];
    for call in same {
        assert_eq!(call.key(3), one.key(3));
    }
    // Fixed for ever: another value would pay for everything again.
    assert_eq!(one.key(0).to_string(), "b2413b925da45ec0794d49f6df8de4d3");
    assert_eq!(one.key(0).to_string().parse(), Ok(one.key(0)));
}

/// Pins the keys: if one of these changes, everything is paid for again.
#[test]
fn keys_are_what_they_always_were() {
    let one = call("a");
    let canvas = one.canvas;
    let uneven = Canvas {
        visible: Window { x: 12.5, y: 0.333_333, width: 600.25, height: 599.0 },
        sent: Size::new(640, 480),
        margins: Margins { left: 0, top: 33, right: 7, bottom: 0 },
        steps: 2,
        ..canvas
    };
    let Canvas { visible, sent, margins, needed, steps, .. } = canvas;
    let before = Some(FirstPass { visible, sent, margins, needed, steps });
    let table = [
        (one.key(0), "b2413b925da45ec0794d49f6df8de4d3"),
        (one.key(1), "214dc2b5fb5ea8651d36123e5b0ba745"),
        (call("b").key(0), "3761737516884067db4b46a146faadc5"),
        (Call { canvas: uneven, ..one.clone() }.key(0), "2964b776e710c4619044ea9a34d053a8"),
        (Call { canvas: Canvas { before, ..canvas }, ..one.clone() }.key(0), "88a8b188a3f78b9bdb89e0b172af3506"),
        (Call { provider: "bfl".to_owned(), revision: 3, ..one.clone() }.key(2), "3014e3de6a648a029f9ba6dc25490058"),
        (
            Call { request: json!({ "(backdrop)": "#ff0000", "style": null, "tags": [1.0, "é"] }), ..one.clone() }
                .key(0),
            "a568ae4b3e1be433a34503d852537f06",
        ),
    ];
    let family = (one.family().to_string(), "5679a64fd6b01f38719c8658ac75a445");
    let all = table.into_iter().map(|(key, pinned)| (key.to_string(), pinned)).chain([family]);
    let (keys, pinned): (Vec<String>, Vec<&str>) = all.unzip();
    assert_eq!(keys, pinned);
}

/// The same of what a pipeline asks for: with a prepared picture of another kind all would be paid again.
#[test]
fn the_canvases_that_providers_are_asked_for_stay_the_same() {
    let registry = ProviderTable::built_in();
    let entry = registry.get("stability").expect("a provider");
    let provider = Provider {
        descriptor: entry.descriptor.clone(),
        params: entry.descriptor.parameters(&Map::new()).expect("its defaults"),
        terms: Terms { price: Some(0.05), ..Terms::default() },
        backdrop: None,
        preparation: None,
    };
    let asked = provider.call(OUTPAINT, call("a").source, call("a").canvas, Orientation::Upright);
    assert_eq!(asked.preparation, 1);
    let red = provider.with_backdrop(Color { rgba: [255, 0, 0, 255] }).call(
        OUTPAINT,
        asked.source,
        asked.canvas,
        Orientation::Upright,
    );
    assert_eq!(red.request["(backdrop)"], "#ff0000");
    let fixed = Call { revision: 1, request: json!({}), ..asked };
    assert_eq!(fixed.key(0).to_string(), "3d8ee10ffbd548a6c417a80552deb51e");
}

#[test]
fn a_key_of_a_provider_is_found_in_every_form() {
    let secrets = Secrets::new([SECRET, ""]);
    assert_eq!(format!("{secrets:?}"), "Secrets(..)");
    let forms = [
        SECRET.to_owned(),
        "sk-live%2F51%2BHemlock%3D%3D".to_owned(),
        "sk-live%2f51%2bHemlock%3d%3d".to_owned(),
        // "sk-live/51+Hemlock==", ":" and "::" before it, in base64
        "c2stbGl2ZS81MStIZW1sb2NrPT0=".to_owned(),
        "OnNrLWxpdmUvNTErSGVtbG9jaz09".to_owned(),
        "Ojpzay1saXZlLzUxK0hlbWxvY2s9PQ==".to_owned(),
    ];
    for form in forms {
        let text = format!("https://queue.example/?k={form}&x=1");
        assert!(secrets.are_in(&text), "{form}");
        let scrubbed = secrets.scrub(&text);
        assert!(scrubbed.contains("[key]") && !secrets.are_in(&scrubbed), "{scrubbed}");
    }
    assert_eq!(secrets.scrub("nothing of the kind"), "nothing of the kind");
    let job = Job { id: "1".to_owned(), captures: [("url".to_owned(), format!("x{SECRET}").into())].into() };
    assert!(job.has_any(&secrets) && !job.scrubbed(&secrets).has_any(&secrets));
}

#[test]
fn no_record_has_a_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path(), rules("r1"));
    let captures = [(format!("name {SECRET}"), format!("https://queue.example/?key={SECRET}").into())].into();
    let job = Job { id: format!("id-{SECRET}"), captures };
    for (source, fails) in [("a", true), ("b", false)] {
        let Ok(CallState::New(turn)) = ledger.state_of(&call(source)) else { panic!("it is new") };
        let mut open_call = ledger.intend(turn, &quote()).expect("allowed");
        ledger.submitted(&mut open_call, job.clone()).expect("recorded");
        assert_eq!(open_call.job(), Some(&job), "this run can still poll");
        let message = format!("401: {SECRET} is not valid\n{}", "x".repeat(100_000));
        if fails {
            ledger.failed(open_call, &Failure::new(Class::Io, &message), None).expect("recorded");
        } else {
            ledger.unknown(open_call, &message).expect("recorded");
        }
    }
    let manifest = fs::read_to_string(folder.path().join("manifest.jsonl")).expect("a manifest");
    assert!(!manifest.contains(SECRET) && manifest.contains("401: [key] is not valid"), "{manifest}");
    assert!(manifest.len() < 10_000, "messages are cut short");
}

#[test]
fn pictures_are_no_part_of_a_job() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path(), rules("r1"));
    let Ok(CallState::New(turn)) = ledger.state_of(&call("a")) else { panic!("it is new") };
    let mut open_call = ledger.intend(turn, &quote()).expect("allowed");
    let error = ledger.submitted(&mut open_call, Job { id: "x".repeat(Job::MAX_BYTES + 1), ..Job::default() });
    assert!(error.expect_err("too large").to_string().contains("bytes"));
}

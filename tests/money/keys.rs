//! Call keys name what decides the picture, and keys of providers are never written down.

use std::fs;

use recanvas::digest::Digest;
use recanvas::engines::remote::Call;
use recanvas::engines::remote::Canvas;
use recanvas::engines::remote::Job;
use recanvas::engines::remote::Ledger;
use recanvas::engines::remote::Secrets;
use recanvas::engines::remote::Standing;
use recanvas::error::Class;
use recanvas::error::Failure;
use recanvas::geometry::Margins;
use recanvas::geometry::Size;
use recanvas::geometry::Window;
use serde_json::Value;
use serde_json::json;

use crate::shop::SECRET;
use crate::shop::call;
use crate::shop::open;
use crate::shop::quote;
use crate::shop::rules;

#[test]
fn whatever_decides_the_picture_is_part_of_the_key() {
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
    ];
    let mut keys: Vec<_> = others.iter().map(|call| call.key(0)).chain([one.key(0), one.key(1)]).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 13);
}

#[test]
fn ways_of_writing_the_same_are_not_part_of_it() {
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
    let books = open(folder.path(), rules("r1"));
    let captures = [(format!("name {SECRET}"), format!("https://queue.example/?key={SECRET}").into())].into();
    let job = Job { id: format!("id-{SECRET}"), captures };
    for (source, fails) in [("a", true), ("b", false)] {
        let Ok(Standing::New(turn)) = books.standing(&call(source)) else { panic!("it is new") };
        let mut open_call = books.intend(turn, &quote()).expect("allowed");
        books.submitted(&mut open_call, job.clone()).expect("recorded");
        assert_eq!(open_call.job(), Some(&job), "this run can still poll");
        let message = format!("401: {SECRET} is not valid\n{}", "x".repeat(100_000));
        if fails {
            books.failed(open_call, &Failure::new(Class::Io, &message), None).expect("recorded");
        } else {
            books.unknown(open_call, &message).expect("recorded");
        }
    }
    let manifest = fs::read_to_string(folder.path().join("manifest.jsonl")).expect("a manifest");
    assert!(!manifest.contains(SECRET) && manifest.contains("401: [key] is not valid"), "{manifest}");
    assert!(manifest.len() < 10_000, "messages are cut short");
}

#[test]
fn pictures_are_no_part_of_a_job() {
    let folder = tempfile::tempdir().expect("a folder");
    let books = open(folder.path(), rules("r1"));
    let Ok(Standing::New(turn)) = books.standing(&call("a")) else { panic!("it is new") };
    let mut open_call = books.intend(turn, &quote()).expect("allowed");
    let error = books.submitted(&mut open_call, Job { id: "x".repeat(Job::MAX_BYTES + 1), ..Job::default() });
    assert!(error.expect_err("too large").to_string().contains("bytes"));
}

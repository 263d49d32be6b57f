//! `engines`: what there is, built in and brought along, and that no key is ever shown.

use recanvas::engines::EngineTable;
use recanvas::providers::ProviderTable;
use serde_json::Value;

use crate::cli::Dir;
use crate::cli::Done;

const TARGETS: [&str; 1] = ["{ name: a, size: 40x40 }"];
const SECRET: &str = "s3cr3t-0f-mine";

const MINE: &str = r#"provider: mine
title: a provider of mine
revision: 3
checked: "2026-11-21"
sources: [https://mine.example/docs]
notes: [It is mine alone.]
hosts: [api.mine.example]
key: { env: MINE_KEY, header: x-key }
geometry: { unit: pixels, max_side: 900 }
image: [{ as: data_uri, max_bytes: 2M }]
params:
  mood: { type: text, default: calm, doc: how it feels }
  tries: { type: integer, min: 1, max: 9, doc: how often }
submit:
  url: https://api.mine.example/expand
  json: { image: "{{ image }}", left: "{{ left }}", mood: "{{ mood }}", tries: "{{ tries }}" }
  capture: { job: /id }
poll:
  request: { method: get, url: "https://api.mine.example/jobs/{{ job }}" }
  status: /status
  done: [ok]
result: { at: [/url] }
price: { per_call: 0.5, included_megapixels: 1, per_megapixel: 0.25, highest_factor: 2 }
"#;

#[test]
fn engines_and_providers_are_listed() {
    let dir = Dir::new("", &TARGETS);
    let list = dir.recanvas(&["engines", "list"]);
    assert_eq!(dir.recanvas(&["engines"]).code(0).stdout, list.code(0).stdout);
    let mut lines = 0;
    for engine in EngineTable::built_in().local() {
        list.says(&[engine.name, engine.doc]);
        lines += 1;
    }
    for entry in ProviderTable::built_in().iter() {
        let descriptor = &entry.descriptor;
        list.says(&[&descriptor.provider, &descriptor.title]);
        list.says(&descriptor.key.as_ref().map(|key| key.env.as_str()).into_iter().collect::<Vec<_>>());
        lines += 2;
    }
    assert_eq!(list.stdout.lines().count(), lines, "{list}");
    list.says(&[
        "0.03 USD + 0.015 per MP above 1 (1 MP is 1048576 pixels), at most 2 times that",
        "1 credit",
        "price unknown",
        "FAL_KEY or FAL_KEY_ID:FAL_KEY_SECRET not set; at most 2048 px on each side, sides up to 2560 px, up to 4 MP",
        "10 calls in flight, 55 requests a minute",
        "needs no key",
        "at most 80% on each side",
    ]);
    let json = dir.recanvas(&["engines", "--json"]).code(0).json();
    let named: Vec<&str> =
        json["engines"].as_array().unwrap().iter().map(|engine| engine["name"].as_str().unwrap()).collect();
    assert_eq!(named.len(), EngineTable::built_in().local().count() + ProviderTable::built_in().iter().count());
    for name in named {
        let one = dir.recanvas(&["engines", "show", name, "--json"]).code(0).json();
        assert_eq!(one["name"], name);
        assert!(one["doc"].is_string() && one["revision"].is_u64(), "{one}");
    }
}

#[test]
fn local_engines_are_shown_with_their_options() {
    let dir = Dir::new("", &TARGETS);
    for engine in EngineTable::built_in().local() {
        let shown = dir.recanvas(&["engines", "show", engine.name]);
        shown.code(0).says(&[engine.name, engine.doc, "costs nothing"]);
        for field in engine.fields {
            shown.says(&[field.name, field.doc, &format!("default {}", field.default.unwrap_or("none"))]);
        }
    }
    dir.recanvas(&["engines", "show", "blurr"]).code(2).warns(&["did you mean blur?"]);
    dir.recanvas(&["engines", "show", "runflw"]).code(2).warns(&["did you mean runflow?"]);
}

#[test]
fn providers_are_shown_with_all_that_is_known_of_them() {
    let dir = Dir::new("", &TARGETS);
    for entry in ProviderTable::built_in().iter() {
        let descriptor = &entry.descriptor;
        let shown = dir.recanvas(&["engines", "show", &descriptor.provider]);
        shown.code(0).says(&[&descriptor.title, &descriptor.checked, &descriptor.endpoint_variable(), "built in"]);
        for facts in [&descriptor.notes, &descriptor.sources] {
            shown.says(&facts.iter().map(String::as_str).collect::<Vec<_>>());
        }
        for (name, param) in &descriptor.params {
            shown.says(&[name, &param.doc]);
        }
    }
    dir.recanvas(&["engines", "show", "fal"]).code(0).says(&[
        "1 MP: 0.03 USD, at most 0.06",
        "4 MP: 0.075 USD, at most 0.15",
        "inside the request up to 2.5 MB, else uploaded, else at your public_url",
        "submit  POST https://queue.fal.run/fal-ai/flux-2-pro/outpaint, with the picture and the key",
        "upload  PUT the address that the provider gave, with the picture, without the key",
        "RECANVAS_ENDPOINT_FAL",
        "key        no key: set FAL_KEY, or FAL_KEY_FILE to a file that holds it; or FAL_KEY_ID and FAL_KEY_SECRET",
        "hosts      queue.fal.run, rest.fal.ai; no other gets the key",
        "webhook    passed on",
    ]);
    dir.recanvas(&["engines", "show", "modelslab"]).code(0).says(&[
        "searched on the result",
        "overlap_width        whole number from 1 to 42 (default 32): width of the blended border",
        "negative_prompt      text (default none)",
        "price      unknown",
    ]);
    dir.recanvas(&["engines", "show", "iopaint"]).code(0).says(&["price      free", "needs no key", "webhook    none"]);
}

fn with(dir: &Dir, arguments: &[&str], variables: &[(&str, &str)]) -> Done {
    let mut command = dir.command(arguments);
    command.envs(variables.iter().copied());
    Done::of(command)
}

#[test]
fn engines_tell_that_a_key_is_set_and_never_show_it() {
    let dir = Dir::new("", &TARGETS);
    dir.write("key", SECRET.as_bytes());
    let sets: [&[(&str, &str)]; 3] =
        [&[("FAL_KEY", SECRET)], &[("FAL_KEY_FILE", "key")], &[("FAL_KEY_ID", "1"), ("FAL_KEY_SECRET", SECRET)]];
    for set in sets {
        for arguments in [
            &["engines"][..],
            &["engines", "--json"],
            &["engines", "show", "fal"],
            &["engines", "show", "fal", "--json"],
        ] {
            let done = with(&dir, arguments, set);
            let says = if arguments.contains(&"--json") { "\"set\":true" } else { "FAL_KEY_SECRET set" };
            done.code(0).says(&[says]);
            assert!(!done.stdout.contains(SECRET) && !done.stderr.contains(SECRET), "{done}");
        }
    }
    let odd = with(&dir, &["engines", "show", "fal"], &[("FAL_KEY", "two s3cr3t words")]);
    odd.code(0).says(&["key        FAL_KEY holds white space"]);
    assert!(!odd.stdout.contains("s3cr3t"), "{odd}");
}

#[test]
fn descriptors_of_users_are_added_or_take_the_place_of_others() {
    let dir = Dir::new("", &TARGETS);
    dir.write("mine.yaml", MINE.as_bytes());
    dir.write("fal.yaml", MINE.replace("provider: mine", "provider: fal").as_bytes());
    let plain = dir.recanvas(&["engines", "--json"]).json()["engines"].as_array().unwrap().len();
    let listed = dir.recanvas(&["engines", "--json", "--engine-file", "mine.yaml", "--engine-file", "fal.yaml"]);
    assert_eq!(listed.code(0).json()["engines"].as_array().unwrap().len(), plain + 1);
    let shown = dir.recanvas(&["engines", "show", "mine", "--engine-file", "mine.yaml"]);
    shown.code(0).says(&[
        "mine: a provider of mine",
        "provider, revision 3, from mine.yaml",
        "0.50 USD + 0.25 per MP above 1, at most 2 times that",
        "2 MP: 0.75 USD, at most 1.50",
        "sides up to 900 px",
        "inside the request up to 2.0 MB",
        "mood                 text (default \"calm\"): how it feels",
        "tries                whole number from 1 to 9 (default none): how often",
        "poll    GET https://api.mine.example/jobs/…, with the key",
        "It is mine alone.",
        "sources, checked 2026-11-21",
        "RECANVAS_ENDPOINT_MINE",
    ]);
    assert_eq!(with(&dir, &["engines", "show", "mine"], &[("RECANVAS_ENGINE_FILE", "mine.yaml")]).stdout, shown.stdout);
    let before = dir.recanvas(&["engines", "--engine-file", "mine.yaml", "show", "mine"]);
    assert_eq!(before.code(0).stdout, shown.stdout);
    let json = dir.recanvas(&["engines", "show", "fal", "--engine-file", "fal.yaml", "--json"]).code(0).json();
    assert_eq!((&json["doc"], &json["file"]), (&Value::from("a provider of mine"), &Value::from("fal.yaml")));
    assert_eq!(json["price"]["examples"][2]["highest_usd"], 2.5, "{json}");
}

#[test]
fn mistakes_in_descriptors_have_their_places() {
    let dir = Dir::new("", &TARGETS);
    dir.write(
        "wrong.yaml",
        MINE.replace("unit: pixels", "unit: inches").replace("{{ left }}", "{{ lefft }}").as_bytes(),
    );
    dir.write("blur.yaml", MINE.replace("provider: mine", "provider: blur").as_bytes());
    let done = dir.recanvas(&[
        "engines",
        "--engine-file",
        "wrong.yaml",
        "--engine-file",
        "none.yaml",
        "--engine-file",
        "blur.yaml",
    ]);
    done.code(2).warns(&["--> wrong.yaml:9:", "could not read the descriptor none.yaml", "--> blur.yaml:1:11"]);
    assert!(done.stdout.is_empty(), "{done}");
}

#[test]
fn local_engines_are_tried_on_a_drawn_picture() {
    let dir = Dir::new("", &TARGETS);
    dir.recanvas(&["engines", "test", "edge"]).code(0).says(&["edge works", "0.38 MP of 960x720", "seam"]);
    let done = dir.recanvas(&["engines", "test", "edge", "--json"]);
    let said: Value = serde_json::from_str(&done.code(0).stdout).unwrap();
    assert_eq!((&said["engine"], &said["result"], &said["seam"]), (&"edge".into(), &"works".into(), &0.0.into()));
    let solid = dir.recanvas(&["engines", "test", "solid", "--option", "color=#fff", "--json"]);
    let said: Value = serde_json::from_str(&solid.code(0).stdout).unwrap();
    assert!(said["seam"].as_f64().unwrap() > 50.0, "white beside a gradient: {solid}");
    let wrong = dir.recanvas(&["engines", "test", "solid", "--model", "lama.onnx"]);
    wrong.code(2).warns(&["unknown option `model` in engine `solid`"]);
    let wrong = dir.recanvas(&["engines", "test", "studio", "--model", "lama.onnx"]);
    wrong.code(2).warns(&["hint: engine `studio` takes no options"]);
    for (twice, key) in [
        (["--model", "a.onnx", "--option", "model=b.onnx"], "model"),
        (["--option", "threads=1", "--option", "threads=2"], "threads"),
        (["--option", "use=blur", "--option", "threads=2"], "use"),
    ] {
        let wrong = dir.recanvas(&[&["engines", "test", "onnx"], &twice[..]].concat());
        wrong.code(2).warns(&[&format!("`{key}` is said twice")]);
    }
    let wrong = dir.recanvas(&["engines", "test", "fal", "--option", "seed=3"]);
    wrong.code(2).warns(&["fal is a provider: it is tested without --model and --option"]);
    let none = dir.recanvas(&["engines", "test", "onnx"]);
    none.code(3).warns(&["onnx cannot be used: "]);
}

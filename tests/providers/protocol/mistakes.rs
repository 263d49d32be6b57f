//! Mistakes of descriptor files: all at once, each with its place.

use std::fs;
use std::path::Path;

use recanvas::document::Document;
use recanvas::engines::EngineTable;
use recanvas::providers::client::NoProvider;
use recanvas::providers::client::read_descriptor;
use recanvas::providers::provider_schema;
use serde_json::Value;

const GOOD: &str = r#"provider: mine
title: a provider of mine
revision: 1
checked: "2026-11-21"
sources: [https://mine.example/docs]
hosts: [api.mine.example]
key: { env: MINE_KEY, header: x-key }
geometry: { unit: pixels }
image: [{ as: data_uri }]
params:
  prompt: { type: text, doc: what the new part shows }
submit:
  url: https://api.mine.example/expand
  json: { image: "{{ image }}", left: "{{ left }}", prompt: "{{ prompt }}" }
  capture: { job: /id, poll: /poll }
poll:
  request: { method: get, url: "{{ poll }}" }
  status: /status
  done: [ok]
result: { at: [/url] }
"#;

fn mistakes(text: &str) -> Vec<(usize, usize, String)> {
    match read_descriptor(&Document::new(Path::new("mine.yaml"), text.into())) {
        Ok(_) => Vec::new(),
        Err(found) => found.iter().map(|mistake| (mistake.line, mistake.column, mistake.to_string())).collect(),
    }
}

/// The good file with one thing changed has exactly this mistake there.
fn one(from: &str, to: &str, line: usize, says: &str) {
    assert!(GOOD.contains(from), "{from}");
    let found = mistakes(&GOOD.replace(from, to));
    assert_eq!(found.len(), 1, "{to}: {found:?}");
    assert_eq!(found[0].0, line, "{to}: {found:?}");
    assert!(found[0].2.contains(says), "{to}: {}", found[0].2);
}

#[test]
fn a_valid_descriptor_has_no_mistakes() {
    assert_eq!(mistakes(GOOD), []);
}

/// The program takes them without a look, so that a build without providers reads them, too.
#[test]
fn descriptors_that_come_with_the_program_are_good() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("providers");
    let files: Vec<_> = fs::read_dir(folder).expect("the folder is there").map(|file| file.expect("a file")).collect();
    let table = EngineTable::built_in();
    let registry = table.providers();
    assert_eq!(files.len(), registry.iter().count());
    for file in files {
        let document = Document::read(&file.path()).expect("it can be read");
        let (descriptor, warnings) = read_descriptor(&document).unwrap_or_else(|found| panic!("{found:?}"));
        assert!(warnings.is_empty(), "{warnings}");
        let built_in = registry.get(&descriptor.provider).expect("it is compiled in");
        assert_eq!(*built_in.descriptor, descriptor);
    }
}

#[test]
fn each_mistake_has_its_line_and_says_what_to_do() {
    one("provider: mine", "provider: My Own", 1, "not a name");
    one("revision: 1\n", "", 1, "`revision` is missing");
    one("\"2026-11-21\"", "lately", 4, "not a day");
    one("[api.mine.example]", "[\"api.mine.example/x\", api.mine.example]", 6, "not a host");
    one("header: x-key", "header: x-key, body: key", 7, "one of both");
    one("env: MINE_KEY", "env: MINE_KEY, or_joined: [MINE_ID, mine-secret]", 7, "`mine-secret` is not the name");
    one("env: MINE_KEY", "env: MINE_KEY, or_joined: MINE_ID", 7, "nothing to be joined with");
    one("shows }\n", "shows }\n  webhook: { type: text, doc: x }\n", 12, "`webhook` is taken");
    one("shows }\n", "shows }\n  in_flight: { type: text, doc: x }\n", 12, "`in_flight` is taken");
    one("shows }\n", "shows }\n  public_dir: { type: text, doc: x }\n", 12, "`public_dir` is taken");
    one("{ unit: pixels }", "{ unit: pixel }", 8, "did you mean `pixels`?");
    one("{ unit: pixels }", "{ unit: pixels, min_side: 10, max_side: 5 }", 8, "above max_side");
    one("[{ as: data_uri }]", "[{ as: upload }]", 9, "needs `steps`");
    one("[{ as: data_uri }]", "[{ as: form }]", 9, "{{ file }}");
    one("{ type: text, doc", "{ type: text, default: 3, doc", 11, "3 is not text");
    one("{{ left }}", "{{ lefft }}", 14, "did you mean `left`?");
    one("{{ left }}", "{{ left + }}", 14, "syntax error");
    one("https://api.mine.example/expand", "http://api.mine.example/expand", 13, "not https");
    one("https://api.mine.example/expand", "https://other.example/expand", 13, "not one of `hosts`");
    one("https://api.mine.example/expand", "/expand", 13, "not an address");
    one("{ job: /id, poll: /poll }", "{ job: id, poll: /poll }", 15, "not a JSON pointer");
    one("{ job: /id, poll: /poll }", "{ poll: /poll }", 13, "captures no `job`");
    one("\"{{ poll }}\"", "\"{{ image }}\"", 17, "unknown variable `image`");
    one("\"{{ poll }}\"", "\"{{ poll or 'https://evil.example/' ~ job }}\"", 17, "not one of `hosts`");
    one("method: get, url", "method: get, json: {}, url", 17, "no body");
    one("done: [ok]", "done: [ok]\n  failed: [ok]", 20, "means two things");
    one("{ at: [/url] }", "{ at: [/url], body: true }", 20, "one of both");
    one("{ at: [/url] }", "{ at: [/url] }\nerrors: [{ class: rejected }]", 21, "needs a condition");
    one(
        "{ at: [/url] }",
        "{ at: [/url] }\nerrors: [{ at: /x, class: rejected }]",
        21,
        "`equals`, `contains` or `begins`",
    );
    one("{ at: [/url] }", "{ at: [/url] }\nlimit: { in_flight: 3 }", 21, "did you mean `limits`?");
}

#[test]
fn all_mistakes_come_at_once_in_their_order() {
    let text = GOOD
        .replace("{{ left }}", "{{ lefft }}")
        .replace("{{ prompt }}", "{{ promt }}")
        .replace("MINE_KEY", "mine-key");
    let lines: Vec<usize> = mistakes(&text).iter().map(|mistake| mistake.0).collect();
    assert_eq!(lines, [7, 14, 14]);
    let text = GOOD.replace("unit: pixels", "unit: inches").replace("status: /status", "statsu: /status");
    assert!(mistakes(&text).len() >= 2);
}

#[test]
fn a_key_in_the_body_needs_a_body() {
    let text = GOOD.replace("header: x-key", "body: key");
    let found = mistakes(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].2.contains("no JSON body"), "{found:?}");
}

#[test]
fn users_override_and_extend() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.yaml");
    let mut table = EngineTable::built_in();
    let before = table.providers().iter().count();
    fs::write(&file, GOOD).unwrap();
    assert_eq!(table.add_provider(&file).unwrap(), "mine");
    assert_eq!(table.providers().get("mine").unwrap().file.as_deref(), Some(file.as_path()));
    assert_eq!(table.providers().iter().count(), before + 1);
    fs::write(&file, GOOD.replace("provider: mine", "provider: fal")).unwrap();
    assert_eq!(table.add_provider(&file).unwrap(), "fal");
    assert_eq!(table.providers().get("fal").unwrap().descriptor.title, "a provider of mine");
    assert_eq!(table.providers().iter().count(), before + 1);
    assert!(EngineTable::built_in().providers().get("fal").unwrap().file.is_none());
    fs::write(&file, GOOD.replace("provider: mine", "provider: blur")).unwrap();
    assert!(
        matches!(table.add_provider(&file), Err(NoProvider::Mistakes(found)) if found[0].message.contains("local engine"))
    );
    assert!(matches!(table.add_provider(&folder.path().join("none.yaml")), Err(NoProvider::Unreadable(_))));
}

#[test]
fn every_file_of_providers_is_compiled_in_and_named_after_its_provider() {
    let table = EngineTable::built_in();
    let registry = table.providers();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("providers");
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(registry.get(&name).is_some(), "{name}");
        files += 1;
    }
    assert_eq!(files, registry.iter().count());
    for name in
        ["pixeldojo", "fal", "runflow", "modelslab", "stablediffusionapi", "bfl", "bria", "stability", "iopaint"]
    {
        assert!(registry.get(name).is_some(), "{name}");
    }
}

#[test]
fn the_schema_takes_what_the_code_takes() {
    let schema = jsonschema::validator_for(&provider_schema()).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("providers");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let value: Value = serde_yaml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let errors: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
    }
    let with_cancel: Value = serde_yaml::from_str(&format!("{GOOD}cancel: {{ url: anything }}\n")).unwrap();
    assert!(schema.is_valid(&with_cancel), "it has no effect, and is no mistake");
    let wrong: Value = serde_yaml::from_str(&GOOD.replace("pixels", "inches")).unwrap();
    assert!(!schema.is_valid(&wrong));
}

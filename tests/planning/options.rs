//! How values that users write are read.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use recanvas::engines::EngineTable;
use recanvas::error::printable;
use recanvas::options::At;
use recanvas::options::Field;
use recanvas::options::Globs;
use recanvas::options::Kind;
use recanvas::options::Problem;
use recanvas::options::Step;
use recanvas::options::defaults;
use recanvas::options::nearest;
use recanvas::options::parse;
use recanvas::options::stand_in;
use serde_json::Value;
use serde_json::json;

fn only_problem(kind: Kind, written: &Value) -> Problem {
    let mut problems = kind.parse(written).expect_err("a mistake");
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[test]
fn values_become_canonical() {
    const WORDS: Kind = Kind::Word(&["center", "attention"]);
    let table = [
        (Kind::Bool, json!(true), json!(true)),
        (Kind::Integer(1, 100), json!(85), json!(85)),
        (Kind::Number(0.0, 2.0), json!(2), json!(2.0)),
        (Kind::Count, json!("200M"), json!(200_000_000)),
        (Kind::Count, json!("200 m"), json!(200_000_000)),
        (Kind::Count, json!("1.5GiB"), json!(1_610_612_736_u64)),
        (Kind::Count, json!("512KiB"), json!(524_288)),
        (Kind::Count, json!("4MB"), json!(4_000_000)),
        (Kind::Count, json!("2k"), json!(2000)),
        (Kind::Count, json!(12), json!(12)),
        (Kind::Share(1.0), json!("10%"), json!(0.1)),
        (Kind::Share(1.0), json!(" 2.5 % "), json!(0.025)),
        (Kind::Share(1.0), json!(0.1), json!(0.1)),
        (Kind::Share(1.0), json!("100%"), json!(1.0)),
        (WORDS, json!("attention"), json!("attention")),
        (Kind::Color, json!("white"), json!("#ffffff")),
        (Kind::Color, json!("#fff"), json!("#ffffff")),
        (Kind::Color, json!("#11223380"), json!("#11223380")),
        (Kind::Color, json!("rgb(1 2 3)"), json!("#010203")),
        (Kind::Color, json!("transparent"), json!("#00000000")),
        (Kind::Anchor, json!("top_right"), json!({"x": 1.0, "y": 0.0})),
        (Kind::Anchor, json!({"y": 0.33}), json!({"x": 0.5, "y": 0.33})),
        (Kind::Text, json!("ä b"), json!("ä b")),
        (Kind::List(&Kind::Text), json!("one"), json!(["one"])),
        (Kind::List(&Kind::Text), json!(["one", "two"]), json!(["one", "two"])),
        (Kind::List(&Kind::Text), json!([]), json!([])),
        (Kind::Or("auto", &Kind::Count), json!("auto"), json!("auto")),
        (Kind::Or("auto", &Kind::Count), json!("8k"), json!(8000)),
        (Kind::Optional(&Kind::Count), json!(null), json!(null)),
        (Kind::Optional(&Kind::Count), json!(7), json!(7)),
    ];
    for (kind, written, canonical) in table {
        assert_eq!(kind.parse(&written), Ok(canonical.clone()), "{written} as {kind:?}");
        assert_eq!(kind.parse(&canonical), Ok(canonical.clone()), "{canonical} again as {kind:?}");
    }
}

#[test]
fn other_values_are_refused_with_what_was_expected() {
    const WORDS: Kind = Kind::Word(&["center", "attention"]);
    let table = [
        (Kind::Bool, json!("yes"), "true or false"),
        (Kind::Integer(1, 100), json!(0), "from 1 to 100"),
        (Kind::Integer(1, 100), json!(101), "from 1 to 100"),
        (Kind::Integer(1, 100), json!(8.5), "whole number"),
        (Kind::Integer(1, 100), json!("85"), "whole number"),
        (Kind::Number(0.0, 2.0), json!(-0.1), "from 0 to 2"),
        (Kind::Count, json!(0), "above zero"),
        (Kind::Count, json!(-5), "above zero"),
        (Kind::Count, json!("0.2"), "above zero"),
        (Kind::Count, json!("lots"), "like 200M"),
        (Kind::Count, json!("1e300G"), "like 200M"),
        (Kind::Count, json!("nan"), "like 200M"),
        (Kind::Count, json!(true), "like 200M"),
        (Kind::Share(0.5), json!("51%"), "from 0 to 50%"),
        (Kind::Share(1.0), json!("-1%"), "from 0 to 100%"),
        (Kind::Share(1.0), json!("ten"), "like 10%"),
        (WORDS, json!("smart"), "one of center, attention"),
        (Kind::Color, json!("whitish"), "a colour"),
        (Kind::Color, json!(255), "a colour"),
        (Kind::Text, json!(""), "some text"),
        (Kind::Text, json!(5), "some text"),
        (Kind::Anchor, json!(0.5), "an anchor"),
        (Kind::Or("auto", &Kind::Count), json!("automatic"), "auto or a count"),
        (Kind::Optional(&Kind::Count), json!("x"), "a count"),
    ];
    for (kind, written, said) in table {
        let problem = only_problem(kind, &written);
        assert!(problem.message.contains(said), "{written} as {kind:?}: {}", problem.message);
        assert_eq!((problem.at, problem.path), (At::Value, vec![]), "{written} as {kind:?}");
    }
}

#[test]
fn the_nearest_word_is_offered() {
    let hint = |kind, written| only_problem(kind, &written).hint.unwrap_or_default();
    assert_eq!(hint(Kind::Word(&["center", "attention"]), json!("centre")), "did you mean `center`?");
    assert_eq!(hint(Kind::Anchor, json!("top_letf")), "did you mean `top_left`?");
    assert_eq!(hint(Kind::Anchor, json!("Center")), "did you mean `center`?");
    assert!(hint(Kind::Anchor, json!("middle")).starts_with("known: center, top"));
    assert_eq!(nearest("qualty", &["quality", "chroma"]), Some("quality"));
    assert_eq!(nearest("x", &["quality", "chroma"]), None);
    assert_eq!(nearest("x", &[]), None);
}

#[test]
fn nothing_where_a_colour_belongs_is_an_unquoted_sign() {
    for kind in [Kind::Color, Kind::Or("border", &Kind::Color), Kind::List(&Kind::Color)] {
        let problem = only_problem(kind, &Value::Null);
        assert!(problem.hint.as_ref().is_some_and(|hint| hint.contains("quote it")), "{problem:?}");
    }
    let problem = only_problem(Kind::Count, &Value::Null);
    assert!(problem.hint.is_some_and(|hint| hint.contains("leave the line out")));
}

#[test]
fn every_mistake_is_collected_with_its_path() {
    const FIELDS: &[Field] = &[
        Field::new("quality", Kind::Integer(1, 100), "85", "how good"),
        Field::new("names", Kind::List(&Kind::Text), "[]", "who"),
        Field::new("anchor", Kind::Anchor, "center", "where"),
    ];
    let written = json!({"qualty": 3, "quality": 0, "names": ["a", "", 4], "anchor": {"x": 2, "z": 1}});
    let problems = parse(FIELDS, "stage `x`", written.as_object().unwrap()).unwrap_err();
    let mut found: Vec<(String, At)> = problems
        .iter()
        .map(|problem| {
            let step = |step: &Step| match step {
                Step::Key(key) => key.clone(),
                Step::Item(index) => index.to_string(),
            };
            (problem.path.iter().map(step).collect::<Vec<_>>().join("."), problem.at)
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = [
        ("anchor.x", At::Value),
        ("anchor.z", At::Key),
        ("names.1", At::Value),
        ("names.2", At::Value),
        ("quality", At::Value),
        ("qualty", At::Key),
    ];
    assert_eq!(found, expected.map(|(path, at)| (path.to_owned(), at)));
    let unknown = problems.iter().find(|problem| problem.message.contains("`qualty` in stage `x`")).unwrap();
    assert_eq!(unknown.hint.as_deref(), Some("did you mean `quality`?"));
    let right = json!({"quality": 3});
    let values = parse(FIELDS, "stage `x`", right.as_object().unwrap()).unwrap();
    assert_eq!(values.into_iter().collect::<Vec<_>>(), [("quality", json!(3))]);
    assert_eq!(defaults(FIELDS)["anchor"], json!({"x": 0.5, "y": 0.5}));
}

#[test]
fn the_tables_of_all_engines_hold_what_they_promise() {
    assert!(EngineTable::built_in().local().count() > 0);
    for def in EngineTable::built_in().local() {
        for (name, value) in defaults(def.fields) {
            assert!(!name.is_empty() && !value.is_null(), "{} {name}", def.name);
        }
        for field in def.fields {
            assert!(!field.doc.is_empty(), "{} {}", def.name, field.name);
            assert!(field.kind.schema().is_object(), "{} {}", def.name, field.name);
        }
    }
}

#[test]
fn control_and_direction_characters_are_printed_as_escapes() {
    let harmful = [
        0x0, 0x7, 0xa, 0xd, 0x1b, 0x7f, 0x85, 0x9b, 0xad, 0x61c, 0x180e, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029,
        0x202a, 0x202e, 0x2060, 0x2064, 0x2066, 0x2069, 0x206a, 0x206f, 0xfeff, 0xfff9, 0xfffb, 0x1bca0, 0x1d173,
        0xe0001, 0xe0020, 0xe007f,
    ];
    for c in harmful.map(|code| char::from_u32(code).expect("a character")) {
        let shown = printable(&format!("a{c}b"));
        assert!(shown.is_ascii() && shown.starts_with("a\\") && shown.ends_with('b'), "{shown:?}");
    }
    // Letters of every direction, joiners, signs that are drawn, and what has no name of its own.
    for text in
        ["é ß", "شماره‌ها", "क्‍ष", "👩‍👩‍👧", "\u{600}١", "\u{6dd}", "\u{70f}", "\u{301}", "\u{fe0f}", "\u{e000}", "\u{3000}"]
    {
        assert_eq!(printable(text), text);
    }
}

#[test]
fn a_sign_for_one_letter_fits_letters_beyond_ascii_in_both_forms() {
    let fits = |pattern: &str, name: &str| Globs::new([pattern]).unwrap().matches(Path::new(name));
    let both = |pattern: &str, composed: &str, decomposed: &str| {
        assert!(fits(pattern, composed) && fits(pattern, decomposed), "{pattern} {composed}");
    };
    both("caf?.jpg", "café.jpg", "cafe\u{301}.jpg");
    both("[é]x.jpg", "éx.jpg", "E\u{301}x.jpg");
    both("[e\u{301}ö]x.jpg", "éx.jpg", "e\u{301}x.jpg");
    both("[a-é]y.jpg", "éy.jpg", "e\u{301}y.jpg");
    both("caf[!a]z.jpg", "caféz.jpg", "cafe\u{301}z.jpg");
    both("{caf?,x}/**", "café/a.jpg", "CAFE\u{301}/a.jpg");
    assert!(fits("[А-Я]?.jpg", "щ日.jpg"));
    for (pattern, name) in [
        ("caf?.jpg", "cafés.jpg"),
        ("caf??.jpg", "café.jpg"),
        ("caf[!é].jpg", "café.jpg"),
        ("a?b", "a/b"),
        ("a[!x]b", "a/b"),
        ("[é]x.jpg", "ãx.jpg"),
        ("\\?.jpg", "a.jpg"),
    ] {
        assert!(!fits(pattern, name), "{pattern} {name}");
    }
    for (pattern, name) in [("[]a]b", "]b"), ("[!]a]b", "cb"), ("[-a]b", "-b"), ("[a-]b", "-b"), ("[&&x]b", "&b")] {
        assert!(fits(pattern, name), "{pattern} {name}");
    }
    assert!(fits("ba[\\]ck.jpg", "ba\\ck.jpg") && fits("\\?.jpg", "?.jpg"));
    let globs = Globs::new(["*.jpg", "?.jpg", "é.jpg"]).unwrap();
    assert_eq!(globs.fitting(Path::new("é.jpg")), [0, 1, 2]);
}

#[test]
fn globs_fit_names_in_every_form_and_case() {
    // Composed, decomposed, and the other case of both.
    let forms = ["privé/straße", "prive\u{301}/straße", "PRIVÉ/STRAẞE", "PRIVE\u{301}/Straße"];
    for pattern in forms {
        let globs = Globs::new([format!("{pattern}/**")]).unwrap();
        for path in forms {
            assert!(globs.matches(Path::new(&format!("{path}/a.jpg"))), "{pattern} {path}");
        }
        assert!(!globs.matches(Path::new("prive/straße/a.jpg")), "an accent is not nothing");
    }
    // Pairs of one name, and names that are two.
    let same = [
        ("ΟΔΟΣ", "οδος"),
        ("\u{212b}ngstrom", "ångstrom"),
        ("J\u{30c}", "ǰ"),
        ("ЙОД", "и\u{306}од"),
        ("한글", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"),
        ("[A-z]\\*É*", "_*e\u{301}t\u{e9}"),
    ];
    for (pattern, path) in same {
        assert!(Globs::new([pattern]).unwrap().matches(Path::new(path)), "{pattern} {path}");
    }
    for (pattern, path) in [("é", "e"), ("cafe*", "café.jpg"), ("*.jpg", "é.png"), ("ﬁ", "fi")] {
        assert!(!Globs::new([pattern]).unwrap().matches(Path::new(path)), "{pattern} {path}");
    }
    // What is not UTF-8 stays what it is, and what stands beside it has no case all the same.
    let path = Path::new(OsStr::from_bytes(b"E\xcc\x81t\xc3\x89/\xff.JPG"));
    assert!(Globs::new(["été/*.jpg"]).unwrap().matches(path));
    let globs = Globs::new(["*.png", "É*", "a.*"]).unwrap();
    assert_eq!(globs.fitting(Path::new("e\u{301}.PNG")), [0, 1]);
    assert_eq!(globs.written(), ["*.png", "É*", "a.*"]);
}

/// The options of the engine `onnx` after they stand in a pipeline in this folder.
fn onnx_in(folder: &Path, written: &Value) -> Value {
    let onnx = EngineTable::built_in().find("onnx").expect("it is listed");
    let Value::Object(mut values) = written.clone() else { unreachable!("a map is written") };
    stand_in(folder, onnx.fields, &mut values).expect("the folder's name is text");
    values.into()
}

#[test]
fn a_model_and_its_library_count_from_the_pipeline() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("beside.so"), b"").expect("a file");
    let below = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let table = [
        (json!({"model": "lama.onnx"}), json!({"model": below("lama.onnx")})),
        (json!({"model": "../m/lama.onnx"}), json!({"model": below("../m/lama.onnx")})),
        (json!({"model": "/m/lama.onnx"}), json!({"model": "/m/lama.onnx"})),
        (json!({"model": "none", "library": "auto"}), json!({"model": "none", "library": "auto"})),
        (json!({"library": "lib/ort.so"}), json!({"library": below("lib/ort.so")})),
        // A bare name is that of a file beside the pipeline, or one that the system looks for.
        (json!({"library": "beside.so"}), json!({"library": below("beside.so")})),
        (json!({"library": "libonnxruntime.so"}), json!({"library": "libonnxruntime.so"})),
        (json!({"contract": "lama"}), json!({"contract": "lama"})),
    ];
    for (written, placed) in table {
        assert_eq!(onnx_in(folder.path(), &written), placed);
    }
    let written = json!({"model": "lama.onnx", "library": "lib/ort.so"});
    assert_eq!(onnx_in(Path::new(""), &written), written, "a text counts from the working directory");
}

//! What users may write as `outpaint.engine`.

use std::path::Path;

use recanvas::engines;
use recanvas::engines::Chain;
use recanvas::engines::EngineTable;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::options::Problem;
use recanvas::options::Step;
use serde_json::Value;
use serde_json::json;

/// The canonical form of what a user writes.
fn resolve(written: &Value) -> Result<Value, Vec<Problem>> {
    engines::resolve(written, &mut EngineTable::built_in(), Path::new(""))
}

/// The chain that a user writes like this.
fn chain(written: &Value) -> Chain {
    Chain::build(&resolve(written).expect("a right value"), &EngineTable::built_in())
}

/// The problems of a value as `path: message`.
fn problems(written: &Value) -> Vec<String> {
    let shown = |problem: &Problem| {
        let step = |step: &Step| match step {
            Step::Key(key) => key.clone(),
            Step::Item(index) => index.to_string(),
        };
        let path: Vec<String> = problem.path.iter().map(step).collect();
        format!("{}: {} ({})", path.join("."), problem.message, problem.hint.as_deref().unwrap_or_default())
    };
    resolve(written).expect_err("a mistake").iter().map(shown).collect()
}

#[test]
fn chains_have_one_canonical_form() {
    let blur = json!({"use": "blur", "sigma": 0.03, "dim": 0.1, "tint": "#00000000"});
    for written in [json!("blur"), json!(["blur"]), json!({"use": "blur"}), json!([{"use": "blur", "sigma": "3%"}])] {
        assert_eq!(resolve(&written), Ok(json!([blur])), "{written}");
    }
    let two = resolve(&json!([{"use": "solid", "color": "white"}, "edge"])).unwrap();
    assert_eq!(two, json!([{"use": "solid", "color": "#ffffff"}, {"use": "edge"}]));
    assert_eq!(resolve(&two), Ok(two.clone()));
    let unreachable = Chain::build(&two, &EngineTable::built_in()).unreachable();
    let told: Vec<_> = unreachable.iter().map(|dead| (dead.index, dead.engine.as_str(), dead.behind)).collect();
    assert_eq!(told, [(1, "edge", "solid")]);
}

#[test]
fn every_mistake_in_a_chain_is_told() {
    let written = json!([
        "mirrow",
        {"use": "blur", "sigmma": 1, "dim": "200%"},
        {"use": "solid", "color": null},
        {"blur": {}},
        7,
        {"use": 3},
        {"use": "sold"},
        "edge",
        {"use": "edge"},
    ]);
    let found = problems(&written);
    let expected = [
        "0: unknown engine `mirrow` (did you mean `mirror`?)",
        "1.dim: \"200%\" is not a share from 0 to 100%",
        "1.sigmma: unknown option `sigmma` in engine `blur` (did you mean `sigma`?)",
        "2.color: no value; expected border or a colour",
        "3: no `use`: which engine? (write {use: blur, option: …})",
        "4: 7 is not an engine (known: auto, blur, content, edge, mirror, solid, studio, onnx, bfl, ",
        "5.use: 3 is not the name of an engine",
        "6.use: unknown engine `sold` (did you mean `solid`?)",
        "8: `edge` is listed twice",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for expected in expected {
        assert!(found.iter().any(|found| found.starts_with(expected)), "{expected} is not in {found:#?}");
    }
    assert!(problems(&json!([]))[0].contains("empty"));
    assert!(problems(&json!(null))[0].contains("no value"));
}

#[test]
fn revisions_name_every_engine_that_may_make_pixels() {
    let names = |written| chain(&written).revisions().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(json!("edge")), ["edge"]);
    assert_eq!(names(json!("auto")), ["auto", "solid", "studio", "content", "blur"]);
    assert_eq!(names(json!(["auto", "edge", "blur"])), ["auto", "solid", "studio", "content", "blur", "edge"]);
}

#[test]
fn the_table_and_the_schema_agree() {
    let schema = serde_json::to_string(&engines::engine_schemas(&EngineTable::built_in())).expect("JSON");
    let mut names: Vec<&str> = EngineTable::built_in().local().map(|def| def.name).collect();
    for def in EngineTable::built_in().local() {
        assert!(EngineTable::built_in().find(def.name).is_some_and(|found| std::ptr::eq(found, def)));
        assert!(schema.contains(&format!("{{\"const\":\"{}\"}}", def.name)), "{}", def.name);
        assert!(!def.doc.is_empty() && def.revision > 0);
        let bytes = chain(&def.name.into()).scratch_bytes(Size::new(1080, 1350), Rect::new(0, 135, 1080, 1080), 3);
        assert!(bytes < 1080 * 1350 * 3 * 6, "{} needs {bytes} bytes", def.name);
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), EngineTable::built_in().local().count(), "a name is taken twice");
}

#[cfg(not(feature = "onnx"))]
#[test]
fn a_build_without_models_says_so() {
    for written in [json!("onnx"), json!(["onnx", "blur"]), json!({"use": "onnx", "model": "lama.onnx"})] {
        let missing = chain(&written).missing();
        assert_eq!((missing.len(), missing[0].index, missing[0].engine), (1, 0, "onnx"));
        let said = missing[0].failure.to_string();
        assert_eq!(said, "this build has no engine `onnx`; build it with `--features onnx`");
    }
}

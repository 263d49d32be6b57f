//! What is said of single sources: checked like what is said of targets, and shared where it is the same.

use std::path::Path;
use std::sync::Arc;

use recanvas::pipeline::Document;
use recanvas::pipeline::Mistake;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use recanvas::pipeline::Task;
use recanvas::pipeline::Variant;
use recanvas::pipeline::Variants;
use recanvas::pipeline::WrittenOptions;
use recanvas::pipeline::check;
use serde_json::json;

use crate::own_variants::Pictures;

const TEXT: &str = "version: 1
targets:
  - { name: a, size: 100x100 }
  - { name: b, size: 50x100, convert: { quality: 84 } }
";

fn with(variants: Arc<dyn Variants>) -> Pipeline {
    let document = Document::new(Path::new("p.yaml"), TEXT.to_owned());
    check(&document, Registry::built_in().with_variants(variants)).expect("a pipeline")
}

fn tasks(said: &str, source: &str) -> Arc<[Arc<Task>]> {
    let pictures = Pictures::of(Document::new(Path::new("said.yaml"), said.to_owned())).expect("pictures");
    with(Arc::new(pictures)).tasks(Path::new(source))
}

fn lines(mistakes: &[Mistake]) -> Vec<String> {
    mistakes.iter().map(Mistake::on_one_line).collect()
}

#[test]
fn sources_without_options_of_their_own_share_the_usual_tasks() {
    let said = "x.jpg: [{ targets: [a], options: { convert: { quality: 84 } } }]
y.jpg: [{ targets: [a], options: { convert: { quality: 84 } } }]
z.jpg: [{ targets: [c] }]
";
    let pictures = Pictures::of(Document::new(Path::new("said.yaml"), said.to_owned())).expect("pictures");
    let pipeline = with(Arc::new(pictures));
    let tasks = |source: &str| pipeline.tasks(Path::new(source));
    assert!(Arc::ptr_eq(&tasks("other.jpg"), &pipeline.usual_tasks));
    let (x, usual) = (tasks("x.jpg"), &pipeline.usual_tasks);
    assert!(Arc::ptr_eq(&x[1], &usual[1]) && !Arc::ptr_eq(&x[0], &usual[0]));
    // Equal options share one recipe, wherever they are said; and one task the sources of which the same is said.
    assert!(Arc::ptr_eq(&x[0].recipe, &usual[1].recipe) && Arc::ptr_eq(&x[0].revisions, &usual[0].revisions));
    assert!(Arc::ptr_eq(&x[0], &tasks("x.jpg")[0]));
    assert!(Arc::ptr_eq(&x[0].recipe, &tasks("y.jpg")[0].recipe));
    assert!(Arc::ptr_eq(&tasks("z.jpg")[0], &usual[0]), "what is said of other targets says nothing");
}

#[test]
fn mistakes_stand_where_they_were_written() {
    let said = "x.jpg:
  - options:
      resize: { filter: nonsense }
      convert: { quality: 900 }
  - targets: [b]
    options: { sharpen: {} }
";
    let tasks = tasks(said, "x.jpg");
    assert_eq!(lines(&tasks[0].mistakes).len(), 2, "{:?}", tasks[0].mistakes);
    let refusal = tasks[1].refusal().expect("it is refused").message;
    assert!(refusal.starts_with("said.yaml:3:25: ") && refusal.ends_with("; and 2 more"), "{refusal}");
    assert!(lines(&tasks[1].mistakes)[2].starts_with("said.yaml:6:16: unknown stage `sharpen`"));
    // What is wrong with it is said of the task as it would be without.
    assert_eq!(tasks[1].settings.of("convert")["quality"], 84);
}

#[test]
fn engines_that_do_not_exist_and_models_that_are_missing_are_mistakes() {
    let said = "x.jpg: [{ options: { outpaint: { engine: nobody } } }]
y.jpg: [{ options: { outpaint: { engine: [blur, { use: onnx, model: /no/such/model.onnx }] } } }]
";
    let told = lines(&tasks(said, "x.jpg")[0].mistakes);
    assert!(told.len() == 1 && told[0].starts_with("said.yaml:1:") && told[0].contains("unknown engine `nobody`"));
    let told = lines(&tasks(said, "y.jpg")[0].mistakes);
    assert!(
        told.len() == 1 && told[0].starts_with("said.yaml:2:") && told[0].contains("`onnx` cannot be used"),
        "{told:?}"
    );
}

#[test]
fn options_without_an_effect_are_warnings() {
    let said = "x.jpg: [{ options: { auto_crop: { mode: center }, outpaint: { engine: [blur, auto] } } }]";
    let tasks = tasks(said, "x.jpg");
    let told = lines(&tasks[0].warnings);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().any(|line| line.contains("`auto_crop` has no effect here: aspect never crops")), "{told:?}");
    assert!(told.iter().any(|line| line.contains("is never reached")), "{told:?}");
    assert!(tasks[0].mistakes.is_empty() && tasks[0].settings.of("auto_crop")["mode"] == "center");
}

/// Says the same of every source, in a line of a table.
#[derive(Debug)]
struct Table;

impl Variants for Table {
    fn of(&self, _: &Path) -> Vec<Variant> {
        let options = json!({ "convert": { "quality": 40 }, "aspect": { "fit": "shrink" } });
        let options = options.as_object().expect("a map").clone();
        let layer = WrittenOptions::in_line(Path::new("pim.csv"), 17, "A17,40,shrink", options);
        let mut variant = Variant::default();
        variant.layers.push(Arc::new(layer));
        vec![variant]
    }
}

#[test]
fn mistakes_in_tables_are_told_with_their_line() {
    let task = &with(Arc::new(Table)).tasks(Path::new("x.jpg"))[0];
    let [mistake] = &task.mistakes[..] else { panic!("one mistake: {:?}", task.mistakes) };
    assert_eq!((mistake.file.as_path(), mistake.line, &*mistake.excerpt), (Path::new("pim.csv"), 17, "A17,40,shrink"));
}

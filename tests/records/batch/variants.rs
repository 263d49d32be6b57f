//! What is said of single pictures: rows, further encodings, overrides; planned, made, recorded, resumed, withdrawn.

use std::collections::BTreeSet;
use std::path::Path;

use recanvas::batch;
use recanvas::batch::Gone;
use recanvas::batch::Plan;
use recanvas::batch::Request;
use recanvas::error::Class;
use recanvas::manifest::State;
use recanvas::manifest::TaskOutcome;
use recanvas::pipeline::Document;
use recanvas::pipeline::Pipeline;

use crate::batch::world::BLUE;
use crate::batch::world::RED;
use crate::batch::world::Ran;
use crate::batch::world::World;
use crate::batch::world::picture;
use crate::own_variants::Pictures;

/// A world with two sources, and what is said of them.
struct Said(World);

impl Said {
    fn both() -> [Said; 2] {
        World::both().map(|world| {
            world.put_source("x.png", &picture(RED));
            world.put_source("y.png", &picture(BLUE));
            Said(world)
        })
    }

    fn pipeline(&self, said: &str) -> Pipeline {
        let pictures = Document::new(Path::new("pictures.yaml"), said.to_owned());
        self.0.pipeline_with("", std::sync::Arc::new(Pictures::of(pictures).expect("pictures")))
    }

    fn run(&self, said: &str) -> Ran {
        self.run_with(said, |request| request)
    }

    fn run_with(&self, said: &str, change: impl FnOnce(Request) -> Request) -> Ran {
        self.0.run_of(&self.pipeline(said), change, &|| ())
    }

    fn plan_with(&self, said: &str, change: impl FnOnce(Request) -> Request) -> Plan {
        let pipeline = self.pipeline(said);
        batch::plan(&pipeline, &change(self.0.request(&pipeline))).expect("a plan")
    }

    /// The labels of the tasks that are recorded as done, with their sources.
    fn done(&self) -> BTreeSet<String> {
        let state = State::load(&self.0.path("state"), "world").expect("a manifest");
        let done = state.tasks().filter(|(_, outcome)| matches!(outcome, TaskOutcome::Done(_)));
        done.map(|(key, _)| format!("{} {}", key.source.display(), key.label())).collect()
    }

    fn outputs(&self) -> BTreeSet<String> {
        self.0.outputs().into_keys().map(|path| path.display().to_string()).filter(|path| !path.contains('/')).collect()
    }
}

/// A row of its own beside the usual results, and one of these in another format as well.
const ROWS: &str = "x.png:
  - {}
  - { targets: [a], row: A17, path: \"{stem}.A17.{target}.{ext}\" }
  - { targets: [b], encoding: webp }
";

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn rows_and_encodings_of_one_picture_have_keys_totals_and_files_of_their_own() {
    for said in Said::both() {
        let name = said.0.name();
        assert_eq!(said.plan_with(ROWS, |request| request).tasks_in_all, 6, "{name}");
        assert_eq!(said.run(ROWS).counts(), [6, 0, 0, 0], "{name}");
        let done = ["x.png a", "x.png a row A17", "x.png b", "x.png b as webp", "y.png a", "y.png b"];
        assert_eq!(said.done(), names(&done), "{name}");
        let files = ["x.A17.a.jpg", "x.a.jpg", "x.b.jpg", "x.b.webp", "y.a.jpg", "y.b.jpg"];
        assert_eq!(said.outputs(), names(&files), "{name}");
        assert_eq!(said.run(ROWS).counts(), [0, 6, 0, 0], "{name}");
        // One is damaged: it alone is made again.
        said.0.put_output("x.b.webp", b"");
        let overwrites = |request: Request| request.with(|it| it.overwrite_modified = true);
        assert_eq!(said.run_with(ROWS, overwrites).counts(), [1, 5, 0, 0], "{name}");
    }
}

#[test]
fn filters_and_limits_count_tasks_of_rows() {
    for said in Said::both() {
        let only = |request: Request| request.with(|it| it.only = vec!["x.png".to_owned()]);
        let of_a = |request: Request| request.with(|it| it.targets = vec!["a".to_owned()]);
        assert_eq!(
            said.run_with(ROWS, |request: Request| of_a(only(request)).with(|it| it.limit = Some(1))).counts(),
            [1, 0, 0, 1]
        );
        let plan = said.plan_with(ROWS, |request: Request| only(request).with(|it| it.limit = Some(2)));
        assert_eq!((plan.selected().count(), plan.beyond_limit()), (4, 1));
        assert_eq!(said.run_with(ROWS, |request| of_a(only(request))).counts(), [1, 1, 0, 0]);
        assert_eq!(said.done(), names(&["x.png a", "x.png a row A17"]));
        assert_eq!(
            said.run_with(ROWS, |request: Request| request.with(|it| it.limit = Some(3))).counts(),
            [3, 2, 0, 1]
        );
        assert_eq!(said.run(ROWS).counts(), [1, 5, 0, 0]);
    }
}

#[test]
fn a_row_that_goes_away_leaves_an_orphan() {
    for said in Said::both() {
        said.run(ROWS);
        for (later, gone) in [
            ("x.png: [{}, { targets: [b], encoding: webp }]", vec!["x.A17.a.jpg"]),
            ("{}", vec!["x.A17.a.jpg", "x.b.webp"]),
        ] {
            let plan = said.plan_with(later, |request: Request| request.with(|it| it.lists_orphans = true));
            let listed = plan.orphans.listed.expect("a list");
            let told: Vec<_> = listed.iter().map(|one| (one.output.to_str().expect("text"), one.gone)).collect();
            assert_eq!(told, gone.iter().map(|path| (*path, Gone::Task)).collect::<Vec<_>>(), "{}", said.0.name());
        }
        // Only what is gone is removed; what is asked for is as done as before.
        let later = "x.png: [{}, { targets: [b], encoding: webp }]";
        let pipeline = said.pipeline(later);
        let pruned = batch::prune(&pipeline, &said.0.request(&pipeline), false).expect("it is pruned");
        assert_eq!(pruned.removed.len(), 1, "{}", said.0.name());
        assert!(!said.outputs().contains("x.A17.a.jpg") && said.outputs().contains("x.b.webp"));
        assert_eq!(said.run(later).counts(), [0, 5, 0, 0]);
        // A source that goes away takes all of its tasks along.
        said.0.remove_source("x.png");
        let orphans = said.plan_with(later, |request: Request| request.with(|it| it.lists_orphans = true)).orphans;
        let gone: Vec<Gone> = orphans.listed.expect("a list").iter().map(|one| one.gone).collect();
        assert_eq!(gone, [Gone::Source; 3], "{}", said.0.name());
    }
}

#[test]
fn an_override_makes_only_the_tasks_stale_whose_options_it_changes() {
    let quality = |source: &str| format!("{source}: [{{ options: {{ convert: {{ quality: 30 }} }} }}]\n");
    for said in Said::both() {
        let name = said.0.name();
        let usual = (said.run("{}").counts(), said.0.outputs()).1;
        assert_eq!(said.run(&quality("x.png")).counts(), [2, 2, 0, 0], "{name}");
        let changed = said.0.outputs();
        let is_same = |file: &str| changed[Path::new(file)] == usual[Path::new(file)];
        assert!(!is_same("x.a.jpg") && !is_same("x.b.jpg") && is_same("y.a.jpg") && is_same("y.b.jpg"), "{name}");
        assert_eq!(said.run(&quality("x.png")).counts(), [0, 4, 0, 0], "{name}");
        // The pipeline's own value, said once more, is no change.
        let both = format!("{}y.png: [{{ options: {{ convert: {{ quality: 85 }} }} }}]\n", quality("x.png"));
        assert_eq!(said.run(&both).counts(), [0, 4, 0, 0], "{name}");
        // For the other picture: of one target alone it changes one task, and withdrawn the two of the first.
        let other = "y.png: [{ targets: [b], options: { convert: { quality: 30 } } }]\n";
        assert_eq!(said.run(other).counts(), [3, 1, 0, 0], "{name}");
        assert_eq!(said.run("{}").counts(), [1, 3, 0, 0], "{name}");
        assert_eq!(said.0.outputs(), usual, "{name}");
    }
}

#[test]
fn later_overrides_of_a_picture_lie_over_earlier_ones() {
    let text = "x.png:
  - { options: { convert: { format: png }, aspect: { fit: crop } } }
  - { targets: [a], options: { convert: { format: webp } } }
";
    for said in Said::both() {
        assert_eq!(said.run(text).counts(), [4, 0, 0, 0]);
        assert_eq!(said.outputs(), names(&["x.a.webp", "x.b.png", "y.a.jpg", "y.b.jpg"]));
        let task = &said.pipeline(text).tasks(Path::new("x.png"))[0];
        let origin = |stage, option| task.settings.origin(stage, option).to_string();
        assert_eq!(origin("convert", "format"), "override, pictures.yaml, line 3");
        assert_eq!(origin("aspect", "fit"), "override, pictures.yaml, line 2");
        assert_eq!(origin("convert", "quality"), "default");
    }
}

#[test]
fn a_failure_of_one_row_is_known_and_tried_again_by_itself() {
    let text = "x.png:
  - {}
  - { targets: [a], row: large, path: \"{stem}.large.{ext}\", options: { resize: { upscale: refuse } } }
";
    for said in Said::both() {
        let ran = said.run(text);
        assert_eq!(
            (ran.counts(), ran.failed.as_slice()),
            ([4, 0, 1, 0], ["x.png [a] too_small".to_owned()].as_slice())
        );
        let again = said.run(text);
        assert_eq!((again.counts(), again.summary.known_failed[&Class::TooSmall]), ([0, 4, 0, 0], 1));
        let retry = said.run_with(text, |request: Request| request.with(|it| it.retry_failed = true));
        assert_eq!(retry.counts(), [0, 4, 1, 0]);
        assert_eq!(said.run(&text.replace("refuse", "allow")).counts(), [1, 4, 0, 0]);
    }
}

#[test]
fn a_mistake_about_one_picture_fails_its_tasks_alone_and_keeps_what_was_made() {
    for said in Said::both() {
        let name = said.0.name();
        let wrong = "x.png: [{ targets: [a], options: { convert: { qualty: 30 }, blurr: {} } }]\n";
        let ran = said.run(wrong);
        assert_eq!((ran.counts(), ran.failed.as_slice()), ([3, 0, 1, 0], ["x.png [a] options".to_owned()].as_slice()));
        // Every run decides it anew, and it is nothing to wait for.
        assert_eq!(said.run(wrong).counts(), [0, 3, 1, 0], "{name}");
        let right = "x.png: [{ targets: [a], options: { convert: { quality: 30, format: png } } }]\n";
        assert_eq!(said.run(right).counts(), [1, 3, 0, 0], "{name}");
        let made = said.0.outputs();
        // What was made under other options stays, and is no orphan.
        assert_eq!(said.run(wrong).counts(), [0, 3, 1, 0], "{name}");
        let plan = said.plan_with(wrong, |request| request);
        assert_eq!((said.0.outputs(), plan.orphans.count), (made, 0), "{name}");
        assert_eq!(said.run(right).counts(), [0, 4, 0, 0], "{name}");
        let mistakes = &said.pipeline(wrong).tasks(Path::new("x.png"))[0].mistakes;
        let told: Vec<String> = mistakes.iter().map(recanvas::pipeline::Mistake::on_one_line).collect();
        let expected = [
            "pictures.yaml:1:47: unknown option `qualty` in stage `convert`; did you mean `quality`?",
            "pictures.yaml:1:61: unknown stage `blurr`; known: load, aspect, auto_crop, resize, outpaint, convert",
        ];
        assert_eq!(told, expected, "{name}");
    }
}

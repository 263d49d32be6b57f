//! What a stage may say beside pixels: a revision of its own, and what it finds in the file as it is written.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use recanvas::batch::Request;
use recanvas::geometry::Finding;
use recanvas::options::Field;
use recanvas::options::Kind;
use recanvas::options::Values;
use recanvas::options::typed;
use recanvas::pipeline::Registry;
use recanvas::stages::ActingInput;
use recanvas::stages::FileInput;
use recanvas::stages::Stage;
use recanvas::stages::StageDef;
use serde::Deserialize;

use crate::batch::world::RED;
use crate::batch::world::World;
use crate::batch::world::picture;

const FIELDS: &[Field] =
    &[Field::new("max_bytes", Kind::Integer(0, 1_000_000), "0", "bytes that a file may have; 0 for any number")];

static SIZED: StageDef = StageDef {
    fields: || FIELDS,
    ..StageDef::new("sized", "checks how large files are", |values, _| Arc::new(typed::<SizeRule>(values)))
};

/// The stage's own revision.
static REVISION: AtomicU32 = AtomicU32::new(0);

#[derive(Deserialize)]
struct SizeRule {
    max_bytes: usize,
}

impl Stage for SizeRule {
    fn revision(&self) -> Option<u32> {
        Some(REVISION.load(Ordering::Relaxed)).filter(|revision| *revision > 0)
    }

    fn check(&self, file: &[u8], input: &FileInput<'_>) -> Vec<Finding> {
        if self.max_bytes == 0 {
            return Vec::new();
        }
        vec![Finding {
            pass: file.len() <= self.max_bytes,
            ..Finding::new("max_bytes")
                .measured(format!("{} bytes of {}", file.len(), input.format.name()), self.max_bytes)
                .fix("lower convert.quality")
        }]
    }

    fn acting(&self, values: &Values, _output: &ActingInput<'_>) -> Option<Values> {
        (self.max_bytes > 0).then(|| values.clone())
    }
}

#[test]
fn a_file_is_checked_as_it_is_written_and_its_record_says_what_was_found() {
    for world in World::both() {
        world.put_source("x.png", &picture(RED));
        let run = |most: usize| {
            let registry = Registry::built_in().with_stage(&SIZED, "convert");
            let pipeline = World::checked(&format!("stages: [{{ sized: {{ max_bytes: {most} }} }}]"), registry);
            world.run_of(&pipeline, |request| request, &|| ()).counts()
        };
        assert_eq!(run(100_000), [2, 0, 0, 0]);
        let records = || fs::read_to_string(world.path("state/manifest.jsonl")).expect("a manifest");
        assert_eq!(records().matches(r#"{"rule":"max_bytes","pass":true"#).count(), 2);
        assert_eq!(run(10), [2, 0, 0, 0], "a rule that is not kept fails nothing");
        let bytes = world.outputs().values().map(Vec::len).collect::<Vec<_>>();
        for length in bytes {
            let found = r#"{"rule":"max_bytes","pass":false"#;
            let line =
                format!(r#"{found},"measured":"{length} bytes of jpeg","required":10,"fix":"lower convert.quality"}}"#);
            assert!(records().contains(&line), "{line}\n{}", records());
        }
    }
}

#[test]
fn a_stage_has_a_revision_of_its_own() {
    for world in World::both() {
        world.put_source("x.png", &picture(RED));
        let run = |revision: u32, refresh: bool| {
            REVISION.store(revision, Ordering::Relaxed);
            let registry = Registry::built_in().with_stage(&SIZED, "convert");
            let pipeline = World::checked("stages: [{ sized: { max_bytes: 100000 } }]", registry);
            let ran = world.run_of(&pipeline, |request: Request| request.with(|it| it.refresh = refresh), &|| ());
            let made = pipeline.usual_tasks[0].revisions.get("stage.sized.own");
            (ran.summary.done, ran.summary.skipped, ran.summary.outdated, made)
        };
        assert_eq!(run(4, false), (2, 0, 0, Some(4)));
        assert_eq!(run(4, false), (0, 2, 0, Some(4)));
        assert_eq!(run(5, false), (0, 2, 2, Some(5)), "{}: it is kept, and outdated", world.name());
        assert_eq!(run(5, true), (2, 0, 0, Some(5)));
        assert_eq!(run(5, false), (0, 2, 0, Some(5)));
        REVISION.store(0, Ordering::Relaxed);
    }
}

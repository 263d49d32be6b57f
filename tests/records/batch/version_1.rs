//! A tree of a program that wrote version 1 of the manifest: equal work stays done.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use recanvas::batch;
use recanvas::batch::Request;
use recanvas::batch::Silent;
use recanvas::batch::Stop;
use recanvas::digest::Digest;
use recanvas::manifest::OptionsRecord;
use recanvas::manifest::Record;
use recanvas::manifest::RunStarted;
use recanvas::manifest::SourceRecord;
use recanvas::manifest::TaskFailed;
use recanvas::manifest::TaskFinished;
use recanvas::manifest::TaskStamp;
use recanvas::pipeline::Document;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use recanvas::pipeline::check;

use crate::batch::world::BLUE;
use crate::batch::world::RED;
use crate::batch::world::World;
use crate::batch::world::picture;

/// What version 1 named failures by a limit by, beside the options.
const LIMITS: &str = r#"{"load":{"max_bytes":1073741824,"max_pixels":100}}"#;

/// Stages and targets: one with margins, one that is cropped, and one of the source's own format.
fn words(engine: &str, filter: &str, path: &str) -> String {
    format!(
        "output: {{ path: \"{path}\" }}\n\
         targets:\n  - {{ name: wide, size: 20x16 }}\n  - {{ name: crop, size: 8x6, aspect: {{ fit: crop }} }}\n  \
         - {{ name: own, width: 16, convert: {{ format: source }} }}\n\
         stages:\n  - load: {{ max_pixels: 1000 }}\n  - resize: {{ filter: {filter} }}\n  \
         - outpaint: {{ engine: {engine} }}\n"
    )
}

const PATH: &str = "{dir}/{stem}.{target}.{ext}";

fn pipeline(words: &str) -> Pipeline {
    let document = Document::new(Path::new("p.yaml"), format!("version: 1\nname: old\n{words}"));
    check(&document, Registry::built_in()).expect("a pipeline")
}

/// Done, skipped, failed, known to fail.
fn run(world: &World, words: &str) -> [u64; 4] {
    let pipeline = pipeline(words);
    let request: Request = world.request(&pipeline);
    let summary = batch::run(&pipeline, &request, &Silent, &Stop::new()).expect("a run");
    [summary.done, summary.skipped, summary.failures(), summary.known_failed.values().sum()]
}

fn redone(world: &World, words: &str) -> usize {
    let pipeline = pipeline(words);
    let plan = batch::plan(&pipeline, &world.request(&pipeline)).expect("a plan");
    plan.selected().filter(|(_, one)| matches!(one.plan.action, batch::Action::Make(_))).count()
}

/// Rewrites a manifest as version 1 wrote it.
fn of_version_1(manifest: &str) -> String {
    let (mut names, mut texts, mut sources) = (HashMap::new(), HashMap::new(), HashMap::new());
    let mut line_of = |line: &str| {
        let name = |names: &HashMap<Digest, Digest>, resolved: Option<Digest>| names.get(&resolved?).copied();
        let record = match Record::parse(line.as_bytes()).expect("a record") {
            Record::RunStarted(it) => Record::RunStarted(RunStarted { version: 1, ..it }),
            Record::Source(SourceRecord { path, size, mtime, ctime, inode, etag, hash, .. }) => {
                let seen = TaskStamp { size: Some(size), mtime: Some(mtime), ctime, inode, etag, hash };
                sources.insert(path.to_path_buf(), seen);
                return String::new();
            }
            Record::Options(it) => {
                // The text is the same, and is all that the digest is of.
                let (resolved, text) = (it.fingerprint, it.options.to_string());
                let fingerprint = Digest::of(text.as_bytes());
                names.insert(resolved, fingerprint);
                texts.insert(resolved, text);
                Record::Options(OptionsRecord { fingerprint, ..it })
            }
            Record::TaskFinished(it) => {
                let fingerprint = name(&names, it.resolved);
                let seen = sources[&*it.source];
                Record::TaskFinished(TaskFinished { seen, fingerprint, asked: None, resolved: None, ..it })
            }
            Record::TaskFailed(it) => {
                let text = &texts[&it.resolved.expect("options")];
                let named = if it.class == "limit" { format!("{text}{LIMITS}") } else { text.clone() };
                let fingerprint = Some(Digest::of(named.as_bytes()));
                let seen = sources[&*it.source];
                Record::TaskFailed(TaskFailed { seen, fingerprint, asked: None, resolved: None, ..it })
            }
            other => other,
        };
        String::from_utf8(record.to_line().expect("a line")).expect("text")
    };
    manifest.lines().map(&mut line_of).collect()
}

/// Both worlds as a program of version 1 left them: six outputs, and three tasks that failed.
fn worlds() -> [World; 2] {
    let worlds = World::both();
    for world in &worlds {
        world.put_source("red.png", &picture(RED));
        world.put_source("blue.png", &picture(BLUE));
        world.put_source("text.png", b"\x89PNG\r\n\x1a\nno more");
        let words = words("blur", "box", PATH).replace("1000", "100");
        assert_eq!(run(world, &words), [0, 0, 9, 0], "100 pixels are too few");
        let limited = of_version_1(&manifest(world));
        put_manifest(world, &limited);
        assert_eq!(run(world, &words), [0, 0, 0, 9], "{}: limits are remembered", world.name());
        put_manifest(world, "");
        let words = self::words("blur", "box", PATH);
        assert_eq!(run(world, &words), [6, 0, 3, 0], "{}", world.name());
        put_manifest(world, &of_version_1(&manifest(world)));
        assert!(!manifest(world).contains("\"resolved\"") && manifest(world).contains("\"version\":1"));
    }
    worlds
}

fn manifest(world: &World) -> String {
    fs::read_to_string(world.path("state/manifest.jsonl")).expect("a manifest")
}

fn put_manifest(world: &World, text: &str) {
    fs::write(world.path("state/manifest.jsonl"), text).expect("it is written");
}

#[test]
fn nothing_is_redone_and_no_source_is_opened() {
    for world in worlds() {
        let (words, before) = (words("blur", "box", PATH), world.outputs());
        for _ in 0..2 {
            let opened = world.memory().map(|memory| memory.opened());
            assert_eq!(run(&world, &words), [0, 6, 0, 3], "{}", world.name());
            assert_eq!(world.memory().map(|memory| memory.opened()), opened, "{}", world.name());
        }
        assert_eq!(world.outputs(), before, "{}", world.name());
        let text = manifest(&world);
        assert!(text.contains("\"version\":1") && text.contains("\"version\":2"), "{}", world.name());
    }
}

#[test]
fn options_that_do_not_act_are_found_out_once() {
    for world in worlds() {
        let before = world.outputs();
        // The engine fills margins of `wide` alone, and the filter acts on `crop` alone: the others stand one to one.
        assert_eq!(redone(&world, &words("edge", "box", PATH)), 2, "{}", world.name());
        assert_eq!(redone(&world, &words("blur", "mitchell", PATH)), 2, "{}", world.name());
        assert_eq!(redone(&world, &words("blur", "box", "{stem}.{target}.{ext}")), 0, "{}", world.name());
        assert_eq!(redone(&world, &words("blur", "box", "{target}/{stem}.{ext}")), 6, "{}", world.name());
        let moved = words("blur", "box", "{stem}.{target}.{ext}");
        assert_eq!(run(&world, &moved)[..2], [0, 6], "{}", world.name());
        // From now on all is known without a look.
        let now = words("edge", "box", "{stem}.{target}.{ext}");
        assert_eq!(run(&world, &now)[..2], [2, 4], "{}", world.name());
        let opened = world.memory().map(|memory| memory.opened());
        assert_eq!(run(&world, &now)[..2], [0, 6], "{}", world.name());
        assert_eq!(world.memory().map(|memory| memory.opened()), opened, "{}", world.name());
        assert_eq!(redone(&world, &words("blur", "box", PATH)), 2, "{}", world.name());
        assert_ne!(world.outputs(), before, "{}", world.name());
    }
}

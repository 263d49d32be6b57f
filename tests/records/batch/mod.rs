//! Runs over folders and over stores in memory, through the public API: both come to the same.

mod interrupted;
mod pictures;
mod stages;
mod stale;
mod variants;
mod version_1;
mod versions;
mod world;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;

use rayon::ThreadPoolBuilder;
use recanvas::batch;
use recanvas::batch::Action;
use recanvas::batch::Event;
use recanvas::batch::Observer;
use recanvas::batch::Request;
use recanvas::batch::Stop;
use recanvas::batch::Why;
use recanvas::batch::prune;

use interrupted::Interrupted;
use interrupted::Moment;
use world::BLUE;
use world::RED;
use world::World;
use world::picture;

/// Both worlds with three sources, and a file that is none.
fn worlds() -> [World; 2] {
    let worlds = World::both();
    for world in &worlds {
        world.put_source("shoes/x.png", &picture(RED));
        world.put_source("y.png", &picture(BLUE));
        world.put_source("z.dat", &picture(RED));
        world.put_source("notes.txt", b"no picture");
    }
    worlds
}

fn names(outputs: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<&str> {
    outputs.keys().map(|path| path.to_str().expect("a name in UTF-8")).collect()
}

const ALL: [&str; 6] = ["shoes/x.a.jpg", "shoes/x.b.jpg", "y.a.jpg", "y.b.jpg", "z.a.jpg", "z.b.jpg"];

#[test]
fn a_run_makes_everything_once_and_the_same_in_both() {
    let worlds = worlds();
    for world in &worlds {
        let plan = world.plan();
        assert_eq!((plan.selected().count(), world.outputs().len()), (6, 0), "{}: a plan writes nothing", world.name());
        assert_eq!(plan.ignored.to_string(), "1 (1 txt)");
        assert!(!world.path("state").exists(), "{}", world.name());
        let ran = world.run();
        assert_eq!(ran.counts(), [6, 0, 0, 0], "{}: {:?}", world.name(), ran.failed);
        assert_eq!(names(&world.outputs()), ALL);
        let opened = world.memory().map(|memory| memory.opened());
        assert_eq!(world.run().counts(), [0, 6, 0, 0], "{}", world.name());
        assert_eq!(world.memory().map(|memory| memory.opened()), opened, "a finished source is not opened");
        // Where each output is synced by itself, each was.
        assert!(world.memory_of_outputs().is_none_or(|memory| memory.synced() == 6));
    }
    assert_eq!(worlds[0].outputs(), worlds[1].outputs());
}

/// Keeps the names of the threads on which outputs are finished.
#[derive(Default)]
struct Threads(Mutex<BTreeSet<String>>);

impl Observer for Threads {
    fn notice(&self, event: &Event<'_>) {
        if matches!(event, Event::TaskDone { .. }) {
            let name = thread::current().name().unwrap_or_default().to_owned();
            self.0.lock().expect("no thread died").insert(name);
        }
    }
}

#[test]
fn pictures_are_made_on_the_threads_of_a_given_pool() {
    let pool = ThreadPoolBuilder::new().num_threads(2).thread_name(|index| format!("given {index}")).build();
    let pool = Arc::new(pool.expect("a pool"));
    for world in worlds() {
        let pipeline = world.pipeline("");
        let request = world.request(&pipeline).with(|it| it.pool = Some(Arc::clone(&pool)));
        let threads = Threads::default();
        let summary = batch::run(&pipeline, &request, &threads, &Stop::new()).expect("a run");
        assert_eq!(summary.done, 6, "{}", world.name());
        let names = threads.0.into_inner().expect("no thread died");
        assert!(!names.is_empty() && names.iter().all(|name| name.starts_with("given ")), "{names:?}");
    }
}

#[test]
fn folders_and_stores_select_the_same_sources() {
    for world in World::both() {
        for path in ["a.png", "b/c.png", "b/_drafts/d.png", ".hidden/e.png", "f.webp"] {
            world.put_source(path, &picture(RED));
        }
        let more = "input: { include: [\"*.png\", \"nowhere/*\"], exclude: [_drafts] }";
        let pipeline = world.pipeline(more);
        let request = world.request(&pipeline).with(|it| it.lists_ignored = true);
        let plan = batch::plan(&pipeline, &request).expect("a plan");
        let sources: Vec<&Path> = plan.sources.iter().map(|source| &*source.file.path).collect();
        assert_eq!(sources, [Path::new("a.png"), Path::new("b/c.png")], "{}", world.name());
        assert_eq!(plan.ignored.to_string(), "3 (2 excluded, 1 hidden)", "{}", world.name());
        assert_eq!(plan.ignored.idle(), ["nowhere/*"]);
        assert_eq!(plan.ignored.listed().map(<[_]>::len), Some(3));
    }
}

#[test]
fn a_changed_source_is_made_again_alone() {
    assert_eq!(picture(RED).len(), picture(BLUE).len());
    for world in worlds() {
        world.run();
        let before = world.outputs();
        // In memory not even the time tells.
        match world.memory() {
            Some(memory) => memory.replace(Path::new("y.png"), &picture(RED)),
            None => world.put_source("y.png", &picture(RED)),
        }
        let plan = world.plan();
        let made = plan.selected().filter_map(|(source, one)| match &one.plan.action {
            Action::Make(make) => Some((&*source.file.path, make.why())),
            _ => None,
        });
        assert!(made.eq([(Path::new("y.png"), &Why::Source); 2]), "{}", world.name());
        assert_eq!(world.run().counts(), [2, 4, 0, 0], "{}", world.name());
        let after = world.outputs();
        let differ: Vec<&str> =
            names(&after).into_iter().filter(|name| before[Path::new(name)] != after[Path::new(name)]).collect();
        assert_eq!(differ, ["y.a.jpg", "y.b.jpg"], "{}", world.name());
        // The same bytes at another time are the same source, which is read once to know it.
        world.put_source("y.png", &picture(RED));
        assert_eq!(world.run().counts(), [0, 6, 0, 0], "{}", world.name());
        let opened = world.memory().map(|memory| memory.opened());
        assert_eq!(world.run().counts(), [0, 6, 0, 0], "{}", world.name());
        assert_eq!(world.memory().map(|memory| memory.opened()), opened);
    }
}

#[test]
fn a_file_of_the_user_stays_and_an_equal_one_is_adopted() {
    for world in worlds() {
        world.put_output("y.a.jpg", b"mine");
        let ran = world.run();
        assert_eq!(ran.counts(), [5, 0, 1, 0], "{}", world.name());
        assert_eq!(ran.failed, ["y.png [a] conflict"]);
        assert_eq!(world.outputs()[Path::new("y.a.jpg")], b"mine");
        // Without the records nothing tells whose they are but what they hold.
        let before = world.outputs();
        fs::remove_dir_all(world.path("state")).expect("a state folder");
        let ran = world.run();
        assert_eq!((ran.counts(), ran.summary.adopted), ([5, 0, 1, 0], 5), "{}", world.name());
        assert_eq!(world.outputs(), before);
    }
}

#[test]
fn an_output_that_was_changed_stays_until_it_may_be_replaced() {
    for world in worlds() {
        world.run();
        let before = world.outputs();
        world.put_output("y.a.jpg", &before[Path::new("y.b.jpg")]);
        let ran = world.run();
        assert_eq!((ran.counts(), ran.summary.modified), ([0, 6, 0, 0], 1), "{}", world.name());
        assert_ne!(world.outputs(), before);
        let ran = world.run_with(|request: Request| request.with(|it| it.overwrite_modified = true), &|| ());
        assert_eq!(ran.counts(), [1, 5, 0, 0], "{}", world.name());
        assert_eq!(world.outputs(), before);
    }
}

#[test]
fn files_that_came_to_an_output_path_since_the_plan_stay() {
    for world in worlds() {
        let ran = world.run_with(|request| request, &|| world.put_output("y.a.jpg", b"mine"));
        assert_eq!((ran.counts(), &*ran.failed), ([5, 0, 1, 0], &["y.png [a] io".to_owned()][..]), "{}", world.name());
        assert_eq!(world.outputs()[Path::new("y.a.jpg")], b"mine");
    }
}

#[test]
fn orphans_are_told_and_removed_but_not_those_that_were_changed() {
    for world in worlds() {
        world.run();
        world.remove_source("y.png");
        world.put_output("y.b.jpg", b"mine");
        let orphans = world.plan().orphans;
        assert_eq!((orphans.count, orphans.kept), (1, 1), "{}", world.name());
        let pipeline = world.pipeline("");
        let pruned = prune(&pipeline, &world.request(&pipeline), false).expect("it begins");
        let told = |orphans: &[batch::Orphan]| orphans.iter().map(|orphan| orphan.output.clone()).collect::<Vec<_>>();
        assert_eq!(told(&pruned.removed), [Path::new("y.a.jpg")], "{}", world.name());
        assert_eq!(told(&pruned.kept), [Path::new("y.b.jpg")], "{}", world.name());
        assert_eq!(names(&world.outputs()), ["shoes/x.a.jpg", "shoes/x.b.jpg", "y.b.jpg", "z.a.jpg", "z.b.jpg"]);
        assert_eq!(world.run().counts(), [0, 4, 0, 0], "{}", world.name());
    }
}

#[test]
fn a_source_that_cannot_be_read_fails_alone_and_is_tried_again() {
    for world in worlds() {
        let ran = world.run_with(|request| request, &|| world.remove_source("y.png"));
        assert_eq!(ran.counts(), [4, 0, 2, 0], "{}", world.name());
        assert_eq!(ran.failed, ["y.png [a] io", "y.png [b] io"]);
        world.put_source("y.png", &picture(BLUE));
        // One that was replaced between plan and work is not read as what it was.
        let replace = || world.put_source("y.png", &[picture(RED), vec![0]].concat());
        let ran = world.run_with(|request| request, &replace);
        assert_eq!((ran.counts(), &*ran.failed[0]), ([0, 4, 2, 0], "y.png [a] io"), "{}", world.name());
        world.put_source("y.png", &picture(BLUE));
        assert_eq!(world.run().counts(), [2, 4, 0, 0], "{}", world.name());
        assert_eq!(names(&world.outputs()), ALL);
    }
}

#[test]
fn a_run_killed_around_a_commit_is_completed_by_the_next_run() {
    for (moment, there) in [(Moment::BeforeCommit, 4), (Moment::AfterCommit, 6)] {
        for world in worlds() {
            let killed = |request: Request| {
                let store = Interrupted::new(world.output_store(), moment, 2);
                request.with(|it| it.outputs = Some(Arc::new(store)))
            };
            let ran = world.run_with(killed, &|| ());
            assert_eq!((ran.summary.done, &*ran.failed), (4, &[][..]), "{} {moment:?}", world.name());
            assert_eq!(world.outputs().len(), there, "{} {moment:?}", world.name());
            let plan = world.plan();
            let why = plan
                .selected()
                .filter_map(|(_, one)| if let Action::Make(make) = &one.plan.action { Some(make.why()) } else { None });
            assert!(why.eq([&Why::Interrupted; 2]), "{} {moment:?}", world.name());
            assert_eq!(world.run().counts(), [2, 4, 0, 0], "{} {moment:?}", world.name());
            assert_eq!(names(&world.outputs()), ALL);
            assert_eq!(world.run().counts(), [0, 6, 0, 0], "{} {moment:?}", world.name());
        }
    }
}

//! Sources that change: between two runs, and while one goes on.

use std::fs;

use image::RgbImage;
use recanvas::batch::Event;
use recanvas::batch::Observer;
use recanvas::batch::Stop;
use recanvas::report;

use crate::measured::trim::Edges;
use crate::measured::world::TARGETS;
use crate::measured::world::World;
use crate::measured::world::count;
use crate::measured::world::framed;
use crate::measured::world::pipeline;
use crate::measured::world::thing;

#[test]
fn a_source_that_changed_is_looked_at_anew_alone() {
    static EDGES: Edges = Edges::new(1);
    let (world, pipeline) = (World::new(), pipeline(&EDGES, TARGETS));
    world.run(&pipeline);
    assert_eq!(EDGES.looks(), 3);
    world.put("full.png", &framed(|_, _| [5, 5, 5]));
    let plan = world.plan(&pipeline, |request| request);
    assert_eq!((count(&plan, "measure"), count(&plan, "skip")), (2, 4));
    assert!(
        report::plan_text(&plan)
            .contains("look   full.png [trimmed] decided by content: edges, because: the source changed")
    );
    assert_eq!((world.status(&pipeline).changed, world.status(&pipeline).undecided), (2, 0));
    let ran = world.run(&pipeline);
    assert_eq!((ran.done, ran.skipped, EDGES.looks()), (2, 4, 1));
    assert_eq!(world.output("full.trimmed.png").dimensions(), (40, 30));
    // Equal content under another name is known.
    fs::copy(world.path("in/full.png"), world.path("in/new.png")).expect("a copy");
    assert_eq!(count(&world.plan(&pipeline, |request| request), "make"), 2);
    assert_eq!((world.run(&pipeline).done, EDGES.looks()), (2, 0));
}

/// Puts another file in the place of a source as soon as all is planned.
struct Swaps<'a>(&'a World, Vec<u8>);

impl Observer for Swaps<'_> {
    fn notice(&self, event: &Event<'_>) {
        if let Event::Planned { .. } = event {
            fs::write(self.0.path("in/one.png"), &self.1).expect("a source");
        }
    }
}

#[test]
fn measures_of_other_bytes_decide_nothing() {
    static EDGES: Edges = Edges::new(1);
    let (world, pipeline) = (World::new(), pipeline(&EDGES, TARGETS));
    for name in ["bordered.png", "full.png", "graded.png"] {
        fs::remove_file(world.path("in").join(name)).expect("a source");
    }
    // Two pictures of one size in files of one length: what follows the end of a PNG is passed over.
    let read = |picture: &RgbImage| {
        world.put("one.png", picture);
        fs::read(world.path("in/one.png")).expect("a source")
    };
    let (mut plain, mut bordered) = (read(&framed(thing)), read(&framed(|_, _| [240; 3])));
    let length = plain.len().max(bordered.len());
    plain.resize(length, 0);
    bordered.resize(length, 0);
    for begins in [true, false] {
        // As it is found by a look, and as it is known of an earlier one.
        fs::write(world.path("in/one.png"), &bordered).expect("a source");
        let ran = world.run_with(&pipeline, |request| request, &Swaps(&world, plain.clone()), &Stop::new());
        assert_eq!((ran.done, ran.failures(), ran.measured), (0, 2, u64::from(begins)));
        let failed = world.records("task_failed");
        assert_eq!(failed[0]["message"], "the file changed while the run was going on; run again");
    }
    assert_eq!(world.run(&pipeline).done, 2);
    assert_eq!(world.output("one.trimmed.png").dimensions(), (60, 45), "by what the new picture shows");
}

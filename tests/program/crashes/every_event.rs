//! A process that dies at any event leaves a tree from which the next run goes on.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use crate::crashes::abort_at;
use crate::crashes::world::World;

/// Kills a run of `jobs` threads at each of its events in turn, and goes on.
fn die_everywhere(jobs: usize) {
    let world = World::small(true);
    let reference = world.reference();
    assert_eq!(reference.len(), 4);
    let (mut deaths, mut torn_off, mut unrecorded) = (0, 0, 0);
    for event in 1.. {
        let output = format!("{jobs}-{event}");
        let status = abort_at(&world, &output, jobs, event);
        if status.success() {
            break;
        }
        assert_eq!(status.signal(), Some(6), "the victim dies of its own hand");
        deaths += 1;
        let present = world.finals(&output, &reference);
        for path in present.keys() {
            let bytes = fs::read(world.output(&output).join(path)).expect("an output");
            image::load_from_memory(&bytes).expect("whatever has its name is whole");
        }
        let recorded = world.recorded(&output);
        assert!(recorded.iter().all(|path| present.contains_key(path.as_ref() as &std::path::Path)));
        torn_off += usize::from(!present.is_empty() && present.len() < reference.len());
        unrecorded += usize::from(present.len() > recorded.len());

        let (summary, made) = world.run(&output);
        assert_eq!(world.tree(&output), reference, "after event {event}");
        assert!(recorded.iter().all(|path| !made.contains(path)), "what is recorded is not made again");
        let redone = made.iter().filter(|path| present.contains_key(path.as_ref() as &std::path::Path)).count();
        assert!(redone <= jobs, "{redone} tasks of {jobs} threads were made again after event {event}");
        assert_eq!(summary.done as usize, reference.len() - recorded.len());
        assert_eq!(summary.failures() + summary.known_failures(), 2, "the corrupt source is told of");

        let (summary, made) = world.run(&output);
        assert_eq!((summary.exit(false), summary.skipped, summary.known_failures()), (0, 4, 2));
        assert!(made.is_empty(), "a third run finds nothing to do");
    }
    // Planned; three sources; claimed, placed and done four times; two failures; ended.
    assert_eq!(deaths, 1 + 3 + 4 * 3 + 2 + 1);
    assert!(torn_off > 0 && unrecorded > 0, "some deaths came in the middle of the work");
}

#[test]
fn a_run_that_dies_at_any_event_is_taken_up_again() {
    die_everywhere(1);
}

#[test]
fn a_run_of_several_threads_that_dies_at_any_event_is_taken_up_again() {
    die_everywhere(3);
}

#[test]
fn runs_that_die_one_after_the_other_complete_the_work() {
    let world = World::small(true);
    let reference = world.reference();
    let mut deaths = 0;
    // Each gets to the record of one more output, or past the last and to the end: planned, two sources
    // started, two outputs claimed and placed, one done.
    while !abort_at(&world, "out", 2, 8).success() {
        deaths += 1;
        world.finals("out", &reference);
        assert!(deaths < 10, "every run gets a little further");
    }
    assert!(deaths > 1);
    assert_eq!(world.tree("out"), reference);
    assert_eq!(world.run("out").0.done, 0);
}

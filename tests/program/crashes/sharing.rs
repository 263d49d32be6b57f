//! A source whose targets are shared out between threads that would have nothing to do.

use std::collections::BTreeSet;
use std::sync::Condvar;
use std::sync::Mutex;
use std::time::Duration;

use recanvas::batch::Event;
use recanvas::batch::Observer;
use recanvas::batch::Request;
use recanvas::batch::Silent;
use recanvas::batch::Stop;
use recanvas::codecs::Format;
use recanvas::geometry::Size;

use crate::crashes::world::World;

const TARGETS: &str = "version: 1\nname: crashes\ntargets:\n  - { name: square, size: 96x96 }\n  \
                       - { name: same, size: 96x96, convert: { format: webp } }\n  \
                       - { name: wide, size: 160x90, convert: { format: png } }\n";

/// Lets no thread place an output before another one is about to, for some seconds.
#[derive(Default)]
struct Meeting {
    here: Mutex<BTreeSet<String>>,
    bell: Condvar,
}

impl Observer for Meeting {
    fn notice(&self, event: &Event<'_>) {
        if let Event::TaskClaimed { key } = event {
            let mut here = self.here.lock().expect("a list");
            here.insert(key.target.to_string());
            self.bell.notify_all();
            let alone = |here: &mut BTreeSet<String>| here.len() < 2;
            let met = self.bell.wait_timeout_while(here, Duration::from_secs(20), alone).expect("a meeting");
            assert!(!met.1.timed_out(), "{} was made alone", key.target);
        }
    }
}

#[test]
fn the_targets_of_a_single_source_are_made_at_the_same_time() {
    let world = World::new(TARGETS, &[("a.jpg", Format::JPEG, Size::new(400, 300))]);
    let change = |request: Request| request.with(|it| it.jobs = Some(3));
    let summary = world.run_with("out", change, &Meeting::default(), &Stop::new());
    assert_eq!((summary.done, summary.left, summary.exit(false)), (3, 0, 0));
    assert_eq!(world.tree("out"), world.reference());
}

#[test]
fn memory_that_is_enough_for_one_thread_is_enough_for_three() {
    let world = World::new(TARGETS, &[("a.jpg", Format::JPEG, Size::new(400, 300))]);
    let fits = |jobs: usize, memory: u64| {
        let change = |request: Request| {
            request.with(|it| {
                it.jobs = Some(jobs);
                it.memory = Some(memory << 10);
            })
        };
        world.run_with(&format!("{jobs}-{memory}"), change, &Silent, &Stop::new()).done == 3
    };
    let least = (1..1000).map(|step| step * 256).find(|&memory| fits(1, memory)).expect("a budget");
    assert!(fits(3, least));
    assert_eq!(world.tree(&format!("3-{least}")), world.reference());
}

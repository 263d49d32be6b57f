//! The program, killed at random moments.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use recanvas::codecs::Format;
use recanvas::geometry::Size;

use crate::crashes::world::World;
use crate::trees::is_temp;
use crate::trees::roll;

/// Enough work for a good many deaths, each soon after the one before.
pub(crate) fn busy() -> World {
    let pipeline = "version: 1\nname: crashes\ntargets:\n  - { name: square, size: 160x160 }\n  \
                    - { name: wide, size: 240x135, convert: { format: png } }\n  \
                    - { name: story, size: 108x192, convert: { format: webp } }\n";
    let names: Vec<String> = (0..40).map(|number| format!("{}/{number}.jpg", number % 3)).collect();
    let sources: Vec<_> = names
        .iter()
        .zip(0..)
        .map(|(name, number)| (name.as_str(), Format::JPEG, Size::new(300 + number * 7, 500 - number * 5)))
        .collect();
    World::new(pipeline, &sources)
}

#[test]
fn a_run_that_is_killed_at_any_moment_is_taken_up_again() {
    let world = busy();
    let reference = world.reference();
    let (looks, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        // Whatever has its final name is whole, at any moment.
        let watcher = scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                looks.fetch_add(world.finals("out", &reference).len(), Ordering::SeqCst);
            }
        });
        let (mut dice, mut deaths) = (7, 0);
        for _ in 0..15 {
            let before = world.finals("out", &reference).len();
            let wanted = before + roll(&mut dice, 9) as usize;
            let spins = roll(&mut dice, 300_000);
            let mut child = world
                .program("out", &["--jobs", "2", "--quiet"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the program");
            // With nothing to wait for, it dies somewhere in its first steps.
            while wanted > before && world.finals("out", &reference).len() < wanted {
                assert!(child.try_wait().expect("a child").is_none_or(|status| status.success()));
                assert!(!watcher.is_finished(), "the watcher found something");
                if child.try_wait().expect("a child").is_some() {
                    break;
                }
            }
            (0..spins).for_each(|_| std::hint::spin_loop());
            child.kill().expect("a kill");
            deaths += usize::from(child.wait().expect("a child").signal() == Some(9));
            world.state("out");
            // The lock died with its owner, and nothing partial got its name.
            let left = world.tree("out").into_keys().filter(|path| is_temp(path)).count();
            assert!(left <= 2, "no more temporary files than threads");
        }
        assert!(deaths >= 8, "only {deaths} of 15 runs were killed");
        let last = world.program("out", &["--quiet"]).status().expect("the program");
        assert_eq!(last.code(), Some(0));
        over.store(true, Ordering::SeqCst);
    });
    assert!(looks.into_inner() > reference.len(), "the watcher saw outputs");
    assert_eq!(world.tree("out"), reference);
    let (summary, made) = world.run("out");
    assert_eq!((summary.skipped as usize, made.len()), (reference.len(), 0));
}

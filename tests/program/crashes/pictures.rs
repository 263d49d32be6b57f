//! A process that dies among rows, encodings and overrides of single pictures is taken up again.

use crate::crashes::abort_at;
use crate::crashes::world::World;

/// A row, a further encoding, and options for one picture.
const SAID: &str = "a.jpg:
  - {}
  - { targets: [square], row: A17, path: \"{stem}.A17.{target}.{ext}\" }
  - { targets: [wide], encoding: webp }
shoes/c.webp:
  - { options: { convert: { quality: 40 } } }
";

#[test]
fn rows_and_encodings_are_made_once_whenever_a_run_dies() {
    let world = World::small(false);
    let usual = world.reference();
    world.say(SAID);
    let (summary, made) = world.run("said");
    let reference = world.tree("said");
    assert_eq!((summary.done, made.len(), reference.len(), usual.len()), (6, 6, 6, 4));
    // The pictures of which nothing is said are the same, and so is one whose format has no quality.
    let same = usual.iter().filter(|(path, digest)| reference.get(*path) == Some(digest)).count();
    assert_eq!(same, 3);
    let mut deaths = 0;
    for event in 1.. {
        let output = format!("{event}");
        if abort_at(&world, &output, 1, event).success() {
            break;
        }
        deaths += 1;
        world.finals(&output, &reference);
        let recorded = world.recorded(&output);
        let (summary, made) = world.run(&output);
        assert_eq!(world.tree(&output), reference, "after event {event}");
        assert_eq!((summary.done as usize, summary.left), (reference.len() - recorded.len(), 0));
        assert!(recorded.iter().all(|path| !made.contains(path)), "what is recorded is not made again");
        assert_eq!(world.run(&output).0.skipped, 6);
    }
    // Planned; two sources; claimed, placed and done six times; ended.
    assert_eq!(deaths, 1 + 2 + 3 * 6 + 1);
}

#[test]
fn an_override_that_is_withdrawn_after_a_death_makes_its_own_tasks_anew() {
    let world = World::small(false);
    let usual = world.reference();
    world.say("shoes/c.webp: [{ options: { convert: { quality: 40 } } }]");
    assert!(world.run("out").0.done == 4 && world.tree("out") != usual);
    world.say("a.jpg: [{ targets: [square], options: { convert: { quality: 40 } } }]");
    // It dies with the first output of the new words in place, and not yet recorded.
    let status = abort_at(&world, "out", 1, 4);
    assert!(!status.success());
    world.say("{}");
    let (summary, made) = world.run("out");
    assert_eq!(world.tree("out"), usual);
    assert!(made.len() == 2 && summary.skipped == 2, "{made:?}");
    assert_eq!(world.run("out").0.skipped, 4);
}

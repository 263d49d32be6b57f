//! Says what targets become: tasks, of which equal options share one recipe.

use std::path::Path;
use std::sync::Arc;

use recanvas::pipeline::TaskKey;

use crate::pipeline::pipeline;

const FOUR: &str = "version: 1
targets:
  - { name: a, size: 100x100 }
  - { name: b, ratio: 16:9, convert: { quality: 85 } }
  - { name: c, size: 100x100, convert: { quality: 84 } }
  - { name: d, size: 50x100, convert: { quality: 84 } }
stages:
  - convert: { format: jpeg, quality: 85 }
";

#[test]
fn equal_options_share_one_recipe_wherever_they_are_written() {
    let tasks = pipeline(FOUR).tasks(Path::new("a.jpg"));
    let is_shared = |one: usize, other: usize| Arc::ptr_eq(&tasks[one].recipe, &tasks[other].recipe);
    assert_eq!((is_shared(0, 1), is_shared(0, 2), is_shared(2, 3)), (true, false, true));
    assert_ne!(tasks[0].fingerprint, tasks[1].fingerprint, "their shapes differ");
    assert!(Arc::ptr_eq(&tasks[0].revisions, &tasks[2].revisions), "the same parts act");
}

#[test]
fn sources_share_their_tasks() {
    let pipeline = pipeline(FOUR);
    let (one, other) = (pipeline.tasks(Path::new("a.jpg")), pipeline.tasks(Path::new("b/c.png")));
    assert!(one.len() == 4 && Arc::ptr_eq(&one, &other));
    assert_eq!(pipeline.targets(), ["a", "b", "c", "d"]);
    assert_eq!(one[3].key(Path::new("a.jpg")), TaskKey::new(Path::new("a.jpg"), "d"));
}

//! Two runs of one folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::SystemTime;

use recanvas::codecs::Format;
use recanvas::geometry::Size;

use crate::crashes::world::World;

/// Every file and folder with content and time, the state too.
fn all(folder: &Path) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.expect("an entry").into_path());
    entries
        .map(|path| {
            let time = fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("a time");
            let bytes = fs::read(&path).unwrap_or_default();
            (path, (time, bytes))
        })
        .collect()
}

/// A run that takes long over its only source, once it holds the lock.
pub(crate) fn slow() -> World {
    let pipeline = "version: 1\nname: crashes\ntargets:\n  \
                    - { name: big, size: 6000x4500, convert: { format: webp, lossless: true } }\n";
    World::new(pipeline, &[("a.jpg", Format::JPEG, Size::new(300, 300))])
}

#[test]
fn a_second_run_leaves_at_once_and_touches_nothing() {
    let world = slow();
    let mut first =
        world.program("out", &["--quiet"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program");
    while !fs::read_to_string(world.manifest("out")).is_ok_and(|text| text.contains("\"kind\":\"options\"")) {
        assert!(first.try_wait().expect("a child").is_none(), "the first run is slow");
    }
    // Until its first group is synced the first run writes nothing more, and then nothing else.
    let before = all(&world.output("out"));
    let second = world.program("out", &["--json"]).output().expect("the program");
    let after = all(&world.output("out"));
    assert!(first.try_wait().expect("a child").is_none(), "the first run is at it still");
    assert_eq!(second.status.code(), Some(75));
    assert_eq!(before, after);
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains(&format!("process {}", first.id())), "{said}");
    let last: serde_json::Value =
        serde_json::from_str(String::from_utf8_lossy(&second.stdout).lines().last().expect("a line")).expect("JSON");
    assert_eq!(last["exit"], 75);

    first.kill().expect("a kill");
    first.wait().expect("a child");
    fs::write(world.pipeline_path(), "version: 1\nname: crashes\ntargets:\n  - { name: small, size: 30x30 }\n")
        .expect("a pipeline");
    let third = world.program("out", &["--quiet"]).status().expect("the program");
    assert_eq!(third.code(), Some(0), "the lock of the dead is free");
    assert_eq!(world.tree("out").len(), 1);
}

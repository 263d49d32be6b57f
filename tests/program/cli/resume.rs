//! Running again: only what changed is done.

use crate::cli::Dir;

/// Two sources with two targets, all made.
fn made() -> Dir {
    let dir = Dir::new("", &["{ name: a, size: 40x40 }", "{ name: b, size: 30x50 }"]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.source("y.jpg", "grid/rgb__444.jpg");
    dir.run(&[]).code(0).counts([4, 0, 0, 0, 0]);
    assert_eq!(dir.outputs(), ["x.a.jpg", "x.b.jpg", "y.a.jpg", "y.b.jpg"]);
    dir
}

/// The outputs that a run wrote.
fn written_by(dir: &Dir, flags: &[&str], code: i32) -> Vec<String> {
    let before = dir.stamps();
    dir.run(flags).code(code);
    let after = dir.stamps();
    assert!(after.keys().eq(dir.outputs().iter()));
    after.into_iter().filter(|(name, stamp)| before.get(name) != Some(stamp)).map(|(name, _)| name).collect()
}

#[test]
fn a_second_run_does_nothing() {
    let dir = made();
    let before = dir.stamps();
    let done = dir.run(&[]);
    done.code(0).counts([0, 4, 0, 0, 0]);
    assert_eq!(done.json()["bytes_written"], 0);
    assert_eq!(dir.stamps(), before);
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&["2 sources: 0 to create, 0 to redo, 4 to skip"]);
}

#[test]
fn another_source_redoes_its_own_tasks() {
    let dir = made();
    dir.source("x.png", "grid/gray__plain.png");
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&["redo   x.png [a]", "the source changed", "2 to redo, 2 to skip"]);
    assert_eq!(written_by(&dir, &[], 0), ["x.a.jpg", "x.b.jpg"]);
    assert_eq!(written_by(&dir, &[], 0), [""; 0]);
}

#[test]
fn a_source_of_the_same_length_with_other_bytes_is_another() {
    let dir = made();
    dir.source("z.png", "grid/rgb__trailing_bytes.png");
    dir.run(&[]).code(0).counts([2, 4, 0, 0, 0]);
    let mut bytes = dir.read("in/z.png");
    *bytes.last_mut().unwrap() ^= 1;
    dir.write("in/z.png", &bytes);
    dir.touch("in/z.png");
    assert_eq!(written_by(&dir, &[], 0), ["z.a.jpg", "z.b.jpg"]);
}

#[test]
fn a_new_source_and_a_new_target_add_their_tasks() {
    let dir = made();
    dir.source("z.webp", "grid/rgb__lossy.webp");
    dir.run(&[]).code(0).counts([2, 4, 0, 0, 0]);
    dir.pipeline("", &["{ name: a, size: 40x40 }", "{ name: b, size: 30x50 }", "{ name: c, ratio: 1:1 }"]);
    dir.run(&[]).code(0).counts([3, 6, 0, 0, 0]);
    assert_eq!(dir.outputs().len(), 9);
}

#[test]
fn a_touched_source_redoes_nothing_and_is_vouched_for_anew() {
    let dir = made();
    dir.touch("in/x.png");
    assert_eq!(written_by(&dir, &[], 0), [""; 0]);
    // The new time is in the manifest, once for both tasks of the source: the content need not be compared again.
    let manifest = String::from_utf8(dir.read("out/.recanvas/manifest.jsonl")).unwrap();
    assert_eq!(manifest.matches("1000000000.000000000").count(), 1, "{manifest}");
    assert_eq!(manifest.matches("task_refreshed").count(), 2, "{manifest}");
    dir.run(&[]).code(0).counts([0, 4, 0, 0, 0]);
    let after = String::from_utf8(dir.read("out/.recanvas/manifest.jsonl")).unwrap();
    assert_eq!(after.matches("task_refreshed").count(), 2, "{after}");
    // A touched output is as good.
    dir.touch("out/y.a.jpg");
    dir.run(&["--verify"]).code(0).counts([0, 4, 0, 0, 0]);
}

#[test]
fn another_quality_redoes_everything_and_the_plan_says_why() {
    let dir = made();
    let small: usize = dir.tree("out").values().map(Vec::len).sum();
    dir.pipeline("stages: [{ convert: { quality: 99 } }]", &["{ name: a, size: 40x40 }", "{ name: b, size: 30x50 }"]);
    let plan = dir.recanvas(&["plan", "p.yaml"]);
    plan.code(0).says(&["because: convert.quality 85 → 99", "0 to create, 4 to redo, 0 to skip"]);
    assert_eq!(plan.stdout.matches("because: convert.quality").count(), 4, "{plan}");
    dir.recanvas(&["status", "p.yaml"]).code(0).says(&["changed ", "4  made with other options"]);
    assert_eq!(written_by(&dir, &[], 0).len(), 4);
    assert!(dir.tree("out").values().map(Vec::len).sum::<usize>() > small);
}

#[test]
fn run_options_redo_nothing() {
    let dir = made();
    let targets = ["{ name: b, size: 30x50 }", "{ name: a, width: 40, height: 40 }"];
    dir.pipeline("run: { jobs: 3, memory: 1G }\nbudget: { per_run: 1 }", &targets);
    assert_eq!(written_by(&dir, &[], 0), [""; 0]);
    assert_eq!(written_by(&dir, &["-j", "2", "--memory", "512MiB"], 0), [""; 0]);
}

#[test]
fn a_missing_output_is_made_again() {
    let dir = made();
    let before = dir.read("out/x.b.jpg");
    dir.remove("out/x.b.jpg");
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&["the output is gone", "1 to redo, 3 to skip"]);
    assert_eq!(written_by(&dir, &[], 0), ["x.b.jpg"]);
    assert_eq!(dir.read("out/x.b.jpg"), before);
}

#[test]
fn an_output_that_was_changed_by_hand_is_kept_until_told_otherwise() {
    let dir = made();
    let good = dir.read("out/x.a.jpg");
    let retouched: Vec<u8> = good.iter().map(|byte| !byte).collect();
    dir.write("out/x.a.jpg", &retouched);
    dir.touch("out/x.a.jpg");
    let done = dir.run(&[]);
    done.code(0).counts([0, 4, 0, 0, 0]);
    assert_eq!(done.json()["modified"], 1);
    dir.recanvas(&["plan", "p.yaml"]).code(0).says(&["keep   x.png [a] the output was changed by hand"]);
    dir.run(&["--force"]).code(0).counts([3, 1, 0, 0, 0]);
    assert_eq!(dir.read("out/x.a.jpg"), retouched);

    dir.run(&["--overwrite-modified"]).code(0).counts([1, 3, 0, 0, 0]);
    assert_eq!(dir.read("out/x.a.jpg"), good);
    assert_eq!(dir.run(&[]).code(0).counts([0, 4, 0, 0, 0]).json()["modified"], 0);
}

#[test]
fn a_changed_byte_behind_an_old_time_is_found_by_verify() {
    let dir = made();
    let good = dir.read("out/x.a.jpg");
    let time = std::fs::metadata(dir.path("out/x.a.jpg")).unwrap().modified().unwrap();
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    dir.write("out/x.a.jpg", &bad);
    std::fs::File::options().append(true).open(dir.path("out/x.a.jpg")).unwrap().set_modified(time).unwrap();
    dir.run(&[]).code(0).counts([0, 4, 0, 0, 0]);
    // It was changed with its time kept: it is kept like any other change.
    assert_eq!(dir.run(&["--verify"]).code(0).counts([0, 4, 0, 0, 0]).json()["modified"], 1);
    assert_eq!(dir.read("out/x.a.jpg"), bad);
    dir.run(&["--verify", "--overwrite-modified"]).code(0).counts([1, 3, 0, 0, 0]);
    assert_eq!(dir.read("out/x.a.jpg"), good);
}

#[test]
fn an_edit_that_kept_the_time_is_kept() {
    let dir = made();
    let time = std::fs::metadata(dir.path("out/x.a.jpg")).unwrap().modified().unwrap();
    dir.write("out/x.a.jpg", b"retouched, with the old time");
    std::fs::File::options().append(true).open(dir.path("out/x.a.jpg")).unwrap().set_modified(time).unwrap();
    assert_eq!(dir.run(&[]).code(0).counts([0, 4, 0, 0, 0]).json()["modified"], 1);
    assert_eq!(dir.read("out/x.a.jpg"), b"retouched, with the old time");
}

#[test]
fn another_pipelines_outputs_are_neither_sources_nor_overwritten() {
    let dir = made();
    let good = dir.read("out/x.a.jpg");
    let text = String::from_utf8(dir.read("p.yaml")).unwrap();
    let other = format!("{text}name: other\nstages: [{{ convert: {{ quality: 31 }} }}]\n");
    dir.write("q.yaml", other.as_bytes());
    dir.recanvas(&["run", "q.yaml", "--json"]).code(3).warns(&["was written by the pipeline `p`", "x.a.jpg"]);
    assert_eq!(dir.read("out/x.a.jpg"), good);

    dir.make("in/made");
    dir.source("made/y.png", "grid/rgb__plain.png");
    dir.run(&[]).code(0).counts([2, 4, 0, 0, 0]);
    dir.write("in/made/.recanvas/manifest.jsonl", b"");
    dir.run(&[]).code(0).counts([0, 4, 0, 0, 0]);
}

#[test]
fn force_makes_everything_again_with_the_same_bytes() {
    let dir = made();
    let before = dir.tree("out");
    assert_eq!(written_by(&dir, &["--force"], 0).len(), 4);
    crate::dir::assert_same(&before, &dir.tree("out"));
}

#[test]
fn a_source_that_is_gone_leaves_its_outputs() {
    let dir = made();
    dir.remove("in/y.jpg");
    dir.run(&[]).code(0).counts([0, 2, 0, 0, 0]);
    assert_eq!(dir.outputs().len(), 4);
}

#[test]
fn options_that_make_no_difference_redo_nothing() {
    let dir = Dir::new("", &["{ name: a, size: 10x10, convert: { format: png } }"]);
    dir.source("x.png", "grid/rgb__plain.png");
    dir.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
    for stage in [
        "convert: { quality: 30 }",
        "convert: { lossless: true }",
        "aspect: { max_crop: 30% }",
        "auto_crop: { mode: center }",
    ] {
        dir.pipeline(&format!("stages: [{{ {stage} }}]"), &["{ name: a, size: 10x10, convert: { format: png } }"]);
        dir.run(&[]).code(0).counts([0, 1, 0, 0, 0]);
    }
    dir.pipeline("stages: [{ aspect: { fit: crop } }]", &["{ name: a, size: 10x10, convert: { format: png } }"]);
    dir.run(&[]).code(0).counts([1, 0, 0, 0, 0]);
}

#[test]
fn a_finished_output_that_is_gone_and_cannot_be_made_again_stays_finished() {
    type Loss = (&'static str, fn(&Dir));
    let losses: [Loss; 3] = [
        ("removed", |dir| dir.remove("out/x.a.jpg")),
        ("blank", |dir| dir.write("out/x.a.jpg", &[0; 500])),
        ("cut", |dir| dir.write("out/x.a.jpg", &dir.read("out/x.a.jpg")[..100])),
    ];
    for (what, lose) in losses {
        let dir = made();
        let (source, output) = (dir.read("in/x.png"), dir.read("out/x.a.jpg"));
        lose(&dir);
        dir.write("in/x.png", &source[..60]);
        for _ in 0..2 {
            // Of the other target the output is there, and its source another.
            let done = dir.run(&["--overwrite-modified"]);
            done.code(3).warns(&["failed x.png [a]", "its finished output is gone or was changed"]);
            assert_eq!(
                done.json()["tasks"]["failed"].as_u64().unwrap()
                    + done.json()["tasks"]["known_failed"].as_u64().unwrap(),
                2
            );
            assert_ne!(done.json()["tasks"]["failed"], 0, "{what}: every run tries");
            let json = dir.recanvas(&["status", "p.yaml", "--json"]).code(0).json();
            let status = &json["tasks"];
            // To a run without that flag a file that is cut is one that the user changed.
            let (gone, modified) = if what == "cut" { (0, 1) } else { (1, 0) };
            assert_eq!(
                (&status["done"], &status["gone"], &status["failed"], &status["left"], &json["modified"]),
                (&(3 - gone).into(), &gone.into(), &1.into(), &0.into(), &modified.into()),
                "{what}"
            );
            let said = ["gone           1  finished outputs", "modified       1  of the done"][modified];
            dir.recanvas(&["status", "p.yaml"]).says(&[said]);
            dir.recanvas(&["status", "p.yaml", "-q"]).code(3);
        }
        // Both come back from a backup.
        dir.write("in/x.png", &source);
        dir.write("out/x.a.jpg", &output);
        let before = dir.stamps();
        dir.run(&[]).code(0).counts([1, 3, 0, 0, 0]);
        assert_eq!(dir.stamps()["x.a.jpg"], before["x.a.jpg"], "{what}: not made again");
        dir.recanvas(&["status", "p.yaml", "-q"]).code(0);
    }
}

//! Says what the calls of a plan cost, before anything is asked or paid.

use std::fs;

use recanvas::batch;
use recanvas::batch::Places;
use recanvas::batch::Request;
use recanvas::pipeline::Pipeline;
use recanvas::pipeline::Registry;
use recanvas::providers::OUTPAINT;

#[test]
fn every_call_counts_for_the_stage_that_wants_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let photo = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/photos/chelsea.png");
    fs::create_dir(folder.path().join("in")).expect("a folder");
    fs::copy(photo, folder.path().join("in/chelsea.png")).expect("a photo");
    let file = folder.path().join("pipeline.yaml");
    let targets = "targets: [{ name: square, ratio: 1:1 }, { name: tall, ratio: 2:3, outpaint: { share: off } }]";
    let text = format!(
        "version: 1\ninput: {{ dir: in }}\noutput: {{ dir: out }}\nstages: [outpaint: {{ engine: fal }}]\n{targets}\n"
    );
    fs::write(&file, text).expect("a pipeline");
    let pipeline = Pipeline::open(&file, Registry::built_in()).unwrap_or_else(|why| panic!("{why:?}"));
    let request = Request::new(&pipeline, Places::default()).expect("it names its folders");
    let plan = batch::plan(&pipeline, &request).expect("a plan");
    let cost = plan.cost();
    assert_eq!((cost.calls, cost.possible), (2, 0), "{cost:?}");
    assert_eq!(cost.stages, [(OUTPAINT, 2)].into());
    assert!(plan.sources[0].calls.iter().all(|call| call.plan.stage == OUTPAINT));
}

//! What has a part in an output, and in a failure.

use recanvas::codecs::Format;
use recanvas::error::Class;
use recanvas::pipeline::Filling;
use recanvas::pipeline::Revisions;

use crate::pipeline::pipeline;

/// The revisions of the only target.
fn of(more: &str, target: &str) -> Revisions {
    pipeline(&format!("version: 1\n{more}\ntargets:\n  - {{ name: a, {target} }}\n")).usual_tasks[0]
        .revisions
        .as_ref()
        .clone()
}

#[track_caller]
fn names(revisions: &Revisions, there: &[&str], absent: &[&str]) {
    for name in there {
        assert!(revisions.get(name).is_some(), "{name} is missing in {revisions:?}");
    }
    for name in absent {
        assert_eq!(revisions.get(name), None, "{name} in {revisions:?}");
    }
}

const DECODERS: [&str; 3] = ["decoder.jpeg", "decoder.png", "decoder.webp"];

#[test]
fn a_target_names_the_revisions_of_all_parts_that_may_act() {
    let auto = of("", "size: 90x90");
    // Engines to which one hands its work count.
    names(&auto, &["engine.auto", "engine.blur", "engine.solid", "stage.outpaint", "stage.aspect"], &["engine.edge"]);
    names(&auto, &DECODERS, &[]);
    names(&auto, &["encoder.jpeg"], &["encoder.png", "encoder.webp", "stage.auto_crop"]);
    let crop = of("stages: [{ aspect: { fit: crop } }, { convert: { format: source } }]", "size: 90x90");
    names(&crop, &["stage.auto_crop", "encoder.png", "encoder.webp"], &["engine.auto", "stage.outpaint"]);
    names(&of("", "width: 90"), &["stage.resize"], &["stage.aspect"]);
    let paid = of("stages: [{ outpaint: { engine: [{ use: fal }, edge] } }]", "size: 90x90");
    names(&paid, &["engine.fal", "engine.result", "engine.edge"], &["engine.auto"]);
}

#[test]
fn an_output_names_the_revisions_of_the_parts_that_acted_on_it() {
    let all = of("", "size: 90x90");
    let bare = all.of_output(Some(Format::PNG), Filling::Nothing);
    names(&bare, &["decoder.png", "encoder.jpeg", "stage.resize"], &["decoder.jpeg", "decoder.webp"]);
    names(&bare, &[], &["engine.auto", "engine.blur", "stage.outpaint"]);
    names(&all.of_output(Some(Format::PNG), Filling::Engines), &["engine.auto", "engine.blur", "stage.outpaint"], &[]);
    let kept =
        of("stages: [{ convert: { format: source } }]", "size: 90x90").of_output(Some(Format::WEBP), Filling::Nothing);
    names(&kept, &["encoder.webp", "decoder.webp"], &["encoder.jpeg", "encoder.png", "decoder.png"]);
    // A file of unknown format has been looked at by every decoder.
    names(&all.of_output(None, Filling::Nothing), &DECODERS, &[]);
    // Margins that are left transparent no engine has made.
    let clear = all.of_output(Some(Format::PNG), Filling::by(Some("transparent")));
    names(&clear, &["stage.outpaint", "decoder.png"], &["engine.auto", "engine.blur"]);
    assert_eq!((Filling::by(None), Filling::by(Some("blur"))), (Filling::Nothing, Filling::Engines));
}

#[test]
fn a_failure_names_the_revisions_of_the_parts_that_could_mend_it() {
    let all = of("stages: [{ aspect: { fit: balance } }]", "size: 90x90");
    let of = |class| all.of_failure(class, Some(Format::JPEG));
    names(&of(Class::Corrupt), &["decoder.jpeg", "stage.load"], &["decoder.png", "encoder.jpeg", "stage.resize"]);
    names(&of(Class::Unsupported), &["decoder.jpeg", "encoder.jpeg"], &["engine.auto", "stage.outpaint"]);
    names(&of(Class::Limit), &["decoder.jpeg", "encoder.jpeg", "stage.aspect"], &["engine.auto"]);
    names(&of(Class::TooSmall), &["stage.resize"], &["encoder.jpeg", "engine.auto"]);
    names(&of(Class::Unreachable), &["engine.auto", "stage.outpaint"], &[]);
    names(&all.of_failure(Class::Corrupt, None), &DECODERS, &[]);
    for class in Class::ALL {
        let lasts = class.is_permanent() && ![Class::Rejected, Class::BadOutput, Class::UnknownCall].contains(&class);
        assert_eq!(of(class).is_empty(), !lasts, "{class}");
    }
}

#[test]
fn only_higher_revisions_of_what_acted_are_newer() {
    let before: Revisions = [("stage.load", 2), ("engine.old", 1), ("decoder.png", 9)].into_iter().collect();
    let now: Revisions = [("stage.load", 4), ("engine.new", 7), ("decoder.png", 8)].into_iter().collect();
    let lines: Vec<String> = before.newer(&now).iter().map(ToString::to_string).collect();
    assert_eq!(lines, ["stage.load 2 → 4"]);
}

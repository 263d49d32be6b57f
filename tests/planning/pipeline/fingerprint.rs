//! What makes a finished task stale, and what does not.

use recanvas::error::Class;
use recanvas::pipeline::Fingerprint;

use crate::pipeline::pipeline;

/// The fingerprint of the only target.
fn of(more: &str, target: &str) -> Fingerprint {
    pipeline(&format!("version: 1\n{more}\ntargets:\n  - {{ name: a, {target} }}\n")).usual_tasks[0].fingerprint.clone()
}

fn plain() -> Fingerprint {
    of("", "size: 90x90")
}

#[test]
fn each_option_that_changes_pixels_or_file_changes_the_fingerprint_and_is_named() {
    let table = [
        ("stages: [{ convert: { quality: 80 } }]", "convert.quality 85 → 80"),
        ("stages: [{ convert: { format: png } }]", "convert.format \"jpeg\" → \"png\""),
        ("stages: [{ convert: { background: black } }]", "convert.background \"#ffffff\" → \"#000000\""),
        ("stages: [{ resize: { filter: box } }]", "resize.filter \"lanczos3\" → \"box\""),
        ("stages: [{ aspect: { fit: crop } }]", "aspect.fit \"expand\" → \"crop\""),
        ("stages: [{ outpaint: { engine: edge } }]", "outpaint.engine"),
    ];
    for (more, line) in table {
        let changed = of(more, "size: 90x90");
        assert_ne!(changed.resolved, plain().resolved, "{more}");
        assert_ne!(changed.of_failure(Class::Corrupt), plain().of_failure(Class::Corrupt), "{more}");
        assert_ne!(changed.of_failure(Class::Limit), plain().of_failure(Class::Limit), "{more}");
        let lines = changed.differences(&plain().options);
        assert!(lines.iter().any(|said| said.starts_with(line)), "{more}: {lines:?}");
    }
    let larger = of("", "size: 90x91");
    assert_ne!(larger.resolved, plain().resolved);
    assert_eq!(larger.differences(&plain().options), ["target.height 90 → 91"]);
    let ratio = of("", "ratio: 1:1");
    assert_eq!(ratio.differences(&plain().options).len(), 3);
}

#[test]
fn an_option_of_an_engine_counts() {
    let engine =
        |options: &str| of(&format!("stages: [{{ outpaint: {{ engine: {{ use: solid{options} }} }} }}]"), "size: 9x9");
    assert_ne!(engine(", color: red").options, engine(", color: blue").options);
    assert_ne!(engine("").options, engine(", color: blue").options);
    let lines = engine(", color: blue").differences(&engine(", color: red").options);
    assert!(lines.len() == 1 && lines[0].contains("#ff0000") && lines[0].contains("#0000ff"), "{lines:?}");
}

#[test]
fn revisions_are_no_part_of_the_fingerprint() {
    assert_eq!(plain().options.get("revisions"), None);
    assert_eq!(plain().options["path"], *plain().path());
}

#[test]
fn folders_limits_and_spellings_change_no_fingerprint() {
    let same = [
        "run: { jobs: 7, memory: 1G }",
        "budget: { per_run: 5 }",
        "name: another",
        "input: { dir: elsewhere, exclude: ['*.psd'], follow_links: true }",
        "output: { dir: elsewhere, state: elsewhere/state }",
        "stages: [{ convert: { quality: 85 } }]",
        "stages: [{ convert: { background: '#FFF' } }, { load: { color: srgb } }]",
        "stages: [{ outpaint: { engine: [{ use: auto }] } }]",
    ];
    for more in same {
        assert_eq!(of(more, "size: 90x90"), plain(), "{more}");
    }
    for shape in ["width: 90, height: 90", "size: 90X90"] {
        assert_eq!(of("", shape), plain(), "{shape}");
    }
    let written = |text: &str| pipeline(text).usual_tasks[0].fingerprint.clone();
    let one = written("version: 1\ntargets: [{ name: a, size: 9x9 }, { name: b, size: 8x8 }]\n");
    let other = written("targets: [{ size: 9x9, name: z }, { name: c, size: 7x7 }]\nversion: 1\n");
    assert_eq!(one, other, "neither names nor neighbours count");
}

#[test]
fn limits_count_only_for_what_failed() {
    for more in ["max_pixels: 5M", "max_bytes: 5M"] {
        let limited = of(&format!("stages: [{{ load: {{ {more} }} }}]"), "size: 90x90");
        assert_ne!(limited.resolved, plain().resolved, "{more}");
        assert_eq!(limited.of_failure(Class::Corrupt), plain().of_failure(Class::Corrupt), "{more}");
        assert_ne!(limited.of_failure(Class::Limit), plain().of_failure(Class::Limit), "{more}");
        assert_eq!(limited.options, plain().options, "{more}");
    }
}

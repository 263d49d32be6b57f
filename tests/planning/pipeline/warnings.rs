//! What is allowed and probably not meant.

use crate::pipeline::assert_said;
use crate::pipeline::marked;
use crate::pipeline::pipeline;
use crate::pipeline::shipped;
use crate::pipeline::shown;
use crate::pipeline::with;

/// Checks the warnings of a text without mistakes; each stands at a mark.
fn assert_warnings(text: &str, expected: &[(&str, &str)]) {
    let (text, places) = marked(text);
    assert_said(&text, &pipeline(&text).warnings, &places, expected);
}

#[test]
fn a_stage_without_effect_is_a_warning() {
    let width = |stages: &str| format!("version: 1\ntargets:\n  - {{ name: a, width: 9 }}\nstages:\n{stages}");
    assert_warnings(&width("  - ‹aspect: { fit: crop }\n"), &[("`aspect` has no effect", "")]);
    let never = ("`auto_crop` has no effect: aspect never crops here", "");
    assert_warnings(&with("stages:\n  - aspect: { fit: expand }\n  - ‹auto_crop: { mode: center }"), &[never]);
    let full = ("`outpaint` has no effect: aspect never leaves a margin", "");
    assert_warnings(&with("stages:\n  - aspect: { fit: crop }\n  - ‹outpaint: { engine: blur }"), &[full]);
}

#[test]
fn a_stage_that_serves_one_target_is_no_warning() {
    let text = "version: 1\ntargets:\n  - { name: a, size: 9x9 }\n  - { name: b, size: 9x9, aspect: { fit: crop } }\n\
                stages:\n  - aspect: { max_expand: 10% }\n  - outpaint: { engine: blur }\n  - auto_crop: { mode: center }\n";
    let warnings = pipeline(text).warnings;
    assert!(warnings.is_empty(), "{}", shown(&warnings));
    let avoid =
        with("stages:\n  - aspect: { fit: crop }\n  - outpaint: { engine: blur }\n  - resize: { upscale: avoid }");
    assert!(pipeline(&avoid).warnings.is_empty(), "margins arise where nothing is enlarged");
}

#[test]
fn stages_in_another_order_are_a_warning() {
    let text = with("stages:\n  - convert: { quality: 80 }\n  - ‹resize: { filter: box }\n  - ‹load: { color: srgb }");
    let order = "the order is load, aspect, auto_crop, resize, outpaint, convert";
    assert_warnings(&text, &[("`resize` runs before `convert`", order), ("`load` runs before `resize`", order)]);
}

#[test]
fn the_stage_order_of_earlier_documentation_is_no_warning() {
    let text = with(
        "stages:\n  - load:\n  - aspect: { fit: balance, max_expand: 10% }\n  - outpaint: { engine: blur }\n  \
                     - auto_crop: { mode: center }\n  - resize: { filter: box }\n  - convert: { quality: 80 }\n",
    );
    let warnings = pipeline(&text).warnings;
    assert!(warnings.is_empty(), "{}", shown(&warnings));
    // Not by way of a stage between two.
    let text = with(
        "stages:\n  - aspect: { fit: balance }\n  - resize: { filter: box }\n  - outpaint: { engine: blur }\n  \
                     - ‹auto_crop: { mode: center }\n",
    );
    assert_warnings(&text, &[("`auto_crop` runs before `resize`", "the order is load, aspect, auto_crop")]);
    let text = with("stages:\n  - outpaint: { engine: blur }\n  - ‹aspect: { fit: balance, max_expand: 10% }\n");
    assert_warnings(&text, &[("`aspect` runs before `outpaint`", "the order is load, aspect, auto_crop")]);
}

#[test]
fn an_engine_behind_one_that_always_succeeds_is_a_warning() {
    let never = |name: &'static str| (name, "");
    let text = with("stages:\n  - outpaint: { engine: [blur, ‹solid, ‹edge] }");
    assert_warnings(&text, &[never("`solid` is never reached: `blur`"), never("`edge` is never reached: `blur`")]);
    // Once for a list that several targets share, and once more for a target's own.
    let text = "version: 1\ntargets:\n  - { name: a, size: 9x9 }\n  - { name: b, size: 9x9 }\n  \
                - { name: c, size: 9x9, outpaint: { engine: [edge, ‹blur] } }\n\
                stages:\n  - outpaint:\n      engine:\n        - mirror\n        - ‹auto\n";
    assert_warnings(text, &[never("`blur` is never reached"), never("`auto` is never reached")]);
}

#[test]
fn pipelines_of_the_repository_have_no_warnings_but_the_reference() {
    for (name, text) in shipped() {
        let warnings = pipeline(&text).warnings;
        // The reference names every stage, whether it has something to do or not.
        assert!(warnings.is_empty() || name.ends_with("reference.yaml"), "{name}\n{}", shown(&warnings));
    }
}

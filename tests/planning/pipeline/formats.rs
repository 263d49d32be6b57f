//! In which format an output is written.

use std::sync::Arc;

use recanvas::analysis::Measures;
use recanvas::codecs::Encoding;
use recanvas::codecs::Format;
use recanvas::error::Class;
use recanvas::geometry::Decision;
use recanvas::pipeline::decide;
use recanvas::stages::Convert;

use crate::pipeline::pipeline;
use crate::pipeline::want::header;

fn formats(format: &str) -> Vec<Format> {
    let text =
        format!("version: 1\ntargets: [{{ name: a, size: 9x9 }}]\nstages:\n  - convert: {{ format: {format} }}\n");
    pipeline(&text).usual_tasks[0].recipe.convert.encodings.iter().map(Encoding::format).collect()
}

#[test]
fn there_is_an_encoding_for_every_format_that_an_output_may_have() {
    assert_eq!(formats("png"), [Format::PNG]);
    assert_eq!(formats("source"), Format::written().collect::<Vec<_>>());
}

#[test]
fn a_source_of_a_format_that_is_only_read_needs_another_for_its_output() {
    let mut pipeline =
        pipeline("version: 1\ntargets: [{ name: a, size: 9x9 }]\nstages:\n  - convert: { format: source }\n");
    let task = &mut Arc::get_mut(&mut pipeline.usual_tasks).expect("one owner")[0];
    assert!(matches!(decide(task, &header(), Measures::none()), Decision::Do(..)));
    // As if no JPEG were written.
    let recipe = Arc::get_mut(&mut Arc::get_mut(task).expect("one owner").recipe).expect("one owner");
    let Convert { output, flattens, background, .. } = *recipe.convert;
    let others = recipe.convert.encodings.iter().filter(|encoding| encoding.format() != Format::JPEG);
    recipe.convert = Arc::new(Convert { output, encodings: others.cloned().collect(), flattens, background });
    let Decision::Fail(failure) = decide(task, &header(), Measures::none()) else { panic!("it cannot be written") };
    assert_eq!(failure.class, Class::Unsupported);
    let expected = "recanvas reads jpeg and does not write it; set convert.format to one of ";
    assert!(failure.message.starts_with(expected), "{}", failure.message);
}

//! What becomes of one task, from the header of its source alone.

use crate::codecs::Format;
use crate::codecs::Header;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Decision;
use crate::geometry::Layout;
use crate::pipeline::Task;
use crate::stages::LayoutInput;

/// Folds the task's stages over the whole source.
#[must_use]
pub fn decide(task: &Task, header: &Header) -> Decision {
    let mut layout = Layout::whole(header.oriented());
    let mut warnings = Vec::new();
    let input = LayoutInput::new(&task.shape, header);
    for (_, stage) in task.recipe.stages() {
        match stage.layout(layout, &input) {
            None => {}
            Some(Decision::Do(edited, said)) => {
                layout = edited;
                warnings.extend(said);
            }
            Some(end) => return end,
        }
    }
    match fits(layout, task.recipe.convert.output.of(header.format)) {
        Ok(()) => Decision::Do(layout, warnings),
        Err(failure) => Decision::Fail(failure),
    }
}

/// The layout after each geometric stage, for `explain`.
#[must_use]
pub fn trace(task: &Task, header: &Header) -> Vec<(&'static str, Decision)> {
    let mut layout = Layout::whole(header.oriented());
    let mut steps = Vec::new();
    let input = LayoutInput::new(&task.shape, header);
    for (def, stage) in task.recipe.stages() {
        let Some(decision) = stage.layout(layout, &input) else { continue };
        steps.push((def.word, decision.clone()));
        match decision {
            Decision::Do(edited, _) => layout = edited,
            _ => break,
        }
    }
    steps
}

fn fits(layout: Layout, format: Format) -> Result<(), Failure> {
    let (output, max) = (layout.output, format.codec().max_side());
    if output.width.max(output.height) <= max {
        return Ok(());
    }
    let name = format.name();
    Err(Failure::new(
        Class::Limit,
        format!("the output would be {output}; a side of a {name} file has at most {max} pixels"),
    ))
}

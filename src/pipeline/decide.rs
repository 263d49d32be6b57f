//! Says what becomes of one task, from the header of its source alone.

use crate::codecs::Header;
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
    let convert = &task.recipe.convert;
    let encoding = convert.encoding(convert.output.of(header.format));
    match encoding.and_then(|encoding| encoding.check_size(layout.output)) {
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

//! Decides what is made of one task, from numbers alone: the header of its source, and its measures.

use crate::analysis::Measures;
use crate::codecs::Header;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Decision;
use crate::geometry::Edited;
use crate::geometry::Layout;
use crate::pipeline::Task;
use crate::pipeline::guarded;
use crate::stages::LayoutInput;
use crate::stages::Stage;

/// Folds the task's stages over the whole source. Of measures that a stage needs, all that are not known are named
/// before any stage is asked.
#[must_use]
pub fn decide(task: &Task, header: &Header, measures: &Measures) -> Decision {
    let unknown = unknown(task, measures);
    if !unknown.is_empty() {
        return Decision::NeedsMeasures(unknown);
    }
    let mut decided = Edited::from(Layout::whole(header.oriented()));
    let input = LayoutInput::new(&task.shape, header).with_measures(measures);
    for (def, stage) in task.recipe.stages() {
        match said((def.word, stage), decided.layout, &input) {
            None => {}
            Some(Decision::Do(edited)) => decided = decided.then(edited),
            Some(end) => return end,
        }
    }
    let convert = &task.recipe.convert;
    let encoding = convert.encoding(convert.output.of(header.format));
    match encoding.and_then(|encoding| encoding.check_size(decided.layout.output)) {
        Ok(()) => Decision::Do(decided),
        Err(failure) => Decision::Fail(failure),
    }
}

/// Returns the layout after each geometric stage, for `explain`, up to the first that needs a measure which is not
/// known.
#[must_use]
pub fn trace(task: &Task, header: &Header, measures: &Measures) -> Vec<(&'static str, Decision)> {
    let mut layout = Layout::whole(header.oriented());
    let (mut steps, unknown) = (Vec::new(), unknown(task, measures));
    let input = LayoutInput::new(&task.shape, header).with_measures(measures);
    for (def, stage) in task.recipe.stages() {
        let needed: Vec<&'static str> =
            stage.measures(&task.shape).iter().filter(|name| unknown.contains(name)).copied().collect();
        let decision = match needed.is_empty() {
            true => said((def.word, stage), layout, &input),
            false => Some(Decision::NeedsMeasures(needed)),
        };
        let Some(decision) = decision else { continue };
        steps.push((def.word, decision.clone()));
        match decision {
            Decision::Do(edited) => layout = edited.layout,
            _ => break,
        }
    }
    steps
}

/// Returns the decision of a stage whose measures are known. A stage that panics, or asks for the same measures again,
/// is a defect, and only this task fails of it.
fn said((word, stage): (&str, &dyn Stage), layout: Layout, input: &LayoutInput<'_>) -> Option<Decision> {
    let said = guarded(&format!("`{word}` laid the picture out"), || Ok::<_, Failure>(stage.layout(layout, input)));
    match said {
        Ok(Some(Decision::NeedsMeasures(names))) => {
            let names = names.join(", ");
            let message = format!("`{word}` asks for {names} once more: it can do nothing with what was found");
            Some(Decision::Fail(Failure::new(Class::Internal, message)))
        }
        Ok(said) => said,
        Err(failure) => Some(Decision::Fail(failure)),
    }
}

/// Returns the measures that the task's stages need and that are not known.
fn unknown(task: &Task, measures: &Measures) -> Vec<&'static str> {
    let mut needed = task.recipe.measures(&task.shape);
    needed.retain(|name| !measures.knows(name));
    needed
}

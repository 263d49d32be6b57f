//! What becomes of one source under one target, from its header alone.

use crate::codecs::Format;
use crate::codecs::Header;
use crate::error::Class;
use crate::error::Failure;
use crate::geometry::Decision;
use crate::geometry::Layout;
use crate::pipeline::Target;

/// Folds the target's stages over the whole source.
#[must_use]
pub fn decide(target: &Target, header: &Header) -> Decision {
    let mut layout = Layout::whole(header.oriented());
    let mut warnings = Vec::new();
    for stage in &target.recipe.arrange {
        match stage.arrange(layout, &target.shape) {
            Decision::Do(edited, said) => {
                layout = edited;
                warnings.extend(said);
            }
            end => return end,
        }
    }
    match fits(layout, target.recipe.output.of(header.format)) {
        Ok(()) => Decision::Do(layout, warnings),
        Err(failure) => Decision::Fail(failure),
    }
}

/// The layout after each geometric stage, for `explain`.
#[must_use]
pub fn trace(target: &Target, header: &Header) -> Vec<(&'static str, Decision)> {
    let mut layout = Layout::whole(header.oriented());
    let mut steps = Vec::new();
    for stage in &target.recipe.arrange {
        let decision = stage.arrange(layout, &target.shape);
        steps.push((stage.word(), decision.clone()));
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

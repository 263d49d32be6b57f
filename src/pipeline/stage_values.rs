//! Reads the options of one stage, and finds mistakes and idle options in them, wherever they are written.

use std::path::Path;

use serde_json::Value;

use crate::engines::EngineTable;
use crate::engines::MissingFile;
use crate::engines::Unreachable;
use crate::options;
use crate::options::At;
use crate::options::Problem;
use crate::options::Values;
use crate::stages::StageDef;

/// Reads the options of a stage as written in a file in `folder`.
///
/// # Errors
/// Every mistake, below the word of the stage.
pub(super) fn stage_values(
    stage: &StageDef,
    value: &Value,
    engines: &mut EngineTable,
    folder: &Path,
) -> Result<Values, Vec<Problem>> {
    let what = format!("stage `{}`", stage.word);
    let read = match value {
        Value::Null => Ok(Values::new()),
        Value::Object(map) => options::parse((stage.fields)(), &what, map),
        _ => {
            let known: Vec<&str> = (stage.fields)().iter().map(|field| field.name).collect();
            Err(vec![Problem::new(format!("{what} takes a map of options: {}", known.join(", ")))])
        }
    };
    let resolved = read.and_then(|mut values| (stage.resolve)(&mut values, engines, folder).map(|()| values));
    resolved.map_err(|found| found.into_iter().map(|problem| problem.under(stage.word)).collect())
}

/// Says that options of this stage can have no effect where they are written.
pub(super) fn idle_here(word: &str, reason: &str) -> Problem {
    let problem = Problem::new(format!("`{word}` has no effect here: {reason}"));
    Problem { at: At::Key, ..problem }.under(word)
}

/// Says that an engine of a list can never have its turn.
pub(super) fn unreachable(Unreachable { engine, behind, index }: Unreachable) -> Problem {
    Problem::new(format!("`{engine}` is never reached: `{behind}` always succeeds")).under(index)
}

/// Says that an engine of a list lacks what it needs.
pub(super) fn missing(MissingFile { index, engine, failure }: MissingFile) -> Problem {
    Problem::new(format!("`{engine}` cannot be used: {failure}")).under(index)
}

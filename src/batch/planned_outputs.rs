//! Names those outputs of tasks that their options alone name.

use std::path::PathBuf;
use std::sync::Arc;

use crate::batch::source_plan::Outputs;
use crate::pipeline::Names;
use crate::pipeline::Task;
use crate::stages::OutputFormat;
use crate::storage::SourceFile;

/// Returns the outputs of a source as far as their names follow from the source's path, without reading it.
pub(super) fn outputs_by_name(file: &SourceFile, tasks: &[Arc<Task>]) -> Outputs {
    tasks.iter().map(|task| output_by_name(file, task)).collect()
}

/// Tells whether the task's output is named without a look into the source.
pub(super) fn is_by_name(task: &Task) -> bool {
    task.mistakes.is_empty()
        && !task.path.needs_header()
        && !task.path.needs_hash()
        && matches!(task.recipe.convert.output, OutputFormat::Fixed(_))
}

fn output_by_name(file: &SourceFile, task: &Task) -> Option<PathBuf> {
    let OutputFormat::Fixed(format) = task.recipe.convert.output else { return None };
    if !is_by_name(task) {
        return None;
    }
    let ext = format.extension();
    let names = Names { source: &file.path, target: &task.target, ext, size: None, hash: None };
    task.path.render(&names).ok()
}

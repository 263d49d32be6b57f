//! The list of stages.

use std::sync::Arc;

use serde_json::Value;

use crate::options::At;
use crate::options::Problem;
use crate::pipeline::Task;
use crate::pipeline::check::Checker;
use crate::pipeline::check::Written;
use crate::pipeline::stage_values::stage_values;
use crate::stages::StageDef;

impl Checker<'_> {
    /// Reads the stages as written, and keeps every mistake.
    pub(super) fn stages(&mut self, written: Option<&Value>) -> Written {
        let mut stages: Written = Vec::new();
        let mut words: Vec<&str> = Vec::new();
        let items = match written {
            None | Some(Value::Null) => return stages,
            Some(Value::Array(items)) => items,
            Some(_) => {
                let problem =
                    Problem::new("`stages` is a list, each item one stage like `- resize: {filter: lanczos3}`");
                self.problems.push(problem.under("stages"));
                return stages;
            }
        };
        for (index, item) in items.iter().enumerate() {
            let path = |problem: Problem| problem.under(index).under("stages");
            let Some((word, value)) = one_key(item) else {
                self.problems
                    .push(path(Problem::new("a stage is one key with its options, like `resize: {filter: lanczos3}`")));
                continue;
            };
            let Some(stage) = self.registry.stage(word) else {
                let known = self.registry.stages().iter().map(|stage| stage.word);
                self.problems.push(path(Problem::unknown("stage", word, "", known).under(word)));
                continue;
            };
            if words.contains(&word) {
                self.problems.push(path(
                    Problem { at: At::Key, ..Problem::new(format!("stage `{word}` is written twice")) }.under(word),
                ));
                continue;
            }
            words.push(word);
            let values = stage_values(stage, value, self.registry.engines_mut(), self.document.folder());
            if let Some(values) = self.keep(values.map_err(|found| found.into_iter().map(path).collect())) {
                stages.push((stage, values, vec!["stages".into(), index.into(), word.into()]));
            }
        }
        self.order(&stages);
        stages
    }

    /// Stages always run in the order of their table; another order in the file misleads.
    fn order(&mut self, stages: &Written) {
        let known = self.registry.stages();
        let place = |stage: &StageDef| known.iter().position(|known| known.word == stage.word);
        let misleads = |before: &StageDef, stage: &StageDef| {
            place(before) > place(stage) && !before.written_before.contains(&stage.word)
        };
        for (index, (stage, _, path)) in stages.iter().enumerate() {
            let mut before = stages[..index].iter().rev().map(|(before, ..)| before);
            if let Some(before) = before.find(|before| misleads(before, stage)) {
                let order: Vec<&str> = known.iter().map(|stage| stage.word).collect();
                let message = format!("`{}` runs before `{}`, whatever their order here", stage.word, before.word);
                let hint = format!("the order is {}", order.join(", "));
                self.warnings.push(Problem { path: path.clone(), at: At::Key, ..Problem::new(message) }.hint(hint));
            }
        }
    }

    /// Warns of stages that can do nothing for any target: they are probably misunderstood.
    pub(super) fn idle_stages(&mut self, stages: &Written, tasks: &[Arc<Task>]) {
        for (stage, _, path) in stages {
            let reasons: Option<Vec<&str>> =
                tasks.iter().map(|task| task.recipe.idle(stage.word, &task.shape)).collect();
            if let Some(reason) = reasons.and_then(|reasons| reasons.first().copied()) {
                let problem = Problem::new(format!("stage `{}` has no effect: {reason}", stage.word));
                self.warnings.push(Problem { path: path.clone(), at: At::Key, ..problem });
            }
        }
    }
}

/// Returns a stage with its options: `word: {…}`, `word:` or just `word`.
fn one_key(item: &Value) -> Option<(&str, &Value)> {
    match item {
        Value::String(word) => Some((word, &Value::Null)),
        Value::Object(map) if map.len() == 1 => map.iter().next().map(|(word, value)| (word.as_str(), value)),
        _ => None,
    }
}

//! Values of a document to a checked pipeline: every mistake is found before any is reported.

mod stages;
mod targets;

use std::path::Path;
use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use crate::analysis::Measure;
use crate::options::At;
use crate::options::Problem;
use crate::options::Step;
use crate::options::Values;
use crate::pipeline::BudgetOptions;
use crate::pipeline::Document;
use crate::pipeline::Location;
use crate::pipeline::Mistakes;
use crate::pipeline::OutputOptions;
use crate::pipeline::Pipeline;
use crate::pipeline::Registry;
use crate::pipeline::VERSION;
use crate::pipeline::interner::Interner;
use crate::pipeline::sections;
use crate::pipeline::source_tasks::SourceTasks;
use crate::stages::StageDef;

/// Keys of a pipeline, in the order of the reference.
const ROOT: [&str; 8] = ["version", "name", "input", "output", "targets", "stages", "run", "budget"];

/// Turns a document into a pipeline, which may name what is in the registry. Relative paths in it count from
/// the document's [folder](Document::folder).
///
/// # Errors
/// Every mistake in it, in the order of their places.
///
/// # Panics
/// If a stage of the caller's needs a measure that the registry does not have.
pub fn check(document: &Document, registry: Registry) -> Result<Pipeline, Mistakes> {
    let values = document.values()?;
    let mut checker = Checker {
        document,
        registry,
        interner: Interner::default(),
        measures: Vec::new(),
        problems: Vec::new(),
        warnings: Vec::new(),
    };
    let pipeline = match &values {
        Value::Object(root) => checker.pipeline(root),
        _ => checker.refuse(Problem::new("a pipeline is a map with the keys version, input, output, targets, stages")),
    };
    match pipeline {
        Some(pipeline) if checker.problems.is_empty() => {
            let Checker { registry, interner, warnings, .. } = checker;
            let mut warnings = document.mistakes(&warnings);
            for provider in registry.engines().providers().iter() {
                warnings.append(provider.warnings.clone());
            }
            let Some(variants) = registry.variants().cloned() else { return Ok(Pipeline { warnings, ..pipeline }) };
            // What is said of single sources may need any measure.
            let measures = registry.measures().to_vec();
            let source_tasks = Some(SourceTasks::new(variants, registry, interner));
            Ok(Pipeline { warnings, measures, source_tasks, ..pipeline })
        }
        _ => Err(document.mistakes(&checker.problems)),
    }
}

/// Returns the name of the pipeline in a file, whatever else the file says; `None` if the name cannot be read.
pub(crate) fn name_of(file: &Path) -> Option<String> {
    let document = Document::read(file).ok()?;
    let Value::Object(root) = document.values().ok()? else { return None };
    named(&document, &root).ok()
}

/// Returns the name of a pipeline, by default that of its file. The error is the value that stands in the place of a
/// name and is none.
fn named<'a>(document: &Document, root: &'a Map<String, Value>) -> Result<String, &'a Value> {
    match root.get("name") {
        None => Ok(document.stem()),
        Some(Value::String(name)) if !name.trim().is_empty() => Ok(name.clone()),
        Some(other) => Err(other),
    }
}

struct Checker<'a> {
    document: &'a Document,
    registry: Registry,
    interner: Interner,
    /// Holds the measures that targets need, each once.
    measures: Vec<&'static dyn Measure>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

/// List of stages as it is written: values by word, with the path to them.
type Written = Vec<(&'static StageDef, Values, Vec<Step>)>;

impl Checker<'_> {
    fn refuse<T>(&mut self, problem: Problem) -> Option<T> {
        self.problems.push(problem);
        None
    }

    /// Returns the value; `None` for mistakes, which are kept.
    fn keep<T>(&mut self, read: Result<T, Vec<Problem>>) -> Option<T> {
        read.map_err(|found| self.problems.extend(found)).ok()
    }

    fn pipeline(&mut self, root: &Map<String, Value>) -> Option<Pipeline> {
        for key in root.keys().filter(|key| !ROOT.contains(&key.as_str())) {
            self.problems.push(Problem::unknown("key", key, "the pipeline", ROOT.into_iter()).under(key.as_str()));
        }
        self.version(root);
        let name = self.name(root);
        let input = self.keep(sections::INPUT.read_as(root));
        let output: Option<OutputOptions> = self.keep(sections::OUTPUT.read_as(root));
        let run = self.keep(sections::RUN.read_as(root));
        let budget = self.keep(sections::BUDGET.read_as(root));
        let stages = self.stages(root.get("stages"));
        let path = output.as_ref().map(|output| Arc::new(output.path.clone()));
        let tasks = self.targets(root.get("targets"), &stages, path.as_ref());
        self.idle_stages(&stages, &tasks);
        let pays = tasks.iter().any(|task| task.recipe.outpaint.engines.providers().next().is_some());
        if !pays && budget.is_some_and(|budget: BudgetOptions| budget != BudgetOptions::default()) {
            let problem = Problem::new("`budget` has no effect: every engine is free");
            self.warnings.push(Problem { at: At::Key, ..problem }.under("budget"));
        }
        let (mut input, mut output) = (input?, output?);
        Some(Pipeline {
            name: name?,
            document: self.document.clone(),
            location: Location::leading(self.document, &mut input, &mut output),
            input,
            output,
            usual_tasks: tasks.into(),
            measures: std::mem::take(&mut self.measures),
            run: run?,
            budget: budget?,
            warnings: Mistakes::default(),
            source_tasks: None,
        })
    }

    fn version(&mut self, root: &Map<String, Value>) {
        match root.get("version") {
            Some(version) if version.as_u64() == Some(VERSION) => {}
            Some(version) => self.problems.push(
                Problem::new(format!("version {version} is not known; this program reads version {VERSION}"))
                    .under("version"),
            ),
            None => self
                .problems
                .push(Problem::new("`version` is missing").hint(format!("begin the file with `version: {VERSION}`"))),
        }
    }

    fn name(&mut self, root: &Map<String, Value>) -> Option<String> {
        match named(self.document, root) {
            Ok(name) => Some(name),
            Err(other) => self.refuse(Problem::new(format!("{other} is not a name")).under("name")),
        }
    }
}

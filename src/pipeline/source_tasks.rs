//! Makes the tasks of sources of which something particular is said.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;

use crate::codecs::Format;
use crate::document::Mistakes;
use crate::locks::lock;
use crate::options::Problem;
use crate::options::Values;
use crate::pipeline::Fingerprint;
use crate::pipeline::Layer;
use crate::pipeline::LayerKind;
use crate::pipeline::Registry;
use crate::pipeline::Revisions;
use crate::pipeline::RowKey;
use crate::pipeline::Settings;
use crate::pipeline::Task;
use crate::pipeline::Template;
use crate::pipeline::Variant;
use crate::pipeline::Variants;
use crate::pipeline::WrittenOptions;
use crate::pipeline::interner::Interner;
use crate::pipeline::stage_values::idle_here;
use crate::pipeline::stage_values::missing;
use crate::pipeline::stage_values::stage_values;
use crate::pipeline::stage_values::unreachable;
use crate::pipeline::written_options::WrittenIdentity;

/// Most tasks that are kept to be shared; those in use are not lost where there are more.
const KEPT_MAX: usize = 4096;

/// Makes the tasks of sources of which something particular is said, and shares equal ones.
pub(super) struct SourceTasks {
    variants: Arc<dyn Variants>,
    shared: Mutex<Shared>,
}

/// Holds the parts that the tasks of all sources share.
struct Shared {
    registry: Registry,
    interner: Interner,
    made: HashMap<TaskIdentity, Arc<Task>>,
}

/// Names a task among those that were made, by all from which it follows.
#[derive(PartialEq, Eq, Hash)]
struct TaskIdentity {
    target: Arc<str>,
    row: Option<RowKey>,
    encoding: Option<Format>,
    path: Option<String>,
    layers: Vec<WrittenIdentity>,
}

/// Holds everything that variants say of one task.
struct Said<'a> {
    row: &'a Option<RowKey>,
    encoding: Option<Format>,
    path: Option<&'a Arc<Template>>,
    layers: Vec<&'a WrittenOptions>,
}

impl SourceTasks {
    /// Makes tasks of what `variants` say, with what the check of a pipeline has built.
    pub(super) fn new(variants: Arc<dyn Variants>, registry: Registry, interner: Interner) -> Self {
        SourceTasks { variants, shared: Mutex::new(Shared { registry, interner, made: HashMap::new() }) }
    }

    /// Returns the tasks of a source, of which these are the usual ones.
    pub(super) fn of(&self, source: &Path, usual: &Arc<[Arc<Task>]>) -> Arc<[Arc<Task>]> {
        let variants = self.variants.of(source);
        if variants.is_empty() {
            return Arc::clone(usual);
        }
        let mut shared = lock(&self.shared);
        let tasks = usual.iter().flat_map(|task| {
            let said = said_of(task, &variants);
            if said.is_empty() {
                return vec![Arc::clone(task)];
            }
            said.iter().map(|said| shared.task(task, said)).collect()
        });
        tasks.collect()
    }
}

/// Collects what variants say of each task that stands for a usual one, in the order in which they are named.
fn said_of<'a>(task: &Task, variants: &'a [Variant]) -> Vec<Said<'a>> {
    let mut all: Vec<Said<'_>> = Vec::new();
    for Variant { row, encoding, path, layers, .. } in variants.iter().filter(|variant| variant.is_for(&task.target)) {
        let known = all.iter().position(|said| (said.row, said.encoding) == (row, *encoding));
        let at = known.unwrap_or_else(|| {
            all.push(Said { row, encoding: *encoding, path: None, layers: Vec::new() });
            all.len() - 1
        });
        let said = &mut all[at];
        said.path = path.as_ref().or(said.path);
        said.layers.extend(layers.iter().map(|layer| &**layer));
    }
    all
}

impl Shared {
    /// Returns the task that differs by this from a usual one.
    fn task(&mut self, usual: &Task, said: &Said<'_>) -> Arc<Task> {
        let (row, encoding) = (said.row.clone(), said.encoding);
        let identity = TaskIdentity {
            target: Arc::clone(&usual.target),
            row: row.clone(),
            encoding,
            path: said.path.map(ToString::to_string),
            layers: said.layers.iter().map(|layer| layer.identity()).collect(),
        };
        if let Some(task) = self.made.get(&identity) {
            return Arc::clone(task);
        }
        let path = said.path.map_or_else(|| Arc::clone(&usual.path), Arc::clone);
        let task = Task { row, encoding, path, ..usual.clone() };
        let task = match self.with_options(task, &said.layers) {
            Ok(task) => task,
            Err(refused) => *refused,
        };
        if self.made.len() >= KEPT_MAX {
            self.made.clear();
            self.interner.forget_unused();
        }
        let task = Arc::new(task);
        self.made.insert(identity, Arc::clone(&task));
        task
    }

    /// Returns the task with these options laid over its own.
    ///
    /// # Errors
    /// The task as it was, with what is wrong with them.
    fn with_options(&mut self, task: Task, written: &[&WrittenOptions]) -> Result<Task, Box<Task>> {
        let (mut settings, mut mistakes) = (Settings::clone(&task.settings), Mistakes::default());
        // A provider that is named by its file counts for this task alone.
        let mut registry = self.registry.clone();
        for written in written {
            match layer(written, &mut registry) {
                Ok(layer) => settings = settings.with(layer.into()),
                Err(problems) => mistakes.append(written.mistakes(&problems)),
            }
        }
        if !mistakes.is_empty() {
            return Err(Task { mistakes, ..task }.into());
        }
        if let Some(format) = task.encoding {
            let mut layer = Layer::new(LayerKind::Encoding, None);
            layer.say("convert", &Values::from([("format", format.name().into())]), |_| None);
            settings = settings.with(layer.into());
        }
        let recipe = self.interner.recipe(&settings, &registry);
        // The engines stand where the last layer says them; those of the pipeline itself were checked with it.
        let engines = written.iter().rev().find(|written| written.says("outpaint", "engine"));
        let at_engines = |problem: Problem| problem.under("engine").under("outpaint");
        let mut warnings = Mistakes::default();
        if let Some(written) = engines {
            let lacks: Vec<Problem> =
                recipe.outpaint.engines.missing().into_iter().map(missing).map(at_engines).collect();
            if !lacks.is_empty() {
                return Err(Task { mistakes: written.mistakes(&lacks), ..task }.into());
            }
            let idle = recipe.outpaint.engines.unreachable().into_iter().map(unreachable).map(at_engines);
            warnings.append(written.mistakes(&idle.collect::<Vec<_>>()));
        }
        for written in written {
            let idle = |word: &String| Some(idle_here(word, recipe.idle(word, &task.shape)?));
            let idle: Vec<Problem> = written.options().keys().filter_map(idle).collect();
            warnings.append(written.mistakes(&idle));
        }
        let fingerprint = Fingerprint::new(&task.shape, &task.path.to_string(), (&settings, &recipe), &registry);
        let measures = registry.measures_of(&recipe, &task.shape);
        let revisions = self.interner.revisions(Revisions::of(&task.shape, &recipe).and_measures(measures));
        Ok(Task { settings: settings.into(), recipe, fingerprint, revisions, warnings, ..task })
    }
}

/// Reads written options as a layer.
///
/// # Errors
/// Every mistake in it.
fn layer(written: &WrittenOptions, registry: &mut Registry) -> Result<Layer, Vec<Problem>> {
    let mut layer = Layer::new(LayerKind::Override, Some(&written.file().to_string_lossy()));
    let mut problems = Vec::new();
    for (word, value) in written.options() {
        let Some(stage) = registry.stage(word) else {
            let known = registry.stages().iter().map(|stage| stage.word);
            problems.push(Problem::unknown("stage", word, "", known).under(word.as_str()));
            continue;
        };
        match stage_values(stage, value, registry.engines_mut(), written.folder()) {
            Ok(values) => layer.say(stage.word, &values, |option| Some(written.line(word, option))),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(layer) } else { Err(problems) }
}

//! The list of targets, each with the options that are its own.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::Map;
use serde_json::Value;

use crate::analysis::Measure;
use crate::codecs::Format;
use crate::digest::Digest;
use crate::error::Class;
use crate::geometry::Ratio;
use crate::geometry::Size;
use crate::options;
use crate::options::At;
use crate::options::Problem;
use crate::options::Step;
use crate::options::Values;
use crate::pipeline::Fingerprint;
use crate::pipeline::Layer;
use crate::pipeline::LayerKind;
use crate::pipeline::Mistakes;
use crate::pipeline::Names;
use crate::pipeline::Revisions;
use crate::pipeline::Settings;
use crate::pipeline::TARGET;
use crate::pipeline::Task;
use crate::pipeline::Template;
use crate::pipeline::check::Checker;
use crate::pipeline::check::Written;
use crate::pipeline::stage_values::idle_here;
use crate::pipeline::stage_values::missing;
use crate::pipeline::stage_values::stage_values;
use crate::pipeline::stage_values::unreachable;
use crate::stages::OutputFormat;
use crate::stages::Recipe;
use crate::stages::Shape;

impl Checker<'_> {
    /// Reads the targets, and keeps every mistake.
    pub(super) fn targets(
        &mut self,
        written: Option<&Value>,
        stages: &Written,
        output: Option<&Arc<Template>>,
    ) -> Vec<Arc<Task>> {
        let example = "like `- { name: story, size: 1080x1920 }`";
        let items = match written {
            Some(Value::Array(items)) if !items.is_empty() => items,
            Some(_) => {
                self.problems.push(
                    Problem::new(format!("`targets` is a list with at least one item, {example}")).under("targets"),
                );
                return Vec::new();
            }
            None => {
                self.problems.push(Problem::new("`targets` is missing").hint(format!("add a list of them, {example}")));
                return Vec::new();
            }
        };
        let mut tasks: Vec<Arc<Task>> = Vec::new();
        let mut names: HashSet<String> = HashSet::new();
        for (index, item) in items.iter().enumerate() {
            let path: Vec<Step> = vec!["targets".into(), index.into()];
            let Value::Object(map) = item else {
                self.problems.push(Problem { path, ..Problem::new(format!("a target is a map, {example}")) });
                continue;
            };
            // File systems without case would let two such targets overwrite each other.
            if let Some(name) = map.get("name").filter(|name| name.is_string() || name.is_number()) {
                let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
                if !names.insert(name.to_ascii_lowercase()) {
                    let problem = Problem::new(format!("there are two targets called `{name}`"));
                    self.problems.push(problem.under("name").under(index).under("targets"));
                }
            }
            tasks.extend(self.target(map, &path, stages, output).map(Arc::new));
        }
        tasks
    }

    fn target(
        &mut self,
        map: &Map<String, Value>,
        path: &[Step],
        stages: &Written,
        output: Option<&Arc<Template>>,
    ) -> Option<Task> {
        let before = self.problems.len();
        let here = |problem: Problem| path.iter().rev().fold(problem, |problem, step| problem.under(step.clone()));
        let (mut own, mut layer) = (Map::new(), Layer::new(LayerKind::Target, None));
        for (key, value) in map {
            if let Some(stage) = self.registry.stage(key) {
                let values = stage_values(stage, value, self.registry.engines_mut(), self.document.folder())
                    .map_err(|found| found.into_iter().map(here).collect());
                let place: Vec<Step> = path.iter().cloned().chain([key.as_str().into()]).collect();
                if let Some(values) = self.keep(values) {
                    layer.say(stage.word, &values, |name| Some(self.line(&place, name)));
                }
            } else if TARGET.fields.iter().any(|field| field.name == key) {
                own.insert(key.clone(), value.clone());
            } else {
                let words = self.registry.stages().iter().map(|stage| stage.word);
                let known = TARGET.fields.iter().map(|field| field.name).chain(words);
                self.problems.push(here(Problem::unknown("key", key, "a target", known).under(key.as_str())));
            }
        }
        let own = self.keep(
            options::parse(TARGET.fields, "a target", &own).map_err(|found| found.into_iter().map(here).collect()),
        );
        let shape = own.as_ref().and_then(|own| match shape_of(own) {
            Ok(shape) => Some(shape),
            Err(problem) => self.refuse(here(problem)),
        });
        let name = own.as_ref().and_then(|own| match own.get("name") {
            Some(name) => name.as_str().map(str::to_owned),
            None => self.refuse(here(Problem::new("the target has no `name`"))),
        });
        if self.problems.len() > before {
            return None;
        }
        let (name, shape, output) = (name?, shape?, output?);
        let settings = Settings::defaults(&self.registry).with(self.layer(stages)).with(layer.into());
        let recipe = self.interner.recipe(&settings, &self.registry);
        self.names(&recipe, &name, output, path);
        self.longest_side(&recipe, &shape, path);
        for stage in self.registry.stages().iter().filter(|stage| map.contains_key(stage.word)) {
            if let Some(reason) = recipe.idle(stage.word, &shape) {
                self.warnings.push(here(idle_here(stage.word, reason)));
            }
        }
        let engines = || {
            let own: Vec<Step> = path.iter().cloned().chain(["outpaint".into()]).collect();
            let mut place = if map.contains_key("outpaint") { own } else { stage_path(stages, "outpaint") };
            place.push("engine".into());
            place
        };
        let placed = |problem: Problem| engines().into_iter().rev().fold(problem, Problem::under);
        for engine in recipe.outpaint.engines.unreachable() {
            push_once(&mut self.warnings, placed(unreachable(engine)));
        }
        for engine in recipe.outpaint.engines.missing() {
            push_once(&mut self.problems, placed(missing(engine)));
        }
        let measures = self.registry.measures_of(&recipe, &shape);
        self.keep_measures(&measures);
        let fingerprint = Fingerprint::new(&shape, &output.to_string(), (&settings, &recipe), &self.registry);
        let revisions = self.interner.revisions(Revisions::of(&shape, &recipe).and_measures(measures));
        let (target, settings, path) = (name.into(), Arc::new(settings), Arc::clone(output));
        let (mistakes, warnings) = (Mistakes::default(), Mistakes::default());
        let (row, encoding) = (None, None);
        Some(Task { target, row, encoding, shape, settings, recipe, fingerprint, revisions, path, mistakes, warnings })
    }

    /// Keeps the measures that a target needs among those of the pipeline.
    fn keep_measures(&mut self, measures: &[&'static dyn Measure]) {
        for measure in measures {
            if self.measures.iter().all(|kept| kept.name() != measure.name()) {
                self.measures.push(*measure);
            }
        }
    }

    /// Returns the layer of the list of stages, which counts for every target.
    fn layer(&self, stages: &Written) -> Arc<Layer> {
        let mut layer = Layer::new(LayerKind::Stages, None);
        for (stage, values, path) in stages {
            layer.say(stage.word, values, |name| Some(self.line(path, name)));
        }
        layer.into()
    }

    fn line(&self, path: &[Step], name: &str) -> usize {
        let path: Vec<Step> = path.iter().cloned().chain([name.into()]).collect();
        self.document.locate(&path, At::Key).0
    }

    /// Refuses a side that the format cannot have: every task would fail.
    fn longest_side(&mut self, recipe: &Recipe, shape: &Shape, path: &[Step]) {
        let OutputFormat::Fixed(format) = recipe.convert.output else { return };
        let (longest, max) = (shape.width.max(shape.height).unwrap_or(0), format.encoder().map(|it| it.max_side));
        if let Some(max) = max.filter(|&max| longest > max) {
            let message = format!("a side of {longest} pixels; a {} file has at most {max}", format.name());
            self.problems.push(Problem { path: path.to_vec(), ..Problem::new(message) });
        }
    }

    /// Checks the template of names: one that ends in another format's extension misnames its files, and one whose
    /// names are too long for the shortest source makes none.
    fn names(&mut self, recipe: &Recipe, target: &str, output: &Template, path: &[Step]) {
        let format = if let OutputFormat::Fixed(format) = recipe.convert.output { Some(format) } else { None };
        // Without a fixed format any extension may follow.
        let shortest = || Format::written().map(Format::extension).min_by_key(|ext| ext.len()).unwrap_or_default();
        let names = Names {
            // The shortest that there is: longer ones are known to `plan`.
            source: Path::new("s"),
            target,
            ext: format.map_or_else(shortest, Format::extension),
            size: Some(Size::new(1, 1)),
            hash: Some(Digest::of(&[])),
        };
        let rendered = match output.render(&names) {
            Ok(rendered) => rendered,
            Err(failure) if failure.class != Class::Limit => return,
            Err(failure) => {
                let problem = Problem::new(failure.message).hint("shorten `output.path` or the target's name");
                return self.problems.push(Problem { path: path.to_vec(), ..problem });
            }
        };
        if let Some(format) = format.filter(|format| format.is_belied_by(&rendered)) {
            let written = rendered.extension().unwrap_or_default().to_string_lossy();
            let message = format!("target `{target}` is {}, but output.path ends in .{written}", format.name());
            self.problems
                .push(Problem { path: path.to_vec(), ..Problem::new(message) }.hint("end output.path in .{ext}"));
        }
    }
}

/// Keeps once what a stage says, which counts for every target.
fn push_once(problems: &mut Vec<Problem>, problem: Problem) {
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}

fn stage_path(stages: &Written, word: &str) -> Vec<Step> {
    let found = stages.iter().find(|(stage, ..)| stage.word == word);
    found.map_or_else(Vec::new, |(_, _, path)| path.clone())
}

fn shape_of(own: &Values) -> Result<Shape, Problem> {
    let text = |name: &str| own.get(name).and_then(Value::as_str);
    let side = |name: &str| own.get(name).and_then(Value::as_u64).and_then(|side| u32::try_from(side).ok());
    // The table has checked both.
    let ratio = text("ratio").and_then(|ratio| ratio.parse::<Ratio>().ok());
    let size = text("size").and_then(|size| size.parse::<Size>().ok());
    let (width, height) = (side("width"), side("height"));
    match size {
        Some(_) if ratio.is_some() => {
            Err(Problem::new("`size` already says the ratio").hint("leave `ratio` out").under("ratio"))
        }
        Some(_) if width.is_some() => {
            Err(Problem::new("`size` already says the width").hint("leave `width` out").under("width"))
        }
        Some(_) if height.is_some() => {
            Err(Problem::new("`size` already says the height").hint("leave `height` out").under("height"))
        }
        Some(size) => Ok(Shape { ratio: None, width: Some(size.width), height: Some(size.height) }),
        None if ratio.is_some() && width.is_some() && height.is_some() => {
            Err(Problem::new("width and height already say the ratio")
                .hint("leave one of the three out")
                .under("ratio"))
        }
        None if ratio.is_none() && width.is_none() && height.is_none() => {
            Err(Problem::new("the target asks for nothing").hint("add a ratio, a size, a width or a height"))
        }
        None => Ok(Shape { ratio, width, height }),
    }
}

//! Values of a document to a checked pipeline: every mistake is found before any is reported.

use std::path::Path;

use serde_json::Map;
use serde_json::Value;

use crate::codecs::is_image_extension;
use crate::digest::Digest;
use crate::engines::Unreachable;
use crate::geometry::Ratio;
use crate::geometry::Size;
use crate::options;
use crate::options::At;
use crate::options::Problem;
use crate::options::Step;
use crate::options::Values;
use crate::pipeline::Document;
use crate::pipeline::Fingerprint;
use crate::pipeline::Mistake;
use crate::pipeline::Names;
use crate::pipeline::Origin;
use crate::pipeline::Output;
use crate::pipeline::Pipeline;
use crate::pipeline::Settings;
use crate::pipeline::TARGET;
use crate::pipeline::Target;
use crate::pipeline::VERSION;
use crate::pipeline::sections;
use crate::stages::OutputFormat;
use crate::stages::Recipe;
use crate::stages::STAGES;
use crate::stages::Shape;
use crate::stages::StageDef;

/// What the keys of a pipeline are, in the order of the reference.
const ROOT: [&str; 8] = ["version", "name", "input", "output", "targets", "stages", "run", "budget"];

/// Turns a document into a pipeline.
///
/// # Errors
/// Every mistake in it, in the order of their places.
pub fn check(document: &Document) -> Result<Pipeline, Vec<Mistake>> {
    let values = document.values()?;
    let mut checker = Checker { document, problems: Vec::new(), warnings: Vec::new() };
    let pipeline = match &values {
        Value::Object(root) => checker.pipeline(root),
        _ => checker.refuse(Problem::new("a pipeline is a map with the keys version, input, output, targets, stages")),
    };
    let placed = |problems: &[Problem]| {
        let mut mistakes: Vec<Mistake> = problems.iter().map(|problem| document.mistake(problem)).collect();
        mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        mistakes
    };
    match pipeline {
        Some(pipeline) if checker.problems.is_empty() => {
            Ok(Pipeline { warnings: placed(&checker.warnings), ..pipeline })
        }
        _ => Err(placed(&checker.problems)),
    }
}

struct Checker<'a> {
    document: &'a Document,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

/// What the list of stages says: values by word, with the path to them.
type Written = Vec<(&'static StageDef, Values, Vec<Step>)>;

impl Checker<'_> {
    fn refuse<T>(&mut self, problem: Problem) -> Option<T> {
        self.problems.push(problem);
        None
    }

    /// The value, or nothing and its problems kept.
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
        let output: Option<Output> = self.keep(sections::OUTPUT.read_as(root));
        let run = self.keep(sections::RUN.read_as(root));
        let budget = self.keep(sections::BUDGET.read_as(root));
        let stages = self.stages(root.get("stages"));
        let targets = self.targets(root.get("targets"), &stages, output.as_ref());
        self.idle_stages(&stages, &targets);
        Some(Pipeline {
            name: name?,
            input: input?,
            output: output?,
            targets,
            run: run?,
            budget: budget?,
            warnings: Vec::new(),
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
        match root.get("name") {
            None => Some(self.document.stem()),
            Some(Value::String(name)) if !name.trim().is_empty() => Some(name.clone()),
            Some(other) => self.refuse(Problem::new(format!("{other} is not a name")).under("name")),
        }
    }

    fn stages(&mut self, written: Option<&Value>) -> Written {
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
            let Some(stage) = STAGES.iter().find(|stage| stage.word == word) else {
                let known = STAGES.iter().map(|stage| stage.word);
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
            if let Some(values) =
                self.keep(stage_values(stage, value).map_err(|found| found.into_iter().map(path).collect()))
            {
                stages.push((stage, values, vec!["stages".into(), index.into(), word.into()]));
            }
        }
        self.order(&stages);
        stages
    }

    /// Stages always run in the order of their table; another order in the file misleads.
    fn order(&mut self, stages: &Written) {
        let place = |stage: &StageDef| STAGES.iter().position(|known| known.word == stage.word);
        for pair in stages.windows(2) {
            if place(pair[0].0) > place(pair[1].0) {
                let order: Vec<&str> = STAGES.iter().map(|stage| stage.word).collect();
                let message =
                    format!("`{}` runs before `{}`, whatever their order here", pair[1].0.word, pair[0].0.word);
                let hint = format!("the order is {}", order.join(", "));
                self.warnings
                    .push(Problem { path: pair[1].2.clone(), at: At::Key, ..Problem::new(message) }.hint(hint));
            }
        }
    }

    fn targets(&mut self, written: Option<&Value>, stages: &Written, output: Option<&Output>) -> Vec<Target> {
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
        let mut targets: Vec<Target> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path: Vec<Step> = vec!["targets".into(), index.into()];
            let Value::Object(map) = item else {
                self.problems.push(Problem { path, ..Problem::new(format!("a target is a map, {example}")) });
                continue;
            };
            // File systems without case would let two such targets overwrite each other.
            if let Some(name) = map.get("name").filter(|name| name.is_string() || name.is_number()) {
                let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
                if names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                    let problem = Problem::new(format!("there are two targets called `{name}`"));
                    self.problems.push(problem.under("name").under(index).under("targets"));
                }
                names.push(name);
            }
            let Some(target) = self.target(map, &path, stages, output) else { continue };
            targets.push(target);
        }
        targets
    }

    fn target(
        &mut self,
        map: &Map<String, Value>,
        path: &[Step],
        stages: &Written,
        output: Option<&Output>,
    ) -> Option<Target> {
        let before = self.problems.len();
        let here = |problem: Problem| path.iter().rev().fold(problem, |problem, step| problem.under(step.clone()));
        let (mut own, mut settings) = (Map::new(), Settings::new());
        for (stage, values, path) in stages {
            settings.set(stage.word, values, |name| Origin::Stages(self.line(path, name)));
        }
        for (key, value) in map {
            if let Some(stage) = STAGES.iter().find(|stage| stage.word == key) {
                let values = stage_values(stage, value).map_err(|found| found.into_iter().map(here).collect());
                let place: Vec<Step> = path.iter().cloned().chain([key.as_str().into()]).collect();
                if let Some(values) = self.keep(values) {
                    settings.set(stage.word, &values, |name| Origin::Target(self.line(&place, name)));
                }
            } else if TARGET.fields.iter().any(|field| field.name == key) {
                own.insert(key.clone(), value.clone());
            } else {
                let known = TARGET.fields.iter().map(|field| field.name).chain(STAGES.iter().map(|stage| stage.word));
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
        let recipe = Recipe::new(|word| settings.of(word));
        self.extension(&recipe, &name, output, path);
        for Unreachable { engine, behind, index } in recipe.engines.unreachable() {
            let own: Vec<Step> = path.iter().cloned().chain(["outpaint".into()]).collect();
            let mut place = if map.contains_key("outpaint") { own } else { stage_path(stages, "outpaint") };
            place.extend(["engine".into(), index.into()]);
            let message = format!("`{engine}` is never reached: `{behind}` always succeeds");
            self.warn_once(Problem { path: place, ..Problem::new(message) });
        }
        let fingerprint = Fingerprint::new(&shape, &output.path.to_string(), &settings, &recipe);
        Some(Target { name, shape, settings, recipe, fingerprint })
    }

    fn line(&self, path: &[Step], name: &str) -> usize {
        let path: Vec<Step> = path.iter().cloned().chain([name.into()]).collect();
        self.document.locate(&path, At::Key).0
    }

    fn warn_once(&mut self, problem: Problem) {
        if !self.warnings.contains(&problem) {
            self.warnings.push(problem);
        }
    }

    /// A template that ends in another format's extension makes files that lie.
    fn extension(&mut self, recipe: &Recipe, target: &str, output: &Output, path: &[Step]) {
        let OutputFormat::Fixed(format) = recipe.output else { return };
        let extensions = format.codec().extensions();
        let names = Names {
            source: Path::new("source"),
            target,
            ext: extensions[0],
            size: Some(Size::new(1, 1)),
            hash: Some(Digest::of(&[])),
        };
        let Ok(rendered) = output.path.render(&names) else { return };
        let Some(written) = rendered.extension().and_then(|extension| extension.to_str()) else { return };
        let written = written.to_lowercase();
        if is_image_extension(&written) && !extensions.contains(&written.as_str()) {
            let message = format!("target `{target}` is {}, but output.path ends in .{written}", format.name());
            self.problems
                .push(Problem { path: path.to_vec(), ..Problem::new(message) }.hint("end output.path in .{ext}"));
        }
    }

    /// A stage that can do nothing for any target is probably a misunderstanding.
    fn idle_stages(&mut self, stages: &Written, targets: &[Target]) {
        for (stage, _, path) in stages {
            let reasons: Option<Vec<&str>> =
                targets.iter().map(|target| (stage.idle)(&target.recipe, &target.shape)).collect();
            if let Some(reason) = reasons.and_then(|reasons| reasons.first().copied()) {
                let problem = Problem::new(format!("stage `{}` has no effect: {reason}", stage.word));
                self.warnings.push(Problem { path: path.clone(), at: At::Key, ..problem });
            }
        }
    }
}

fn stage_path(stages: &Written, word: &str) -> Vec<Step> {
    let found = stages.iter().find(|(stage, ..)| stage.word == word);
    found.map_or_else(Vec::new, |(_, _, path)| path.clone())
}

/// A stage with its options: `word: {…}`, `word:` or just `word`.
fn one_key(item: &Value) -> Option<(&str, &Value)> {
    match item {
        Value::String(word) => Some((word, &Value::Null)),
        Value::Object(map) if map.len() == 1 => map.iter().next().map(|(word, value)| (word.as_str(), value)),
        _ => None,
    }
}

fn stage_values(stage: &StageDef, value: &Value) -> Result<Values, Vec<Problem>> {
    let what = format!("stage `{}`", stage.word);
    let read = match value {
        Value::Null => Ok(Values::new()),
        Value::Object(map) => options::parse(stage.fields, &what, map),
        _ => {
            let known: Vec<&str> = stage.fields.iter().map(|field| field.name).collect();
            Err(vec![Problem::new(format!("{what} takes a map of options: {}", known.join(", ")))])
        }
    };
    read.map_err(|found| found.into_iter().map(|problem| problem.under(stage.word)).collect())
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

//! What a run would do, from file names, headers and the manifest; no pixel is decoded.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;

use rayon::iter::IntoParallelIterator;
use rayon::iter::ParallelIterator;

use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::request::absolute;
use crate::batch::verdict::Known;
use crate::batch::verdict::Occupancy;
use crate::batch::verdict::Skip;
use crate::batch::verdict::Verdict;
use crate::batch::verdict::Why;
use crate::batch::verdict::occupancy;
use crate::codecs;
use crate::codecs::Format;
use crate::codecs::Header;
use crate::digest::Digest;
use crate::error::Class;
use crate::error::Failure;
use crate::error::printable;
use crate::geometry::Decision;
use crate::geometry::Layout;
use crate::geometry::Size;
use crate::manifest::Outcome;
use crate::manifest::State;
use crate::options::Globs;
use crate::pipeline::Names;
use crate::pipeline::Pipeline;
use crate::pipeline::Target;
use crate::pipeline::decide;
use crate::stages::OutputFormat;
use crate::storage::Discovery;
use crate::storage::Ignored;
use crate::storage::Outbox;
use crate::storage::Place;
use crate::storage::SourceFile;

/// Every task of a run with what will become of it.
#[derive(Debug)]
pub struct Plan {
    /// The sources, in the order of their paths.
    pub sources: Vec<SourcePlan>,
    /// What lies below the input and is no source.
    pub ignored: Ignored,
    /// Number of tasks of the whole pipeline, filters or not.
    pub tasks_in_all: u64,
}

/// One source with its tasks.
#[derive(Debug)]
pub struct SourcePlan {
    /// Path, size and time.
    pub file: SourceFile,
    /// Its header, if it had to be read and could be.
    pub header: Option<Header>,
    /// One task per asked target.
    pub tasks: Vec<TaskPlan>,
}

/// One task.
#[derive(Debug)]
pub struct TaskPlan {
    /// Index of the target in the pipeline.
    pub target: usize,
    /// What will become of it.
    pub action: Action,
}

/// What a run does about a task.
#[derive(Debug)]
pub enum Action {
    /// Nothing: there is nothing to do.
    Skip(Skip),
    /// Nothing: it failed before, and nothing has changed since.
    Known(Failure),
    /// Record that it cannot be done, as the header shows.
    Fail(Failure),
    /// Make the output.
    Make(Box<Make>),
}

/// An output to be made.
#[derive(Debug)]
pub struct Make {
    /// Why.
    pub why: Why,
    /// How.
    pub layout: Layout,
    /// Where, relative to the output folder.
    pub output: PathBuf,
    /// In which format.
    pub format: Format,
    /// What the user should know beforehand.
    pub warnings: Vec<String>,
    /// Whether a file stands at that path that this pipeline never wrote.
    pub is_foreign: bool,
    /// What was seen at that path; only that is replaced.
    pub seen: Place,
}

/// Two tasks that would write one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// The output, relative to the output folder.
    pub output: PathBuf,
    /// Source and target of the first.
    pub first: (PathBuf, String),
    /// Source and target of the second.
    pub second: (PathBuf, String),
}

impl fmt::Display for Collision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = (&self.first, &self.second);
        let shown = |path: &Path| printable(&path.to_string_lossy());
        write!(f, "{} from {}", shown(&self.output), shown(&first.0))?;
        if first.0 == second.0 {
            write!(f, " as targets {} and {}", first.1, second.1)
        } else {
            write!(f, " and from {}", shown(&second.0))
        }
    }
}

impl Plan {
    /// Plans a run against what the manifest knows.
    ///
    /// # Errors
    /// A folder that cannot be read, or two tasks with one output.
    pub fn new(pipeline: &Pipeline, request: &Request, state: &State, outbox: &Outbox) -> Result<Plan, Refusal> {
        let targets = request.check(pipeline)?;
        let only = globs(&request.only)?;
        let discovery = Discovery {
            root: request.input.clone(),
            include: globs(&pipeline.input.include)?,
            exclude: globs(&pipeline.input.exclude)?,
            follow_links: pipeline.input.follow_links,
            skip: vec![absolute(&request.output), absolute(&request.state)],
        };
        let known = |path: &Path, size, mtime| state.knows_source(path, size, mtime);
        let found = discovery.find(&known).map_err(Refusal::Folder)?;
        let tasks_in_all = (found.sources.len() * pipeline.targets.len()) as u64;
        let planner = Planner { pipeline, request, state, outbox };
        let asked = |file: &SourceFile| only.is_empty() || only.matches(&file.path);
        let (files, unasked): (Vec<_>, Vec<_>) = found.sources.into_iter().partition(asked);
        let planned: Vec<(SourcePlan, Vec<Option<PathBuf>>)> =
            files.into_par_iter().map(|file| planner.source(file, &targets)).collect();
        let (sources, outputs): (Vec<_>, Vec<_>) = planned.into_iter().unzip();
        planner.refuse_collisions(&sources, &unasked, &outputs)?;
        Ok(Plan { sources, ignored: found.ignored, tasks_in_all })
    }

    /// Every task with its source.
    pub fn tasks(&self) -> impl Iterator<Item = (&SourcePlan, &TaskPlan)> {
        self.sources.iter().flat_map(|source| source.tasks.iter().map(move |task| (source, task)))
    }
}

struct Planner<'a> {
    pipeline: &'a Pipeline,
    request: &'a Request,
    state: &'a State,
    outbox: &'a Outbox,
}

impl Planner<'_> {
    /// Plans one source; beside it the output path of each task, where it is known.
    fn source(&self, file: SourceFile, targets: &[usize]) -> (SourcePlan, Vec<Option<PathBuf>>) {
        let known = Known::new(self.request, self.state, self.outbox, &file);
        let verdicts: Vec<Verdict> =
            targets.iter().map(|&target| known.verdict(&self.pipeline.targets[target])).collect();
        let header = verdicts.iter().any(|verdict| matches!(verdict, Verdict::Todo(_))).then(|| self.header(&file));
        let mut outputs = Vec::with_capacity(targets.len());
        let mut tasks = Vec::with_capacity(targets.len());
        for (&target, verdict) in targets.iter().zip(verdicts) {
            let (action, output) = match verdict {
                Verdict::Skip(skip, output) => (Action::Skip(skip), Some(output)),
                Verdict::Known(failure) => (Action::Known(failure), None),
                Verdict::Todo(why) => match &header {
                    Some(Ok(header)) => self.make(&file, header, target, why),
                    Some(Err(failure)) => (Action::Fail(failure.clone()), None),
                    None => unreachable!("a header is read wherever something is to be done"),
                },
            };
            tasks.push(TaskPlan { target, action });
            outputs.push(output);
        }
        let header = header.and_then(Result::ok);
        (SourcePlan { file, header, tasks }, outputs)
    }

    fn header(&self, file: &SourceFile) -> Result<Header, Failure> {
        let opened = File::open(self.request.input.join(&file.path));
        let mut reader =
            BufReader::with_capacity(4096, opened.map_err(|error| Failure::io("open the source", &error))?);
        codecs::read_header(&mut reader)
    }

    fn make(&self, file: &SourceFile, header: &Header, target: usize, why: Why) -> (Action, Option<PathBuf>) {
        let target = &self.pipeline.targets[target];
        if let Err(failure) = codecs::check_limits(header, file.size, &target.recipe.limits) {
            return (Action::Fail(failure), None);
        }
        let (layout, warnings) = match decide(target, header) {
            Decision::Do(layout, warnings) => (layout, warnings),
            Decision::Skip(rule) => return (Action::Skip(Skip::Rule(rule)), None),
            Decision::Fail(failure) => return (Action::Fail(failure), None),
        };
        let format = target.recipe.output.of(header.format);
        match self.output(file, target, format, layout.output) {
            Ok(output) => {
                let seen = self.outbox.state_of(&output).unwrap_or(Place::Other);
                let occupancy = self.occupancy(file, target, &output, seen);
                if occupancy == Occupancy::Modified && !self.request.overwrite_modified {
                    return (Action::Skip(Skip::Modified), Some(output));
                }
                let is_foreign = occupancy == Occupancy::Foreign;
                let make = Make { why, layout, output: output.clone(), format, warnings, is_foreign, seen };
                (Action::Make(Box::new(make)), Some(output))
            }
            Err(failure) => (Action::Fail(failure), None),
        }
    }

    fn occupancy(&self, file: &SourceFile, target: &Target, output: &Path, seen: Place) -> Occupancy {
        let proven = match self.state.task(&file.path, &target.name) {
            Some(Outcome::Done(done)) => self.state.is_proven(done),
            _ => false,
        };
        occupancy(self.state, self.outbox, output, seen, proven)
    }

    fn output(&self, file: &SourceFile, target: &Target, format: Format, size: Size) -> Result<PathBuf, Failure> {
        let template = &self.pipeline.output.path;
        let read = || File::open(self.request.input.join(&file.path)).and_then(Digest::of_reader);
        let hash = template.needs_hash().then(read).transpose();
        let hash = hash.map_err(|error| Failure::io("read the source", &error))?;
        let extensions = format.codec().extensions();
        let names = Names { source: &file.path, target: &target.name, ext: extensions[0], size: Some(size), hash };
        let output = template.render(&names).map_err(|message| Failure::new(Class::Unsupported, message))?;
        if format.is_belied_by(&output) {
            let message =
                format!("the output {} would hold {}; end output.path in .{{ext}}", output.display(), format.name());
            return Err(Failure::new(Class::Unsupported, message));
        }
        Ok(output)
    }

    /// Looks at every task of the pipeline, whether this run is asked for it or not: two runs
    /// with other filters must not overwrite each other's outputs.
    fn refuse_collisions(
        &self,
        sources: &[SourcePlan],
        unasked: &[SourceFile],
        planned: &[Vec<Option<PathBuf>>],
    ) -> Result<(), Refusal> {
        let mut tasks: HashMap<PathBuf, (&Path, &str)> = HashMap::new();
        let mut collisions = Vec::new();
        let state = absolute(&self.request.state);
        let by_name = sources.iter().map(|source| &source.file).chain(unasked).flat_map(|file| {
            self.pipeline
                .targets
                .iter()
                .filter_map(move |target| Some((self.output_by_name(file, target)?, file, target)))
        });
        // What depends on the header is known for the planned tasks only.
        let by_header = sources.iter().zip(planned).flat_map(|(source, outputs)| {
            source.tasks.iter().zip(outputs).filter_map(|(task, output)| {
                let target = &self.pipeline.targets[task.target];
                let output = output.clone().filter(|_| !self.is_by_name(target))?;
                Some((output, &source.file, target))
            })
        });
        for (output, file, target) in by_name.chain(by_header) {
            if self.outbox.root().join(&output).starts_with(&state) {
                return Err(Refusal::Usage {
                    message: format!("the output {} lies in the state folder", output.display()),
                    hint: "choose another output.path or output.state".into(),
                });
            }
            let task = (file.path.as_path(), target.name.as_str());
            if let Some(earlier) = tasks.insert(without_case(&output), task) {
                let owned = |(source, target): (&Path, &str)| (source.to_owned(), target.to_owned());
                let (first, second) = (owned(earlier.min(task)), owned(earlier.max(task)));
                collisions.push(Collision { output, first, second });
            }
        }
        if collisions.is_empty() { Ok(()) } else { Err(Refusal::Collisions(collisions)) }
    }

    /// Whether the target's outputs are named without a look into the source.
    fn is_by_name(&self, target: &Target) -> bool {
        let template = &self.pipeline.output.path;
        !template.needs_header() && !template.needs_hash() && matches!(target.recipe.output, OutputFormat::Fixed(_))
    }

    fn output_by_name(&self, file: &SourceFile, target: &Target) -> Option<PathBuf> {
        let OutputFormat::Fixed(format) = target.recipe.output else { return None };
        let ext = format.codec().extensions()[0];
        let names = Names { source: &file.path, target: &target.name, ext, size: None, hash: None };
        self.pipeline.output.path.render(&names).ok().filter(|_| self.is_by_name(target))
    }
}

/// What file systems without case take for the same name.
fn without_case(path: &Path) -> PathBuf {
    if cfg!(any(target_os = "macos", windows)) { path.to_string_lossy().to_lowercase().into() } else { path.to_owned() }
}

fn globs(patterns: &[String]) -> Result<Globs, Refusal> {
    let hint = || "see input.include, input.exclude and --only".into();
    Globs::new(patterns).map_err(|message| Refusal::Usage { message, hint: hint() })
}

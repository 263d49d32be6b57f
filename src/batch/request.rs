//! What a caller asks of a run, and why a run may refuse to start.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use crate::batch::Collision;
use crate::batch::Why;
use crate::batch::endpoints;
use crate::batch::moved;
use crate::error::Class;
use crate::error::Failure;
use crate::error::printable;
use crate::manifest::Again;
use crate::manifest::OpenError;
use crate::manifest::Scope;
use crate::options::nearest;
use crate::pipeline::Auto;
use crate::pipeline::Pipeline;
use crate::providers::Usd;
use crate::storage::Inbox;
use crate::storage::absolute;

/// Name of the state folder inside the output folder.
const STATE: &str = ".recanvas";

/// Where a run reads and writes, and how it differs from a plain one. Every field can be set;
/// [`Request::new`] fills in what the pipeline says.
#[derive(Debug, Clone)]
pub struct Request {
    /// The input folder.
    pub input: PathBuf,
    /// The output folder; created if it is not there.
    pub output: PathBuf,
    /// The folder of manifest and lock.
    pub state: PathBuf,
    /// The folder that the pipeline's words would name from the working directory, as earlier versions took
    /// them; a run does not begin anew while the manifest is still there. None where that says nothing.
    pub earlier_state: Option<PathBuf>,
    /// Sources worked on at the same time; none for one per processor.
    pub jobs: Option<usize>,
    /// Bytes for pictures; none for half of what is free.
    pub memory: Option<u64>,
    /// Globs; only sources that fit one are part of the run. Empty means all.
    pub only: Vec<String>,
    /// Names; only these targets are part of the run. Empty means all.
    pub targets: Vec<String>,
    /// List what is no source by name, beside counting it.
    pub lists_ignored: bool,
    /// List outputs that no task makes any more, beside counting them.
    pub lists_orphans: bool,
    /// Most tasks to make in this run.
    pub limit: Option<u64>,
    /// Make everything again. Never pays for anything again.
    pub force: bool,
    /// Make again what a newer revision of this program makes otherwise. Never pays for anything again.
    pub refresh: bool,
    /// Makes outputs again whose margins another engine filled than the first of the list.
    pub refill: bool,
    /// Try again what failed for a permanent reason.
    pub retry_failed: bool,
    /// Submit again the calls of which nobody knows whether they were accepted.
    pub retry_unknown: bool,
    /// Buy again what was paid for and is lost, damaged or was judged bad; with `force`, everything.
    pub repay: bool,
    /// Most that the calls of this run may cost, beside the pipeline's budget.
    pub max_cost: Option<Usd>,
    /// Whether somebody watches: paid engines without a budget run only then.
    pub is_attended: bool,
    /// Compare sources and finished outputs by content, not only by size and times.
    pub verify: bool,
    /// Replace outputs that somebody changed.
    pub overwrite_modified: bool,
    /// Stop after this many failed tasks.
    pub max_failures: Option<u64>,
    /// Stop admitting work after this time.
    pub max_duration: Option<Duration>,
}

/// Folders that the caller names instead of the pipeline's, relative to the working directory.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Instead of `input.dir`.
    pub input: Option<PathBuf>,
    /// Instead of `output.dir`.
    pub output: Option<PathBuf>,
}

impl Request {
    /// A plain run of `pipeline`.
    ///
    /// # Errors
    /// If neither the pipeline nor `places` names a folder.
    pub fn new(pipeline: &Pipeline, places: Places) -> Result<Request, Refusal> {
        let missing = |what: &str| Refusal::Usage {
            message: format!("no {what} folder"),
            hint: format!("set `{what}.dir` in the pipeline or pass --{what} FOLDER"),
        };
        let input = places.input.or_else(|| pipeline.input.dir.clone()).ok_or_else(|| missing("input"))?;
        let named = |key| pipeline.location.named(key);
        let earlier_state = match (&pipeline.output.state, &places.output) {
            (Some(_), _) => named("output.state").map(Path::to_owned),
            (None, Some(_)) => None,
            (None, None) => named("output.dir").map(|output| output.join(STATE)),
        };
        let output = places.output.or_else(|| pipeline.output.dir.clone()).ok_or_else(|| missing("output"))?;
        let state = pipeline.output.state.clone().unwrap_or_else(|| output.join(STATE));
        let fixed = |auto: Auto| match auto {
            Auto::Auto => None,
            Auto::Fixed(number) => Some(number),
        };
        Ok(Request {
            input,
            output,
            state,
            earlier_state,
            jobs: fixed(pipeline.run.jobs).and_then(|jobs| usize::try_from(jobs).ok()),
            memory: fixed(pipeline.run.memory),
            only: Vec::new(),
            targets: Vec::new(),
            lists_ignored: false,
            lists_orphans: false,
            limit: None,
            force: false,
            refresh: false,
            refill: false,
            retry_failed: false,
            retry_unknown: false,
            repay: false,
            max_cost: None,
            is_attended: false,
            verify: false,
            overwrite_modified: false,
            max_failures: None,
            max_duration: None,
        })
    }

    /// Says which records of the state folder are of this request's pipeline and folders.
    #[must_use]
    pub fn scope(&self, pipeline: &Pipeline) -> Scope {
        let file = Some(&*pipeline.location.file).filter(|file| file.is_file());
        Scope::new(&pipeline.name, file, &self.input, &self.output)
    }

    /// Opens the input folder, where sources are read.
    ///
    /// # Errors
    /// As [`Inbox::open`].
    pub(super) fn inbox(&self, pipeline: &Pipeline) -> Result<Inbox, Failure> {
        Inbox::open(&self.input, pipeline.input.follow_links)
    }

    /// Tells whether the sources are those of the pipeline: where it names a folder, another one says nothing of
    /// what is gone from it.
    pub(super) fn takes_input_of(&self, pipeline: &Pipeline) -> bool {
        pipeline.input.dir.as_ref().is_none_or(|dir| absolute(dir) == absolute(&self.input))
    }

    /// Returns what this run may pay once more.
    pub(super) fn again(&self) -> Again {
        // Whoever was refused is asked again for what is to be filled again.
        let retry_failed = self.retry_failed || self.refill;
        Again { retry_unknown: self.retry_unknown, retry_failed, repay: self.repay }
    }

    /// Tells whether a task that is made for this reason gets another result than the one that is there:
    /// one that was judged bad, or any where all is made again.
    pub(super) fn renews(&self, why: &Why) -> bool {
        let was_judged = matches!(why, Why::Refill | Why::Failed(Some(Class::BadOutput | Class::Rejected)));
        self.repay && (self.force || was_judged)
    }

    /// Checks what can be checked without reading a source, and returns the indices of the
    /// asked targets.
    ///
    /// # Errors
    /// As [`Request::check_places`]; an input that is no folder, or a target that is not there.
    pub(super) fn check(&self, pipeline: &Pipeline) -> Result<Vec<usize>, Refusal> {
        self.check_places(pipeline)?;
        if !self.input.is_dir() {
            return Err(moved::no_input(self, pipeline));
        }
        self.asked_targets(pipeline)
    }

    /// Checks the folders, as far as they need not be there, and where providers are asked.
    ///
    /// # Errors
    /// An input that lies inside the output, an output that is no folder, an endpoint that is none, or as [`Request::check_state`].
    pub fn check_places(&self, pipeline: &Pipeline) -> Result<(), Refusal> {
        self.check_state(pipeline)?;
        endpoints::check(pipeline)?;
        let refuse = |message: String, hint: &str| Err(Refusal::Usage { message, hint: hint.into() });
        let (input, output) = (self.input.display(), self.output.display());
        if absolute(&self.input).starts_with(absolute(&self.output)) {
            let message = format!("the input folder {input} lies inside the output folder {output}");
            return refuse(message, "outputs would be taken for sources; choose another output folder");
        }
        if self.output.is_symlink() && !self.output.exists() {
            let message = format!("the output folder {output} is a link that leads nowhere");
            return refuse(message, "make the folder that it leads to, or choose another output folder");
        }
        if self.output.exists() && !self.output.is_dir() {
            return refuse(format!("the output folder {output} is no folder"), "choose another output folder");
        }
        Ok(())
    }

    /// Makes sure that the manifest of the pipeline is not where earlier versions kept it.
    ///
    /// # Errors
    /// If it is there, and the state folder has none.
    pub fn check_state(&self, pipeline: &Pipeline) -> Result<(), Refusal> {
        moved::check_state(self, pipeline)
    }

    fn asked_targets(&self, pipeline: &Pipeline) -> Result<Vec<usize>, Refusal> {
        let names: Vec<&str> = pipeline.targets.iter().map(|target| target.name.as_str()).collect();
        for asked in &self.targets {
            if !names.contains(&asked.as_str()) {
                let hint = match nearest(asked, &names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known: {}", names.join(", ")),
                };
                return Err(Refusal::Usage { message: format!("the pipeline has no target `{asked}`"), hint });
            }
        }
        let is_asked = |name: &str| self.targets.is_empty() || self.targets.iter().any(|asked| asked == name);
        Ok((0..names.len()).filter(|&index| is_asked(names[index])).collect())
    }
}

/// Why a run does not start. Nothing was written.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// The request does not make sense.
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
    /// No source fits what the request is only for.
    NotFound {
        /// The globs, as they were written.
        only: Vec<String>,
    },
    /// By the template most tasks would write the same files.
    Collisions(Vec<Collision>),
    /// The manifest cannot be opened.
    Manifest(OpenError),
    /// A folder cannot be read or written.
    Folder(Failure),
    /// The user stopped the run before it began.
    Stopped,
}

impl From<Failure> for Refusal {
    /// Return what refuses a run whose input cannot be walked.
    fn from(failure: Failure) -> Self {
        Refusal::Folder(failure)
    }
}

/// How many examples a message shows of a long list.
const EXAMPLES: usize = 10;

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Usage { message, hint } => write!(f, "{message}\nhint: {hint}"),
            Refusal::NotFound { only } => write!(
                f,
                "no source fits --only {}\nhint: globs are relative to the input folder; one without `/` fits names at any depth",
                printable(&only.join(" --only "))
            ),
            Refusal::Collisions(collisions) => {
                writeln!(
                    f,
                    "output.path names most outputs alike; two tasks would write the same file ({} times):",
                    collisions.len()
                )?;
                for collision in collisions.iter().take(EXAMPLES) {
                    writeln!(f, "  {collision}")?;
                }
                more(f, collisions.len())?;
                write!(
                    f,
                    "hint: add {{target}}, {{dir}} or {{source_ext}} to output.path, like \"{{dir}}/{{stem}}.{{source_ext}}.{{target}}.{{ext}}\""
                )
            }
            Refusal::Manifest(error) => write!(f, "{error}"),
            Refusal::Folder(failure) => write!(f, "{failure}"),
            Refusal::Stopped => f.write_str("stopped before any work began"),
        }
    }
}

impl std::error::Error for Refusal {}

fn more(f: &mut fmt::Formatter<'_>, count: usize) -> fmt::Result {
    if count > EXAMPLES { writeln!(f, "  … and {} more", count - EXAMPLES) } else { Ok(()) }
}

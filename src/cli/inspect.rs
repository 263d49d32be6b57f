//! The commands that only look: `check`, `status`, `explain`.

use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use crate::batch;
use crate::batch::Places;
use crate::batch::Plan;
use crate::batch::Request;
use crate::batch::SourcePlan;
use crate::batch::exit;
use crate::cli::args::ExplainArgs;
use crate::cli::args::PipelineArgs;
use crate::cli::args::StatusArgs;
use crate::cli::open::open;
use crate::cli::print::data;
use crate::cli::print::error;
use crate::cli::print::note;
use crate::cli::run::refused;
use crate::error::ErrorKind;
use crate::manifest::HowMade;
use crate::manifest::TaskOutcome;
use crate::options::literal;
use crate::report;
use crate::report::Status;

/// Validates a pipeline.
pub(super) fn check(args: &PipelineArgs) -> u8 {
    match open(args) {
        Ok(pipeline) => {
            // One that names no folders is told them by the command that runs it.
            let request = Request::new(&pipeline, Places::default());
            if let Err(refusal) = request.map_or(Ok(()), |request| request.check_places(&pipeline)) {
                let code = refused(&refusal);
                note("no run would start");
                return code;
            }
            let targets = report::counted(pipeline.targets().len() as u64, "target");
            data(&format!("{}: {targets}, no mistakes", report::clean(&args.pipeline)), exit::DONE)
        }
        Err(code) => {
            note("no run would start");
            code
        }
    }
}

/// Prints the tasks by state, and returns the exit code.
pub(super) fn status(args: &StatusArgs) -> u8 {
    let pipeline = match open(&args.place.pipeline) {
        Ok(pipeline) => pipeline,
        Err(code) => return code,
    };
    let places = Places { input: args.input.clone(), output: args.place.output.clone() };
    let looked = Request::new(&pipeline, places).and_then(|request| {
        let (only, targets) = (args.only.clone(), args.target.clone());
        let request = Request { only, targets, lists_orphans: args.orphans, ..request };
        batch::look(&pipeline, &request)
    });
    // What a run would refuse leaves nothing to be said of its tasks.
    let (plan, state) = match looked {
        Ok(looked) => looked,
        Err(refusal) => return refused(&refusal),
    };
    let status = Status::of(plan, &state);
    if args.quiet {
        return if status.is_complete() { exit::DONE } else { exit::FAILED };
    }
    data(&if args.place.json { status.json().to_string() } else { status.to_string() }, exit::DONE)
}

/// Explains one source.
pub(super) fn explain(args: &ExplainArgs) -> u8 {
    let pipeline = match open(&args.pipeline) {
        Ok(pipeline) => pipeline,
        Err(code) => return code,
    };
    let places = Places { input: args.input.clone(), output: args.output.clone() };
    let request = match Request::new(&pipeline, places) {
        Ok(request) => request,
        Err(refusal) => return refused(&refusal),
    };
    let within = within(&request.input, &args.source);
    // A name that no glob can say is found among all.
    let only = within.to_str().map(literal);
    let request = Request { only: only.into_iter().collect(), ..request };
    let looked = match batch::look(&pipeline, &request) {
        Ok(looked) => Some(looked),
        Err(refusal) if refusal.kind() == ErrorKind::NotFound => None,
        Err(refusal) => return refused(&refusal),
    };
    // The name may be written in another form of Unicode.
    let is_asked = |source: &&SourcePlan| source.file.path == within;
    let of = |plan: &Plan| {
        let exact = plan.sources.iter().position(|source| is_asked(&source));
        exact.or_else(|| (plan.sources.len() == 1 && within.to_str().is_some()).then_some(0))
    };
    let planned = looked.as_ref().and_then(|(plan, state)| Some((plan, state, plan.sources.get(of(plan)?)?)));
    let Some((plan, state, source)) = planned else {
        error(&format!(
            "{} is no source of this pipeline\nhint: it may be hidden, excluded, a link or no image; the input folder is {}",
            report::clean(&args.source),
            report::clean(&request.input)
        ));
        return exit::REFUSED;
    };
    let header = source.header().or_else(|| plan.header(&source.file).ok());
    let mut made = HowMade::of_source(&request.state, request.scope(&pipeline), &source.file.path);
    made.retain(|key, _| matches!(state.task(key), Some(TaskOutcome::Done(_))));
    let measures = plan.measures(source, state).unwrap_or_default();
    data(&report::explain(source, header.as_ref(), &measures, &made), exit::DONE)
}

/// Returns the source relative to the input folder, whichever way it was named.
fn within(input: &Path, source: &Path) -> PathBuf {
    if source.is_relative() && input.join(source).try_exists().unwrap_or_default() {
        return source.components().filter(|part| *part != Component::CurDir).collect();
    }
    let folder = source.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let named = folder.canonicalize().ok().zip(input.canonicalize().ok()).and_then(|(folder, input)| {
        let below = folder.strip_prefix(input).ok()?;
        Some(below.join(source.file_name()?))
    });
    named.unwrap_or_else(|| source.to_owned())
}

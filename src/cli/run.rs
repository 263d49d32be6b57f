//! `plan` and `run`.

use std::io::IsTerminal;
use std::sync::Arc;

use crate::batch;
use crate::batch::Observer;
use crate::batch::Places;
use crate::batch::Refusal;
use crate::batch::Request;
use crate::batch::Stop;
use crate::batch::Summary;
use crate::batch::exit;
use crate::cli::args::LogFormat;
use crate::cli::args::Progress;
use crate::cli::args::RunArgs;
use crate::cli::args::ScopeArgs;
use crate::cli::open::open;
use crate::cli::print::data;
use crate::cli::print::error;
use crate::cli::print::stream;
use crate::cli::signals;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::pipeline::Pipeline;
use crate::report::Bar;
use crate::report::EventLog;
use crate::report::Paint;
use crate::report::Plain;
use crate::report::Tally;
use crate::report::Volume;
use crate::report::plan_json;
use crate::report::plan_text;
use crate::report::summary_json;
use crate::report::summary_text;

/// Prints the plan of a run and returns the exit code; `with` adds to the request whatever is asked for beside the
/// scope.
pub(super) fn plan(scope: &ScopeArgs, with: impl FnOnce(Request) -> Request) -> u8 {
    let pipeline = match open(&scope.pipeline) {
        Ok(pipeline) => pipeline,
        Err(code) => return code,
    };
    let planned = request(scope, &pipeline).and_then(|request| batch::plan(&pipeline, &with(request)));
    let plan = match planned {
        Ok(plan) => plan,
        Err(refusal) => return refused(&refusal),
    };
    if scope.json {
        stream(exit::DONE, |mut out| {
            plan_json(&mut out, &plan, &pipeline)?;
            writeln!(out)
        })
    } else {
        data(&plan_text(&plan), exit::DONE)
    }
}

/// Does what the pipeline says.
pub(super) fn run(args: &RunArgs) -> u8 {
    let pipeline = match open(&args.scope.pipeline) {
        Ok(pipeline) => pipeline,
        Err(code) => return code,
    };
    let stop = Arc::new(Stop::new());
    let tally = Arc::new(Tally::new(observer(args)));
    let told = if args.scope.json { signals::RunEndNotice::Json } else { signals::RunEndNotice::Text };
    if let Err(why) = signals::listen(&stop, Arc::clone(&tally), told) {
        error(&format!("could not listen for signals: {why}"));
        return exit::UNEXPECTED;
    }
    let run = request(&args.scope, &pipeline).and_then(|request| {
        let request = Request {
            memory: args.memory.or(request.memory),
            max_cost: args.max_cost,
            max_failures: args.max_failures,
            max_duration: args.max_duration,
            ..request
        };
        batch::run(&pipeline, &request, &*tally, &stop)
    });
    match run {
        Ok(summary) => {
            let code = summary.exit(args.strict);
            if args.scope.json {
                data(&summary_json(&summary, code).to_string(), code)
            } else if args.quiet {
                code
            } else {
                data(&summary_text(&summary), code)
            }
        }
        Err(refusal) => {
            let code = match refusal.kind() {
                ErrorKind::Stopped => Summary { stopped: stop.reason(), ..Summary::default() }.exit(false),
                _ => refused(&refusal),
            };
            // Programs that read the last line find one whenever the command was understood.
            if args.scope.json && ![exit::UNEXPECTED, exit::REFUSED].contains(&code) {
                return data(&summary_json(&Summary::default(), code).to_string(), code);
            }
            code
        }
    }
}

fn request(scope: &ScopeArgs, pipeline: &Pipeline) -> Result<Request, Error> {
    let places = Places { input: scope.input.clone(), output: scope.output.clone() };
    let request = Request::new(pipeline, places)?;
    Ok(Request {
        jobs: scope.jobs.map(usize::from).or(request.jobs),
        limit: scope.limit,
        only: scope.only.clone(),
        targets: scope.target.clone(),
        force: scope.force,
        refresh: scope.refresh,
        refill: scope.refill,
        retry_failed: scope.retry_failed,
        retry_unknown: scope.retry_unknown,
        repay: scope.repay,
        is_attended: std::io::stdin().is_terminal() || std::io::stderr().is_terminal(),
        verify: scope.verify,
        overwrite_modified: scope.overwrite_modified,
        ..request
    })
}

fn observer(args: &RunArgs) -> Box<dyn Observer + Send> {
    let volume = match (args.quiet, args.verbose) {
        (true, _) => Volume::Quiet,
        (_, true) => Volume::Verbose,
        _ => Volume::Normal,
    };
    let wants_bar = match args.progress {
        Progress::Bar => true,
        Progress::Auto => std::io::stderr().is_terminal(),
        Progress::Plain | Progress::None => false,
    };
    let (paint, shows_progress) = (Paint::for_stderr(), args.progress != Progress::None);
    match args.log_format {
        LogFormat::Json => Box::new(EventLog::new(std::io::stderr())),
        LogFormat::Text if wants_bar && !args.quiet => Box::new(Bar::new(paint, volume)),
        LogFormat::Text => Box::new(Plain::new(std::io::stderr(), paint, volume, shows_progress)),
    }
}

/// Prints why nothing was begun; the exit code.
pub(super) fn refused(why: &Error) -> u8 {
    let refusal = why.details::<Refusal>();
    error(&refusal.map_or_else(|| why.to_string(), ToString::to_string));
    match why.kind() {
        ErrorKind::Locked => exit::LOCKED,
        ErrorKind::Failed(_) => exit::UNEXPECTED,
        _ => exit::REFUSED,
    }
}

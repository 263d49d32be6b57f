//! The command line as clap reads it: one definition for parsing, help and completions.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use clap::builder::FalseyValueParser;
use clap_complete::Shell;
use serde_json::Value;

use crate::providers::Usd;

/// Reframes image catalogs: one YAML pipeline, every size and aspect ratio.
#[derive(Debug, Parser)]
#[command(name = "recanvas", version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a commented pipeline
    Init(InitArgs),
    /// Check a pipeline; every mistake at once
    Check(PipelineArgs),
    /// Say what a run would do, from file headers only
    Plan(PlanArgs),
    /// Do what the pipeline says, as far as it is not done already
    Run(Box<RunArgs>),
    /// Say what is done, failed and left
    Status(StatusArgs),
    /// Remove outputs whose source, target or path is gone; without --yes only say which
    ///
    /// Of what this pipeline wrote, and of nothing else. What was changed since stays, and so does what was made
    /// of sources in folders that cannot be read. No link is followed.
    Prune(PruneArgs),
    /// Say in numbers what becomes of one source, and why
    Explain(ExplainArgs),
    /// What fills margins: what is built in, and which providers there are
    Engines(EnginesArgs),
    /// Look after the results that were paid for
    Cache {
        #[command(subcommand)]
        what: CacheCommand,
    },
    /// Print the JSON Schema of pipeline files
    Schema {
        /// Of descriptors of providers instead
        #[arg(long)]
        provider: bool,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(super) struct EnginesArgs {
    #[command(subcommand)]
    pub(super) what: Option<Listing>,
    #[command(flatten)]
    pub(super) engines: EngineFiles,
    /// Print the result as JSON
    #[arg(long, env = "RECANVAS_JSON", value_parser = FalseyValueParser::new(), global = true)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Listing {
    /// All of them, a line each
    List,
    /// One with all its options
    Show {
        /// Its name
        name: String,
    },
    /// Try one; costs nothing. A provider is asked whether it can be reached and takes the key, a local engine fills the margins of a drawn picture
    Test(TestArgs),
}

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// Its name
    pub(super) name: String,
    /// The model of a local engine that runs one
    #[arg(long, value_name = "FILE")]
    pub(super) model: Option<String>,
    /// Another option of a local engine, like max_side=512; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = option)]
    pub(super) option: Vec<(String, Value)>,
}

#[derive(Debug, Subcommand)]
pub(super) enum CacheCommand {
    /// How many results there are, of which providers, and what was paid for them
    Stats(StateArgs),
    /// Compare every result with what was recorded; exit 3 if one is damaged or gone
    Verify(StateArgs),
    /// Remove results that were not used for a long time
    ///
    /// Every result was paid for. Pictures that were made from it stay, and as long as they are
    /// up to date nothing is missed. But a task that needs it again (for another format, another
    /// target, or because its output is gone) fails until `run --repay` buys it again. Results of calls that are not recorded as ended always stay.
    Gc(GcArgs),
}

/// A pipeline whose state folder is looked at.
#[derive(Debug, Args)]
pub(super) struct StateArgs {
    #[command(flatten)]
    pub(super) pipeline: PipelineArgs,
    /// Folder of outputs, instead of output.dir
    #[arg(long, short, value_name = "DIR", env = "RECANVAS_OUTPUT")]
    pub(super) output: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long, env = "RECANVAS_JSON", value_parser = FalseyValueParser::new())]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct GcArgs {
    #[command(flatten)]
    pub(super) place: StateArgs,
    #[command(flatten)]
    pub(super) limits: GcLimits,
    /// Only say what would go
    #[arg(long, short = 'n')]
    pub(super) dry_run: bool,
}

/// Limits on what may stay; at least one of both.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct GcLimits {
    /// Remove results that were not used for this long, like 30d or 12h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) older_than: Option<Duration>,
    /// Remove those not used for longest until the rest has this size, like 5G or 500MiB
    #[arg(long, value_name = "BYTES", value_parser = size)]
    pub(super) max_size: Option<u64>,
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Where to write it; an existing file is kept
    #[arg(default_value = "recanvas.yaml")]
    pub(super) path: PathBuf,
    /// What to begin with
    #[arg(long, default_value = "social")]
    pub(super) template: String,
}

/// A pipeline, and what it may name.
#[derive(Debug, Args)]
pub(super) struct PipelineArgs {
    /// The pipeline file
    pub(super) pipeline: PathBuf,
    #[command(flatten)]
    pub(super) engines: EngineFiles,
}

#[derive(Debug, Args)]
pub(super) struct EngineFiles {
    /// A descriptor of a provider of yours; may be repeated. One of the same name is replaced
    #[arg(long, value_name = "FILE", env = "RECANVAS_ENGINE_FILE", global = true)]
    pub(super) engine_file: Vec<PathBuf>,
}

/// Options that plan and run have in common.
#[derive(Debug, Args)]
pub(super) struct ScopeArgs {
    #[command(flatten)]
    pub(super) pipeline: PipelineArgs,
    /// Folder of sources, instead of input.dir
    #[arg(long, short, value_name = "DIR", env = "RECANVAS_INPUT")]
    pub(super) input: Option<PathBuf>,
    /// Folder of outputs, instead of output.dir
    #[arg(long, short, value_name = "DIR", env = "RECANVAS_OUTPUT")]
    pub(super) output: Option<PathBuf>,
    /// Sources worked on at the same time
    #[arg(long, short, value_name = "N", env = "RECANVAS_JOBS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,
    /// Only sources that fit this glob; may be repeated
    #[arg(long, value_name = "GLOB", env = "RECANVAS_ONLY")]
    pub(super) only: Vec<String>,
    /// Only this target; may be repeated
    #[arg(long, value_name = "NAME", env = "RECANVAS_TARGET")]
    pub(super) target: Vec<String>,
    /// Make at most N outputs
    #[arg(long, value_name = "N", env = "RECANVAS_LIMIT")]
    pub(super) limit: Option<u64>,
    /// Make everything again; never pays again
    #[arg(long, env = "RECANVAS_FORCE", value_parser = FalseyValueParser::new())]
    pub(super) force: bool,
    /// Make again what this version makes otherwise than the one that made it; never pays again
    #[arg(long, env = "RECANVAS_REFRESH", value_parser = FalseyValueParser::new())]
    pub(super) refresh: bool,
    /// Make outputs again whose margins another engine filled than the first of the list; pays for calls
    #[arg(long, env = "RECANVAS_REFILL", value_parser = FalseyValueParser::new())]
    pub(super) refill: bool,
    /// Try again what failed for a permanent reason
    #[arg(long, env = "RECANVAS_RETRY_FAILED", value_parser = FalseyValueParser::new())]
    pub(super) retry_failed: bool,
    /// Submit again the calls of which it is not known whether they were accepted; may pay twice
    #[arg(long, env = "RECANVAS_RETRY_UNKNOWN", value_parser = FalseyValueParser::new())]
    pub(super) retry_unknown: bool,
    /// Buy again what tasks need that are made: damaged or lost results, with --force all
    #[arg(long, env = "RECANVAS_REPAY", value_parser = FalseyValueParser::new())]
    pub(super) repay: bool,
    /// Compare sources and finished outputs by content, not only by size and times
    #[arg(long, env = "RECANVAS_VERIFY", value_parser = FalseyValueParser::new())]
    pub(super) verify: bool,
    /// Replace outputs that were changed by hand
    #[arg(long, env = "RECANVAS_OVERWRITE_MODIFIED", value_parser = FalseyValueParser::new())]
    pub(super) overwrite_modified: bool,
    /// Print the result as JSON; its last line is one object
    #[arg(long, env = "RECANVAS_JSON", value_parser = FalseyValueParser::new())]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub(super) scope: ScopeArgs,
    /// Look at the pictures about which only their content decides, and record what is found
    #[arg(long)]
    pub(super) analyze: bool,
    /// List by name what is no source, with its kind
    #[arg(long)]
    pub(super) ignored: bool,
    /// List outputs whose source, target or path is gone
    #[arg(long)]
    pub(super) orphans: bool,
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) scope: ScopeArgs,
    /// Only say what would be done; the same as plan
    #[arg(long, env = "RECANVAS_DRY_RUN", value_parser = FalseyValueParser::new())]
    pub(super) dry_run: bool,
    /// Memory for pictures, like 512MiB
    #[arg(long, value_name = "BYTES", env = "RECANVAS_MEMORY", value_parser = bytes)]
    pub(super) memory: Option<u64>,
    /// Most that paid calls may cost in this run, in USD
    #[arg(long, value_name = "USD", env = "RECANVAS_MAX_COST")]
    pub(super) max_cost: Option<Usd>,
    /// Stop after N failed tasks
    #[arg(long, value_name = "N", env = "RECANVAS_MAX_FAILURES", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_failures: Option<u64>,
    /// Admit no work after this time, like 2h or 90s
    #[arg(long, value_name = "TIME", env = "RECANVAS_MAX_DURATION", value_parser = duration)]
    pub(super) max_duration: Option<Duration>,
    /// Exit 3 also for tasks that failed in earlier runs
    #[arg(long, env = "RECANVAS_STRICT", value_parser = FalseyValueParser::new())]
    pub(super) strict: bool,
    /// How progress is shown
    #[arg(long, value_enum, default_value = "auto", env = "RECANVAS_PROGRESS")]
    pub(super) progress: Progress,
    /// How messages are written
    #[arg(long, value_enum, default_value = "text", env = "RECANVAS_LOG_FORMAT")]
    pub(super) log_format: LogFormat,
    /// Say only what fails
    #[arg(long, short, env = "RECANVAS_QUIET", value_parser = FalseyValueParser::new())]
    pub(super) quiet: bool,
    /// Say what is made
    #[arg(long, short, env = "RECANVAS_VERBOSE", value_parser = FalseyValueParser::new(), conflicts_with = "quiet")]
    pub(super) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Progress {
    /// A bar on a terminal, lines elsewhere
    Auto,
    /// A bar
    Bar,
    /// A line now and then
    Plain,
    /// Nothing
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    pub(super) place: StateArgs,
    /// Folder of sources, instead of input.dir
    #[arg(long, short, value_name = "DIR", env = "RECANVAS_INPUT")]
    pub(super) input: Option<PathBuf>,
    /// Only sources that fit this glob; may be repeated
    #[arg(long, value_name = "GLOB", env = "RECANVAS_ONLY")]
    pub(super) only: Vec<String>,
    /// Only this target; may be repeated
    #[arg(long, value_name = "NAME", env = "RECANVAS_TARGET")]
    pub(super) target: Vec<String>,
    /// List outputs whose source, target or path is gone
    #[arg(long)]
    pub(super) orphans: bool,
    /// Print nothing; exit 0 if all is done, 3 if not
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct PruneArgs {
    #[command(flatten)]
    pub(super) place: StateArgs,
    /// Folder of sources, instead of input.dir
    #[arg(long, short, value_name = "DIR", env = "RECANVAS_INPUT")]
    pub(super) input: Option<PathBuf>,
    /// Remove them
    #[arg(long, short)]
    pub(super) yes: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    pub(super) pipeline: PipelineArgs,
    /// The source, relative to the input folder or to the working directory
    pub(super) source: PathBuf,
    /// Folder of sources, instead of input.dir
    #[arg(long, short, value_name = "DIR", env = "RECANVAS_INPUT")]
    pub(super) input: Option<PathBuf>,
    /// Folder of outputs, instead of output.dir
    #[arg(long, short, value_name = "DIR", env = "RECANVAS_OUTPUT")]
    pub(super) output: Option<PathBuf>,
}

fn option(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("write it like max_side=512")?;
    // As in a pipeline, numbers are written bare.
    Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
}

fn size(text: &str) -> Result<u64, String> {
    crate::options::count(text).ok_or_else(|| "write it like 512MiB or 2G".into())
}

fn bytes(text: &str) -> Result<u64, String> {
    size(text).ok().filter(|&bytes| bytes > 0).ok_or_else(|| "write it like 512MiB or 2G".into())
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 2h, 90s or 1h30m"))
}

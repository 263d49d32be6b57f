//! The program: reads the command line, runs one command, returns an exit code. The only
//! place, with `report`, that prints.

#[cfg(not(feature = "providers"))]
#[path = "absent.rs"]
mod providers;

mod args;
mod cache;
mod engines;
mod init;
mod inspect;
mod open;
mod print;
#[cfg(feature = "providers")]
mod providers;
mod prune;
mod run;
mod signals;

use std::process::ExitCode;

use clap::CommandFactory;
use clap::Parser;

use crate::batch::Request;
use crate::batch::exit;
use crate::cli::args::Cli;
use crate::cli::args::Command;
use crate::cli::print::data;
use crate::cli::print::stream;
use crate::pipeline::Registry;
use crate::pipeline::schema;
use crate::providers::provider_schema;

/// Runs the program with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    ExitCode::from(command(Cli::parse().command))
}

fn command(command: Command) -> u8 {
    match command {
        Command::Init(args) => init::init(&args),
        Command::Check(pipeline) => inspect::check(&pipeline),
        Command::Plan(args) => run::plan(&args.scope, |request| Request {
            analyze: args.analyze,
            lists_ignored: args.ignored,
            lists_orphans: args.orphans,
            ..request
        }),
        Command::Run(args) if args.dry_run => {
            run::plan(&args.scope, |request| Request { max_cost: args.max_cost, ..request })
        }
        Command::Run(args) => run::run(&args),
        Command::Status(args) => inspect::status(&args),
        Command::Prune(args) => prune::prune(&args),
        Command::Explain(args) => inspect::explain(&args),
        Command::Engines(args) => engines::engines(&args),
        Command::Cache { what } => cache::cache(&what),
        Command::Schema { provider: true } => data(&format!("{:#}", provider_schema()), exit::DONE),
        Command::Schema { provider: false } => data(&format!("{:#}", schema(&Registry::built_in())), exit::DONE),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "recanvas", &mut script);
            stream(exit::DONE, |out| out.write_all(&script))
        }
    }
}

//! A provider on this machine that costs nothing, to try a pipeline with:
//! `cargo run --example pretend_provider -- fal [--latency 2s] [--fault NAME]... [--idle-exit 60s]`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example shows what it does")]
#![expect(clippy::disallowed_methods, reason = "the servers have threads of their own; this one only waits")]

use std::io::Write;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use testkit::Contract;
use testkit::Provider;
use testkit::Script;

/// What the command line says.
struct Wanted {
    provider: Provider,
    script: Script,
    idle_exit: Duration,
}

fn main() -> ExitCode {
    let wanted = match read(std::env::args().skip(1)) {
        Ok(wanted) => wanted,
        Err(mistake) => {
            eprintln!("{mistake}");
            return ExitCode::from(2);
        }
    };
    let server = Contract::start(wanted.provider, wanted.script);
    for (name, value) in server.environment() {
        println!("{name}={value}");
    }
    // A program that reads this through a pipe waits for it.
    let _ = std::io::stdout().flush();
    while server.idle() < wanted.idle_exit {
        thread::sleep(Duration::from_millis(200).min(wanted.idle_exit));
    }
    let violations = server.violations();
    eprintln!("{} paid, {} requests, {} violations", server.paid().len(), server.requests().len(), violations.len());
    for violation in violations {
        eprintln!("{violation}");
    }
    ExitCode::SUCCESS
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let name = words.next().unwrap_or_default();
    let provider = Provider::named(&name).ok_or_else(|| {
        let names = Provider::ALL.map(Provider::name).join(", ");
        format!("`{name}` is no provider; there are {names}")
    })?;
    let mut wanted = Wanted { provider, script: Script::default(), idle_exit: Duration::from_secs(600) };
    while let Some(option) = words.next() {
        let value = words.next().ok_or_else(|| format!("{option} needs a value"))?;
        let duration = || humantime::parse_duration(&value).map_err(|error| format!("{option} {value}: {error}"));
        match option.as_str() {
            "--latency" => wanted.script = wanted.script.latency(duration()?),
            "--idle-exit" => wanted.idle_exit = duration()?,
            "--fault" => {
                let (fault, when) = testkit::faults::fault(&value).ok_or_else(|| {
                    let names: Vec<&str> = testkit::faults::named().into_iter().map(|(name, ..)| name).collect();
                    format!("`{value}` is no fault; there are {}", names.join(", "))
                })?;
                wanted.script = wanted.script.fault(fault, when);
            }
            _ => return Err(format!("`{option}` is no option; there are --latency, --fault and --idle-exit")),
        }
    }
    // A user's own pictures are not kept for longer than a job needs them.
    wanted.script = wanted.script.lean();
    Ok(wanted)
}

//! Ctrl-C and its kin: once to stop in good order, twice to stop at once.

use std::process;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use signal_hook::consts::SIGHUP;
use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use signal_hook::iterator::Signals;

use crate::batch::Stop;
use crate::batch::StopReason;
use crate::batch::exit;
use crate::cli::print::data;
use crate::cli::print::note;
use crate::report::Tally;
use crate::report::calls_text;
use crate::report::summary_json;

/// Time that running work has to end after the first signal.
const GRACE: Duration = Duration::from_secs(15);

/// Tells of the end of a run that cannot be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunEndNotice {
    /// As an object.
    Json,
    /// As a line for people.
    Text,
}

/// Listens for SIGINT, SIGTERM and SIGHUP until the process ends; a SIGHUP that was ignored when it began
/// (nohup) stays so. If running work cannot be waited for, what `tally` has counted so far is printed.
pub(super) fn listen(stop: &Arc<Stop>, tally: Arc<Tally>, told: RunEndNotice) -> std::io::Result<()> {
    let hangup = (!is_ignored(SIGHUP)).then_some(SIGHUP);
    let mut signals = Signals::new([SIGINT, SIGTERM].into_iter().chain(hangup))?;
    let stop = Arc::clone(stop);
    thread::spawn(move || {
        for signal in signals.forever() {
            // Both numbers are below 64.
            let number = u8::try_from(signal).unwrap_or(u8::MAX - exit::SIGNAL);
            if stop.is_requested() && matches!(stop.reason(), Some(StopReason::Signal(_))) {
                leave(&stop, number, (&tally, told));
            }
            stop.request(StopReason::Signal(number));
            note("stopping: running work gets 15 seconds; once more to stop at once");
            let (stop, tally) = (Arc::clone(&stop), tally.clone());
            thread::spawn(move || {
                #[expect(clippy::disallowed_methods, reason = "nothing ends the grace sooner but the process's end")]
                thread::sleep(GRACE);
                leave(&stop, number, (&tally, told));
            });
        }
    });
    Ok(())
}

/// Ends the process while work may still run. Nothing becomes visible after the seal.
#[expect(clippy::exit, reason = "running work cannot be waited for")]
fn leave(stop: &Stop, number: u8, (tally, told): (&Tally, RunEndNotice)) -> ! {
    stop.seal();
    let code = exit::SIGNAL + number;
    let summary = tally.summary();
    let code = match told {
        RunEndNotice::Json => data(&summary_json(&summary, code).to_string(), code),
        RunEndNotice::Text => {
            note(&format!("stopped at once: {}", calls_text(&summary)));
            code
        }
    };
    process::exit(i32::from(code));
}

/// Tells whether this process ignores a signal. Where there is no `/proc`, none is.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (signal - 1) & 1 == 1
}

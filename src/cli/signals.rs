//! Ctrl-C and its kin: once to stop in good order, twice to stop at once.

use std::process;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use signal_hook::iterator::Signals;

use crate::batch::Reason;
use crate::batch::Stop;
use crate::batch::exit;
use crate::cli::print::data;
use crate::cli::print::note;
use crate::report::Tally;
use crate::report::summary_json;

/// How long running work may go on after the first signal.
const GRACE: Duration = Duration::from_secs(15);

/// Listens for SIGINT and SIGTERM until the process ends. If running work cannot be waited for,
/// what `tally` has counted so far is printed as JSON.
pub(super) fn listen(stop: &Arc<Stop>, tally: Option<Arc<Tally>>) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let stop = Arc::clone(stop);
    thread::spawn(move || {
        for signal in signals.forever() {
            // Both numbers are below 64.
            let number = u8::try_from(signal).unwrap_or(u8::MAX - exit::SIGNAL);
            if stop.is_requested() && matches!(stop.reason(), Some(Reason::Signal(_))) {
                leave(&stop, number, tally.as_deref());
            }
            stop.request(Reason::Signal(number));
            note("stopping: running work gets 15 seconds; once more to stop at once");
            let (stop, tally) = (Arc::clone(&stop), tally.clone());
            thread::spawn(move || {
                thread::sleep(GRACE);
                leave(&stop, number, tally.as_deref());
            });
        }
    });
    Ok(())
}

/// Ends the process while work may still run. Nothing becomes visible after the seal.
#[expect(clippy::exit, reason = "running work cannot be waited for")]
fn leave(stop: &Stop, number: u8, tally: Option<&Tally>) -> ! {
    stop.seal();
    let mut code = exit::SIGNAL + number;
    if let Some(tally) = tally {
        code = data(&summary_json(&tally.summary(), code).to_string(), code);
    }
    process::exit(i32::from(code));
}

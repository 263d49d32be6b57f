//! Printing: data to standard output, everything else to standard error.

use std::io::ErrorKind;
use std::io::Write;

use crate::error::printable;
use crate::pipeline::Mistake;
use crate::report::Paint;

/// Prints data, ending in a newline. A reader that has gone away, as `head` does, is no error.
pub(super) fn data(text: &str) {
    let mut out = std::io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let written = write!(out, "{text}{end}").and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => self::error(&format!("could not write: {error}")),
        _ => {}
    }
}

/// Prints an error; a `hint:` line of it stands after a blank line. What the user typed may be
/// part of it, so nothing in it reaches the terminal raw.
pub(super) fn error(text: &str) {
    let lines: Vec<String> = text.lines().map(printable).collect();
    let text = lines.join("\n").replace("\nhint:", "\n\nhint:");
    note(&format!("{} {text}", Paint::for_stderr().error("error:")));
}

/// Prints a line that is no data.
#[expect(clippy::print_stderr, reason = "this is where it is printed")]
pub(super) fn note(text: &str) {
    eprintln!("{text}");
}

/// Prints what is wrong or doubtful in a pipeline file.
pub(super) fn mistakes(what: &str, found: &[Mistake]) {
    let paint = Paint::for_stderr();
    let word = if what == "error" { paint.error("error:") } else { paint.warning("warning:") };
    for mistake in found {
        note(&format!("{word} {mistake}\n"));
    }
}

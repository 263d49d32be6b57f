//! Printing: data to standard output, everything else to standard error.

use std::io;
use std::io::BufWriter;
use std::io::ErrorKind;
use std::io::Write;

use crate::batch::exit;
use crate::error::printable;
use crate::pipeline::Mistakes;
use crate::report::Paint;

/// Prints data, ending in a newline, and returns `code`, or the code for what went wrong. A
/// reader that has gone away, as `head` does, is no error.
pub(super) fn data(text: &str, code: u8) -> u8 {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    stream(code, |out| write!(out, "{text}{end}"))
}

/// Prints like [`data`], piece by piece.
pub(super) fn stream(code: u8, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> u8 {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => {
            error(&format!("could not write the result: {why}"));
            exit::UNEXPECTED
        }
        _ => code,
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
pub(super) fn note(text: &str) {
    // There is no other place to say that standard error is broken, and nothing must stop because of it.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints what is wrong or doubtful in a pipeline file, and how much more there is.
pub(super) fn mistakes(what: &str, found: &Mistakes) {
    let paint = Paint::for_stderr();
    let word = if what == "error" { paint.error("error:") } else { paint.warning("warning:") };
    for mistake in found.iter() {
        note(&format!("{word} {mistake}\n"));
    }
    if found.more() > 0 {
        note(&format!("and {} more {what}s", found.more()));
    }
}

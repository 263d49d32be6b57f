//! Small texts: names made harmless, bytes and times made readable, colour where it is wanted.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use crate::error::printable;
use crate::providers::Usd;

/// Returns a path for one line of text; see [`printable`].
#[must_use]
pub fn clean(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// Bytes with a unit: `512 B`, `1.4 MB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    let count_f = count as f64;
    match units.iter().find(|(_, factor)| count_f >= *factor) {
        Some((unit, factor)) => format!("{:.1} {unit}", count_f / factor),
        None => format!("{count} B"),
    }
}

/// Returns an amount of dollars as programs read it.
pub(super) fn dollars(amount: Usd) -> f64 {
    amount.micros() as f64 / 1e6
}

/// Returns a time with a unit: `850 ms`, `4.2 s`, `3 min 10 s`, `2 h 5 min`.
pub(super) fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Returns a count with its noun, one or many: `1 task`, `3 tasks`.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Colouring of standard error. Colour never carries meaning alone.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// Uses colour for a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
    #[must_use]
    pub fn for_stderr() -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Paint { on: !refused && std::io::stderr().is_terminal() }
    }

    /// Uses no colour.
    #[must_use]
    pub fn off() -> Self {
        Paint { on: false }
    }

    /// Returns the word that begins an error, red.
    #[must_use]
    pub fn error(self, text: &str) -> String {
        self.with("1;31", text)
    }

    /// Returns the word that begins a warning, yellow.
    #[must_use]
    pub fn warning(self, text: &str) -> String {
        self.with("1;33", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

//! Measures in this process, and tells the process that started it.

use std::fs;

/// Holds the bytes that a case was planned with, and those that it took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) planned: u64,
    pub(crate) peak: u64,
}

/// Allowance of a plan above the peak: a share, and what small tasks need for tables and stacks.
const SHARE: f64 = 1.3;
const MORE: u64 = 8 << 20;

impl Measured {
    /// Tells whether the plan is enough, and not wasteful.
    pub(crate) fn is_right(&self) -> bool {
        self.peak <= self.planned && self.planned <= (self.peak as f64 * SHARE) as u64 + MORE
    }
}

/// A clock for memory, set back to what the process holds now.
pub(crate) struct Idle(u64);

impl Idle {
    /// Begins.
    ///
    /// # Panics
    /// Where the kernel has no `/proc`.
    pub(crate) fn now() -> Idle {
        // 5 sets VmHWM back to VmRSS: see proc(5).
        fs::write("/proc/self/clear_refs", "5").expect("Linux with CONFIG_PROC_PAGE_MONITOR");
        Idle(status("VmHWM:"))
    }

    /// Most bytes that were held since, above those of that moment.
    pub(crate) fn peak(&self) -> u64 {
        status("VmHWM:").saturating_sub(self.0)
    }
}

fn status(field: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix(field)).expect("a field of proc(5)");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

/// Tells.
pub(crate) fn print(measured: &Measured) {
    println!("{} {}", measured.planned, measured.peak);
}

/// Understands what was told.
pub(crate) fn parse(text: &[u8]) -> Option<Measured> {
    let text = std::str::from_utf8(text).ok()?;
    let (planned, peak) = text.trim().split_once(' ')?;
    Some(Measured { planned: planned.parse().ok()?, peak: peak.parse().ok()? })
}

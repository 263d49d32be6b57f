//! Says what becomes of tasks that no provider can finish.

/// Says what happens to a task that no provider can finish now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// It fails.
    Fail,
    /// The next local engine of its chain finishes it.
    Local,
}

//! Says what stages can do to a window.

/// Says what can happen to the window, whatever the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effects {
    /// It can become smaller than the source.
    pub crops: bool,
    /// It can become larger than the source, so that there are margins.
    pub expands: bool,
}

impl Effects {
    /// Returns what can happen if both take place.
    #[must_use]
    pub fn and(self, other: Effects) -> Effects {
        Effects { crops: self.crops || other.crops, expands: self.expands || other.expands }
    }
}

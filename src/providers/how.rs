//! Says how a result came into the cache.

/// Says how a result came into the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The call was made now.
    Made,
    /// The call had been submitted earlier, and was asked for its result.
    Resumed,
    /// It was there, or another task of this run put it there.
    Reused,
}

impl How {
    /// The word in logs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            How::Made => "made",
            How::Resumed => "resumed",
            How::Reused => "reused",
        }
    }
}

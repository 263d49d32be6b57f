//! Ways in which a result came into the cache.

/// Way in which a result came into the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResultOrigin {
    /// The call was made now.
    Made,
    /// The call had been submitted earlier, and was asked for its result.
    Resumed,
    /// It was there, or another task of this run put it there.
    Reused,
}

impl ResultOrigin {
    /// Returns the word in logs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ResultOrigin::Made => "made",
            ResultOrigin::Resumed => "resumed",
            ResultOrigin::Reused => "reused",
        }
    }
}

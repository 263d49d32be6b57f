//! Reasons for which a provider is not asked any more in a run.

use std::time::Duration;

use crate::providers::client::CallEnd;
use crate::providers::client::LONGEST_HINT;
use crate::providers::client::RequestPurpose;

/// Reason for which a provider is not asked now.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum NotAsked {
    /// Nothing, or nothing new, is asked any more in this run.
    #[error("{}", .0.why)]
    Halted(Halt),
    /// It has not answered for long.
    #[error("{provider}: it has failed for a long time; later calls try it again")]
    Hopeless {
        /// The provider.
        provider: String,
    },
}

/// End of a provider's use in a run, with its reason.
#[derive(Debug, Clone)]
pub(super) struct Halt {
    pub(super) outcome: CallEnd,
    pub(super) why: String,
    /// Tells whether nothing at all is asked any more.
    pub(super) is_whole: bool,
}

impl Halt {
    /// Makes a halt. Without credit nothing can be bought, but what was bought can be fetched; without a valid key
    /// nothing is answered.
    pub(super) fn new(outcome: CallEnd, why: String) -> Halt {
        Halt { outcome, why, is_whole: outcome == CallEnd::Auth }
    }

    /// Returns the halt for a provider that asked at this stage for a pause of this length; `None` if it is no longer
    /// than [`LONGEST_HINT`], which is waited for.
    pub(super) fn left_alone(provider: &str, length: Duration, stage: RequestPurpose) -> Option<Halt> {
        if length <= LONGEST_HINT {
            return None;
        }
        let length = humantime::format_duration(Duration::from_secs(length.as_secs()));
        let why =
            format!("{provider}: it asks to be left alone for {length}; nothing more is submitted to it in this run");
        // A provider that wants no further submits still has the results of accepted jobs.
        let is_whole = !matches!(stage, RequestPurpose::Upload | RequestPurpose::Submit);
        Some(Halt { outcome: CallEnd::RateLimited, why, is_whole })
    }

    /// Tells whether a request at this stage is not sent.
    pub(super) fn forbids(&self, stage: RequestPurpose) -> bool {
        self.is_whole || matches!(stage, RequestPurpose::Upload | RequestPurpose::Submit)
    }
}

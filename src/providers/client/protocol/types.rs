//! Types that the machine takes and gives.

use std::sync::Arc;
use std::time::Duration;

use crate::providers::Job;
use crate::providers::Variables;
use crate::providers::client::CallEnd;
use crate::providers::client::EncodedPicture;
use crate::providers::client::HttpRequest;
use crate::providers::client::RequestPurpose;
use crate::providers::client::Trouble;

/// Values that a call sends.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The variables of the plan and the provider's parameters; those of the picture come from
    /// the picture.
    pub variables: Variables,
    /// The working source, encoded.
    pub picture: EncodedPicture,
    /// Address at which the user has put the picture, if there is one.
    pub public_url: Option<String>,
    /// Makes pauses differ between calls.
    pub jitter: u64,
}

/// Step that the caller is to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum ProtocolAction {
    /// Send this request, then pass on the reply or the failure.
    Send(HttpRequest),
    /// Wait this long, then ask again.
    Wait(Pause),
    /// The provider has accepted: record this durably, then ask again.
    Submitted(Job),
    /// The picture's bytes. If they turn out to be no picture, say so with
    /// [`Protocol::spoiled`](crate::providers::client::Protocol::spoiled) and go on.
    Done(Arc<[u8]>),
    /// There is no picture.
    Failed(NoPicture),
}

/// A pause and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Length of the pause.
    pub length: Duration,
    /// Reason for it.
    pub reason: PauseReason,
}

/// Reason for a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseReason {
    /// The provider is working.
    Working,
    /// Something went wrong and is tried again.
    Trouble(Trouble),
    /// The provider named this time.
    Asked(Trouble),
}

/// Reason for there being no picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoPicture {
    /// End of the call.
    pub outcome: CallEnd,
    /// At which stage.
    pub stage: RequestPurpose,
    /// One line. It may repeat what the provider said, at any length: scrub it of the key.
    pub message: String,
    /// Set where the call may still be, or become, one that was paid for: its record stays.
    pub open: bool,
}

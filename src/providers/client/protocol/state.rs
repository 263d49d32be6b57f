//! State of a conversation with a provider about one job.

use std::sync::Arc;

use crate::providers::Descriptor;
use crate::providers::RequestTemplate;
use crate::providers::client::NoPicture;

/// Next step of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    Upload(usize),
    Submit,
    Poll,
    Result,
    /// Number of the address.
    Download(usize),
    Done(usize, Arc<[u8]>),
    Failed(NoPicture),
}

impl State {
    /// Returns the request that a descriptor has for it, the picture coming this way; none for what
    /// needs no description.
    pub(super) fn described<'d>(&self, descriptor: &'d Descriptor, way: usize) -> Option<&'d RequestTemplate> {
        match self {
            State::Upload(step) => descriptor.image[way].steps.get(*step),
            State::Submit => Some(&descriptor.submit),
            State::Poll => descriptor.poll.as_ref().map(|poll| &poll.request),
            State::Result => descriptor.result.request.as_ref(),
            State::Download(_) | State::Done(..) | State::Failed(_) => None,
        }
    }
}

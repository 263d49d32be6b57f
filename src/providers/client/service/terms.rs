//! Times that are waited, and most bytes that are read.

use std::time::Duration;

use crate::providers::client::RequestPurpose;

/// Times that are waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// For a connection: name, TCP, TLS.
    pub connect: Duration,
    /// For the next bytes of a reply that has begun.
    pub stall: Duration,
    /// For a step of an upload.
    pub upload: Duration,
    /// For the reply to a submit that gives a job. Shorter than [`connect`](Self::connect) it
    /// would make calls unknown that were never sent.
    pub submit: Duration,
    /// For the reply to a submit that is the picture.
    pub picture: Duration,
    /// For the reply to a question: poll, result, test.
    pub answer: Duration,
    /// For a download.
    pub download: Duration,
    /// Time that the reply to a submit may still take after a stop, so that its job is recorded.
    pub grace: Duration,
    /// First pause of a provider that fails; each that follows is twice as long.
    pub pause: Duration,
    /// Time that a failing provider is waited for before calls fail at once.
    pub patience: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Timing {
            connect: seconds(10),
            stall: seconds(30),
            upload: seconds(300),
            submit: seconds(120),
            picture: seconds(600),
            answer: seconds(30),
            download: seconds(300),
            grace: seconds(12),
            pause: seconds(5),
            patience: seconds(600),
        }
    }
}

impl Timing {
    /// Returns the longest time that one request at this stage may take.
    pub(super) fn of(&self, stage: RequestPurpose, has_poll: bool) -> Duration {
        match stage {
            RequestPurpose::Upload => self.upload,
            RequestPurpose::Submit if has_poll => self.submit,
            RequestPurpose::Submit => self.picture,
            RequestPurpose::Poll | RequestPurpose::Result | RequestPurpose::Test => self.answer,
            RequestPurpose::Download => self.download,
        }
    }
}

/// Most bytes of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceilings {
    /// One that speaks of the call.
    pub reply: u64,
    /// A picture.
    pub picture: u64,
}

impl Default for Ceilings {
    fn default() -> Self {
        Ceilings { reply: 8 << 20, picture: 128 << 20 }
    }
}

impl Ceilings {
    /// Returns the same where no picture has more than so many bytes.
    pub(super) fn with_picture_up_to(self, most: u64) -> Ceilings {
        Ceilings { picture: self.picture.min(most), ..self }
    }

    /// Returns the ceiling at this stage, for a reply that may hold the picture or not.
    pub(super) fn of(&self, stage: RequestPurpose, may_be_picture: bool) -> u64 {
        match stage {
            RequestPurpose::Download => self.picture,
            // As base64 it is a third longer.
            _ if may_be_picture => self.picture.saturating_add(self.picture / 2).saturating_add(self.reply),
            _ => self.reply,
        }
    }
}

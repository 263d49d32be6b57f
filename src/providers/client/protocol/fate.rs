//! The table of retries: which requests may be repeated, and what a failure means.
//!
//! The rules of money are here. A submit is repeated by itself only when it surely was not
//! accepted; everything else that leaves its fate open ends as [`CallEnd::Unknown`].

use serde::Deserialize;
use serde::Serialize;

use crate::providers::client::RequestPurpose;

/// End of a call that gave no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallEnd {
    /// Refused by moderation. Never tried again: it repeats.
    Rejected,
    /// The request or the picture is wrong.
    BadInput,
    /// It was not accepted, by a code of HTTP that says nothing of the picture: one picture may be meant,
    /// or every one.
    Refused,
    /// No provider takes calls at this address. Stops the provider.
    WrongAddress,
    /// No credit. Stops the provider.
    Quota,
    /// No valid key. Stops the provider.
    Auth,
    /// Too many requests, for longer than was waited.
    RateLimited,
    /// A passing fault before anything was accepted.
    Transient,
    /// The provider says that it failed, and not why.
    Failed,
    /// It is not known whether the submit was accepted; it counts as paid.
    Unknown,
    /// Accepted, and not seen to its end: the next run asks again.
    Unfinished,
    /// Accepted, and the provider says again and again that there is no such job, or no result of it.
    Gone,
    /// The bytes that came are not the picture that was asked for.
    BadOutput,
}

impl CallEnd {
    /// Returns the word in records and messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            CallEnd::Rejected => "rejected",
            CallEnd::BadInput => "bad_input",
            CallEnd::Refused => "refused",
            CallEnd::WrongAddress => "wrong_address",
            CallEnd::Quota => "quota",
            CallEnd::Auth => "auth",
            CallEnd::RateLimited => "rate_limited",
            CallEnd::Transient => "transient",
            CallEnd::Failed => "failed",
            CallEnd::Unknown => "unknown",
            CallEnd::Unfinished => "unfinished",
            CallEnd::Gone => "gone",
            CallEnd::BadOutput => "bad_output",
        }
    }

    /// Tells whether every further call to this provider would end the same way.
    #[must_use]
    pub fn stops_provider(self) -> bool {
        matches!(self, CallEnd::Quota | CallEnd::Auth | CallEnd::WrongAddress)
    }

    /// Tells whether the provider has nothing more to give for an accepted job that ended like this.
    #[must_use]
    pub fn settles(self) -> bool {
        matches!(self, CallEnd::Rejected | CallEnd::BadInput | CallEnd::Failed | CallEnd::BadOutput)
    }
}

/// Trouble with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// It was never sent.
    NeverSent,
    /// It was sent, and no answer came in time.
    Timeout,
    /// The connection broke, or the reply ended early.
    Reset,
    /// The reply is larger than the ceiling.
    TooLarge,
    /// The reply leads elsewhere, and may not be followed.
    Redirect,
    /// Moderation refused.
    Rejected,
    /// A rule of the descriptor says that the request is wrong.
    BadInput,
    /// No credit: 402, or a rule.
    Quota,
    /// No valid key: 401, 403, or a rule.
    Auth,
    /// Too many requests, and surely not accepted: 429, or a rule.
    RateLimited,
    /// A passing fault, and surely not accepted: only by a rule.
    Busy,
    /// 408 and 5xx.
    ServerError,
    /// Not done yet.
    Running,
    /// The job ended in failure.
    JobFailed,
    /// Another 4xx that no rule knows.
    Refused,
    /// 404 and 410, where something is sent also 405; for addresses without the key also 401 and 403: not
    /// there, or not yet.
    Gone,
    /// The address says that its time is over.
    Expired,
    /// A 2xx that is not understood, or holds no handle.
    Unintelligible,
    /// Done, and no picture in it.
    Empty,
    /// The body is no picture.
    NotPicture,
}

impl Trouble {
    /// Every trouble.
    pub const ALL: [Trouble; 20] = [
        Trouble::NeverSent,
        Trouble::Timeout,
        Trouble::Reset,
        Trouble::TooLarge,
        Trouble::Redirect,
        Trouble::Rejected,
        Trouble::BadInput,
        Trouble::Quota,
        Trouble::Auth,
        Trouble::RateLimited,
        Trouble::Busy,
        Trouble::ServerError,
        Trouble::Running,
        Trouble::JobFailed,
        Trouble::Refused,
        Trouble::Gone,
        Trouble::Expired,
        Trouble::Unintelligible,
        Trouble::Empty,
        Trouble::NotPicture,
    ];

    /// Returns its meaning where no stage has a rule of its own.
    fn usual(self) -> CallEnd {
        match self {
            Trouble::Rejected => CallEnd::Rejected,
            Trouble::BadInput => CallEnd::BadInput,
            Trouble::Refused => CallEnd::Refused,
            Trouble::Gone | Trouble::Expired | Trouble::Redirect => CallEnd::WrongAddress,
            Trouble::Quota => CallEnd::Quota,
            Trouble::Auth => CallEnd::Auth,
            Trouble::RateLimited => CallEnd::RateLimited,
            Trouble::JobFailed => CallEnd::Failed,
            Trouble::Empty | Trouble::NotPicture => CallEnd::BadOutput,
            Trouble::NeverSent
            | Trouble::Timeout
            | Trouble::Reset
            | Trouble::TooLarge
            | Trouble::Busy
            | Trouble::ServerError
            | Trouble::Running
            | Trouble::Unintelligible => CallEnd::Transient,
        }
    }
}

/// Step that follows a trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The same again after a pause, while patience lasts.
    Again,
    /// The same again a few times.
    Few,
    /// From the beginning of this part: the upload's first step.
    Restart,
    /// The picture's next address; after the last one the job is asked for fresh ones, once.
    NextAddress,
    /// The job is asked for a fresh address at once, once.
    FreshAddress,
    /// The end.
    End(CallEnd),
}

impl RequestPurpose {
    /// Returns the step that follows `trouble` at this stage. Before the submit everything may be
    /// repeated; the submit only after [`Trouble::NeverSent`], [`Trouble::RateLimited`] and
    /// [`Trouble::Busy`]; after it a job is never given up because of a fault, only left for
    /// the next run.
    #[must_use]
    pub fn fate(self, trouble: Trouble) -> Fate {
        use Trouble as T;
        match (self, trouble) {
            (_, T::Rejected | T::BadInput | T::Quota | T::Auth) => Fate::End(trouble.usual()),

            (RequestPurpose::Upload, T::JobFailed | T::TooLarge) => Fate::End(CallEnd::BadInput),
            (RequestPurpose::Upload, T::Refused | T::Redirect) => Fate::End(trouble.usual()),
            (RequestPurpose::Upload, T::Gone | T::Expired) => Fate::Restart,
            (RequestPurpose::Upload, _) => Fate::Again,

            (RequestPurpose::Submit, T::NeverSent | T::RateLimited | T::Busy) => Fate::Again,
            (RequestPurpose::Submit, T::Refused | T::Gone | T::Expired | T::JobFailed | T::Redirect) => {
                Fate::End(trouble.usual())
            }
            (RequestPurpose::Submit, _) => Fate::End(CallEnd::Unknown),

            (RequestPurpose::Poll | RequestPurpose::Result, T::JobFailed) => Fate::End(CallEnd::Failed),
            (
                RequestPurpose::Poll | RequestPurpose::Result,
                T::Redirect | T::Refused | T::Gone | T::Expired | T::Empty,
            ) => Fate::Few,
            (RequestPurpose::Poll | RequestPurpose::Result, _) => Fate::Again,

            (RequestPurpose::Download, T::Expired) => Fate::FreshAddress,
            (RequestPurpose::Download, T::TooLarge | T::Redirect | T::Refused | T::JobFailed) => Fate::NextAddress,
            (RequestPurpose::Download, _) => Fate::Few,

            (RequestPurpose::Test, _) => Fate::End(trouble.usual()),
        }
    }

    /// Returns the end of a call whose patience with `trouble` is over.
    #[must_use]
    pub fn exhausted(self, trouble: Trouble) -> CallEnd {
        match (self, trouble) {
            (
                RequestPurpose::Poll | RequestPurpose::Result | RequestPurpose::Download,
                Trouble::Empty | Trouble::NotPicture,
            ) => CallEnd::BadOutput,
            // What is much too large came, and was paid for.
            (RequestPurpose::Download, Trouble::TooLarge) => CallEnd::BadOutput,
            (RequestPurpose::Download, Trouble::JobFailed) => CallEnd::Gone,
            // A plain answer, and not one that says that it may come yet.
            (
                RequestPurpose::Poll | RequestPurpose::Result | RequestPurpose::Download,
                Trouble::Gone | Trouble::Expired | Trouble::Refused | Trouble::Redirect,
            ) => CallEnd::Gone,
            (RequestPurpose::Poll | RequestPurpose::Result | RequestPurpose::Download, _) => CallEnd::Unfinished,
            _ => trouble.usual(),
        }
    }
}

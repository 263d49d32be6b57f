//! Goes on when something goes wrong.

use std::time::Duration;

use crate::providers::client::CallEnd;
use crate::providers::client::Fate;
use crate::providers::client::NoPicture;
use crate::providers::client::Pause;
use crate::providers::client::PauseReason;
use crate::providers::client::Protocol;
use crate::providers::client::RequestPurpose;
use crate::providers::client::Trouble;
use crate::providers::client::protocol::numbers::seconds;
use crate::providers::client::protocol::state::State;

/// Times that a request is repeated after passing troubles.
pub(super) const TRIES: u32 = 8;
/// Times that one is repeated where repeating seldom helps.
const FEW: u32 = 4;
/// Times that an upload begins anew because its address was no longer valid.
const RESTARTS: u32 = 2;
/// Longest pause of one's own.
const LONGEST_PAUSE: Duration = Duration::from_secs(32);
/// Longest pause that a provider may ask for; one that wants more is left for the next run.
pub(in crate::providers) const LONGEST_HINT: Duration = Duration::from_secs(300);
/// Longest time for all tries of an upload's step or of the submit.
const LONGEST_STAGE: Duration = Duration::from_secs(600);

impl Protocol {
    /// Handles a trouble by its fate: repeats the request, takes another address or begins anew, or ends the
    /// conversation.
    pub(super) fn trouble(&mut self, stage: RequestPurpose, trouble: Trouble, message: &str, hint: Option<Duration>) {
        self.redirect = None;
        // A store of pictures speaks for itself.
        if stage != RequestPurpose::Download
            && matches!(trouble, Trouble::RateLimited | Trouble::Busy | Trouble::ServerError)
        {
            self.asked = hint;
        }
        if stage != RequestPurpose::Submit && self.job.is_some() {
            self.unanswered = Some(message.to_owned());
        }
        let fate = match stage.fate(trouble) {
            // What a reply held is the same when it is looked at again.
            Fate::Few if self.is_inline() => Fate::NextAddress,
            fate => fate,
        };
        let most = match fate {
            Fate::End(outcome) => return self.end(stage, outcome, message),
            // A running job is asked until its time is over.
            Fate::Again if stage == RequestPurpose::Poll => u32::MAX,
            Fate::Again => TRIES,
            Fate::Few => FEW,
            Fate::Restart if self.restarts < RESTARTS => {
                self.restarts += 1;
                return self.enter(State::Upload(0));
            }
            Fate::Restart => 0,
            Fate::NextAddress => return self.next_address(trouble, message),
            Fate::FreshAddress => return self.fresh_address(trouble, message),
        };
        let too_long =
            hint.is_some_and(|hint| hint > LONGEST_HINT && !(stage == RequestPurpose::Poll && self.has_time(hint)));
        let over = stage != RequestPurpose::Poll && self.spent() > LONGEST_STAGE;
        let tried = if fate == Fate::Few { &mut self.few } else { &mut self.tries };
        *tried += 1;
        if *tried > most || over || too_long {
            if stage == RequestPurpose::Download {
                return self.next_address(trouble, message);
            }
            return self.end(stage, stage.exhausted(trouble), message);
        }
        let (length, reason) = match hint {
            // Never before the time that was named, nor at once again if that is none.
            Some(hint) => (hint.max(self.backoff()), PauseReason::Asked(trouble)),
            None => (self.backoff(), PauseReason::Trouble(trouble)),
        };
        let every = self.descriptor.poll.as_ref().and_then(|poll| seconds(poll.every)).unwrap_or_default();
        let length = if stage == RequestPurpose::Poll { length.max(every) } else { length };
        self.pause = Some(Pause { length, reason });
    }

    fn is_inline(&self) -> bool {
        matches!(self.state, State::Download(index) if self.sources.get(index).is_some_and(|source| source.inline().is_some()))
    }

    fn next_address(&mut self, trouble: Trouble, message: &str) {
        let State::Download(index) = self.state else { return };
        if index + 1 < self.sources.len() {
            self.enter(State::Download(index + 1));
        } else {
            self.fresh_address(trouble, message);
        }
    }

    fn fresh_address(&mut self, trouble: Trouble, message: &str) {
        if self.refreshed || self.job.is_none() {
            let outcome = if self.job.is_none() && trouble != Trouble::NotPicture {
                CallEnd::Unknown
            } else {
                RequestPurpose::Download.exhausted(trouble)
            };
            return self.end(RequestPurpose::Download, outcome, message);
        }
        self.refreshed = true;
        self.enter(State::Poll);
    }

    /// Ends the conversation without a picture.
    pub(super) fn end(&mut self, stage: RequestPurpose, outcome: CallEnd, message: &str) {
        let is_accepted = self.job.is_some();
        let open = outcome == CallEnd::Unknown || (is_accepted && !outcome.settles());
        let message = format!("{}: {}: {message}", self.descriptor.provider, stage.word());
        self.pause = None;
        self.let_go();
        self.state = State::Failed(NoPicture { outcome, stage, message, open });
    }

    /// Returns a pause, with full jitter: anything from zero to a length that doubles with every try.
    fn backoff(&mut self) -> Duration {
        let whole = Duration::from_secs(1 << (self.tries + self.few).saturating_sub(1).min(5)).min(LONGEST_PAUSE);
        // SplitMix64, Steele, Lea, Flood 2014.
        self.jitter = self.jitter.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.jitter;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        whole.mul_f64((mixed >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

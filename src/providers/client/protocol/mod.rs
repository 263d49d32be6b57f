//! The conversation with a provider for one call, as a machine.
//!
//! [`Protocol::next`] says what to do, [`Protocol::reply`] and [`Protocol::broke`] say what
//! came of it. The machine opens no connection, reads no clock and does not sleep. Once a
//! submit may have been accepted it never sends another.

mod build;
mod fate;
mod hints;
mod lenient;
mod links;
mod numbers;
mod picture_variables;
mod pictures;
mod reader;
mod reading;
mod request_error;
mod rules;
mod state;
mod steps;
mod troubles;
mod types;

use std::sync::Arc;
use std::time::Duration;

use crate::codecs;
use crate::codecs::Sniffed;
use crate::providers::Descriptor;
use crate::providers::Job;
use crate::providers::PictureTransport;
use crate::providers::Variables;
use crate::providers::Way;
use crate::providers::client::Addresses;
use crate::providers::client::EncodedPicture;
use crate::providers::client::HttpReply;
use crate::providers::client::HttpRequest;
use crate::providers::client::NoReply;
use crate::providers::client::RequestPurpose;
use picture_variables::picture_variables;
use pictures::Source;
use pictures::is_text;
use reading::kept;
use reading::named;
use state::State;

pub(in crate::providers) use troubles::LONGEST_HINT;

pub use fate::CallEnd;
pub use fate::Fate;
pub use fate::Trouble;
pub use request_error::RequestError;
pub use types::NoPicture;
pub use types::Pause;
pub use types::PauseReason;
pub use types::ProtocolAction;
pub use types::Submission;

/// The machine.
#[derive(Debug)]
pub struct Protocol {
    descriptor: Arc<Descriptor>,
    addresses: Addresses,
    variables: Variables,
    picture: Option<EncodedPicture>,
    way: usize,
    state: State,
    /// The request that is out.
    out: Option<HttpRequest>,
    /// Said before anything else.
    announce: Option<Job>,
    pause: Option<Pause>,
    job: Option<Job>,
    sources: Vec<Source>,
    /// The last bytes that came and cannot be used.
    leftover: Option<Arc<[u8]>>,
    /// The pause for which the last reply asked, if it asked for one.
    asked: Option<Duration>,
    /// Set once fresh addresses have been asked for.
    refreshed: bool,
    /// Target of a redirect, and the number of those that were followed.
    redirect: Option<(String, u32)>,
    /// Passing troubles of this stage, and those where repeating seldom helps.
    tries: u32,
    few: u32,
    restarts: u32,
    /// The mistake in the last answer about the job; none while the provider says that it is at work.
    unanswered: Option<String>,
    /// The caller's clock, when it last asked.
    now: Duration,
    /// Begin of the present stage; `None` before the caller first asks.
    since: Option<Duration>,
    jitter: u64,
}

impl Descriptor {
    /// Returns the way in which a picture of so many bytes reaches the provider: the user's own address if there is
    /// one, else the first that fits.
    #[must_use]
    pub fn way_for(&self, bytes: u64, has_public_url: bool) -> Option<usize> {
        let is_public = |transport: &PictureTransport| transport.way == Way::PublicUrl;
        // The ceiling is of what the provider reads; an address has no size.
        let fits = |transport: &PictureTransport| transport.max_bytes.is_none_or(|most| bytes <= most);
        let public = self.image.iter().position(is_public).filter(|_| has_public_url);
        public.or_else(|| self.image.iter().position(|transport| !is_public(transport) && fits(transport)))
    }

    /// Tells whether a reply at this stage may hold the picture itself.
    pub(in crate::providers) fn may_hold_picture(&self, stage: RequestPurpose) -> bool {
        match stage {
            RequestPurpose::Submit | RequestPurpose::Poll => self.result.request.is_none(),
            RequestPurpose::Result | RequestPurpose::Download => true,
            RequestPurpose::Upload | RequestPurpose::Test => false,
        }
    }
}

impl Protocol {
    /// Begins a conversation with the upload, or the submit.
    ///
    /// # Errors
    /// If the picture cannot reach the provider.
    pub fn start(descriptor: Arc<Descriptor>, addresses: Addresses, call: Submission) -> Result<Protocol, NoPicture> {
        let bytes = call.picture.bytes.len() as u64;
        let Some(way) = descriptor.way_for(bytes, call.public_url.is_some()) else {
            let message = format!("{bytes} bytes of picture reach {} in none of its ways", descriptor.provider);
            return Err(NoPicture { outcome: CallEnd::BadInput, stage: RequestPurpose::Upload, message, open: false });
        };
        let steps = descriptor.image[way].steps.len();
        let variables = picture_variables(&descriptor, way, &call);
        let state = if steps == 0 { State::Submit } else { State::Upload(0) };
        let mut machine = Protocol::new(descriptor, addresses, variables, state, call.jitter);
        machine.picture = Some(call.picture);
        machine.way = way;
        Ok(machine)
    }

    /// Resumes a conversation about a call that was accepted earlier: it only asks.
    ///
    /// # Errors
    /// If the provider does not keep jobs.
    pub fn resume(
        descriptor: Arc<Descriptor>,
        addresses: Addresses,
        job: Job,
        jitter: u64,
    ) -> Result<Protocol, NoPicture> {
        if descriptor.poll.is_none() {
            let message = format!("{} keeps no job {}", descriptor.provider, job.id);
            return Err(NoPicture { outcome: CallEnd::Unknown, stage: RequestPurpose::Poll, message, open: true });
        }
        let mut machine =
            Protocol::new(descriptor, addresses, job.captures.clone().into_iter().collect(), State::Poll, jitter);
        machine.job = Some(job);
        Ok(machine)
    }

    fn new(
        descriptor: Arc<Descriptor>,
        addresses: Addresses,
        variables: Variables,
        state: State,
        jitter: u64,
    ) -> Protocol {
        Protocol {
            descriptor,
            addresses,
            variables,
            picture: None,
            way: 0,
            state,
            out: None,
            announce: None,
            pause: None,
            job: None,
            sources: Vec::new(),
            leftover: None,
            asked: None,
            refreshed: false,
            redirect: None,
            tries: 0,
            few: 0,
            restarts: 0,
            unanswered: None,
            now: Duration::ZERO,
            since: None,
            jitter,
        }
    }

    /// Returns the next step at `now`, a time of the caller's that never goes back.
    ///
    /// Asking again while a request is out means that its reply was lost.
    pub fn next(&mut self, now: Duration) -> ProtocolAction {
        self.now = self.now.max(now);
        self.since.get_or_insert(self.now);
        if self.out.is_some() {
            self.broke(NoReply::Reset);
        }
        if let Some(job) = self.announce.take() {
            return ProtocolAction::Submitted(job);
        }
        if let Some(pause) = self.pause.take() {
            return ProtocolAction::Wait(pause);
        }
        let stage = match &self.state {
            State::Failed(failed) => return ProtocolAction::Failed(failed.clone()),
            State::Done(_, bytes) => return ProtocolAction::Done(bytes.clone()),
            State::Download(index) => {
                if let Some(bytes) = self.sources.get(*index).and_then(Source::inline) {
                    let bytes = bytes.into();
                    self.received(*index, bytes);
                    return self.next(now);
                }
                RequestPurpose::Download
            }
            State::Upload(_) => RequestPurpose::Upload,
            State::Submit => RequestPurpose::Submit,
            State::Poll => RequestPurpose::Poll,
            State::Result => RequestPurpose::Result,
        };
        if stage == RequestPurpose::Poll && self.is_late() {
            let message = match &self.unanswered {
                Some(what) => format!("{what}; the next run asks again"),
                None => "the provider is still at work; the next run asks again".to_owned(),
            };
            // Where nothing but that it knows no such job was answered, a longer time would change nothing.
            let outcome = if self.few > 0 && self.tries == 0 { CallEnd::Gone } else { CallEnd::Unfinished };
            self.end(RequestPurpose::Poll, outcome, &message);
            return self.next(now);
        }
        match self.request(stage) {
            Ok(request) => {
                self.out = Some(request.clone());
                ProtocolAction::Send(request)
            }
            // Another address of the picture may do.
            Err(error) if stage == RequestPurpose::Download => {
                self.trouble(stage, Trouble::Refused, &error.to_string(), None);
                self.next(now)
            }
            Err(error) => {
                // The job is there, and no run could ask for it.
                let outcome = if self.job.is_some() { CallEnd::Unknown } else { CallEnd::BadInput };
                self.end(stage, outcome, &error.to_string());
                self.next(now)
            }
        }
    }

    /// Takes the reply to the request that is out; without one it is passed over.
    pub fn reply(&mut self, reply: &HttpReply) {
        let Some(request) = self.out.take() else { return };
        self.hear(&request, reply);
        // Only a pause leads to the same submit again: whatever is not understood must never pay twice.
        let is_stuck = matches!(self.state, State::Submit) && self.pause.is_none();
        if request.stage == RequestPurpose::Submit && is_stuck {
            self.end(RequestPurpose::Submit, CallEnd::Unknown, "the reply leads nowhere");
        }
    }

    /// Notes that the request that is out got no reply.
    pub fn broke(&mut self, how: NoReply) {
        let Some(request) = self.out.take() else { return };
        let (trouble, message) = match how {
            NoReply::NeverSent => (Trouble::NeverSent, "no connection"),
            NoReply::Timeout => (Trouble::Timeout, "no answer in time"),
            NoReply::Reset => (Trouble::Reset, "the connection broke"),
            NoReply::TooLarge => (Trouble::TooLarge, "the reply is too large"),
        };
        self.asked = None;
        if request.stage == RequestPurpose::Submit {
            self.leftover = None;
        }
        self.trouble(request.stage, trouble, message, None);
    }

    /// Notes that the reply to the request that is out broke off after this much of it. A job that it names is taken.
    pub fn broke_off(&mut self, how: NoReply, part: &HttpReply) {
        let is_submit = self.out.as_ref().is_some_and(|request| request.stage == RequestPurpose::Submit);
        if is_submit && named(&self.descriptor, &part.body) {
            self.reply(part);
        } else {
            self.broke(how);
        }
        // What else it said may be needed to find the job.
        if is_submit {
            self.leftover = Some(kept(part));
        }
    }

    /// Returns the pause for which the last reply asked, if it asked for one with respect to more than one job.
    #[must_use]
    pub fn asked(&self) -> Option<Duration> {
        self.asked
    }

    /// Tells whether the last that the provider said of the job is that it is at work.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        self.job.is_some() && self.unanswered.is_none()
    }

    /// Notes that what was [`Done`](ProtocolAction::Done) is no picture, or a wrong one: the next address is
    /// tried, then a fresh one; then it is the end.
    pub fn spoiled(&mut self, message: &str) {
        if let State::Done(index, bytes) = &self.state {
            self.leftover = Some(bytes.clone());
            self.state = State::Download(*index);
            self.trouble(RequestPurpose::Download, Trouble::NotPicture, message, None);
        }
    }

    /// Returns the last bytes that cannot be used: the reply to a submit that names no job, or what should have been
    /// the picture. It may have been paid for. `None` if nothing came, or an empty body.
    #[must_use]
    pub fn leftover(&self) -> Option<&Arc<[u8]>> {
        self.leftover.as_ref().filter(|bytes| !bytes.is_empty())
    }

    /// Tells whether it ended at an address that gave no picture and may give one later: a page, nothing, or a
    /// part of one; not a whole file of another kind.
    #[must_use]
    pub fn may_come(&self) -> bool {
        let State::Failed(NoPicture { outcome: CallEnd::BadOutput, stage, .. }) = &self.state else { return false };
        let is_address = match stage {
            RequestPurpose::Result => self.descriptor.result.body,
            RequestPurpose::Download => self.sources.iter().any(|source| source.inline().is_none()),
            _ => false,
        };
        let is_other = |bytes: &Arc<[u8]>| {
            let head = &bytes[..bytes.len().min(codecs::SNIFF_BYTES)];
            !is_text(bytes) && matches!(codecs::sniff(head), Sniffed::Unread(_) | Sniffed::Other(_))
        };
        self.job.is_some() && is_address && !self.leftover().is_some_and(is_other)
    }

    /// Returns the job, once there is one.
    #[must_use]
    pub fn job(&self) -> Option<&Job> {
        self.job.as_ref()
    }
}

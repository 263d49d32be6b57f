//! From one state to the next.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::providers::Job;
use crate::providers::Method;
use crate::providers::RequestTemplate;
use crate::providers::client::CallEnd;
use crate::providers::client::Fate;
use crate::providers::client::HttpReply;
use crate::providers::client::HttpRequest;
use crate::providers::client::Pause;
use crate::providers::client::PauseReason;
use crate::providers::client::Protocol;
use crate::providers::client::RequestPurpose;
use crate::providers::client::Trouble;
use crate::providers::client::protocol::lenient::json;
use crate::providers::client::protocol::links::leading;
use crate::providers::client::protocol::links::resolved;
use crate::providers::client::protocol::numbers::number;
use crate::providers::client::protocol::numbers::seconds;
use crate::providers::client::protocol::pictures::Source;
use crate::providers::client::protocol::pictures::is_text;
use crate::providers::client::protocol::pictures::sources;
use crate::providers::client::protocol::reader::read;
use crate::providers::client::protocol::reading::LONGEST_CAPTURE;
use crate::providers::client::protocol::reading::Reading;
use crate::providers::client::protocol::reading::Word;
use crate::providers::client::protocol::reading::handle;
use crate::providers::client::protocol::reading::kept;
use crate::providers::client::protocol::state::State;
use crate::providers::client::protocol::troubles::TRIES;

/// Tells whether a submit in this trouble may have been taken.
fn trouble_is_open(trouble: Trouble) -> bool {
    RequestPurpose::Submit.fate(trouble) == Fate::End(CallEnd::Unknown)
}

/// Redirects that are followed.
const REDIRECTS: u32 = 5;

impl Protocol {
    /// Goes on by the reply to `request`.
    pub(super) fn hear(&mut self, request: &HttpRequest, reply: &HttpReply) {
        let stage = request.stage;
        let descriptor = self.descriptor.clone();
        let described = self.state.described(&descriptor, self.way);
        let ok = described.map_or(&[200_u16][..], |request| &request.ok);
        let reading = read(&descriptor, stage, ok, request.carries_key, reply);
        self.asked = None;
        if stage == RequestPurpose::Submit {
            self.leftover = None;
            // A name of a job is an acceptance, whatever else its reply says: the job is asked what is true. Where
            // none can be asked, a name is one value among others.
            let json = reading.json.as_ref().filter(|_| descriptor.poll.is_some());
            if let Some(id) = json.and_then(|json| handle(&descriptor, json)) {
                self.asked = reading.hint.filter(|_| matches!(reply.status, 429 | 503));
                return self.accepted(id, &reading, request);
            }
        }
        if (300..400).contains(&reply.status) && self.follow(request, reply) {
            return;
        }
        self.redirect = None;
        let runs = descriptor.poll.as_ref().is_some_and(|poll| poll.running_http.contains(&reply.status));
        if stage == RequestPurpose::Poll && runs && matches!(reading.word, Word::None | Word::Other) {
            return self.working(&reading);
        }
        let has_result = || {
            let json = reading.json.as_ref().filter(|_| stage == RequestPurpose::Poll && reading.word == Word::Done);
            json.is_some_and(|json| !sources(&descriptor.result, json, &request.url).is_empty())
        };
        if let Some(trouble) = reading.trouble
            && (reading.is_good || !has_result())
        {
            return self.went_wrong(stage, trouble, &reading, reply);
        }
        match (stage, described) {
            (RequestPurpose::Upload, Some(step)) => self.uploaded(step, &reading),
            (RequestPurpose::Submit, _) => self.answered(&reading, request, reply),
            (RequestPurpose::Poll | RequestPurpose::Result, _) if self.is_picture(stage, reply) => {
                self.sources = vec![Source::Inline(reply.body.clone())];
                self.enter(State::Download(0));
            }
            (RequestPurpose::Result, _) if descriptor.result.body => {
                self.leftover = Some(reply.body.as_slice().into());
                self.trouble(stage, Trouble::NotPicture, "what came is no picture", reading.hint);
            }
            (RequestPurpose::Poll, _) => self.polled(&reading, &request.url),
            (RequestPurpose::Result, _) => self.found(RequestPurpose::Result, &reading, &request.url),
            (RequestPurpose::Download, _) => match self.state {
                State::Download(_) if is_text(&reply.body) => {
                    self.leftover = Some(reply.body.as_slice().into());
                    self.trouble(stage, Trouble::NotPicture, "what the address gave is no picture", None);
                }
                State::Download(index) => self.received(index, reply.body.as_slice().into()),
                _ => {}
            },
            _ => {}
        }
    }

    fn went_wrong(&mut self, stage: RequestPurpose, trouble: Trouble, reading: &Reading, reply: &HttpReply) {
        let is_charged = trouble == Trouble::JobFailed && (200..300).contains(&reply.status);
        let may_be_taken = trouble_is_open(trouble) || reading.is_good || is_charged;
        if stage == RequestPurpose::Submit && may_be_taken {
            self.leftover = Some(kept(reply));
        }
        // In the form of a failed job it may be one: a provider that only wants to be asked later says so once.
        let is_of_job = stage == RequestPurpose::Poll && reading.word == Word::Failed && self.tries >= TRIES;
        let trouble = if is_of_job { Trouble::JobFailed } else { trouble };
        self.trouble(stage, trouble, &reading.message, reading.hint);
    }

    /// Tells whether the body of a reply at this stage is the picture.
    fn is_picture(&self, stage: RequestPurpose, reply: &HttpReply) -> bool {
        let result = &self.descriptor.result;
        let may_be = result.body && (stage == RequestPurpose::Result || result.request.is_none());
        may_be && !is_text(&reply.body) && json(&reply.body).is_none()
    }

    fn uploaded(&mut self, step: &RequestTemplate, reading: &Reading) {
        let State::Upload(index) = self.state else { return };
        for (name, pointers) in &step.capture {
            let value = reading.json.as_ref().and_then(|json| pointed(json, pointers));
            let Some(value) = value else {
                let message = format!("the reply to the upload holds no {name}");
                return self.trouble(RequestPurpose::Upload, Trouble::Unintelligible, &message, None);
            };
            self.variables.insert(name.clone(), value);
        }
        let steps = self.descriptor.image[self.way].steps.len();
        self.enter(if index + 1 < steps { State::Upload(index + 1) } else { State::Submit });
    }

    /// Handles a reply to a submit that names no job: it holds the picture, or nothing that is understood.
    fn answered(&mut self, reading: &Reading, request: &HttpRequest, reply: &HttpReply) {
        let descriptor = self.descriptor.clone();
        let is_picture = self.is_picture(RequestPurpose::Submit, reply);
        let json = reading.json.as_ref().unwrap_or(&Value::Null);
        let named = descriptor.poll.is_none() && !descriptor.result.body;
        self.sources = if named { sources(&descriptor.result, json, &request.url) } else { Vec::new() };
        if is_picture {
            self.sources = vec![Source::Inline(reply.body.clone())];
        }
        if self.sources.is_empty() {
            self.leftover = Some(kept(reply));
            let what = if descriptor.poll.is_some() { "handle" } else { "picture" };
            let message = format!("the reply holds no {what} ({})", reading.message);
            return self.trouble(RequestPurpose::Submit, Trouble::Unintelligible, &message, reading.hint);
        }
        self.let_go();
        self.enter(State::Download(0));
    }

    /// Handles a reply to a submit that names this job.
    fn accepted(&mut self, id: String, reading: &Reading, request: &HttpRequest) {
        let descriptor = self.descriptor.clone();
        let Some(poll) = &descriptor.poll else { return };
        let json = reading.json.as_ref().unwrap_or(&Value::Null);
        let later = descriptor.requests_of_jobs();
        let leading: Vec<&str> = later.iter().filter_map(|request| leading(&request.url)).collect();
        let captures = descriptor.submit.capture.iter().filter_map(|(name, pointers)| {
            let value = pointed(json, pointers)?;
            let value = if leading.contains(&name.as_str()) { resolved(&value, &request.url)? } else { value };
            Some((name.clone(), value))
        });
        let captures: BTreeMap<String, Value> = captures.collect();
        let job = Job { id, captures };
        self.let_go();
        self.variables = job.captures.clone().into_iter().collect();
        self.announce = Some(job.clone());
        self.job = Some(job);
        self.enter(State::Poll);
        if reading.word == Word::Done
            && (descriptor.result.request.is_some() || !sources(&descriptor.result, json, &request.url).is_empty())
        {
            if let Some(flag) = reading.trouble.filter(|_| reading.is_good) {
                return self.trouble(RequestPurpose::Poll, flag, &reading.message, None);
            }
            return self.polled(reading, &request.url);
        }
        let eta = poll.eta.as_ref().and_then(|eta| number(json.pointer(eta)?));
        self.wait_working(eta, reading.hint);
    }

    /// Handles the reply to a poll, which came from `base`.
    fn polled(&mut self, reading: &Reading, base: &str) {
        let descriptor = self.descriptor.clone();
        match (reading.word, &reading.json) {
            (Word::Done, Some(json)) => {
                let request = descriptor.poll.as_ref().map(|poll| &poll.request);
                for (name, pointers) in request.iter().flat_map(|request| &request.capture) {
                    if let Some(value) = pointed(json, pointers) {
                        self.variables.insert(name.clone(), value);
                    }
                }
                if descriptor.result.request.is_some() {
                    self.enter(State::Result);
                } else {
                    self.found(RequestPurpose::Poll, reading, base);
                }
            }
            (word, Some(_)) => {
                self.working(reading);
                if word == Word::None {
                    self.unanswered = Some(format!("the reply names no status ({})", reading.message));
                }
            }
            (_, None) => {
                self.trouble(RequestPurpose::Poll, Trouble::Unintelligible, "the reply is not JSON", reading.hint)
            }
        }
    }

    fn found(&mut self, stage: RequestPurpose, reading: &Reading, base: &str) {
        let Some(json) = &reading.json else {
            return self.trouble(stage, Trouble::Unintelligible, "the reply is not JSON", reading.hint);
        };
        self.sources = sources(&self.descriptor.result, json, base);
        if self.sources.is_empty() {
            match reading.without_result {
                Some(trouble) => self.trouble(stage, trouble, &reading.message, None),
                None => self.trouble(stage, Trouble::Empty, "done, and the reply holds no picture", reading.hint),
            }
        } else {
            self.enter(State::Download(0));
        }
    }

    /// Goes on polling: the provider is at work.
    fn working(&mut self, reading: &Reading) {
        self.tries = 0;
        self.few = 0;
        self.unanswered = None;
        let eta = self.descriptor.poll.as_ref().and_then(|poll| poll.eta.as_ref());
        let eta = eta.and_then(|eta| number(reading.json.as_ref()?.pointer(eta)?));
        self.wait_working(eta, reading.hint);
    }

    fn wait_working(&mut self, eta: Option<f64>, hint: Option<Duration>) {
        let Some(poll) = &self.descriptor.poll else { return };
        let eta = eta.map_or(0.0, |eta| eta.clamp(0.0, poll.max_eta));
        let length = seconds(eta.max(poll.every)).unwrap_or_default().max(hint.unwrap_or_default());
        if hint.is_some_and(|hint| !self.has_time(hint)) {
            let message = "the provider wants to be asked much later; the next run asks again";
            return self.end(RequestPurpose::Poll, CallEnd::Unfinished, message);
        }
        self.pause = Some(Pause { length, reason: PauseReason::Working });
    }

    /// Ends the conversation with the picture.
    pub(super) fn received(&mut self, index: usize, bytes: Arc<[u8]>) {
        self.state = State::Done(index, bytes);
    }

    /// Tells whether a redirect is followed: never of anything but a GET, and never with the key to a host that may
    /// not have it.
    fn follow(&mut self, request: &HttpRequest, reply: &HttpReply) -> bool {
        let hops = self.redirect.as_ref().map_or(0, |(_, hops)| *hops);
        let Some(location) = reply.header("Location").filter(|_| request.method == Method::Get && hops < REDIRECTS)
        else {
            return false;
        };
        let to = self.addresses.redirect(&request.url, location, request.carries_key);
        to.is_ok_and(|to| {
            self.redirect = Some((to, hops + 1));
            true
        })
    }

    pub(super) fn enter(&mut self, state: State) {
        self.state = state;
        self.tries = 0;
        self.few = 0;
        self.since = Some(self.now);
    }

    /// Returns the time that the present stage has taken.
    pub(super) fn spent(&self) -> Duration {
        self.since.map_or(Duration::ZERO, |since| self.now.saturating_sub(since))
    }

    /// Tells whether polling goes on for so long.
    pub(super) fn has_time(&self, length: Duration) -> bool {
        let longest = self.descriptor.poll.as_ref().and_then(|poll| seconds(poll.timeout));
        longest.is_none_or(|longest| self.spent().saturating_add(length) <= longest)
    }

    /// Tells whether the time for polling is over.
    pub(super) fn is_late(&self) -> bool {
        let longest = self.descriptor.poll.as_ref().and_then(|poll| seconds(poll.timeout));
        longest.is_some_and(|longest| self.spent() > longest)
    }

    /// Drops the picture, which is not needed any more; hundreds of calls may wait at once.
    pub(super) fn let_go(&mut self) {
        self.picture = None;
        for name in ["image", "data_uri", "base64"] {
            self.variables.remove(name);
        }
    }
}

/// Returns the first of the pointed-at values that can be kept: text or a number.
fn pointed(json: &Value, pointers: &[String]) -> Option<Value> {
    let usable = |value: &&Value| match value {
        Value::String(text) => !text.is_empty() && text.len() <= LONGEST_CAPTURE,
        Value::Number(_) => true,
        _ => false,
    };
    pointers.iter().filter_map(|pointer| json.pointer(pointer)).find(usable).cloned()
}

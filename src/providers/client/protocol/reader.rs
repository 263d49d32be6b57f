//! Reads a reply: what its code of HTTP, its status word and its words mean together.

use serde_json::Value;

use crate::error::printable;
use crate::providers::Descriptor;
use crate::providers::client::HttpReply;
use crate::providers::client::RequestPurpose;
use crate::providers::client::Trouble;
use crate::providers::client::address::origin_of;
use crate::providers::client::protocol::hints::hint;
use crate::providers::client::protocol::lenient;
use crate::providers::client::protocol::reading::Reading;
use crate::providers::client::protocol::reading::Word;
use crate::providers::client::protocol::rules::Says;
use crate::providers::client::protocol::rules::meant;
use crate::providers::client::protocol::rules::meant_without_result;

/// Reads the reply to a request that may be answered with `ok` and carried the key or not.
pub(super) fn read(
    descriptor: &Descriptor,
    stage: RequestPurpose,
    ok: &[u16],
    carries_key: bool,
    reply: &HttpReply,
) -> Reading {
    // A job is paid whether its reply came as a whole or not.
    let so_far =
        || lenient::json_so_far(&reply.body).filter(|_| stage == RequestPurpose::Submit && descriptor.poll.is_some());
    let json = lenient::json(&reply.body).or_else(so_far);
    let (word, status) = word(descriptor, json.as_ref());
    let message = message(descriptor, stage, json.as_ref(), status.as_deref(), reply);
    let hint = hint(descriptor, json.as_ref(), reply);
    let mut reading = Reading { json, trouble: None, is_good: false, without_result: None, message, hint, word };
    reading.find(descriptor, stage, ok, carries_key, reply);
    if word == Word::Done {
        reading.without_result = meant_without_result(descriptor, &reading, reply);
    }
    reading
}

impl Reading {
    fn find(&mut self, descriptor: &Descriptor, stage: RequestPurpose, ok: &[u16], key: bool, reply: &HttpReply) {
        let status = reply.status;
        // Some gateways change a good code into another one.
        let is_done = ok.contains(&status) || (200..300).contains(&status);
        let presigned = !key && matches!(stage, RequestPurpose::Upload | RequestPurpose::Download);
        let asks = matches!(stage, RequestPurpose::Poll | RequestPurpose::Result);
        let of_job = match self.word {
            Word::Failed => Some(Trouble::JobFailed),
            Word::Rejected => Some(Trouble::Rejected),
            Word::Gone if asks => Some(Trouble::Gone),
            Word::None | Word::Done | Word::Gone | Word::Other => None,
        };
        // The status in the body counts before the HTTP code, unless the code says that the
        // request itself, and not the job, was in trouble.
        // That there is no such job is true with any code.
        let of_job = of_job.filter(|what| is_done || matches!(status, 400 | 422) || *what == Trouble::Gone);
        let says = match status {
            _ if of_job.is_some() => Says::Failed,
            _ if is_done => Says::Good,
            401 | 408 | 429 => Says::Wrong,
            400..=499 => Says::Refused,
            _ => Says::Wrong,
        };
        self.is_good = says == Says::Good;
        self.trouble = meant(descriptor, self, stage, says, reply).or(of_job);
        if self.is_good || self.trouble.is_some() {
            return;
        }
        self.trouble = Some(match status {
            // A provider that answers like this may have accepted the job.
            ..200 | 302 | 303 if stage == RequestPurpose::Submit => Trouble::Unintelligible,
            300..=399 => Trouble::Redirect,
            429 => Trouble::RateLimited,
            408 | 500.. => Trouble::ServerError,
            400 | 401 | 403 | 404 | 410 if presigned && speaks_of_expiry(reply) => Trouble::Expired,
            401 | 403 | 404 | 410 if presigned => Trouble::Gone,
            // The page of a gateway, which knows nothing of the job.
            403 if asks && self.json.is_none() => Trouble::ServerError,
            401 | 403 => Trouble::Auth,
            402 => Trouble::Quota,
            404 | 410 => Trouble::Gone,
            405 if matches!(stage, RequestPurpose::Upload | RequestPurpose::Submit | RequestPurpose::Test) => {
                Trouble::Gone
            }
            _ => Trouble::Refused,
        });
    }
}

fn word(descriptor: &Descriptor, json: Option<&Value>) -> (Word, Option<String>) {
    let Some(poll) = &descriptor.poll else { return (Word::None, None) };
    let Some(text) = json.and_then(|json| json.pointer(&poll.status)).and_then(Value::as_str) else {
        return (Word::None, None);
    };
    let plain = plain_word(text);
    let is_in = |words: &[String]| words.iter().any(|word| plain_word(word) == plain);
    let word = if is_in(&poll.done) {
        Word::Done
    } else if is_in(&poll.failed) {
        Word::Failed
    } else if is_in(&poll.rejected) {
        Word::Rejected
    } else if is_in(&poll.gone) || plain.contains("not found") || plain.contains("notfound") {
        Word::Gone
    } else {
        Word::Other
    };
    (word, (!plain.is_empty()).then(|| tidy(text.trim())))
}

fn message(
    descriptor: &Descriptor,
    stage: RequestPurpose,
    json: Option<&Value>,
    status: Option<&str>,
    reply: &HttpReply,
) -> String {
    let said = json.and_then(|json| {
        let texts = descriptor.messages.iter().filter_map(|pointer| json.pointer(pointer));
        texts.filter_map(Value::as_str).map(str::trim).find(|text| !text.is_empty())
    });
    let code = reply.status;
    let location = reply.header("Location").filter(|_| (300..400).contains(&code));
    let moved = location.and_then(origin_of).map(|origin| match stage {
        RequestPurpose::Upload | RequestPurpose::Submit | RequestPurpose::Test => {
            format!("HTTP {code}: moved to {origin}; set `endpoint` if that is right")
        }
        // Where something is fetched from is not for the user to say.
        _ => format!("HTTP {code}: moved to {origin}"),
    });
    match (said, moved, status) {
        (Some(text), Some(moved), _) => format!("{} ({moved})", tidy(text)),
        (Some(text), None, _) => tidy(text),
        (None, Some(moved), _) => moved,
        (None, None, Some(word)) if (200..300).contains(&code) => format!("the status is `{word}`"),
        (None, None, Some(word)) => format!("HTTP {code}, the status is `{word}`"),
        (None, None, None) => format!("HTTP {code}"),
    }
}

/// Returns a status word as words are compared: neither case nor what stands between two of them counts.
fn plain_word(word: &str) -> String {
    word.trim().to_lowercase().replace(['_', '-'], " ")
}

/// Returns a provider's words on one line, without the pictures that some repeat.
fn tidy(text: &str) -> String {
    let mut kept = String::new();
    for (index, part) in text.split(";base64,").enumerate() {
        let shown = if index == 0 {
            part
        } else {
            kept.push_str(";base64,…");
            part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "+/=-_".contains(c))
        };
        kept.push_str(shown);
    }
    printable(&kept)
}

/// Tells whether a refusal speaks of an expired address, as S3-like stores do.
fn speaks_of_expiry(reply: &HttpReply) -> bool {
    let start = &reply.body[..reply.body.len().min(4096)];
    String::from_utf8_lossy(start).to_lowercase().contains("expired")
}

//! Finds the rule of a descriptor that a reply meets, and its meaning.
//!
//! A message is written for people: its words may speak of anything. So they are read only where the reply
//! says in another way that it refuses, and words about the account only where nothing was accepted yet. A
//! flag is a field with a value of its own, which says what it says on any reply.

use serde_json::Value;

use crate::providers::Descriptor;
use crate::providers::ErrorRule;
use crate::providers::Meaning;
use crate::providers::client::HttpReply;
use crate::providers::client::RequestPurpose;
use crate::providers::client::Trouble;
use crate::providers::client::protocol::numbers::number;
use crate::providers::client::protocol::reading::Reading;

/// Class of a reply by its code of HTTP and its status word, without its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// It is a good one.
    Good,
    /// Its status word is one of failure.
    Failed,
    /// Its code of HTTP refuses the request.
    Refused,
    /// Its code of HTTP says that something else went wrong.
    Wrong,
}

/// Returns the trouble that is meant by the first rule that the reply meets at this stage; `None` if it meets none.
pub(super) fn meant(
    descriptor: &Descriptor,
    reading: &Reading,
    stage: RequestPurpose,
    says: Says,
    reply: &HttpReply,
) -> Option<Trouble> {
    let mut rules = descriptor.errors.iter();
    let rule = rules.find(|rule| is_read(descriptor, rule, stage, says) && matches(rule, reading, reply))?;
    // One that leads elsewhere is never surely not accepted.
    let leads_on = (300..400).contains(&reply.status);
    let surely = stage != RequestPurpose::Submit || ((rule.not_accepted || reply.status == 429) && !leads_on);
    Some(match rule.class {
        Meaning::Rejected => Trouble::Rejected,
        Meaning::BadInput => Trouble::BadInput,
        Meaning::Quota => Trouble::Quota,
        Meaning::Auth => Trouble::Auth,
        Meaning::Running => Trouble::Running,
        Meaning::Failed => Trouble::JobFailed,
        Meaning::Gone => Trouble::Gone,
        Meaning::RateLimited if surely => Trouble::RateLimited,
        Meaning::Transient if surely => Trouble::Busy,
        Meaning::RateLimited | Meaning::Transient => Trouble::ServerError,
    })
}

/// Returns the trouble that is meant by the message of a finished job without a result; `None` if no rule for such jobs
/// fits.
pub(super) fn meant_without_result(descriptor: &Descriptor, reading: &Reading, reply: &HttpReply) -> Option<Trouble> {
    let meant = meant(descriptor, reading, RequestPurpose::Poll, Says::Failed, reply);
    meant.filter(|trouble| matches!(trouble, Trouble::Rejected | Trouble::BadInput | Trouble::JobFailed))
}

/// Tells whether a rule is looked at where a reply says this of itself.
fn is_read(descriptor: &Descriptor, rule: &ErrorRule, stage: RequestPurpose, says: Says) -> bool {
    let asks = matches!(stage, RequestPurpose::Poll | RequestPurpose::Result);
    // What is not there, or not yet, is a job, and only who asks for one is told.
    if matches!(rule.class, Meaning::Gone | Meaning::Running) && !asks {
        return false;
    }
    let is_plain = rule.http.is_some() || is_flag(descriptor, rule);
    let is_of_account =
        matches!(rule.class, Meaning::Quota | Meaning::Auth | Meaning::RateLimited | Meaning::Transient);
    match (says, stage) {
        // That of moderation, above all; words must never make what was accepted look refused.
        (Says::Good, _) => {
            let may_be = matches!(rule.class, Meaning::Rejected | Meaning::Running | Meaning::Gone);
            may_be && is_flag(descriptor, rule)
        }
        // A server that is out of order may have taken it, whatever its message speaks of.
        (Says::Wrong, RequestPurpose::Upload | RequestPurpose::Submit | RequestPurpose::Test) => {
            is_plain || rule.not_accepted
        }
        (_, RequestPurpose::Upload | RequestPurpose::Submit | RequestPurpose::Test) => true,
        // What a job failed of says nothing of the account.
        (Says::Failed, RequestPurpose::Poll | RequestPurpose::Result) => {
            rule.polls || !(is_of_account || rule.class == Meaning::Running)
        }
        (Says::Refused, RequestPurpose::Poll | RequestPurpose::Result) => rule.polls || is_plain || !is_of_account,
        (Says::Wrong | Says::Failed | Says::Refused, _) => is_plain,
    }
}

/// Tells whether a rule is about a field with a value of its own, and not about what a message says.
fn is_flag(descriptor: &Descriptor, rule: &ErrorRule) -> bool {
    let is_message = rule.at.as_ref().is_some_and(|at| descriptor.messages.contains(at));
    rule.equals.is_some() && !is_message
}

fn matches(rule: &ErrorRule, reading: &Reading, reply: &HttpReply) -> bool {
    if rule.http.is_some_and(|code| code != reply.status) {
        return false;
    }
    let has_words = !rule.contains.is_empty() || !rule.begins.is_empty();
    let found: Option<Value> = match (&rule.at, &rule.header) {
        (Some(at), _) => reading.json.as_ref().and_then(|json| json.pointer(at)).cloned(),
        (None, Some(header)) => reply.header(header).map(Value::from),
        (None, None) if has_words => Some(Value::from(reading.message.as_str())),
        (None, None) => return true,
    };
    let Some(found) = found else { return false };
    let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned).to_lowercase();
    let equal = rule.equals.as_ref().is_none_or(|equals| *equals == found || is_same_number(equals, &found));
    let any = |parts: &[String], is_it: &dyn Fn(&str) -> bool| {
        parts.is_empty() || parts.iter().any(|part| is_it(&part.to_lowercase()))
    };
    equal
        && any(&rule.contains, &|part| text.contains(part))
        && any(&rule.begins, &|part| text.trim().starts_with(part))
}

/// Tells whether a number is this one, however it was written.
fn is_same_number(equals: &Value, found: &Value) -> bool {
    equals.as_f64().is_some_and(|equals| number(found) == Some(equals))
}

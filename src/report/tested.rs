//! Words for the result of testing a provider.

use serde_json::Value;
use serde_json::json;

use crate::providers::client::Tested;

/// Returns the result of testing a provider as a word for programs and a sentence.
fn tested(tested: &Tested) -> (&'static str, String) {
    match tested {
        Tested::Accepted => ("accepted", "answers and takes the key".to_owned()),
        Tested::KeyRefused(why) => ("key_refused", format!("answers and does not take the key: {why}")),
        Tested::NoCredit(why) => ("no_credit", format!("takes the key, and there is no credit: {why}")),
        Tested::Unclear(why) => ("unclear", format!("answers, and does not say whether it takes the key: {why}")),
        Tested::NotReached(why) => ("not_reached", format!("does not answer: {why}")),
        Tested::NoTest => ("no_test", "has no request that is surely free; nothing was sent".to_owned()),
    }
}

/// Returns the result of testing a provider as a line.
#[must_use]
pub fn tested_text(name: &str, result: &Tested) -> String {
    format!("{name} {}", tested(result).1)
}

/// Returns the same as JSON.
#[must_use]
pub fn tested_json(name: &str, result: &Tested) -> Value {
    let (word, message) = tested(result);
    json!({"provider": name, "result": word, "message": message})
}

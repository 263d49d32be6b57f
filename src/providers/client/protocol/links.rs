//! Addresses from a descriptor's texts and what a provider said.

use percent_encoding::AsciiSet;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;
use serde_json::Value;
use url::Url;

use crate::providers::Variables;
use crate::providers::client::expressions::evaluate_text;
use crate::providers::client::expressions::names_in;
use crate::providers::client::protocol::request_error::RequestError;

/// Returns the address that a text gives; none if what it needs is not there.
///
/// What the provider gave as an address stays as it is. All else that becomes a part of one, like the
/// name of a job, is encoded as one segment of a path or one value of a query (RFC 3986, section 2.1),
/// unless the text says `urlencode` itself.
///
/// # Errors
/// What went wrong in an expression, or which name cannot be a part of an address.
pub(super) fn address(text: &str, variables: &Variables) -> Result<Option<String>, RequestError> {
    let Some(plain) = evaluated(text, variables)? else { return Ok(None) };
    let names = names_in(text)?;
    let parts: Vec<(&String, &str)> =
        names.iter().filter_map(|name| Some((name, variables.get(name)?.as_str()?))).collect();
    let is_whole = parts.iter().any(|(_, value)| *value == plain);
    // What the address begins with was given as one.
    let is_part = |value: &str| needs_encoding(value) && !(plain.starts_with(value) && is_address(value));
    if is_whole || text.contains("urlencode") || !parts.iter().any(|(_, value)| is_part(value)) {
        return Ok(Some(plain));
    }
    let mut variables: Variables =
        names.iter().filter_map(|name| Some((name.clone(), variables.get(name)?.clone()))).collect();
    for value in variables.values_mut() {
        if let Some(text) = value.as_str().filter(|text| is_part(text)) {
            *value = encoded(text)?.into();
        }
    }
    evaluated(text, &variables)
}

/// Returns the name whose value the address that a text gives begins with, if it begins with one.
pub(super) fn leading(text: &str) -> Option<&str> {
    let rest = text.trim_start().strip_prefix("{{")?.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    Some(&rest[..end]).filter(|name| !name.is_empty())
}

/// Returns an address that a reply from `base` names, whole; none if it is none.
pub(super) fn resolved(given: &Value, base: &str) -> Option<Value> {
    let text = given.as_str()?.trim();
    if Url::parse(text).is_ok() {
        return Some(text.into());
    }
    Url::parse(base).ok()?.join(text).ok().map(|url| String::from(url).into())
}

fn evaluated(text: &str, variables: &Variables) -> Result<Option<String>, RequestError> {
    Ok(match evaluate_text(text, variables)? {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    })
}

fn is_address(value: &str) -> bool {
    value.starts_with("https://") || value.starts_with("http://")
}

/// Encodes what does not stand for itself wherever in an address it is.
const CODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b',')
    .remove(b':')
    .remove(b'@');

fn needs_encoding(value: &str) -> bool {
    matches!(value, "." | "..") || utf8_percent_encode(value, CODED).any(|part| part != value)
}

fn encoded(value: &str) -> Result<String, RequestError> {
    // Encoded or not, these lead to another folder.
    if matches!(value, "." | "..") {
        return Err(RequestError::Segment);
    }
    Ok(utf8_percent_encode(value, CODED).to_string())
}

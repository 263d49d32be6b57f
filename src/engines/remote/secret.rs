//! Keys: read late, placed by one function, and never shown.

use std::ffi::OsString;
use std::fmt;

use serde_json::Value;

use crate::engines::remote::Body;
use crate::engines::remote::HttpRequest;
use crate::engines::remote::Key;
use crate::engines::remote::base64_of;

/// What stands where a key would.
const HIDDEN: &str = "[key]";

/// A provider's key. It has no way out but [`Secret::place`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Secret {
    /// The key that the environment names: in the variable itself, or in the file that the
    /// variable with `_FILE` behind it names.
    ///
    /// # Errors
    /// What to set, or what is wrong with what is set; never the key.
    pub fn read(key: &Key) -> Result<Secret, String> {
        Secret::find(key, |name| std::env::var_os(name))
    }

    /// The same, with variables looked up by `variable`.
    ///
    /// # Errors
    /// As [`Secret::read`].
    pub fn find(key: &Key, variable: impl Fn(&str) -> Option<OsString>) -> Result<Secret, String> {
        let file = format!("{}_FILE", key.env);
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let Some(value) = set(&key.env) {
            let text = value.into_string().map_err(|_| format!("{} is not text", key.env))?;
            return Secret::new(&text).map_err(|what| format!("{} {what}", key.env));
        }
        let path = set(&file).ok_or_else(|| format!("no key: set {}, or {file} to a file that holds it", key.env))?;
        let text = std::fs::read_to_string(&path).map_err(|error| format!("the file that {file} names: {error}"))?;
        Secret::new(&text).map_err(|what| format!("the file that {file} names {what}"))
    }

    /// A key, without the white space around it.
    ///
    /// # Errors
    /// Why the text cannot be a key, to complete "the text …".
    pub fn new(text: &str) -> Result<Secret, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("is empty");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("holds white space or signs that no key has");
        }
        Ok(Secret(text.to_owned()))
    }

    /// Puts the key where the descriptor wants it: the only place where it leaves this type.
    /// A request that may not carry it is left as it is.
    pub fn place(&self, key: &Key, request: &mut HttpRequest) {
        if !request.carries_key {
            return;
        }
        if let Some(header) = &key.header {
            request.headers.push((header.clone(), format!("{}{}", key.prefix, self.0)));
        }
        if let (Some(member), Body::Json(Value::Object(map))) = (&key.body, &mut request.body) {
            map.insert(member.clone(), Value::from(self.0.as_str()));
        }
    }

    /// The text without the key, however it is written in it: as it is, for an address, or in
    /// base64.
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        let encoded: String = url::form_urlencoded::byte_serialize(self.0.as_bytes()).collect();
        let escaped = self.0.replace('\\', "\\\\").replace('"', "\\\"");
        let mut text = text.replace(&self.0, HIDDEN);
        for other in [encoded, escaped, base64_of(self.0.as_bytes())] {
            text = text.replace(&other, HIDDEN);
        }
        text
    }
}

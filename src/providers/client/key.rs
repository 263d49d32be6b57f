//! Puts keys into requests.

use serde_json::Value;
use url::form_urlencoded;

use crate::providers::KeyPlacement;
use crate::providers::SCRUBBED;
use crate::providers::Secret;
use crate::providers::client::Body;
use crate::providers::client::HttpRequest;
use crate::providers::client::RequestPurpose;

impl Secret {
    /// Puts the key where the descriptor wants it: the only place where it leaves this type for the first time.
    /// A request that may not carry it is left as it is.
    pub fn place(&self, key: &KeyPlacement, request: &mut HttpRequest) {
        if !request.carries_key {
            return;
        }
        if let Some(header) = &key.header {
            request.headers.push((header.clone(), format!("{}{}", key.prefix, self.text)));
        }
        if let (Some(member), Body::Json(Value::Object(map))) = (&key.body, &mut request.body) {
            map.insert(member.clone(), Value::from(self.text.as_str()));
        }
    }

    /// Puts the key back into a question about a job that was recorded without it: into its address, its
    /// headers and its body. Only for a host that descriptor or user name.
    pub fn restore(&self, request: &mut HttpRequest) {
        if !matches!(request.stage, RequestPurpose::Poll | RequestPurpose::Result) {
            return;
        }
        let coded: String = form_urlencoded::byte_serialize(self.text.as_bytes()).collect();
        // That of forms writes a space as `+`, and keys have none.
        for mark in [SCRUBBED, "%5Bkey%5D"] {
            if request.url.contains(mark) {
                request.url = request.url.replace(mark, &coded);
            }
        }
        for (_, text) in &mut request.headers {
            *text = text.replace(SCRUBBED, &self.text);
        }
        if let Body::Json(json) = &mut request.body {
            self.restore_in(json);
        }
    }

    fn restore_in(&self, json: &mut Value) {
        match json {
            Value::String(text) => *text = text.replace(SCRUBBED, &self.text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.restore_in(item)),
            Value::Object(map) => map.values_mut().for_each(|item| self.restore_in(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

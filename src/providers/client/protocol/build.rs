//! Requests from a descriptor and the call's variables.

use serde_json::Value;

use crate::providers::Descriptor;
use crate::providers::Method;
use crate::providers::RequestTemplate;
use crate::providers::Variables;
use crate::providers::client::Addresses;
use crate::providers::client::Body;
use crate::providers::client::EncodedPicture;
use crate::providers::client::Fate;
use crate::providers::client::FormPart;
use crate::providers::client::HttpReply;
use crate::providers::client::HttpRequest;
use crate::providers::client::NoPicture;
use crate::providers::client::Protocol;
use crate::providers::client::RequestPurpose;
use crate::providers::client::check::is_file;
use crate::providers::client::expressions::evaluate;
use crate::providers::client::expressions::evaluate_text;
use crate::providers::client::protocol::links;
use crate::providers::client::protocol::reader::read;
use crate::providers::client::protocol::request_error::RequestError;
use crate::providers::client::protocol::state::State;

impl Protocol {
    /// Makes the request of this stage.
    pub(super) fn request(&mut self, stage: RequestPurpose) -> Result<HttpRequest, RequestError> {
        let descriptor = self.descriptor.clone();
        if let State::Download(index) = self.state {
            let given = self.sources.get(index).and_then(|source| source.address()).unwrap_or_default();
            let url = match &self.redirect {
                Some((url, _)) => url.clone(),
                None => self.addresses.download(given)?,
            };
            return Ok(download(url));
        }
        let described = self.state.described(&descriptor, self.way).ok_or(RequestError::Undescribed)?;
        let mut request = build(described, stage, &self.variables, self.picture.as_ref(), &self.addresses)?;
        request.carries_key &= descriptor.key.is_some();
        if let Some((url, _)) = &self.redirect {
            request.url.clone_from(url);
        }
        Ok(request)
    }
}

impl Descriptor {
    /// Returns the cheapest request that shows whether key and address are right.
    #[must_use]
    pub fn test_request(&self, addresses: &Addresses) -> Option<Result<HttpRequest, RequestError>> {
        let request = build(self.test.as_ref()?, RequestPurpose::Test, &Variables::new(), None, addresses);
        Some(request.map(|request| HttpRequest { carries_key: request.carries_key && self.key.is_some(), ..request }))
    }

    /// Reads the reply to [`test_request`](Self::test_request).
    ///
    /// # Errors
    /// What is wrong, as a call would end with it.
    pub fn read_test(&self, reply: &HttpReply) -> Result<(), NoPicture> {
        let (stage, carries_key) = (RequestPurpose::Test, self.key.is_some());
        let ok = self.test.as_ref().map_or(&[200_u16][..], |request| &request.ok);
        let reading = read(self, stage, ok, carries_key, reply);
        let Some(trouble) = reading.trouble else { return Ok(()) };
        let Fate::End(outcome) = stage.fate(trouble) else { return Ok(()) };
        let message = format!("{}: {}: {}", self.provider, stage.word(), reading.message);
        Err(NoPicture { outcome, stage, message, open: false })
    }
}

fn download(url: String) -> HttpRequest {
    HttpRequest {
        stage: RequestPurpose::Download,
        method: Method::Get,
        url,
        headers: Vec::new(),
        body: Body::Empty,
        carries_key: false,
    }
}

fn build(
    request: &RequestTemplate,
    stage: RequestPurpose,
    variables: &Variables,
    picture: Option<&EncodedPicture>,
    addresses: &Addresses,
) -> Result<HttpRequest, RequestError> {
    let Some(text) = links::address(&request.url, variables)? else {
        return Err(RequestError::NoAddress(stage.word()));
    };
    let url = if request.key { addresses.api(&text)? } else { addresses.foreign(&text)? };
    let mut headers = Vec::new();
    for (name, value) in &request.headers {
        if let Some(value) = evaluate_text(value, variables)? {
            headers.push((name.clone(), plain(&value)));
        }
    }
    let picture = || picture.cloned().ok_or(RequestError::NoPicture);
    let body = if request.raw {
        Body::Raw(picture()?)
    } else if let Some(json) = &request.json {
        Body::Json(evaluate(json, variables)?.unwrap_or_default())
    } else if let Some(form) = &request.form {
        let mut parts = Vec::new();
        for (name, value) in form {
            if is_file(value) {
                parts.push((name.clone(), FormPart::File(picture()?)));
            } else if let Some(value) = evaluate(value, variables)? {
                parts.push((name.clone(), FormPart::Text(plain(&value))));
            }
        }
        Body::Form(parts)
    } else {
        Body::Empty
    };
    Ok(HttpRequest { stage, method: request.method, url, headers, body, carries_key: request.key })
}

/// Returns a value as a header or a field of a form has it.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

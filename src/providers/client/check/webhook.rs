//! Checks which receivers of users a provider may tell.

use serde_json::Value;

use crate::options::Problem;
use crate::providers::Descriptor;
use crate::providers::WEBHOOK;
use crate::providers::client::expressions::names_in;

impl Descriptor {
    /// Tells whether the provider can be told of a receiver.
    #[must_use]
    pub fn takes_webhook(&self) -> bool {
        let submit = &self.submit;
        let form = submit.form.iter().flat_map(|form| form.values());
        let texts = [Value::from(submit.url.as_str())];
        texts.iter().chain(&submit.json).chain(form).any(|value| asks_for(value, WEBHOOK))
    }

    /// Checks the address of a receiver.
    ///
    /// # Errors
    /// If it is not one of https, or the provider has no place for it.
    pub fn check_webhook(&self, address: &str) -> Result<(), Problem> {
        if !self.takes_webhook() {
            let problem = Problem::new(format!("provider `{}` takes no webhook", self.provider));
            return Err(problem.hint("leave it out; results are polled for"));
        }
        match url::Url::parse(address) {
            Ok(url) if url.scheme() == "https" && url.host_str().is_some() => Ok(()),
            // An address may hold a secret, so that it is not repeated.
            _ => Err(Problem::new("a webhook is an address that begins with https://")),
        }
    }
}

/// Tells whether an expression in the value asks for this variable.
fn asks_for(value: &Value, variable: &str) -> bool {
    match value {
        Value::String(text) => names_in(text).is_ok_and(|names| names.iter().any(|name| name == variable)),
        Value::Array(items) => items.iter().any(|item| asks_for(item, variable)),
        Value::Object(map) => map.values().any(|item| asks_for(item, variable)),
        _ => false,
    }
}

//! Findings: what a person should look at.

use std::borrow::Cow;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

/// Says what a person should look at: a rule, and whether it is kept.
///
/// It is recorded with its task and counted by its rule, never told one by one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Names the rule in one word, like `enlarged`.
    pub rule: Cow<'static, str>,
    /// Tells whether the rule is kept.
    pub pass: bool,
    /// Holds what was measured: a number, a word, or nothing.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub measured: Value,
    /// Holds what the rule asks for.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub required: Value,
    /// Says what to do about it, if anything can be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Cow<'static, str>>,
}

impl Finding {
    /// Returns that this rule is not kept.
    #[must_use]
    pub fn new(rule: impl Into<Cow<'static, str>>) -> Self {
        Finding { rule: rule.into(), pass: false, measured: Value::Null, required: Value::Null, fix: None }
    }

    /// Says what was measured, and what the rule asks for.
    #[must_use]
    pub fn measured(self, measured: impl Into<Value>, required: impl Into<Value>) -> Self {
        Finding { measured: measured.into(), required: required.into(), ..self }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn fix(self, fix: impl Into<Cow<'static, str>>) -> Self {
        Finding { fix: Some(fix.into()), ..self }
    }

    /// Returns the rules that are not kept, one for each finding.
    pub fn broken(findings: &[Finding]) -> impl Iterator<Item = &str> {
        findings.iter().filter(|finding| !finding.pass).map(|finding| &*finding.rule)
    }

    /// Estimates how many bytes it takes beside its own size.
    #[must_use]
    pub fn memory(&self) -> usize {
        let text = |text: &Cow<'_, str>| if let Cow::Owned(text) = text { text.len() } else { 0 };
        let value = |value: &Value| value.as_str().map_or(0, str::len);
        text(&self.rule) + self.fix.as_ref().map_or(0, text) + value(&self.measured) + value(&self.required)
    }
}

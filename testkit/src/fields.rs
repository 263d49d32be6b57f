//! A body held against what a provider documents: no field more, none of another type.

use std::ops::RangeInclusive;

use serde_json::Map;
use serde_json::Value;

use crate::faults::Refusal;

/// The members of an object, checked one by one.
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    known: Vec<&'static str>,
    mistakes: Vec<String>,
    notes: Vec<String>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value) -> Result<Self, Refusal> {
        let Value::Object(map) = value else { return Err(Refusal::BadInput("the body is no object".into())) };
        Ok(Fields { map, known: Vec::new(), mistakes: Vec::new(), notes: Vec::new() })
    }

    fn get<T>(&mut self, name: &'static str, kind: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        self.known.push(name);
        let value = self.map.get(name)?;
        let found = read(value);
        if found.is_none() {
            let mut shown = value.to_string();
            shown.truncate(shown.char_indices().nth(60).map_or(shown.len(), |(at, _)| at));
            self.mistakes.push(format!("{name} is {shown}, not {kind}"));
        }
        found
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<&'a str> {
        self.get(name, "a text", Value::as_str)
    }

    pub(super) fn word(&mut self, name: &'static str, words: &[&str]) -> Option<&'a str> {
        self.get(name, &format!("one of {words:?}"), |value| value.as_str().filter(|text| words.contains(text)))
    }

    pub(super) fn integer(&mut self, name: &'static str, range: RangeInclusive<i64>) -> Option<i64> {
        let kind = format!("an integer in {range:?}");
        self.get(name, &kind, |value| value.as_i64().filter(|number| range.contains(number)))
    }

    pub(super) fn number(&mut self, name: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        let kind = format!("a number in {range:?}");
        self.get(name, &kind, |value| value.as_f64().filter(|number| range.contains(number)))
    }

    pub(super) fn boolean(&mut self, name: &'static str) -> Option<bool> {
        self.get(name, "true or false", Value::as_bool)
    }

    pub(super) fn words(&mut self, name: &'static str, words: &[&str]) -> Option<Vec<&'a str>> {
        let read = |value: &'a Value| -> Option<Vec<&'a str>> {
            value.as_array()?.iter().map(|item| item.as_str().filter(|text| words.contains(text))).collect()
        };
        self.get(name, &format!("a list of {words:?}"), read)
    }

    /// Fields that play no part here.
    pub(super) fn ignored(&mut self, names: &[&'static str]) {
        self.known.extend(names);
    }

    /// What the provider refuses to do without.
    pub(super) fn require(&mut self, names: &[&str]) {
        let absent = names.iter().filter(|name| !self.map.contains_key(**name));
        self.mistakes.extend(absent.map(|name| format!("{name} is required")));
    }

    /// What the provider does without, and a careful client always sends.
    pub(super) fn expect(&mut self, names: &[&str]) {
        let absent = names.iter().filter(|name| !self.map.contains_key(**name));
        self.notes.extend(absent.map(|name| format!("{name} was left to its default")));
    }

    /// A request that is served, but that no good client makes.
    pub(super) fn note(&mut self, text: &str) {
        self.notes.push(text.to_owned());
    }

    /// What was noted; an error if the provider refuses.
    pub(super) fn finish(mut self) -> Result<Vec<String>, Refusal> {
        let unknown = self.map.keys().filter(|name| !self.known.contains(&name.as_str()));
        self.mistakes.extend(unknown.map(|name| format!("{name} is not a field")));
        if self.mistakes.is_empty() { Ok(self.notes) } else { Err(Refusal::BadInput(self.mistakes.join("; "))) }
    }
}

//! A descriptor file to a [`Descriptor`]: every mistake is found before any is reported.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::Document;
use crate::document::Mistakes;
use crate::options::At;
use crate::options::Problem;
use crate::options::Step;
use crate::providers::Descriptor;
use crate::providers::TERMS;
use crate::providers::VARIABLES;
use crate::providers::Way;
use crate::providers::client::check::problems::Problems;
use crate::providers::client::check::problems::is_file;
use crate::providers::client::check::problems::pointer;
use crate::providers::client::check::requests::requests;
use crate::providers::descriptor::CANCEL;
use crate::providers::descriptor::parse;

/// Reads and checks a descriptor file. Returns warnings of what in it has no effect, too.
///
/// # Errors
/// Every mistake in it, in the order of their places.
pub fn read_descriptor(document: &Document) -> Result<(Descriptor, Mistakes), Mistakes> {
    let values = document.values()?;
    let problems = match check(&values) {
        Ok(descriptor) => return Ok((descriptor, document.mistakes(&passed_over(&values)))),
        Err(problems) => problems,
    };
    let mut mistakes = document.mistakes(&problems);
    mistakes.dedup();
    Err(mistakes)
}

/// Returns a problem for the part of a descriptor that has no effect; `None` if there is no such part.
fn passed_over(values: &Value) -> Option<Problem> {
    values.get(CANCEL)?;
    let problem = Problem::new("`cancel` has no effect: calls are never cancelled").hint("remove it");
    Some(Problem { at: At::Key, ..problem }.under(CANCEL))
}

fn check(values: &Value) -> Result<Descriptor, Vec<Problem>> {
    let descriptor = parse(values)?;
    let mut found = Problems::default();
    facts(&descriptor, &mut found);
    geometry(&descriptor, &mut found);
    pictures(&descriptor, &mut found);
    params(&descriptor, values, &mut found);
    replies(&descriptor, &mut found);
    requests(&descriptor, &mut found);
    found.none_or(descriptor)
}

fn is_name(text: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(word)
}

fn facts(descriptor: &Descriptor, found: &mut Problems) {
    if !is_name(&descriptor.provider) {
        found.say(
            &["provider".into()],
            format!("`{}` is not a name of small letters, digits, - and _", descriptor.provider),
        );
    }
    let day: Vec<&str> = descriptor.checked.split('-').collect();
    let lengths: Vec<usize> = day.iter().map(|part| part.len()).collect();
    if lengths != [4, 2, 2] || !day.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit())) {
        found.say(&["checked".into()], format!("`{}` is not a day like \"2026-11-21\"", descriptor.checked));
    }
    for (index, host) in descriptor.hosts.iter().enumerate() {
        let name = host.strip_prefix("*.").unwrap_or(host);
        let too_wide = host.starts_with("*.") && !name.contains('.');
        if too_wide || url::Url::parse(&format!("https://{name}/")).is_err() || name.contains(['/', '@', '?', '#', '*'])
        {
            found.say(&["hosts".into(), index.into()], format!("`{host}` is not a host"));
        }
    }
    let Some(key) = &descriptor.key else { return };
    let path: [Step; 1] = ["key".into()];
    if key.header.is_some() == key.body.is_some() {
        found.say(&path, "the key goes into a `header` or into the `body`, one of both");
    }
    if key.body.is_some() && !key.prefix.is_empty() {
        found.say(&["key".into(), "prefix".into()], "a prefix stands before a key in a header only");
    }
    let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let is_variable = |name: &str| !name.is_empty() && name.chars().all(upper);
    if !is_variable(&key.env) {
        found.say(&["key".into(), "env".into()], format!("`{}` is not the name of a variable", key.env));
    }
    for (index, name) in key.or_joined.iter().enumerate().filter(|(_, name)| !is_variable(name)) {
        let path: [Step; 3] = ["key".into(), "or_joined".into(), index.into()];
        found.say(&path, format!("`{name}` is not the name of a variable"));
    }
    if key.or_joined.len() == 1 {
        found.say(&["key".into(), "or_joined".into()], "a single variable has nothing to be joined with");
    }
}

fn geometry(descriptor: &Descriptor, found: &mut Problems) {
    let geometry = &descriptor.geometry;
    if geometry.max_side.is_some_and(|most| most < geometry.min_side) {
        found.say(&["geometry".into(), "min_side".into()], "min_side is above max_side");
    }
}

fn pictures(descriptor: &Descriptor, found: &mut Problems) {
    if descriptor.image.is_empty() {
        found.say(&["image".into()], "no way is listed in which a picture reaches the provider");
    }
    for (index, transport) in descriptor.image.iter().enumerate() {
        let path: [Step; 2] = ["image".into(), index.into()];
        let captured = transport.steps.iter().any(|step| step.capture.contains_key("image"));
        match (transport.way, transport.steps.is_empty()) {
            (Way::Upload, true) => found.say(&path, "an upload needs `steps`"),
            (Way::Upload, false) if !captured => found.say(&path, "no step of the upload captures `image`"),
            (Way::Upload, false) | (_, true) => {}
            (_, false) => found.say(&path, "only an upload has `steps`"),
        }
        let has_file = descriptor.submit.form.as_ref().is_some_and(|form| form.values().any(is_file));
        if transport.way == Way::Form && !has_file {
            found.say(&path, "no field of the submit's form is `{{ file }}`");
        }
    }
}

fn params(descriptor: &Descriptor, written: &Value, found: &mut Problems) {
    let captured: BTreeSet<&String> =
        descriptor.requests().iter().flat_map(|(_, request, _)| request.capture.keys()).collect();
    let reserved = ["use", "params", "passes", "on_unknown", "share"];
    let is_term = |name: &str| TERMS.iter().any(|term| term.name == name);
    for (name, param) in &descriptor.params {
        let path: [Step; 2] = ["params".into(), name.as_str().into()];
        let is_word = VARIABLES.contains(&name.as_str()) || reserved.contains(&name.as_str());
        let taken = is_word || is_term(name) || captured.contains(name);
        if taken || !is_name(name) || name.contains('-') {
            let what = if taken { "is taken" } else { "is no name of small letters, digits and _" };
            found.add(&path, Problem { at: At::Key, ..Problem::new(format!("`{name}` {what}")) });
        }
        if let Err(problem) = param.check(&param.default) {
            let is_written = written.get("params").and_then(|params| params.get(name)?.get("default")).is_some();
            let path =
                if is_written { vec!["params".into(), name.as_str().into(), "default".into()] } else { path.to_vec() };
            found.add(&path, problem);
        }
    }
}

fn replies(descriptor: &Descriptor, found: &mut Problems) {
    if let Some(poll) = &descriptor.poll {
        pointer(&["poll".into(), "status".into()], &poll.status, found);
        if let Some(eta) = &poll.eta {
            pointer(&["poll".into(), "eta".into()], eta, found);
        }
        if poll.done.is_empty() {
            found.say(&["poll".into(), "done".into()], "no word means done");
        }
        let lists =
            [("done", &poll.done), ("failed", &poll.failed), ("rejected", &poll.rejected), ("gone", &poll.gone)];
        for (at, (list, words)) in lists.into_iter().enumerate() {
            for (index, word) in words.iter().enumerate() {
                let twice = lists[..at].iter().any(|(_, words)| words.contains(word));
                if twice {
                    found.say(&["poll".into(), list.into(), index.into()], format!("`{word}` means two things"));
                }
            }
        }
        if !descriptor.submit.capture.contains_key("job") {
            found.say(&["submit".into()], "the submit captures no `job`, so nothing can be polled after a stop");
        }
    } else if descriptor.result.request.is_some() {
        found.say(&["result".into(), "request".into()], "without `poll` the result is in the reply to the submit");
    }
    let result = &descriptor.result;
    if result.body != result.at.is_empty() {
        found.say(&["result".into()], "the picture is the reply's `body`, or stands `at` pointers, one of both");
    }
    let lists = [
        (vec![Step::from("result"), "at".into()], &result.at),
        (vec!["result".into(), "alternates".into()], &result.alternates),
        (vec!["messages".into()], &descriptor.messages),
        (vec!["retry_after".into()], &descriptor.retry_after),
    ];
    for (path, pointers) in lists {
        for (index, text) in pointers.iter().enumerate() {
            let mut path = path.clone();
            path.push(index.into());
            pointer(&path, text, found);
        }
    }
    for (index, rule) in descriptor.errors.iter().enumerate() {
        let path: [Step; 2] = ["errors".into(), index.into()];
        if let Some(at) = &rule.at {
            pointer(&["errors".into(), index.into(), "at".into()], at, found);
        }
        let has_words = !rule.contains.is_empty() || !rule.begins.is_empty();
        let has_place = rule.at.is_some() || rule.header.is_some();
        if rule.at.is_some() && rule.header.is_some() {
            found.say(&path, "a rule speaks of a pointer or of a header, not of both");
        }
        if has_place && rule.equals.is_none() && !has_words {
            found.say(&path, "a rule with `at` or `header` needs `equals`, `contains` or `begins`");
        }
        if !has_place && rule.equals.is_some() {
            found.say(&path, "`equals` needs `at` or `header`");
        }
        if rule.http.is_none() && !has_place && !has_words {
            found.say(&path, "a rule needs a condition: http, at, header, contains or begins");
        }
    }
}

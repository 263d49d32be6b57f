//! The requests of a descriptor: their expressions, hosts and bodies.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::options::Problem;
use crate::options::Step;
use crate::providers::Descriptor;
use crate::providers::Method;
use crate::providers::RequestTemplate;
use crate::providers::VARIABLES;
use crate::providers::client::address::host_matches;
use crate::providers::client::address::is_loopback_name;
use crate::providers::client::check::problems::Problems;
use crate::providers::client::check::problems::is_file;
use crate::providers::client::check::problems::pointer;
use crate::providers::client::check::roles::Role;
use crate::providers::client::expressions::names_in;

/// Checks every request.
pub(super) fn requests(descriptor: &Descriptor, found: &mut Problems) {
    for (path, request, role) in descriptor.requests() {
        let known = known(descriptor, role);
        let at = |step: &str| -> Vec<Step> { path.iter().cloned().chain([step.into()]).collect() };
        texts(&Value::from(request.url.as_str()), &mut at("url"), &known, found);
        for (name, text) in &request.headers {
            let mut path = at("headers");
            path.push(name.as_str().into());
            texts(&Value::from(text.as_str()), &mut path, &known, found);
        }
        if let Some(json) = &request.json {
            texts(json, &mut at("json"), &known, found);
        }
        for (name, value) in request.form.iter().flatten().filter(|(_, value)| !is_file(value)) {
            let mut path = at("form");
            path.push(name.as_str().into());
            texts(value, &mut path, &known, found);
        }
        for (name, pointers) in &request.capture {
            let mut path = at("capture");
            path.push(name.as_str().into());
            pointers.iter().for_each(|text| pointer(&path, text, found));
            if VARIABLES.contains(&name.as_str()) && name != "image" {
                found.add(&path, Problem::new(format!("`{name}` is taken")));
            }
        }
        addresses(descriptor, request, role, &at("url"), found);
        body(descriptor, request, role, &path, found);
    }
}

/// Returns the names that expressions of this request may use.
fn known(descriptor: &Descriptor, role: Role) -> BTreeSet<&str> {
    fn captures(request: &RequestTemplate) -> Vec<&str> {
        request.capture.keys().map(String::as_str).collect()
    }
    let inputs = VARIABLES.iter().copied().chain(descriptor.params.keys().map(String::as_str));
    let mut known = BTreeSet::new();
    match role {
        Role::Upload { way, step } => {
            known.extend(inputs.filter(|name| *name != "image"));
            known.extend(descriptor.image[way].steps[..step].iter().flat_map(captures));
        }
        Role::Submit => known.extend(inputs),
        // What was sent is not kept for the next run; what the provider said is.
        Role::Poll | Role::Result => {
            known.extend(captures(&descriptor.submit));
            let poll = descriptor.poll.as_ref().map(|poll| &poll.request);
            known.extend(poll.filter(|_| role == Role::Result).into_iter().flat_map(captures));
        }
        Role::Test => {}
    }
    known
}

fn texts(value: &Value, path: &mut Vec<Step>, known: &BTreeSet<&str>, found: &mut Problems) {
    match value {
        Value::String(text) => match names_in(text) {
            Err(error) => found.add(path, Problem::new(error.to_string())),
            Ok(names) => {
                for name in names.iter().filter(|name| !known.contains(name.as_str())) {
                    found.add(path, Problem::unknown("variable", name, "", known.iter().copied()).at_value());
                }
            }
        },
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(index.into());
                texts(item, path, known, found);
                path.pop();
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                path.push(key.as_str().into());
                texts(item, path, known, found);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Checks that every address that is written out is one to which the key may go, and of https unless on loopback.
fn addresses(descriptor: &Descriptor, request: &RequestTemplate, role: Role, path: &[Step], found: &mut Problems) {
    let written = request.url.match_indices("://").map(|(index, _)| {
        let before = &request.url[..index];
        let begin = before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '+').map_or(0, |at| at + 1);
        let rest = &request.url[index + 3..];
        let end = rest.find(['/', '?', '#', '\'', '"', ' ', '{']).unwrap_or(rest.len());
        (&before[begin..], &rest[..end])
    });
    for (scheme, host) in written {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let loopback = is_loopback_name(name);
        if scheme != "https" && !(scheme == "http" && loopback) {
            found.add(path, Problem::new(format!("`{scheme}://{host}` is not https")));
        }
        let listed = descriptor.hosts.iter().any(|listed| listed == host || host_matches(listed, name));
        if !listed {
            let problem = Problem::new(format!("`{host}` is not one of `hosts`"));
            found.add(path, problem.hint("list it there if it may get the key"));
        }
    }
    let is_written = request.url.starts_with("https://") || request.url.starts_with("http://");
    if !is_written && (role == Role::Submit || role == Role::Test || !request.url.contains("{{")) {
        found.add(path, Problem::new("not an address").hint("begin with https:// and the host"));
    }
}

fn body(descriptor: &Descriptor, request: &RequestTemplate, role: Role, path: &[Step], found: &mut Problems) {
    let bodies = [request.json.is_some(), request.form.is_some(), request.raw];
    if bodies.iter().filter(|is_there| **is_there).count() > 1 {
        found.add(path, Problem::new("a request has one body: `json`, `form` or `raw`"));
    }
    if request.method == Method::Get && bodies.contains(&true) {
        found.add(path, Problem::new("a `get` has no body"));
    }
    // A test may ask for what is not there: the answer shows that the key was taken.
    let most = if role == Role::Test { 499 } else { 299 };
    if !request.ok.iter().all(|code| (200..=most).contains(code)) || request.ok.is_empty() {
        found.add(path, Problem::new(format!("`ok` lists codes from 200 to {most}")));
    }
    let in_body = descriptor.key.as_ref().is_some_and(|key| key.body.is_some() && key.header.is_none());
    if in_body && request.key && !matches!(request.json, Some(Value::Object(_))) {
        let problem = Problem::new("the key goes into the body, and this request has no JSON body");
        found.add(path, problem.hint("give it `json: {}`, or `key: false`"));
    }
}

//! One provider in full: what it makes, costs, takes, and where requests go.

use std::fmt::Write;

use serde_json::Value;
use serde_json::json;

use crate::providers::Descriptor;
use crate::providers::Method;
use crate::providers::Param;
use crate::providers::ParamKind;
use crate::providers::Placement;
use crate::providers::ProviderEntry;
use crate::providers::ProviderTable;
use crate::providers::RequestTemplate;
use crate::providers::Secret;
use crate::providers::Usd;
use crate::report::terms::canvas_words;
use crate::report::terms::pictures_words;
use crate::report::terms::price_words;
use crate::report::terms::rate_words;
use crate::report::text::clean;
use crate::report::text::dollars;

/// The canvases for which prices are worked out, in megapixels.
const EXAMPLES: [u32; 3] = [1, 2, 4];

/// Returns two lines for each provider.
pub(super) fn providers_text(table: &ProviderTable) -> String {
    let mut text = String::new();
    for entry in table.iter() {
        let descriptor = &entry.descriptor;
        let price = match price_words(descriptor.price.as_ref()) {
            words if words == "unknown" => "price unknown".to_owned(),
            words => words,
        };
        let _ = writeln!(text, "{:<20}provider  {price}  {}", descriptor.provider, descriptor.title);
        let key = key_state(descriptor);
        let limits = format!("{}; {}", canvas_words(descriptor), rate_words(descriptor));
        let _ = writeln!(text, "{:<20}{key}; {limits}", "");
    }
    text
}

/// Returns each provider as an object.
pub(super) fn providers_json(table: &ProviderTable) -> impl Iterator<Item = Value> {
    table.iter().map(provider_json)
}

/// Tells whether the provider's key is there. Never the key.
fn key_state(descriptor: &Descriptor) -> String {
    let Some(key) = &descriptor.key else { return "needs no key".to_owned() };
    let state = if Secret::read(key).is_ok() { "set" } else { "not set" };
    format!("{} {state}", key.variables())
}

/// Returns the full description of a provider.
#[must_use]
pub fn provider_text(entry: &ProviderEntry) -> String {
    let descriptor = &entry.descriptor;
    let mut text = format!("{}: {}\n", descriptor.provider, descriptor.title);
    let from = entry.file.as_ref().map_or_else(|| "built in".to_owned(), |file| format!("from {}", clean(file)));
    let _ = writeln!(text, "provider, revision {}, {from}", descriptor.revision);
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<11}{value}");
    };
    row("price", &price_words(descriptor.price.as_ref()));
    for (megapixels, expected, highest) in examples(descriptor) {
        row("", &format!("{megapixels} MP: {expected} USD, at most {highest}"));
    }
    match descriptor.key.as_ref().map(Secret::read) {
        Some(Err(why)) => row("key", &why.to_string()),
        _ => row("key", &key_state(descriptor)),
    }
    row("hosts", &format!("{}; no other gets the key", descriptor.hosts.join(", ")));
    row("geometry", &format!("{}: {}", descriptor.geometry.unit.words(), canvas_words(descriptor)));
    row(
        "",
        match descriptor.geometry.placement {
            Placement::Exact => "the source stays where it is put",
            Placement::Unknown => "the source may be moved and scaled; it is searched on the result",
        },
    );
    row("limits", &rate_words(descriptor));
    row("pictures", &pictures_words(descriptor));
    row("webhook", if descriptor.takes_webhook() { "passed on; results are polled for all the same" } else { "none" });
    row("endpoint", &format!("{} moves all requests to another origin", descriptor.endpoint_variable()));
    section(&mut text, "sends", requests(descriptor).iter().map(sent_words));
    section(&mut text, "parameters", descriptor.params.iter().map(|(name, param)| param_words(name, param)));
    section(&mut text, "notes", descriptor.notes.iter().cloned());
    section(&mut text, &format!("sources, checked {}", descriptor.checked), descriptor.sources.iter().cloned());
    text
}

fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: String = lines.map(|line| format!("  {line}\n")).collect();
    if !lines.is_empty() {
        let _ = write!(text, "{title}\n{lines}");
    }
}

/// Returns the same as one object.
#[must_use]
pub fn provider_json(entry: &ProviderEntry) -> Value {
    let descriptor = &entry.descriptor;
    let key = descriptor
        .key
        .as_ref()
        .map(|key| json!({ "env": key.env, "or_joined": key.or_joined, "set": Secret::read(key).is_ok() }));
    let price = descriptor.price.as_ref().map(|price| {
        let example = |(megapixels, expected, highest): (u32, Usd, Usd)| {
            json!({
                "megapixels": megapixels,
                "expected_usd": dollars(expected),
                "highest_usd": dollars(highest),
            })
        };
        json!({
            "per_call_usd": price.per_call,
            "included_megapixels": price.included_megapixels,
            "per_megapixel_usd": price.per_megapixel,
            "megapixel_pixels": price.megapixel,
            "highest_factor": price.highest_factor,
            "credits": price.credits,
            "examples": examples(descriptor).map(example).collect::<Vec<_>>(),
        })
    });
    let geometry = &descriptor.geometry;
    let param = |(name, param): (&String, &Param)| {
        json!({
            "name": name,
            "type": kind(param.kind),
            "default": param.default,
            "min": param.min,
            "max": param.max,
            "doc": param.doc,
        })
    };
    let sent = |sent: &Sent<'_>| {
        json!({
            "what": sent.what,
            "method": method(sent.request.method),
            "to": place(sent.request),
            "key": sent.carries_key,
            "picture": sent.has_picture,
        })
    };
    json!({
        "name": descriptor.provider,
        "kind": "provider",
        "doc": descriptor.title,
        "revision": descriptor.revision,
        "file": entry.file.as_ref().map(|file| clean(file)),
        "price": price,
        "key": key,
        "geometry": {
            "unit": geometry.unit.words(),
            "max_per_side": geometry.max_per_side,
            "max_side": geometry.max_side,
            "min_side": geometry.min_side,
            "max_pixels": geometry.max_pixels,
            "multiple_of": geometry.multiple_of,
            "placement_known": geometry.placement == Placement::Exact,
        },
        "limits": { "per_minute": descriptor.limits.per_minute, "in_flight": descriptor.limits.in_flight },
        "pictures": pictures_words(descriptor),
        "hosts": descriptor.hosts,
        "sends": requests(descriptor).iter().map(sent).collect::<Vec<_>>(),
        "webhook": descriptor.takes_webhook(),
        "endpoint": descriptor.endpoint_variable(),
        "parameters": descriptor.params.iter().map(param).collect::<Vec<_>>(),
        "notes": descriptor.notes,
        "sources": descriptor.sources,
        "checked": descriptor.checked,
    })
}

/// Returns examples of canvases in megapixels, each with its expected and its highest price; none without a price, or
/// where every call has the same one.
fn examples(descriptor: &Descriptor) -> impl Iterator<Item = (u32, Usd, Usd)> {
    let price = descriptor.price.as_ref().filter(|price| price.per_megapixel > 0.0 || price.highest_factor > 1.0);
    let examples = EXAMPLES.into_iter().filter_map(move |megapixels| {
        let canvas = f64::from(megapixels);
        Some((megapixels, price?.expected(canvas)?, price?.highest(canvas)?))
    });
    examples.collect::<Vec<_>>().into_iter()
}

/// A request that a call makes.
struct Sent<'a> {
    what: &'static str,
    request: &'a RequestTemplate,
    carries_key: bool,
    has_picture: bool,
}

/// Returns all requests of a descriptor: uploads, submit, poll, result and test.
fn requests<'a>(descriptor: &'a Descriptor) -> Vec<Sent<'a>> {
    let uploads = descriptor.image.iter().flat_map(|way| &way.steps).map(|request| ("upload", request));
    let later = [
        ("poll", descriptor.poll.as_ref().map(|poll| &poll.request)),
        ("result", descriptor.result.request.as_ref()),
        ("test", descriptor.test.as_ref()),
    ];
    let later = later.into_iter().filter_map(|(what, request)| Some((what, request?)));
    let sent = |(what, request): (&'static str, &'a RequestTemplate)| Sent {
        what,
        request,
        carries_key: request.key && descriptor.key.is_some(),
        has_picture: has_picture(what, request),
    };
    uploads.chain([("submit", &descriptor.submit)]).chain(later).map(sent).collect()
}

/// Tells whether the picture itself, or its address, is part of the request.
fn has_picture(what: &str, request: &RequestTemplate) -> bool {
    request.raw || what == "submit" || ["data_uri", "base64", "image }}"].iter().any(|name| request.body_mentions(name))
}

fn sent_words(sent: &Sent<'_>) -> String {
    let more = match (sent.has_picture, sent.carries_key) {
        (true, true) => ", with the picture and the key",
        (true, false) => ", with the picture, without the key",
        (false, true) => ", with the key",
        (false, false) => "",
    };
    format!("{:<7} {} {}{more}", sent.what, method(sent.request.method), place(sent.request))
}

/// Returns the address of a request, as far as it is written in the descriptor.
fn place(request: &RequestTemplate) -> String {
    let written = request.url.split("{{").next().unwrap_or_default().split('?').next().unwrap_or_default();
    match (written.is_empty(), written.len() == request.url.len()) {
        (true, _) => "the address that the provider gave".to_owned(),
        (false, true) => written.to_owned(),
        (false, false) if written.ends_with('/') => format!("{written}…"),
        (false, false) => written.to_owned(),
    }
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
    }
}

fn param_words(name: &str, param: &Param) -> String {
    let default = if param.default.is_null() { "none".to_owned() } else { param.default.to_string() };
    let bounds = match (param.min, param.max) {
        (Some(min), Some(max)) => format!(" from {min} to {max}"),
        (Some(min), None) => format!(" from {min}"),
        (None, Some(max)) => format!(" up to {max}"),
        (None, None) => String::new(),
    };
    format!("{name:<20} {}{bounds} (default {default}): {}", kind(param.kind), param.doc)
}

fn kind(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Text => "text",
        ParamKind::Integer => "whole number",
        ParamKind::Number => "number",
        ParamKind::Bool => "true or false",
    }
}

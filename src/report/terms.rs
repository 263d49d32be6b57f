//! Prints in few words what a provider can make, takes and asks for.

use crate::providers::Descriptor;
use crate::providers::PictureTransport;
use crate::providers::Price;
use crate::providers::Unit;
use crate::providers::Usd;
use crate::providers::Way;
use crate::report::text::bytes;
use crate::report::text::counted;

/// Returns the price of a call in words.
#[must_use]
pub fn price_words(price: Option<&Price>) -> String {
    let Some(price) = price else { return "unknown".to_owned() };
    let credits = price.credits.map(|credits| {
        let noun = if credits == 1.0 { "credit" } else { "credits" };
        format!("{credits} {noun}")
    });
    let Some(base) = price.per_call.and_then(Usd::from_dollars) else {
        return credits.unwrap_or_else(|| "unknown".to_owned());
    };
    if base == Usd::ZERO && price.per_megapixel == 0.0 {
        return "free".to_owned();
    }
    let mut words = format!("{base} USD");
    if let Some(further) = Usd::from_dollars(price.per_megapixel).filter(|further| *further > Usd::ZERO) {
        words.push_str(&format!(" + {further} per MP above {}", price.included_megapixels));
    }
    if price.megapixel != 1_000_000 && price.per_megapixel > 0.0 {
        words.push_str(&format!(" (1 MP is {} pixels)", price.megapixel));
    }
    if price.highest_factor > 1.0 {
        words.push_str(&format!(", at most {} times that", price.highest_factor));
    }
    words.extend(credits.map(|credits| format!(", {credits}")));
    words
}

/// Returns the limits on a canvas in words.
#[must_use]
pub fn canvas_words(descriptor: &Descriptor) -> String {
    let geometry = &descriptor.geometry;
    let unit = if geometry.unit == Unit::Percent { "%" } else { " px" };
    let limits = [
        geometry.max_per_side.map(|most| format!("at most {most}{unit} on each side")),
        geometry.max_side.map(|most| format!("sides up to {most} px")),
        geometry.max_pixels.map(|most| format!("up to {} MP", round(most as f64 / 1e6))),
        (geometry.min_side > 1).then(|| format!("sides from {} px", geometry.min_side)),
        (geometry.multiple_of > 1).then(|| format!("sides in steps of {} px", geometry.multiple_of)),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    if limits.is_empty() { "no limits".to_owned() } else { limits.join(", ") }
}

/// Returns the limits on calls at the same time and on requests per minute in words.
#[must_use]
pub fn rate_words(descriptor: &Descriptor) -> String {
    let limits = &descriptor.limits;
    let calls = counted(u64::from(limits.in_flight), "call");
    match limits.per_minute {
        Some(most) => format!("{calls} in flight, {} a minute", counted(u64::from(most), "request")),
        None => format!("{calls} in flight"),
    }
}

/// Returns the ways in which a picture reaches the provider; the first that fits is taken.
#[must_use]
pub fn pictures_words(descriptor: &Descriptor) -> String {
    let ways: Vec<String> = descriptor.image.iter().map(way_words).collect();
    ways.join(", else ")
}

fn way_words(transport: &PictureTransport) -> String {
    let way = match transport.way {
        Way::DataUri | Way::Base64 => "inside the request",
        Way::Form => "as a part of the form",
        Way::Upload => "uploaded",
        Way::PublicUrl => "at your public_url",
    };
    match transport.max_bytes {
        Some(most) => format!("{way} up to {}", bytes(most)),
        None => way.to_owned(),
    }
}

fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

//! stablediffusionapi's outpaint, version 5: a camera that walks.

use image::ImageFormat;
use serde_json::Value;

use crate::faults::Point;
use crate::faults::Refusal;
use crate::fields::Fields;
use crate::handler::RequestHandler;
use crate::http::Reply;
use crate::modelslab;
use crate::pictures::Order;
use crate::pictures::Place;
use crate::provider::KeyPlace;
use crate::provider::Route;
use crate::provider::Shop;
use crate::records::Seen;

/// Most bytes of a data URI and pixels of a side.
const DATA_URI: usize = 5_000_000;
const SIDE: i64 = 1024;
const FIRST: usize = 663;

pub(super) struct Stablediffusionapi;

impl Shop for Stablediffusionapi {
    fn key(&self) -> KeyPlace {
        KeyPlace::Body
    }

    fn id(&self, number: usize, _: &str) -> String {
        (FIRST + number).to_string()
    }

    fn route(&self, method: &str, path: &[&str]) -> Option<Route> {
        match (method, path) {
            ("POST", ["api", "v5", "outpaint"]) => Some(Route::Submit),
            ("POST", ["api", "v3", "fetch", id]) => Some(Route::Poll((*id).to_owned())),
            _ => None,
        }
    }

    fn upload(&self, _: &RequestHandler, _: &Route, _: &Value) -> Result<Reply, Refusal> {
        Err(Refusal::NotFound)
    }

    fn order(&self, handler: &RequestHandler, body: &Value) -> Result<Order, Refusal> {
        let mut fields = Fields::of(body)?;
        fields.require(&["image", "prompt", "width", "height", "walk_type"]);
        fields.expect(&["width_translation_per_step", "height_translation_per_step", "as_video", "samples"]);
        fields.ignored(&["key", "webhook", "track_id", "translation_factor", "num_interpolation_steps", "fps"]);
        let width = fields.integer("width", 64..=SIDE).unwrap_or(512) as u32;
        let height = fields.integer("height", 64..=SIDE).unwrap_or(512) as u32;
        let step = fields.integer("width_translation_per_step", 1..=512).unwrap_or(32);
        fields.integer("height_translation_per_step", 1..=512);
        fields.integer("num_inference_steps", 1..=50);
        fields.integer("samples", 1..=4);
        if body["seed"].is_null() {
            fields.ignored(&["seed"]);
        } else {
            fields.integer("seed", 0..=i64::from(u32::MAX));
        }
        fields.number("guidance_scale", 1.0..=20.0);
        fields.text("prompt");
        fields.text("negative_prompt");
        if fields.word("as_video", &["yes", "no"]) == Some("yes") {
            fields.note("a video is asked for");
        }
        let walk = fields.words("walk_type", &["left", "right", "up", "down", "backward"]).unwrap_or_default();
        if walk.is_empty() || walk.iter().any(|word| *word != "backward") {
            fields.note(&format!("{walk:?} is not a way that keeps the source"));
        }
        let image = fields.text("image").unwrap_or_default();
        let mut notes = fields.finish()?;
        let sent = handler.picture(image, Some(DATA_URI))?;
        notes.extend(sent.notes);
        let frame = (width / 8 * 8, height / 8 * 8);
        let bent = f64::from(sent.size.0) / f64::from(sent.size.1) * f64::from(frame.1) / f64::from(frame.0);
        if (bent - 1.0).abs() > 0.02 {
            notes.push(format!("a picture of {:?} is bent into a frame of {frame:?}", sent.size));
        }
        let back = walk.iter().filter(|word| **word == "backward").count() as u32;
        let place = walked(frame, back * step as u32);
        Ok(Order { picture: sent.bytes, canvas: frame, place, output: frame, format: ImageFormat::Png, notes })
    }

    fn show(&self, handler: &RequestHandler, point: Point, job: &Seen) -> Reply {
        modelslab::show(job, point, &format!("{}/api/v3/fetch/{}", handler.api, job.id))
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        modelslab::refuse(refusal)
    }

    fn test(&self) -> Value {
        Value::Null
    }
}

/// The view is wider by `back` pixels on the left and on the right, and in proportion above and
/// below; the frame keeps its size, so what filled it is shown smaller in its middle.
fn walked((width, height): (u32, u32), back: u32) -> Place {
    let zoom = f64::from(width) / f64::from(width + 2 * back);
    let (small, low) = ((f64::from(width) * zoom).round() as u32, (f64::from(height) * zoom).round() as u32);
    Place { x: (width - small) as i32 / 2, y: (height - low) as i32 / 2, width: small, height: low }
}

//! ModelsLab's outpaint, version 6, and the words that it shares with its older sibling.

use image::ImageFormat;
use serde_json::Value;
use serde_json::json;

use crate::faults::Fate;
use crate::faults::Point;
use crate::faults::Refusal;
use crate::faults::Retry;
use crate::fields::Fields;
use crate::handler::RequestHandler;
use crate::http::Reply;
use crate::pictures::Order;
use crate::pictures::Place;
use crate::provider::KeyPlace;
use crate::provider::Route;
use crate::provider::Shop;
use crate::records::Progress;
use crate::records::Seen;
use crate::script::Placing;
use crate::store::data_uri;

/// Most bytes of an upload, as text, and pixels of a side.
const UPLOAD: usize = 5_000_000;
const SIDE: i64 = 1440;
/// Names of jobs are numbers; those before were others'.
const FIRST: usize = 15_204_000;

pub(super) struct Modelslab;

impl Shop for Modelslab {
    fn key(&self) -> KeyPlace {
        KeyPlace::Body
    }

    fn id(&self, number: usize, _: &str) -> String {
        (FIRST + number).to_string()
    }

    fn route(&self, method: &str, path: &[&str]) -> Option<Route> {
        match (method, path) {
            ("POST", ["api", "v6", "image_editing", "base64_to_url"]) => Some(Route::Initiate),
            ("POST", ["api", "v6", "image_editing", "outpaint"]) => Some(Route::Submit),
            ("POST", ["api", "v6", "image_editing", "fetch", id]) => Some(Route::Poll((*id).to_owned())),
            _ => None,
        }
    }

    fn upload(&self, handler: &RequestHandler, _: &Route, body: &Value) -> Result<Reply, Refusal> {
        let mut fields = Fields::of(body)?;
        fields.require(&["init_image"]);
        fields.ignored(&["key"]);
        let image = fields.text("init_image").unwrap_or_default();
        fields.finish()?;
        let rest = image.strip_prefix("data:").filter(|_| image.len() <= UPLOAD);
        let rest = rest.ok_or_else(|| Refusal::BadInput("init_image must be a data URI of at most 5 MB".into()))?;
        let bytes = data_uri(rest).map_err(|what| Refusal::BadInput(what.into()))?;
        let (number, _, url) = handler.expect_upload("image/png", None, true);
        handler.records().uploads[number].bytes = Some(bytes.into());
        Ok(Reply::json(200, &json!({"status": "success", "id": number + 1, "output": [url]})))
    }

    fn order(&self, handler: &RequestHandler, body: &Value) -> Result<Order, Refusal> {
        let mut fields = Fields::of(body)?;
        fields.require(&["image"]);
        fields.expect(&["width", "height", "overlap_width", "prompt"]);
        fields.ignored(&["key", "webhook", "track_id"]);
        let width = fields.integer("width", 64..=SIDE).unwrap_or(1280) as u32;
        let height = fields.integer("height", 64..=SIDE).unwrap_or(720) as u32;
        fields.integer("overlap_width", 1..=42);
        fields.integer("num_inference_steps", 1..=30);
        fields.integer("seed", 0..=i64::from(u32::MAX));
        fields.number("guidance_scale", 1.0..=20.0);
        fields.text("prompt");
        fields.text("negative_prompt");
        fields.boolean("temp");
        if fields.boolean("base64") == Some(true) {
            fields.note("base64 is said where an address is sent");
        }
        let image = fields.text("image").unwrap_or_default();
        let mut notes = fields.finish()?;
        let sent = handler.picture(image, None)?;
        notes.extend(sent.notes);
        let canvas = (width / 8 * 8, height / 8 * 8);
        let place = placed(sent.size, canvas, handler.script.placing);
        Ok(Order { picture: sent.bytes, canvas, place, output: canvas, format: ImageFormat::Png, notes })
    }

    fn show(&self, handler: &RequestHandler, point: Point, job: &Seen) -> Reply {
        show(job, point, &format!("{}/api/v6/image_editing/fetch/{}", handler.api, job.id))
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        refuse(refusal)
    }

    fn test(&self) -> Value {
        Value::Null
    }
}

/// Where the source lies on a canvas by the provider's own rule.
fn placed(source: (u32, u32), canvas: (u32, u32), placing: Placing) -> Place {
    let (width, height) = (f64::from(source.0), f64::from(source.1));
    let fit = (f64::from(canvas.0) / width).min(f64::from(canvas.1) / height);
    let scale = placing.scale.min(fit);
    let size = ((width * scale).round().max(1.0) as u32, (height * scale).round().max(1.0) as u32);
    let start = |side: u32, own: u32, shift: i32| {
        // Against the border the source is pushed back onto the canvas.
        let slack = side as i32 - own as i32;
        (slack / 2 + shift).clamp(0, slack.max(0))
    };
    let (x, y) = (start(canvas.0, size.0, placing.right), start(canvas.1, size.1, placing.down));
    Place { x, y, width: size.0, height: size.1 }
}

pub(super) fn show(job: &Seen, point: Point, fetch: &str) -> Reply {
    let number: u64 = job.id.parse().unwrap_or_default();
    // The same job is a number in one reply and a text in the other.
    let id = if point == Point::Submit { json!(number) } else { json!(job.id) };
    let meta = &job.body;
    let running = |status: &str| {
        let eta = job.left.as_secs_f64().ceil() as u64;
        // A list in the submit's reply is an empty text in the fetch's.
        let output = if point == Point::Submit { json!([]) } else { json!("") };
        json!({
            "status": status, "tip": "Your image is processing in background", "eta": eta, "id": id,
            "message": "Try to fetch the result in a few seconds; you are in the queue", "output": output,
            "fetch_result": fetch, "future_links": [job.link], "meta": meta,
        })
    };
    let failed = |word: &str, message: &str| json!({"status": word, "id": id, "message": message, "output": ""});
    let body = match job.progress {
        Progress::Queued | Progress::Running => running("processing"),
        Progress::Strange => running("warming"),
        Progress::Failed(Fate::Refused) => failed("failed", "NSFW content detected, the image was refused"),
        Progress::Failed(Fate::FailedObject) => json!({"status": "error", "messege": "Something went wrong"}),
        Progress::Failed(_) => failed("failed", "Something went wrong"),
        Progress::Done if job.has(Fate::NoPicture) => json!({"status": "success", "id": id, "output": []}),
        Progress::Done => {
            let mut body = json!({
                "status": "success", "generationTime": 6.2, "id": id, "output": [job.link],
                "proxy_links": [job.proxy], "meta": meta,
            });
            if job.has(Fate::Nsfw) {
                body["nsfw_content_detected"] = true.into();
            }
            body
        }
    };
    Reply::json(200, &body)
}

/// Most refusals come with HTTP 200.
pub(super) fn refuse(refusal: &Refusal) -> Reply {
    let error = |status: u16, message: &str| Reply::json(status, &json!({"status": "error", "message": message}));
    match refusal {
        // Where it is not said when to come back, the newer code is not used either.
        Refusal::Limited(Retry::Unsaid) => error(200, "Rate limit exceeded"),
        Refusal::Limited(_) => error(429, "Rate limit exceeded. Maximum 5 queued requests allowed."),
        Refusal::Unauthorized => Reply::json(200, &json!({"status": "error", "messege": "Invalid API key"})),
        Refusal::NoCredit => error(200, "You have no credits left, please buy a subscription"),
        Refusal::Moderated => error(200, "NSFW content detected in the prompt or image"),
        Refusal::BadInput(text) => error(200, &format!("Validation error: {text}")),
        Refusal::Unfetched => error(200, "Unable to fetch image from provided URL"),
        Refusal::NotFound => error(404, "Request not found"),
        Refusal::Server(code) => error(*code, "Server error, try again"),
        Refusal::InProgress => error(200, "Not finished"),
    }
}

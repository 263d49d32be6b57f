//! PixelDojo's outpaint.

use image::ImageFormat;
use serde_json::Value;
use serde_json::json;

use crate::faults::Fate;
use crate::faults::Point;
use crate::faults::Refusal;
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
use crate::sides::Sides;

/// Most bytes of a data URI; and what a result silently keeps to.
const DATA_URI: usize = 10_000_000;
const SIDE: u32 = 1536;
const PIXELS: u64 = 2_000_000;
/// By how much the source is made smaller where the script says nothing else.
const ZOOM_OUT: f64 = 20.0;

pub(super) struct Pixeldojo;

impl Shop for Pixeldojo {
    fn key(&self) -> KeyPlace {
        KeyPlace::Header("Bearer ")
    }

    fn id(&self, _: usize, digest: &str) -> String {
        format!("job_{}", &digest[..16])
    }

    fn route(&self, method: &str, path: &[&str]) -> Option<Route> {
        match (method, path) {
            ("POST", ["api", "v1", "models", "outpaint", "run"]) => Some(Route::Submit),
            ("GET", ["api", "v1", "jobs", id]) => Some(Route::Poll((*id).to_owned())),
            ("GET", ["api", "v1", "models", "outpaint", "schema"] | ["api", "v1", "models"]) => Some(Route::Test),
            _ => None,
        }
    }

    fn upload(&self, _: &RequestHandler, _: &Route, _: &Value) -> Result<Reply, Refusal> {
        Err(Refusal::NotFound)
    }

    fn order(&self, handler: &RequestHandler, body: &Value) -> Result<Order, Refusal> {
        let mut fields = Fields::of(body)?;
        fields.require(&["image_url"]);
        fields.expect(&["zoom_out_percentage", "num_images", "output_format"]);
        let sides = Sides::read(&mut fields, 0..=700);
        let zoom_out = fields.number("zoom_out_percentage", 0.0..=90.0).unwrap_or(ZOOM_OUT);
        fields.text("prompt");
        fields.integer("num_images", 1..=1);
        fields.ignored(&["webhook_url"]);
        let format = match fields.word("output_format", &["png", "jpeg", "jpg", "webp"]) {
            Some("jpeg" | "jpg") => ImageFormat::Jpeg,
            Some("webp") => ImageFormat::WebP,
            _ => ImageFormat::Png,
        };
        let image = fields.text("image_url").unwrap_or_default();
        let notes = fields.finish()?;
        let order = sides.order(handler.picture(image, Some(DATA_URI))?, format, notes);
        Ok(zoomed_out(order, zoom_out).at_most(SIDE, PIXELS))
    }

    fn show(&self, handler: &RequestHandler, _: Point, job: &Seen) -> Reply {
        let base = json!({
            "jobId": job.id, "statusUrl": format!("{}/api/v1/jobs/{}", handler.api, job.id),
            "creditCost": 1, "expiresAt": "2036-01-23T12:00:00Z",
        });
        let with = |status: &str, more: Value| {
            let mut body = base.clone();
            body["status"] = status.into();
            if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
                body.extend(more);
            }
            if job.has(Fate::EchoesKey) {
                body["request"] = job.body.clone();
            }
            body
        };
        let body = match job.progress {
            Progress::Queued | Progress::Running => with("pending", json!({"creditsRemaining": 95})),
            Progress::Strange => with("processing", json!({})),
            Progress::Failed(Fate::Refused) => {
                with("failed", json!({"error": {"code": "moderation", "message": "Blocked by content policy"}}))
            }
            Progress::Failed(Fate::FailedObject) => {
                with("failed", json!({"error": {"code": "server_error", "message": "the GPU fell over"}}))
            }
            Progress::Failed(Fate::Canceled) => with("canceled", json!({"error": "stopped"})),
            Progress::Failed(Fate::Cancelled) => with("cancelled", json!({"error": "stopped"})),
            Progress::Failed(_) => with("failed", json!({"error": "the GPU fell over"})),
            Progress::Done if job.has(Fate::NoPicture) => with("completed", json!({"output": {"images": []}})),
            Progress::Done => with("completed", json!({"output": {"images": [job.link]}})),
        };
        let accepted = matches!(job.progress, Progress::Queued) || job.has(Fate::AtOnce);
        Reply::json(if accepted { 202 } else { 200 }, &body)
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        let error = |status: u16, code: &str, message: &str| {
            Reply::json(status, &json!({"error": {"code": code, "message": message, "status": status}}))
        };
        match refusal {
            Refusal::Limited(_) => {
                Reply::json(429, &json!({"error": "Rate limit exceeded"})).header("X-RateLimit-Limit", 60)
            }
            Refusal::Unauthorized => error(401, "invalid_api_key", "Invalid API key"),
            Refusal::NoCredit => error(403, "insufficient_credits", "Insufficient credits"),
            Refusal::Moderated => error(400, "invalid_request", "Prompt or image blocked by content policy"),
            Refusal::BadInput(text) => error(422, "invalid_request", text),
            Refusal::Unfetched => error(400, "invalid_request", "image_url could not be read"),
            Refusal::NotFound => error(404, "not_found", "Job not found"),
            Refusal::Server(code) => error(*code, "server_error", "Something went wrong"),
            Refusal::InProgress => error(400, "invalid_request", "The job is not finished"),
        }
    }

    fn test(&self) -> Value {
        json!({"type": "object", "required": ["image_url"], "additionalProperties": false})
    }
}

/// The source is made smaller inside its own frame, and the rest of the frame filled.
fn zoomed_out(order: Order, percent: f64) -> Order {
    if percent == 0.0 {
        return order;
    }
    let keep = 1.0 - percent / 100.0;
    let Place { x, y, width, height } = order.place;
    let (small, low) = ((f64::from(width) * keep) as u32, (f64::from(height) * keep) as u32);
    let place =
        Place { x: x + (width - small) as i32 / 2, y: y + (height - low) as i32 / 2, width: small, height: low };
    Order { place, ..order }
}

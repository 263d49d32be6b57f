//! fal's queue with `fal-ai/flux-2-pro/outpaint`.

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
use crate::provider::KeyPlace;
use crate::provider::Route;
use crate::provider::Shop;
use crate::records::Progress;
use crate::records::Seen;
use crate::sides::Sides;

/// Most bytes of a data URI, pixels of a side, and pixels of a result.
const DATA_URI: usize = 10_000_000;
const SIDE: u32 = 2560;
const PIXELS: u64 = 4_000_000;

pub(super) struct Fal;

impl Shop for Fal {
    fn key(&self) -> KeyPlace {
        KeyPlace::Header("Key ")
    }

    fn id(&self, _: usize, digest: &str) -> String {
        format!("{}-{}-4{}-8{}-{}", &digest[..8], &digest[8..12], &digest[12..15], &digest[15..18], &digest[18..30])
    }

    fn route(&self, method: &str, path: &[&str]) -> Option<Route> {
        // The model's second name is in the submit's address alone.
        match (method, path) {
            ("POST", ["storage", "upload", "initiate"]) => Some(Route::Initiate),
            ("POST", ["fal-ai", "flux-2-pro", "outpaint"]) => Some(Route::Submit),
            ("GET", ["fal-ai", "flux-2-pro", "requests", id, "status"]) => Some(Route::Poll((*id).to_owned())),
            ("GET", ["fal-ai", "flux-2-pro", "requests", id]) => Some(Route::Result((*id).to_owned())),
            ("PUT", ["fal-ai", "flux-2-pro", "requests", id, "cancel"]) => Some(Route::Cancel((*id).to_owned())),
            _ => None,
        }
    }

    fn upload(&self, handler: &RequestHandler, _: &Route, body: &Value) -> Result<Reply, Refusal> {
        let mut fields = Fields::of(body)?;
        fields.require(&["content_type", "file_name"]);
        let kind = fields.word("content_type", &["image/png", "image/jpeg", "image/webp"]).unwrap_or_default();
        let name = fields.text("file_name").unwrap_or_default();
        if name.contains(['/', '\\']) {
            fields.note("the file's name has a folder");
        }
        for note in fields.finish()? {
            handler.violation(format!("an upload: {note}"));
        }
        let (_, put, file) = handler.expect_upload(kind, None, true);
        Ok(Reply::json(200, &json!({"upload_url": put, "file_url": file})))
    }

    fn order(&self, handler: &RequestHandler, body: &Value) -> Result<Order, Refusal> {
        let mut fields = Fields::of(body)?;
        fields.require(&["image_url"]);
        let sides = Sides::read(&mut fields, 0..=2048);
        fields.expect(&["auto_crop", "enable_safety_checker", "output_format"]);
        fields.boolean("auto_crop");
        fields.boolean("enable_safety_checker");
        fields.boolean("sync_mode");
        let format = fields.word("output_format", &["jpeg", "png"]);
        let image = fields.text("image_url").unwrap_or_default();
        let notes = fields.finish()?;
        let sent = handler.picture(image, Some(DATA_URI))?;
        let format = if format == Some("png") { ImageFormat::Png } else { ImageFormat::Jpeg };
        let order = sides.order(sent, format, notes);
        if order.canvas.0.max(order.canvas.1) > SIDE {
            return Err(Refusal::BadInput(format!("image_too_large: {:?} of at most {SIDE}", order.canvas)));
        }
        Ok(order.at_most(u32::MAX, PIXELS))
    }

    fn show(&self, handler: &RequestHandler, point: Point, job: &Seen) -> Reply {
        let base = format!("{}/fal-ai/flux-2-pro/requests/{}", handler.api, job.id);
        let word = match job.progress {
            Progress::Queued => "IN_QUEUE",
            Progress::Running => "IN_PROGRESS",
            Progress::Strange => "WARMING_UP",
            Progress::Done | Progress::Failed(_) => "COMPLETED",
        };
        let is_over = matches!(job.progress, Progress::Done | Progress::Failed(_));
        match point {
            Point::Result if !is_over => self.refuse(&Refusal::InProgress),
            Point::Result => result(job),
            Point::Cancel if is_over => Reply::json(400, &json!({"status": "ALREADY_COMPLETED"})),
            Point::Cancel => Reply::json(202, &json!({"status": "CANCELLATION_REQUESTED"})),
            _ => {
                let mut reply = json!({
                    "status": word, "request_id": job.id, "response_url": base,
                    "status_url": format!("{base}/status"), "cancel_url": format!("{base}/cancel"),
                });
                if job.progress == Progress::Queued {
                    reply["queue_position"] = (job.number - 1).into();
                } else if is_over {
                    reply["metrics"] = json!({"inference_time": 1.5});
                }
                if job.has(Fate::EchoesKey) {
                    reply["logs"] = json!([{"message": format!("request was {}", job.body)}]);
                }
                // The submit's reply is 200 whatever it says; a poll is 202 until it is over.
                let status = if point == Point::Poll && !is_over { 202 } else { 200 };
                Reply::json(status, &reply)
            }
        }
        .header("x-fal-request-id", &job.id)
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        let platform = |status: u16, kind: &str, text: &str| {
            Reply::json(status, &json!({"detail": text, "error_type": kind})).header("X-Fal-Error-Type", kind)
        };
        match refusal {
            Refusal::Limited(_) => Reply::json(429, &json!({"detail": "Too many requests"})),
            Refusal::Unauthorized => {
                Reply::json(401, &json!({"detail": "Cannot access application. Authentication is required."}))
            }
            Refusal::NoCredit => Reply::json(403, &json!({"detail": "User is locked. Reason: Exhausted balance."})),
            Refusal::Moderated => {
                let text = "The content could not be processed because it was flagged by a content checker.";
                detail("content_policy_violation", text)
            }
            Refusal::BadInput(text) => detail("value_error", text),
            Refusal::Unfetched => detail("file_download_error", "Failed to download the file."),
            Refusal::NotFound => Reply::json(404, &json!({"detail": "Request not found"})),
            Refusal::Server(502) => platform(502, "runner_incomplete_response", "Incomplete response"),
            Refusal::Server(503) => platform(503, "runner_scheduling_failure", "No runner available"),
            Refusal::Server(504) => platform(504, "request_timeout", "Request timed out"),
            Refusal::Server(code) => platform(*code, "internal_error", "Internal server error"),
            Refusal::InProgress => platform(400, "bad_request", "Request is still in progress"),
        }
    }

    fn test(&self) -> Value {
        Value::Null
    }
}

fn detail(kind: &str, text: &str) -> Reply {
    let loc = json!(["body", "image_url"]);
    // The input is repeated, as it is by the provider.
    let input = { "data:image/png;base64,".to_owned() + &"iVBORw0KGgo".repeat(20) };
    let body = json!({"detail": [{"loc": loc, "msg": text, "type": kind, "url": "https://docs.fal.ai/errors", "input": input}]});
    Reply::json(422, &body).header("X-Fal-Retryable", "false")
}

fn result(job: &Seen) -> Reply {
    match job.progress {
        Progress::Failed(Fate::Refused) => detail(
            "content_policy_violation",
            "The content could not be processed because it was flagged by a content checker.",
        ),
        Progress::Failed(_) => detail("generation_failed", "The model could not make a picture."),
        _ if job.has(Fate::NoPicture) => Reply::json(200, &json!({"images": []})),
        _ => {
            let url = job.inline.as_ref().unwrap_or(&job.link);
            let (width, height) = job.output;
            let mut body = json!({"images": [{"url": url, "width": width, "height": height}]});
            if job.has(Fate::Nsfw) {
                body["has_nsfw_concepts"] = json!([true]);
            }
            Reply::json(200, &body)
        }
    }
}

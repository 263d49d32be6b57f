//! Runflow's outpaint.

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

/// Most bytes of an upload and pixels of a side of the source.
const UPLOAD: i64 = 52_428_800;
const SIDE: u32 = 4096;

pub(super) struct Runflow;

impl Shop for Runflow {
    fn key(&self) -> KeyPlace {
        KeyPlace::Header("Bearer ")
    }

    fn id(&self, _: usize, digest: &str) -> String {
        format!("run_{}", &digest[..20])
    }

    fn route(&self, method: &str, path: &[&str]) -> Option<Route> {
        match (method, path) {
            ("POST", ["v1", "asset-uploads"]) => Some(Route::Initiate),
            ("POST", ["v1", "asset-uploads", id, "confirmations"]) => Some(Route::Confirm((*id).to_owned())),
            ("POST", ["v1", "models", "runflow", "outpaint", "runs"]) => Some(Route::Submit),
            ("GET", ["v1", "runs", id]) => Some(Route::Poll((*id).to_owned())),
            ("GET", ["v1", "billing", "balance"]) => Some(Route::Test),
            _ => None,
        }
    }

    fn upload(&self, handler: &RequestHandler, route: &Route, body: &Value) -> Result<Reply, Refusal> {
        let mut fields = Fields::of(body)?;
        let Route::Confirm(id) = route else {
            fields.require(&["filename", "mime_type", "size_bytes"]);
            let kind = fields.word("mime_type", &["image/png", "image/jpeg", "image/webp"]).unwrap_or_default();
            let size = fields.integer("size_bytes", 1..=UPLOAD).unwrap_or_default();
            if fields.text("filename").is_some_and(|name| name.contains(['/', '\\'])) {
                fields.note("the file's name has a folder");
            }
            for note in fields.finish()? {
                handler.violation(format!("an upload: {note}"));
            }
            let (number, put, _) = handler.expect_upload(kind, Some(size as u64), false);
            return Ok(Reply::json(201, &json!({"asset_id": format!("as_{number}"), "upload_url": put})));
        };
        fields.finish()?;
        let number: usize = id.strip_prefix("as_").and_then(|id| id.parse().ok()).ok_or(Refusal::NotFound)?;
        let mut records = handler.records();
        let upload = records.uploads.get_mut(number).ok_or(Refusal::NotFound)?;
        if upload.bytes.is_none() {
            return Err(Refusal::BadInput("the asset was not uploaded".into()));
        }
        upload.is_ready = true;
        drop(records);
        Ok(Reply::json(201, &json!({"id": id, "url": handler.upload_url(number)})))
    }

    fn order(&self, handler: &RequestHandler, body: &Value) -> Result<Order, Refusal> {
        let mut outer = Fields::of(body)?;
        outer.require(&["input"]);
        outer.ignored(&["input", "callback_url", "metadata"]);
        if outer.text("client_ref").is_some_and(|text| text.len() > 255) {
            outer.note("client_ref has more than 255 characters");
        }
        let mut notes = outer.finish()?;
        let mut fields = Fields::of(&body["input"])?;
        fields.require(&["image_url", "expand_left", "expand_top", "expand_right", "expand_bottom"]);
        let percent = Sides::read(&mut fields, 0..=80);
        let image = fields.text("image_url").unwrap_or_default();
        notes.extend(fields.finish()?);
        let sent = handler.picture(image, None)?;
        if sent.size.0.max(sent.size.1) > SIDE {
            return Err(Refusal::BadInput("image dimensions exceed 4096x4096".into()));
        }
        Ok(percent.of_percent(sent.size).order(sent, ImageFormat::Png, notes))
    }

    fn show(&self, _: &RequestHandler, point: Point, job: &Seen) -> Reply {
        let word = match job.progress {
            Progress::Queued => "queued",
            Progress::Running => "running",
            Progress::Strange => "rehydrating",
            Progress::Done => "succeeded",
            Progress::Failed(Fate::Canceled) => "canceled",
            Progress::Failed(Fate::Cancelled) => "cancelled",
            Progress::Failed(_) => "failed",
        };
        let mut body = json!({"id": job.id, "status_code": word, "output": null, "cost": null});
        match job.progress {
            Progress::Done => {
                let outputs =
                    if job.has(Fate::NoPicture) { json!([]) } else { json!([{"url": job.link, "type": "image"}]) };
                let flag = if job.has(Fate::Nsfw) { json!(true) } else { Value::Null };
                body["output"] = json!({"outputs": outputs, "seed": null, "timing": null, "nsfw_detected": flag});
                body["cost"] = "0.55".into();
            }
            Progress::Failed(Fate::Refused) => {
                body["failure_code"] = "CONTENT_MODERATION".into();
                body["failure_message"] = "The image was refused by moderation".into();
            }
            Progress::Failed(_) => {
                body["failure_code"] = "PROVIDER_ERROR".into();
                body["failure_message"] = "The provider stopped".into();
            }
            _ => {}
        }
        if job.has(Fate::EchoesKey) {
            body["request"] = job.body.clone();
        }
        Reply::json(if point == Point::Submit { 201 } else { 200 }, &body)
    }

    fn refuse(&self, refusal: &Refusal) -> Reply {
        let error = |status: u16, code: &str, message: &str| {
            Reply::json(status, &json!({"code": code, "message": message, "errors": []}))
        };
        match refusal {
            Refusal::Limited(_) => error(429, "RATE_LIMITED", "Too many requests"),
            Refusal::Unauthorized => error(401, "UNAUTHORIZED", "Invalid API key"),
            Refusal::NoCredit => error(402, "INSUFFICIENT_CREDIT", "Balance too low"),
            Refusal::Moderated => {
                let body = json!({"code": "VALIDATION_ERROR", "message": "The image was refused",
                    "failure_code": "CONTENT_MODERATION"});
                Reply::json(422, &body)
            }
            Refusal::BadInput(text) => error(422, "VALIDATION_ERROR", text),
            Refusal::Unfetched => error(422, "VALIDATION_ERROR", "image_url could not be fetched"),
            Refusal::NotFound => error(404, "RUN_NOT_FOUND", "Run not found"),
            Refusal::Server(503) => error(503, "MODEL_UNAVAILABLE", "The model is not available"),
            Refusal::Server(code) => error(*code, "INTERNAL", "Internal error"),
            Refusal::InProgress => error(409, "RUN_IN_PROGRESS", "The run is not finished"),
        }
    }

    fn test(&self) -> Value {
        json!({"balance": "12.50", "currency": "USD"})
    }
}

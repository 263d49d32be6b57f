//! A scripted provider: conversations as files, and a machine that lives through them.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;

use base64::Engine;
use recanvas::providers::Descriptor;
use recanvas::providers::Job;
use recanvas::providers::ProviderTable;
use recanvas::providers::Unit;
use recanvas::providers::Variables;
use recanvas::providers::client::Addresses;
use recanvas::providers::client::Body;
use recanvas::providers::client::EncodedPicture;
use recanvas::providers::client::FormPart;
use recanvas::providers::client::HttpReply;
use recanvas::providers::client::HttpRequest;
use recanvas::providers::client::NoPicture;
use recanvas::providers::client::NoReply;
use recanvas::providers::client::Pause;
use recanvas::providers::client::Protocol;
use recanvas::providers::client::ProtocolAction;
use recanvas::providers::client::RequestPurpose;
use recanvas::providers::client::Submission;
use serde::Deserialize;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// The bytes of every result.
pub(crate) const RESULT: &[u8] = b"\x89PNG the result";

/// A day in 2026, for replies that name times.
pub(crate) fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_262_400)
}

/// One step of a conversation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Turn {
    pub(crate) send: Value,
    pub(crate) reply: Scripted,
}

/// What comes back.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Scripted {
    pub(crate) status: u16,
    pub(crate) headers: Map<String, Value>,
    pub(crate) json: Option<Value>,
    pub(crate) text: Option<String>,
    pub(crate) picture: bool,
    pub(crate) broke: Option<String>,
}

impl Scripted {
    pub(crate) fn json(status: u16, json: Value) -> Self {
        Scripted { status, json: Some(json), ..Scripted::default() }
    }

    pub(crate) fn text(status: u16, text: &str) -> Self {
        Scripted { status, text: Some(text.into()), ..Scripted::default() }
    }

    pub(crate) fn broke(how: &str) -> Self {
        Scripted { broke: Some(how.into()), ..Scripted::default() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    pub(crate) fn play(&self, machine: &mut Protocol) {
        match self.broke.as_deref() {
            Some("never_sent") => machine.broke(NoReply::NeverSent),
            Some("timeout") => machine.broke(NoReply::Timeout),
            Some("reset") => machine.broke(NoReply::Reset),
            Some("too_large") => machine.broke(NoReply::TooLarge),
            Some(other) => panic!("{other} is no way to break"),
            None => machine.reply(&self.reply()),
        }
    }

    pub(crate) fn reply(&self) -> HttpReply {
        let body = match (&self.json, &self.text) {
            (Some(json), _) => json.to_string().into_bytes(),
            (None, Some(text)) => text.clone().into_bytes(),
            (None, None) if self.picture => RESULT.to_vec(),
            (None, None) => Vec::new(),
        };
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        HttpReply { status: self.status, headers, body, at: noon() }
    }
}

/// A conversation as its file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// What it shows.
    #[serde(rename = "shows")]
    pub(crate) _shows: String,
    /// Variables other than the usual.
    #[serde(default)]
    pub(crate) variables: Map<String, Value>,
    /// Where the user has put the picture.
    pub(crate) public_url: Option<String>,
    /// Bytes of the picture, if not the usual few.
    pub(crate) bytes: Option<usize>,
    pub(crate) turns: Vec<Turn>,
    pub(crate) ends: Value,
}

pub(crate) fn folder(provider: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/providers").join(provider)
}

pub(crate) fn cases(provider: &str) -> Vec<(String, Case)> {
    let Ok(entries) = fs::read_dir(folder(provider)) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.into_iter().map(|name| (name.trim_end_matches(".yaml").to_owned(), case(provider, &name))).collect()
}

pub(crate) fn case(provider: &str, name: &str) -> Case {
    let path = folder(provider).join(name).with_extension("yaml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn provider(name: &str) -> Arc<Descriptor> {
    ProviderTable::built_in().get(name).expect("it is there").descriptor.clone()
}

/// The variables of a plan: a source of 800x600 on a canvas of 1200x704, nothing below it.
pub(crate) fn plan(descriptor: &Descriptor) -> Variables {
    let mut plan = json!({
        "width": 800, "height": 600, "canvas_width": 1200, "canvas_height": 704, "offset_x": 200, "offset_y": 104,
        "left": 200, "right": 200, "top": 104, "bottom": 0, "megapixels": 0.8448, "call": "c0ffee",
        "walk": ["backward", "backward"], "step": 64, "walk_back": 0.2,
    });
    if descriptor.geometry.unit == Unit::Percent {
        plan["left"] = 25.into();
        plan["right"] = 25.into();
        plan["top"] = 18.into();
    }
    let Value::Object(plan) = plan else { unreachable!() };
    let mut variables: Variables = plan.into_iter().collect();
    variables.extend(descriptor.parameters(&Map::new()).expect("the defaults are values"));
    variables
}

pub(crate) fn start(descriptor: &Arc<Descriptor>, case: &Case) -> Result<Protocol, NoPicture> {
    let bytes = vec![b'p'; case.bytes.unwrap_or(3)];
    let picture = EncodedPicture { bytes: bytes.into(), mime: "image/png".into(), name: "source.png".into() };
    let mut variables = plan(descriptor);
    variables.extend(case.variables.clone());
    let call = Submission { variables, picture, public_url: case.public_url.clone(), jitter: 7 };
    Protocol::start(descriptor.clone(), Addresses::new(&descriptor.hosts, None).unwrap(), call)
}

pub(crate) fn resume(descriptor: &Arc<Descriptor>, job: Job) -> Protocol {
    Protocol::resume(descriptor.clone(), Addresses::new(&descriptor.hosts, None).unwrap(), job, 7).expect("it resumes")
}

/// A request as conversations write it.
pub(crate) fn written(request: &HttpRequest) -> Value {
    let mut value = json!({
        "stage": request.stage.word(),
        "method": format!("{:?}", request.method).to_lowercase(),
        "url": request.url,
        "key": request.carries_key,
    });
    if !request.headers.is_empty() {
        value["headers"] = request.headers.iter().cloned().map(|(name, text)| (name, Value::from(text))).collect();
    }
    match &request.body {
        Body::Empty => {}
        Body::Json(json) => {
            value["json"] = json.clone();
            if let Some(mask) = json["mask"].as_str() {
                let bytes = base64::engine::general_purpose::STANDARD.decode(mask).expect("it is base64");
                let picture = image::load_from_memory(&bytes).expect("it is a picture");
                value["json"]["mask"] = format!("blank {}x{}", picture.width(), picture.height()).into();
            }
        }
        Body::Raw(picture) => value["raw"] = picture.mime.clone().into(),
        Body::Form(parts) => {
            let part = |part: &FormPart| match part {
                FormPart::Text(text) => Value::from(text.as_str()),
                FormPart::File(picture) => json!({"file": picture.mime}),
            };
            value["form"] = parts.iter().map(|(name, value)| (name.clone(), part(value))).collect();
        }
    }
    value
}

/// A machine with its clock and what it did.
pub(crate) struct Life {
    pub(crate) machine: Protocol,
    pub(crate) now: Duration,
    pub(crate) pauses: Vec<Pause>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) submits: usize,
}

/// What a machine wants that is not time.
#[derive(Debug)]
pub(crate) enum Want {
    Send(HttpRequest),
    Done(Vec<u8>),
    Failed(NoPicture),
}

impl Life {
    pub(crate) fn new(machine: Protocol) -> Self {
        Life { machine, now: Duration::ZERO, pauses: Vec::new(), jobs: Vec::new(), submits: 0 }
    }

    /// Goes on until something must be sent, or it is over.
    pub(crate) fn want(&mut self) -> Want {
        for _ in 0..100 {
            match self.machine.next(self.now) {
                ProtocolAction::Wait(pause) => {
                    self.now += pause.length;
                    self.pauses.push(pause);
                }
                ProtocolAction::Submitted(job) => {
                    assert!(self.submits >= 1, "a job is said after its submit");
                    let kept = serde_json::to_string(&job).unwrap();
                    assert_eq!(serde_json::from_str::<Job>(&kept).unwrap(), job, "it survives being written");
                    self.jobs.push(job);
                }
                ProtocolAction::Send(request) => {
                    self.submits += usize::from(request.stage == RequestPurpose::Submit);
                    return Want::Send(request);
                }
                ProtocolAction::Done(bytes) => return Want::Done(bytes.to_vec()),
                ProtocolAction::Failed(failed) => return Want::Failed(failed),
            }
        }
        panic!("it waits for ever");
    }

    /// The next request, which must be at this stage.
    pub(crate) fn send(&mut self, stage: RequestPurpose) -> HttpRequest {
        match self.want() {
            Want::Send(request) if request.stage == stage => request,
            other => panic!("a {} is due, not {other:?}", stage.word()),
        }
    }

    pub(crate) fn failed(&mut self) -> NoPicture {
        match self.want() {
            Want::Failed(failed) => failed,
            other => panic!("it failed, and wants {other:?}"),
        }
    }

    /// Lives through the turns, comparing every request.
    pub(crate) fn talk(&mut self, name: &str, turns: &[Turn]) {
        for (index, turn) in turns.iter().enumerate() {
            let Want::Send(request) = self.want() else { panic!("{name}: it ended before turn {index}") };
            assert_eq!(written(&request), turn.send, "{name}: request {index}");
            turn.reply.play(&mut self.machine);
        }
    }
}

//! A descriptor's conversation over a socket. Pauses are passed over: by the machine alone, or by a clock that the
//! server goes by as well.

use std::io::Cursor;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use image::ImageFormat;
use recanvas::codecs;
use recanvas::codecs::Limits;
use recanvas::geometry::Rect;
use recanvas::geometry::Size;
use recanvas::providers::Asked;
use recanvas::providers::Job;
use recanvas::providers::Method;
use recanvas::providers::ProviderTable;
use recanvas::providers::Secret;
use recanvas::providers::Unit;
use recanvas::providers::Variables;
use recanvas::providers::client::Addresses;
use recanvas::providers::client::Body;
use recanvas::providers::client::EncodedPicture;
use recanvas::providers::client::HttpReply;
use recanvas::providers::client::HttpRequest;
use recanvas::providers::client::NoPicture;
use recanvas::providers::client::NoReply;
use recanvas::providers::client::PauseReason;
use recanvas::providers::client::Protocol;
use recanvas::providers::client::ProtocolAction;
use recanvas::providers::client::RequestPurpose;
use recanvas::providers::client::Submission;
use recanvas::providers::verify;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::contract_server::client::PATIENCE;
use crate::contract_server::client::Sent;
use crate::contract_server::client::exchange;
use testkit::Clock;
use testkit::Contract;
use testkit::VirtualClock;

/// The picture that is sent.
pub(crate) const SIZE: Size = Size::new(320, 240);
/// Steps back, and their size.
const WALK: (u32, u32) = (2, 32);

/// A part of a photograph, as PNG.
pub(crate) static PHOTO: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/photos/coffee.png");
    let photo = image::open(path).expect("the photograph is there").into_rgb8();
    let part = image::imageops::resize(&photo, SIZE.width, SIZE.height, image::imageops::FilterType::Triangle);
    let mut bytes = Cursor::new(Vec::new());
    part.write_to(&mut bytes, ImageFormat::Png).expect("it can be written");
    bytes.into_inner()
});

/// How a conversation ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) result: Result<Vec<u8>, NoPicture>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) submits: usize,
    /// Every pause that came of a trouble.
    pub(crate) waited: Vec<Duration>,
}

/// Pixels of margin on the left, above, on the right and below.
fn margins(unit: Unit) -> [u32; 4] {
    // Where the provider places the source, only what a centred one leaves can be asked for.
    if unit == Unit::Canvas { [80, 60, 80, 60] } else { [80, 60, 48, 0] }
}

/// The variables of a plan for the picture.
fn plan(unit: Unit) -> Variables {
    let [left, top, right, bottom] = margins(unit);
    let (width, height) = (SIZE.width, SIZE.height);
    let mut plan = json!({
        "width": width, "height": height, "canvas_width": width + left + right, "canvas_height": height + top + bottom,
        "offset_x": left, "offset_y": top, "left": left, "right": right, "top": top, "bottom": bottom,
        "megapixels": 0.144, "call": "c0ffee",
    });
    match unit {
        Unit::Percent => {
            for (name, value) in [("left", 25), ("top", 25), ("right", 15), ("bottom", 0)] {
                plan[name] = value.into();
            }
        }
        Unit::Walk => {
            plan["canvas_width"] = width.into();
            plan["canvas_height"] = height.into();
            plan["walk"] = vec!["backward"; WALK.0 as usize].into();
            plan["step"] = WALK.1.into();
            plan["walk_back"] = (f64::from(2 * WALK.0 * WALK.1) / f64::from(width)).into();
        }
        _ => {}
    }
    let Value::Object(plan) = plan else { unreachable!() };
    plan.into_iter().collect()
}

/// What the plan asks for.
fn asked(unit: Unit) -> Asked {
    let [left, top, right, bottom] = margins(unit);
    let whole = Rect::of(SIZE);
    if unit == Unit::Walk {
        let zoom = f64::from(SIZE.width) / f64::from(SIZE.width + 2 * WALK.0 * WALK.1);
        let (width, height) = ((f64::from(SIZE.width) * zoom) as u32, (f64::from(SIZE.height) * zoom) as u32);
        let source = Rect::new((SIZE.width - width) / 2, (SIZE.height - height) / 2, width, height);
        return Asked::new(SIZE, source, whole);
    }
    let canvas = Size::new(SIZE.width + left + right, SIZE.height + top + bottom);
    Asked::new(canvas, Rect::new(left, top, SIZE.width, SIZE.height), whole)
}

/// Talks with the server until it is over. No time passes for the server, and an answer that is not there soon never
/// comes.
pub(crate) fn talk(server: &Contract, public_url: Option<String>) -> Ended {
    converse(server, public_url, Duration::from_secs(1), None)
}

/// Talks with a server that goes by this clock until it is over.
pub(crate) fn talk_by(server: &Contract, clock: &VirtualClock) -> Ended {
    converse(server, None, PATIENCE, Some(clock))
}

fn converse(server: &Contract, public_url: Option<String>, patience: Duration, clock: Option<&VirtualClock>) -> Ended {
    let descriptor =
        ProviderTable::built_in().get(server.provider().name()).expect("it is built in").descriptor.clone();
    let mut variables = plan(descriptor.geometry.unit);
    variables.extend(descriptor.parameters(&Map::new()).expect("the defaults are values"));
    let picture =
        EncodedPicture { bytes: PHOTO.as_slice().into(), mime: "image/png".into(), name: "source.png".into() };
    let addresses = Addresses::new(&descriptor.hosts, Some(server.endpoint())).expect("loopback is allowed");
    let key = descriptor.key.clone().expect("it has a key");
    let secret = Secret::new(server.key()).expect("it is a key");
    let call = Submission { variables, picture, public_url, jitter: 3 };
    let mut machine = Protocol::start(descriptor, addresses, call).expect("it begins");
    let mut now = Duration::ZERO;
    let mut ended = Ended { result: Ok(Vec::new()), jobs: Vec::new(), submits: 0, waited: Vec::new() };
    loop {
        match machine.next(now) {
            ProtocolAction::Wait(pause) => {
                now += pause.length;
                clock.iter().for_each(|clock| clock.sleep(pause.length));
                if pause.reason != PauseReason::Working {
                    ended.waited.push(pause.length);
                }
            }
            ProtocolAction::Submitted(job) => ended.jobs.push(job),
            ProtocolAction::Send(mut request) => {
                ended.submits += usize::from(request.stage == RequestPurpose::Submit);
                secret.place(&key, &mut request);
                match send(&request, patience) {
                    Ok(mut reply) => {
                        reply.at = clock.map_or(reply.at, |clock| clock.time_of_day());
                        machine.reply(&reply);
                    }
                    Err(broken) => machine.broke(broken),
                }
            }
            ProtocolAction::Done(bytes) => return Ended { result: Ok(bytes.to_vec()), ..ended },
            ProtocolAction::Failed(failed) => return Ended { result: Err(failed), ..ended },
        }
    }
}

fn send(request: &HttpRequest, patience: Duration) -> Result<HttpReply, NoReply> {
    let mut headers = request.headers.clone();
    let mut kind = |kind: &str| headers.push(("Content-Type".to_owned(), kind.to_owned()));
    let body = match &request.body {
        Body::Empty => Vec::new(),
        Body::Json(json) => {
            kind("application/json");
            json.to_string().into_bytes()
        }
        Body::Raw(picture) => {
            kind(&picture.mime);
            picture.bytes.to_vec()
        }
        Body::Form(_) => panic!("none of them takes forms"),
    };
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
    };
    exchange(&Sent { method, url: &request.url, headers, body, patience })
}

/// How it ended in one word: that of the outcome, or, with a picture, what its check says.
pub(crate) fn verdict(server: &Contract, ended: &Ended) -> &'static str {
    let bytes = match &ended.result {
        Err(failed) => return failed.outcome.word(),
        Ok(bytes) => bytes,
    };
    let descriptor =
        ProviderTable::built_in().get(server.provider().name()).expect("it is built in").descriptor.clone();
    let limits = Limits { max_pixels: 50_000_000, max_bytes: 50_000_000 };
    let sent = codecs::decode(&PHOTO, &limits).expect("it decodes").raster;
    match verify(bytes, &asked(descriptor.geometry.unit), &sent, descriptor.geometry.placement, &limits) {
        Ok(_) => "done",
        Err(failure) => failure.class.word(),
    }
}

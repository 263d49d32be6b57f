//! What a real provider refuses is refused, and written down.

use std::io::Read;
use std::io::Write;
use std::net::TcpStream;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use recanvas::providers::client::HttpReply;
use serde_json::Value;
use serde_json::json;

use crate::contract_server::client::PATIENCE;
use crate::contract_server::client::Sent;
use crate::contract_server::client::exchange;
use crate::contract_server::client::get;
use crate::contract_server::client::json;
use crate::contract_server::client::owned;
use crate::contract_server::client::post;
use crate::contract_server::client::read_reply;
use crate::contract_server::talk::PHOTO;
use testkit::Contract;
use testkit::Provider;
use testkit::Script;

fn data_uri() -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(&*PHOTO))
}

/// A good submit of each provider: its path and its body.
fn good(server: &Contract) -> (String, Value) {
    let sides = json!({"expand_left": 20, "expand_right": 20, "expand_top": 10, "expand_bottom": 0});
    let with = |more: Value| {
        let (Value::Object(mut all), Value::Object(more)) = (sides.clone(), more) else { unreachable!() };
        all.extend(more);
        Value::Object(all)
    };
    let image = data_uri();
    match server.provider() {
        Provider::Fal => {
            let more =
                json!({"image_url": image, "auto_crop": false, "enable_safety_checker": true, "output_format": "png"});
            ("/fal-ai/flux-2-pro/outpaint".into(), with(more))
        }
        Provider::Pixeldojo => {
            let more = json!({"image_url": image, "zoom_out_percentage": 0, "num_images": 1, "output_format": "png"});
            ("/api/v1/models/outpaint/run".into(), with(more))
        }
        Provider::Runflow => {
            let input = with(json!({"image_url": format!("{}/uploads/0/source", server.store())}));
            ("/v1/models/runflow/outpaint/runs".into(), json!({"input": input, "client_ref": "c"}))
        }
        Provider::Modelslab => {
            let image = format!("{}/uploads/0/source", server.store());
            let body = json!({"key": server.key(), "image": image, "width": 480, "height": 320, "overlap_width": 32,
                "prompt": "high quality", "temp": true, "base64": false});
            ("/api/v6/image_editing/outpaint".into(), body)
        }
        Provider::Stablediffusionapi => {
            let body = json!({"key": server.key(), "image": image, "width": 320, "height": 240, "prompt": "x",
                "walk_type": ["backward"], "width_translation_per_step": 64, "height_translation_per_step": 64,
                "as_video": "no", "samples": 1});
            ("/api/v5/outpaint".into(), body)
        }
    }
}

fn header(server: &Contract) -> Vec<(String, String)> {
    match server.provider() {
        Provider::Fal => owned(&[("Authorization", &format!("Key {}", server.key()))]),
        Provider::Pixeldojo | Provider::Runflow => owned(&[("Authorization", &format!("Bearer {}", server.key()))]),
        _ => Vec::new(),
    }
}

fn send(server: &Contract, path: &str, body: &Value) -> HttpReply {
    let headers = header(server);
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    post(&format!("{}{path}", server.endpoint()), &headers, body)
}

/// A server with the picture uploaded where that is the only way.
fn ready(provider: Provider) -> Contract {
    let server = Contract::start(provider, Script::default());
    match provider {
        Provider::Runflow => {
            let file = json!({"filename": "s.png", "mime_type": "image/png", "size_bytes": PHOTO.len()});
            let reply = json(&send(&server, "/v1/asset-uploads", &file));
            let headers = owned(&[("Content-Type", "image/png")]);
            let url = reply["upload_url"].as_str().unwrap();
            let put = exchange(&Sent { method: "PUT", url, headers, body: PHOTO.clone(), patience: PATIENCE }).unwrap();
            assert_eq!(put.status, 200);
            let path = format!("/v1/asset-uploads/{}/confirmations", reply["asset_id"].as_str().unwrap());
            assert_eq!(send(&server, &path, &json!({})).status, 201);
        }
        Provider::Modelslab => {
            let body = json!({"key": server.key(), "init_image": data_uri()});
            assert_eq!(json(&send(&server, "/api/v6/image_editing/base64_to_url", &body))["status"], "success");
        }
        _ => {}
    }
    assert_eq!(server.violations(), [""; 0]);
    server
}

fn is_refused(provider: Provider, reply: &HttpReply) -> bool {
    match provider {
        Provider::Modelslab | Provider::Stablediffusionapi => json(reply)["status"] == "error",
        _ => reply.status >= 400,
    }
}

/// Where the fields are, one that is a number, and the picture's.
fn members(provider: Provider) -> (&'static str, &'static str, &'static str) {
    match provider {
        Provider::Fal | Provider::Pixeldojo => ("", "expand_left", "image_url"),
        Provider::Runflow => ("/input", "expand_left", "image_url"),
        _ => ("", "width", "image"),
    }
}

#[test]
fn a_good_submit_is_accepted_and_two_equal_ones_are_paid_twice() {
    for provider in Provider::ALL {
        let server = ready(provider);
        let (path, body) = good(&server);
        for _ in 0..2 {
            let reply = send(&server, &path, &body);
            assert!(!is_refused(provider, &reply), "{}: {}", provider.name(), json(&reply));
        }
        assert_eq!((server.paid().len(), server.paid_twice()), (2, 1));
        assert_ne!(server.paid()[0].id, server.paid()[1].id);
        assert_eq!(server.violations(), [""; 0]);
        let body = server.paid()[0].body.to_string();
        assert!(!body.contains(server.key()) && !body.contains("base64,"), "{body}");
    }
}

#[test]
fn wrong_bodies_are_refused_and_not_paid() {
    for provider in Provider::ALL {
        let server = ready(provider);
        let (path, body) = good(&server);
        let (at, member, image) = members(provider);
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut body = body.clone();
            change(body.pointer_mut(at).unwrap());
            body
        };
        let wrong = [
            changed(&|body| body[member] = "20".into()),
            changed(&|body| body[member] = 20.5.into()),
            changed(&|body| body[member] = (-1).into()),
            changed(&|body| body[member] = 100_000.into()),
            changed(&|body| body[member] = Value::Null),
            changed(&|body| body["outpaint_top"] = 1.into()),
            changed(&|body| drop(body.as_object_mut().unwrap().remove(image))),
            changed(&|body| body[image] = "/home/u/x.png".into()),
        ];
        for (index, body) in wrong.iter().enumerate() {
            let before = server.violations().len();
            let reply = send(&server, &path, body);
            assert!(is_refused(provider, &reply), "{} {index}: {}", provider.name(), json(&reply));
            assert!(server.violations().len() > before, "{} {index}", provider.name());
        }
        assert!(server.paid().is_empty());
    }
}

#[test]
fn keys_are_asked_for_and_asked_for_in_one_place() {
    for provider in Provider::ALL {
        let server = ready(provider);
        let (path, body) = good(&server);
        let url = format!("{}{path}", server.endpoint());
        let mut without = body.clone();
        without.as_object_mut().unwrap().remove("key");
        for headers in [vec![], vec![("Authorization", "Bearer wrong")], vec![("Authorization", server.key())]] {
            let reply = post(&url, &headers, &without);
            assert!(is_refused(provider, &reply), "{}", provider.name());
        }
        assert!(server.paid().is_empty());
        let before = server.violations().len();
        assert!(before >= 3);
        let mut twice = body.clone();
        twice["prompt"] = format!("my key is {}", server.key()).into();
        send(&server, &path, &twice);
        assert!(server.violations()[before..].iter().any(|text| text.contains("must not be")));
    }
}

#[test]
fn types_of_content_and_addresses_count() {
    for provider in Provider::ALL {
        let server = ready(provider);
        let (path, body) = good(&server);
        let url = format!("{}{path}", server.endpoint());
        let sent = |kind: &str| {
            let mut headers = header(&server);
            headers.push(("Content-Type".into(), kind.into()));
            let body = body.to_string().into_bytes();
            exchange(&Sent { method: "POST", url: &url, headers, body, patience: PATIENCE }).unwrap()
        };
        assert!(is_refused(provider, &sent("text/plain")));
        assert!(!is_refused(provider, &sent("application/json; charset=utf-8")));
        assert_eq!(server.paid().len(), 1);
        assert!(send(&server, "/nowhere", &body).status >= 400);
        assert!(get(&url, &[]).status >= 400);
        assert_eq!(server.violations().iter().filter(|text| text.contains("no address")).count(), 2);
    }
}

#[test]
fn stores_refuse_the_api_s_credentials() {
    let server = ready(Provider::Runflow);
    let (path, body) = good(&server);
    let id = json(&send(&server, &path, &body))["id"].as_str().unwrap().to_owned();
    let key = format!("Bearer {}", server.key());
    let run = json(&get(&format!("{}/v1/runs/{id}", server.endpoint()), &[("Authorization", &key)]));
    let url = run["output"]["outputs"][0]["url"].as_str().unwrap().to_owned();
    assert_eq!(get(&url, &[("Authorization", &key)]).status, 403);
    assert_eq!(server.violations().len(), 1);
    assert_eq!(get(&url, &[]).status, 200);
    assert!(server.paid()[0].is_delivered);
}

#[test]
fn the_models_second_name_is_only_in_the_submit() {
    let server = ready(Provider::Fal);
    let (path, body) = good(&server);
    let reply = json(&send(&server, &path, &body));
    let key = format!("Key {}", server.key());
    let status = reply["status_url"].as_str().unwrap();
    assert_eq!(get(status, &[("Authorization", &key)]).status, 200);
    assert_eq!(get(&status.replace("flux-2-pro", "flux-2-pro/outpaint"), &[("Authorization", &key)]).status, 404);
}

#[test]
fn metadata_and_wrong_types_of_pictures_are_noticed() {
    let server = ready(Provider::Fal);
    let (path, mut body) = good(&server);
    let oriented = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/orientation/6.jpg")).unwrap();
    body["image_url"] = format!("data:image/jpeg;base64,{}", STANDARD.encode(&oriented)).into();
    assert_eq!(send(&server, &path, &body).status, 200);
    assert!(server.violations()[0].contains("Exif"), "{:?}", server.violations());
    body["image_url"] = format!("data:image/png;base64,{}", STANDARD.encode(&oriented)).into();
    assert_eq!(send(&server, &path, &body).status, 422);
}

#[test]
fn connections_are_kept_alive_and_chunked_bodies_are_read() {
    let server = ready(Provider::Fal);
    let (path, body) = good(&server);
    let address = server.endpoint().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    for _ in 0..3 {
        let head = format!("POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Key {}\r\n", server.key());
        let body = body.to_string();
        let (first, second) = body.split_at(100);
        write!(stream, "{head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        write!(stream, "{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n", first.len(), second.len()).unwrap();
        assert_eq!(read_reply(&stream).unwrap().status, 200);
    }
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.connection == requests[0].connection));
    assert_eq!(requests.iter().map(|request| request.nth).collect::<Vec<_>>(), [1, 2, 3]);
    write!(stream, "NONSENSE\r\n\r\n").unwrap();
    assert_eq!(read_reply(&stream).unwrap().status, 400);
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    assert_eq!((server.paid().len(), server.violations().len()), (3, 1));
}

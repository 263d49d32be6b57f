//! Where files lie: uploads, results, and what users put up themselves.

use std::fs;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::path::Component;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::ImageFormat;
use url::Host;
use url::Url;

use crate::faults::Point;
use crate::faults::Refusal;
use crate::handler::RequestHandler;
use crate::http::Reply;
use crate::http::Request;
use crate::metadata;
use crate::pictures;
use crate::records::Upload;

/// A picture as the provider got it.
pub(super) struct Sent {
    pub(super) bytes: Arc<[u8]>,
    pub(super) size: (u32, u32),
    pub(super) notes: Vec<String>,
}

/// What an address of the store is for.
pub(super) fn point(path: &[&str]) -> Point {
    match path {
        ["files", ..] => Point::Download,
        ["proxy", ..] => Point::Proxy,
        ["put", _] => Point::Put,
        ["uploads" | "public", ..] => Point::Source,
        _ => Point::Nowhere,
    }
}

/// The job whose result lies at this address.
pub(super) fn job(path: &[&str]) -> Option<String> {
    match path {
        ["files" | "proxy", id, ..] => Some((*id).to_owned()),
        _ => None,
    }
}

pub(super) fn serve(handler: &RequestHandler, request: &Request) -> Reply {
    let missing = || Reply::store(404, "NoSuchKey", "The specified key does not exist.");
    match (request.method.as_str(), &request.segments()[..]) {
        ("GET", ["files" | "proxy", id, generation, name]) => {
            let found =
                generation.parse().map_err(|_| missing()).and_then(|generation| handler.fetchable(id, generation));
            match found {
                Ok(number) => {
                    let kind =
                        ImageFormat::from_path(name).map_or("application/octet-stream", |kind| kind.to_mime_type());
                    Reply::bytes(200, kind, handler.render(number))
                }
                Err(reply) => reply,
            }
        }
        ("PUT", ["put", name]) => put(handler, name, request),
        ("GET", ["uploads", ..] | ["public", ..]) => match handler.own_file(request.path()) {
            Some(bytes) => Reply::bytes(200, "application/octet-stream", bytes),
            None => missing(),
        },
        _ => {
            handler.violation(format!("{} {} leads nowhere", request.method, request.path()));
            missing()
        }
    }
}

/// A refusal in the words of an object store.
pub(super) fn refuse(point: Point, refusal: &Refusal) -> Reply {
    match refusal {
        Refusal::Server(code) => Reply::store(*code, "InternalError", "We encountered an internal error."),
        _ if point == Point::Put => Reply::store(403, "AccessDenied", "Request has expired"),
        _ => Reply::store(404, "NoSuchKey", "The specified key does not exist."),
    }
}

fn put(handler: &RequestHandler, name: &str, request: &Request) -> Reply {
    if request.header("content-length").is_none() {
        handler.violation("an upload without its length");
        return Reply::store(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
    }
    let mut records = handler.records();
    let signed = request.query().contains("X-Amz-Signature=");
    let upload = name.parse::<usize>().ok().filter(|_| signed).and_then(|number| records.uploads.get_mut(number));
    let wrong = match upload {
        None => "no such upload".to_owned(),
        Some(upload) if request.content_type() != Some(&upload.content_type) => {
            format!("{:?} is put where {} was announced", request.content_type(), upload.content_type)
        }
        Some(upload) if upload.size.is_some_and(|size| size != request.body.len() as u64) => {
            format!("{} bytes are put where {:?} were announced", request.body.len(), upload.size)
        }
        Some(upload) => {
            upload.bytes = Some(request.body.clone().into());
            return Reply::bytes(200, "text/plain", Vec::new());
        }
    };
    records.violation(format!("an upload: {wrong}"));
    Reply::store(403, "SignatureDoesNotMatch", &wrong)
}

impl RequestHandler {
    /// Expects an upload; its address, and the one where it lies afterwards.
    pub(super) fn expect_upload(
        &self,
        content_type: &str,
        size: Option<u64>,
        is_ready: bool,
    ) -> (usize, String, String) {
        let mut records = self.records();
        let number = records.uploads.len();
        records.uploads.push(Upload { content_type: content_type.to_owned(), size, bytes: None, is_ready });
        let address = format!("{}/put/{number}?X-Amz-Expires=900&X-Amz-Signature=c0de{number}", self.store);
        (number, address, self.upload_url(number))
    }

    pub(super) fn upload_url(&self, number: usize) -> String {
        format!("{}/uploads/{number}/source", self.store)
    }

    /// A file that lies here.
    fn own_file(&self, path: &str) -> Option<Arc<[u8]>> {
        if let Some(rest) = path.strip_prefix("/uploads/") {
            let number: usize = rest.split('/').next()?.parse().ok()?;
            return self.records().uploads.get(number).filter(|upload| upload.is_ready)?.bytes.clone();
        }
        let name = percent_decoded(path.strip_prefix("/public/")?)?;
        let relative = Path::new(&name);
        let is_inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
        fs::read(self.script.public.as_ref().filter(|_| is_inside)?.join(relative)).ok().map(Arc::from)
    }

    /// The picture that `text` stands for: an address, or a data URI of at most `inline` bytes.
    pub(super) fn picture(&self, text: &str, inline: Option<usize>) -> Result<Sent, Refusal> {
        let bad = |what: &str| Refusal::BadInput(what.to_owned());
        let bytes: Arc<[u8]> = if let Some(rest) = text.strip_prefix("data:") {
            let most = inline.ok_or_else(|| bad("the picture must be an address"))?;
            if text.len() > most {
                return Err(bad("the data URI is too long"));
            }
            data_uri(rest).map_err(bad)?.into()
        } else if text.starts_with("https://") || text.starts_with("http://127.0.0.1:") {
            match text.strip_prefix(&self.store) {
                Some(path) => self.own_file(path.split('?').next().unwrap_or_default()),
                None => fetch(text),
            }
            .ok_or(Refusal::Unfetched)?
        } else {
            return Err(bad("the picture must be at an https address"));
        };
        let (size, _) = pictures::measure(&bytes).ok_or_else(|| bad("the picture is none"))?;
        let notes = metadata::of(&bytes).into_iter().map(|name| format!("the picture carries {name}")).collect();
        Ok(Sent { bytes, size, notes })
    }
}

/// The bytes of what follows `data:`, whose type must be right.
pub(super) fn data_uri(rest: &str) -> Result<Vec<u8>, &'static str> {
    let (kind, encoded) = rest.split_once(";base64,").ok_or("the data URI has no base64")?;
    let bytes = STANDARD.decode(encoded).map_err(|_| "the data URI is no base64")?;
    match pictures::measure(&bytes) {
        Some((_, format)) if format.to_mime_type() == kind => Ok(bytes),
        Some(_) => Err("the data URI names another type than its picture has"),
        None => Err("the data URI holds no picture"),
    }
}

/// A file at another address of this machine; nothing else can be reached.
fn fetch(address: &str) -> Option<Arc<[u8]>> {
    let url = Url::parse(address).ok()?;
    let Some(Host::Ipv4(host)) = url.host().filter(|_| url.scheme() == "http") else { return None };
    let stream = TcpStream::connect((host, url.port()?)).ok().filter(|_| host.is_loopback())?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let target = &url[url::Position::BeforePath..];
    write!(&stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok()?;
    let mut reply = Vec::new();
    BufReader::new(&stream).read_to_end(&mut reply).ok()?;
    let end = reply.windows(4).position(|window| window == b"\r\n\r\n")?;
    reply.starts_with(b"HTTP/1.1 200").then(|| reply[end + 4..].into())
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

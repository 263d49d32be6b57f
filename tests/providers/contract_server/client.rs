//! A small client: one request, one connection, nothing followed.

use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::time::Duration;
use std::time::SystemTime;

use recanvas::providers::client::HttpReply;
use recanvas::providers::client::NoReply;
use serde_json::Value;
use url::Url;

/// Most bytes of a reply.
const CEILING: usize = 8 << 20;

/// The parts of a request.
pub(crate) struct Sent<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Longest time without an answer.
    pub(crate) patience: Duration,
}

/// Enough for any answer of a machine that has other work.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Sends it on a connection of its own.
pub(crate) fn exchange(sent: &Sent<'_>) -> Result<HttpReply, NoReply> {
    let url = Url::parse(sent.url).expect("an address");
    let address: SocketAddr = url.socket_addrs(|| None).expect("loopback")[0];
    let stream = TcpStream::connect_timeout(&address, sent.patience).map_err(|_| NoReply::NeverSent)?;
    stream.set_read_timeout(Some(sent.patience)).unwrap();
    let target = &url[url::Position::BeforePath..];
    let mut head = format!("{} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n", sent.method);
    for (name, value) in &sent.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !sent.body.is_empty() || sent.method != "GET" {
        head.push_str(&format!("Content-Length: {}\r\n", sent.body.len()));
    }
    head.push_str("\r\n");
    let mut writer = &stream;
    // A server may reply, or close, without having read everything.
    let _ = writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(&sent.body));
    read_reply(&stream)
}

/// Reads a reply up to the end of its body.
pub(crate) fn read_reply(mut stream: &TcpStream) -> Result<HttpReply, NoReply> {
    let mut bytes = Vec::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        if let Some(reply) = whole(&bytes) {
            return Ok(reply);
        }
        if bytes.len() > CEILING {
            return Err(NoReply::TooLarge);
        }
        match stream.read(&mut piece) {
            Ok(0) => return Err(NoReply::Reset),
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Err(NoReply::Timeout);
            }
            Err(_) => return Err(NoReply::Reset),
        }
    }
}

fn whole(bytes: &[u8]) -> Option<HttpReply> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).expect("a head is text");
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.map(|line| line.split_once(": ").expect("a header"));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut reply = HttpReply { status, headers, body: Vec::new(), at: SystemTime::now() };
    let rest = &bytes[end + 4..];
    reply.body = match reply.header("content-length") {
        Some(length) => rest.get(..length.parse().ok()?)?.to_vec(),
        None => unchunked(rest)?,
    };
    Some(reply)
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        body.extend_from_slice(rest.get(end + 2..end + 2 + length)?);
        rest = rest.get(end + 4 + length..)?;
        if length == 0 {
            return Some(body);
        }
    }
}

/// A GET with these headers.
pub(crate) fn get(url: &str, headers: &[(&str, &str)]) -> HttpReply {
    exchange(&Sent { method: "GET", url, headers: owned(headers), body: Vec::new(), patience: PATIENCE })
        .expect("a reply")
}

/// A POST of JSON with these headers beside the content type.
pub(crate) fn post(url: &str, headers: &[(&str, &str)], body: &Value) -> HttpReply {
    let mut headers = owned(headers);
    headers.push(("Content-Type".into(), "application/json".into()));
    exchange(&Sent { method: "POST", url, headers, body: body.to_string().into_bytes(), patience: PATIENCE })
        .expect("a reply")
}

pub(crate) fn owned(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn json(reply: &HttpReply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or_default()
}

//! HTTP/1.1 as far as a provider speaks it: requests read by hand, replies that can be sent
//! whole or damaged.

use std::io::BufRead;
use std::io::Error;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Result;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::clock::Clock;

/// Most bytes of a request's head and body.
const LONGEST_HEAD: usize = 64 << 10;
const LONGEST_BODY: u64 = 128 << 20;

/// A request, with its head as it came.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The method, in capital letters.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The headers in their order, names as they were written.
    pub headers: Vec<(String, String)>,
    /// The bytes up to the empty line.
    pub head: Vec<u8>,
    /// The bytes behind it; empty until they are read.
    pub body: Vec<u8>,
}

impl Request {
    /// Reads up to the empty line; none if the connection ends before a request begins.
    ///
    /// # Errors
    /// If the connection fails, or what comes is no head of HTTP/1.1 or too long.
    pub fn read_head(reader: &mut impl BufRead) -> Result<Option<Request>> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let before = head.len();
            let most = (LONGEST_HEAD - before) as u64;
            reader.by_ref().take(most).read_until(b'\n', &mut head)?;
            if head.len() == before {
                return if head.is_empty() { Ok(None) } else { Err(malformed("the head ends early")) };
            }
        }
        let text = std::str::from_utf8(&head).map_err(|_| malformed("the head is not text"))?;
        let mut lines = text.split("\r\n");
        let words: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
        let [method, target, "HTTP/1.1"] = words[..] else { return Err(malformed("the first line")) };
        let headers = lines.filter(|line| !line.is_empty()).map(|line| {
            let (name, value) = line.split_once(':').ok_or_else(|| malformed("a header without a colon"))?;
            Ok((name.to_owned(), value.trim().to_owned()))
        });
        let headers = headers.collect::<Result<_>>()?;
        let (method, target) = (method.to_owned(), target.to_owned());
        Ok(Some(Request { method, target, headers, head, body: Vec::new() }))
    }

    /// Reads the body that the head announces, asking for it first where the client waits.
    ///
    /// # Errors
    /// If the connection fails, or the body is malformed or too long.
    pub fn read_body(&mut self, reader: &mut impl BufRead, mut writer: &TcpStream) -> Result<()> {
        if self.header("expect").is_some() {
            writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        if self.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return self.read_chunks(reader);
        }
        let Some(length) = self.header("content-length") else { return Ok(()) };
        let length: u64 = length.parse().map_err(|_| malformed("the content length"))?;
        if length > LONGEST_BODY {
            return Err(malformed("the body is too long"));
        }
        self.body = vec![0; length as usize];
        reader.read_exact(&mut self.body)
    }

    fn read_chunks(&mut self, reader: &mut impl BufRead) -> Result<()> {
        loop {
            let mut line = String::new();
            reader.by_ref().take(64).read_line(&mut line)?;
            let length = u64::from_str_radix(line.trim_end(), 16).map_err(|_| malformed("the length of a chunk"))?;
            if self.body.len() as u64 + length > LONGEST_BODY {
                return Err(malformed("the body is too long"));
            }
            let mut chunk = vec![0; length as usize + 2];
            reader.read_exact(&mut chunk)?;
            if length == 0 {
                return Ok(());
            }
            self.body.extend_from_slice(&chunk[..length as usize]);
        }
    }

    /// The value of a header, whatever case its name has.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The content type without its parameters.
    pub fn content_type(&self) -> Option<&str> {
        self.header("content-type").map(|value| value.split(';').next().unwrap_or_default().trim())
    }

    /// Returns the target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Returns the query without its question mark; empty if there is none.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The parts of the path.
    pub fn segments(&self) -> Vec<&str> {
        self.path().trim_start_matches('/').split('/').collect()
    }

    /// Whether the connection may carry a further request.
    pub fn keeps_alive(&self) -> bool {
        !self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

/// How a reply is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    #[default]
    /// As it should be.
    Whole,
    /// Not at all: the connection is closed.
    Lost,
    /// Not at all: the connection stays open until the client gives up.
    Silent,
    /// Half of the announced length, then the connection is closed.
    Truncated,
    /// One chunk of half the body, then the connection is closed.
    CutChunk,
    /// In twenty pieces with this pause between them.
    Slow(Duration),
    /// Followed by bytes without end.
    Endless,
    /// A gateway's page with this code in its place.
    Gateway(u16),
}

/// A reply.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The code of HTTP.
    pub status: u16,
    /// The headers in their order, names as they were written.
    pub headers: Vec<(String, String)>,
    /// The body, whole, however it is delivered.
    pub body: Arc<[u8]>,
    /// The way in which it is sent.
    pub delivery: Delivery,
}

impl Reply {
    /// Makes a reply with a body of this type.
    pub fn bytes(status: u16, content_type: &str, body: impl Into<Arc<[u8]>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Reply { status, headers, body: body.into(), delivery: Delivery::Whole }
    }

    /// Makes a reply whose body is JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Reply::bytes(status, "application/json", body.to_string().into_bytes())
    }

    /// The page of a gateway that knows nothing of the API.
    pub fn page(status: u16) -> Self {
        let page = format!("<!DOCTYPE html>\n<html><title>{status}</title><body>nginx</body></html>\n");
        Reply::bytes(status, "text/html; charset=utf-8", page.into_bytes())
    }

    /// An object store's refusal.
    pub fn store(status: u16, code: &str, message: &str) -> Self {
        let xml = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>");
        Reply::bytes(status, "application/xml", xml.into_bytes())
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// Sends it, with pauses by this clock, and says whether the connection may carry a further request.
    ///
    /// # Errors
    /// If the connection fails.
    pub fn send(&self, mut stream: &TcpStream, keep_alive: bool, clock: &dyn Clock) -> Result<bool> {
        let body = &self.body;
        let half = &body[..body.len() / 2];
        match self.delivery {
            Delivery::Whole => {
                self.write_head(stream, &format!("Content-Length: {}", body.len()), keep_alive)?;
                stream.write_all(body)?;
                return Ok(keep_alive);
            }
            Delivery::Lost => {}
            Delivery::Silent => while stream.read(&mut [0; 1024]).is_ok_and(|read| read > 0) {},
            Delivery::Truncated => {
                self.write_head(stream, &format!("Content-Length: {}", body.len()), false)?;
                stream.write_all(half)?;
            }
            Delivery::CutChunk => {
                self.write_head(stream, "Transfer-Encoding: chunked", false)?;
                write_chunk(stream, half)?;
            }
            Delivery::Slow(pause) => {
                self.write_head(stream, &format!("Content-Length: {}", body.len()), false)?;
                for piece in body.chunks(body.len().div_ceil(20).max(1)) {
                    stream.write_all(piece)?;
                    clock.sleep(pause);
                }
            }
            Delivery::Endless => {
                self.write_head(stream, "Transfer-Encoding: chunked", false)?;
                write_chunk(stream, body)?;
                // Ends when the client closes the connection.
                loop {
                    write_chunk(stream, &[b'\n'; 16 << 10])?;
                }
            }
            Delivery::Gateway(status) => return Reply::page(status).send(stream, keep_alive, clock),
        }
        Ok(false)
    }

    fn write_head(&self, mut stream: &TcpStream, length: &str, keep_alive: bool) -> Result<()> {
        let mut head = format!("HTTP/1.1 {} {}\r\n{length}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(if keep_alive { "\r\n" } else { "Connection: close\r\n\r\n" });
        stream.write_all(head.as_bytes())
    }
}

fn write_chunk(mut stream: &TcpStream, bytes: &[u8]) -> Result<()> {
    stream.write_all(format!("{:x}\r\n", bytes.len()).as_bytes())?;
    stream.write_all(bytes)?;
    stream.write_all(b"\r\n")
}

fn reason(status: u16) -> &'static str {
    match status {
        200..=299 => "OK",
        300..=399 => "Elsewhere",
        400..=499 => "Refused",
        _ => "Error",
    }
}

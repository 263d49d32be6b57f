//! A scripted HTTP server on loopback, which goes by a clock that passes pauses over. It ends with its value.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use testkit::Clock;
use testkit::VirtualClock;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) at: Instant,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What is done with a request.
pub(crate) enum Answer {
    Reply(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// After so long.
    Late(Duration, Box<Answer>),
    /// The connection is closed without a word.
    Reset,
    /// Nothing, as long as the other side waits.
    Silent,
    /// A body that ends before its length.
    Truncated,
    /// The beginning of a body of this type that ends before its length, under this code.
    CutOff(u16, &'static str, Vec<u8>),
    /// A body that has no end.
    Endless,
    /// The beginning of a body, and nothing more as long as the other side waits.
    HeldBack(Vec<u8>),
    /// The first byte of a body, and nothing more.
    Stalled,
}

impl Answer {
    pub(crate) fn json(status: u16, json: &Value) -> Answer {
        Answer::Reply(status, vec![("Content-Type", "application/json".into())], json.to_string().into_bytes())
    }

    pub(crate) fn late(self, length: Duration) -> Answer {
        Answer::Late(length, Box::new(self))
    }
}

type Script = dyn Fn(&Asked) -> Answer + Send + Sync;

pub(crate) struct Server {
    clock: VirtualClock,
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    is_over: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Server {
        Server::by(VirtualClock::default(), script)
    }

    /// The same by a clock that others go by as well.
    pub(crate) fn by(clock: VirtualClock, script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Server {
        Server::on(TcpListener::bind("127.0.0.1:0").expect("a port"), clock, script)
    }

    pub(crate) fn on(
        listener: TcpListener,
        clock: VirtualClock,
        script: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> Server {
        let address = listener.local_addr().expect("an address");
        let script: Arc<Script> = Arc::new(script);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let is_over = Arc::new(AtomicBool::new(false));
        let accepting = {
            let (clock, asked, is_over) = (clock.clone(), Arc::clone(&asked), Arc::clone(&is_over));
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    if is_over.load(Ordering::SeqCst) {
                        return;
                    }
                    let (script, asked, is_over) = (Arc::clone(&script), Arc::clone(&asked), Arc::clone(&is_over));
                    let clock = clock.clone();
                    thread::spawn(move || serve(&stream, &clock, &*script, &asked, &is_over));
                }
            })
        };
        Server { clock, address, asked, is_over, accepting: Some(accepting) }
    }

    pub(crate) fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The requests so far whose path begins like this.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| asked.path.starts_with(path)).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn serve(stream: &TcpStream, clock: &VirtualClock, script: &Script, asked: &Mutex<Vec<Asked>>, is_over: &AtomicBool) {
    // Waits of a second at most, so that threads end soon after their server.
    let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    while !is_over.load(Ordering::SeqCst) {
        let Some(request) = read(&mut reader, clock) else { return };
        asked.lock().unwrap().push(request.clone());
        if !answer(stream, clock, script(&request), is_over) {
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
    }
}

fn read(reader: &mut BufReader<&TcpStream>, clock: &VirtualClock) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let at = clock.now();
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut asked = Asked { at, method, path, headers, body: Vec::new() };
    let length: usize = asked.header("content-length").map_or(0, |text| text.parse().expect("a length"));
    asked.body.resize(length, 0);
    reader.read_exact(&mut asked.body).ok()?;
    Some(asked)
}

/// Whether the connection stays open.
fn answer(mut stream: &TcpStream, clock: &VirtualClock, answer: Answer, is_over: &AtomicBool) -> bool {
    let head = |length: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    match answer {
        Answer::Reply(status, headers, body) => {
            let mut text = format!("HTTP/1.1 {status} Whatever\r\nContent-Length: {}\r\n", body.len());
            for (name, value) in headers {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
            text.push_str("\r\n");
            stream.write_all(text.as_bytes()).is_ok() && stream.write_all(&body).is_ok()
        }
        Answer::Late(length, later) => {
            clock.sleep(length);
            self::answer(stream, clock, *later, is_over)
        }
        Answer::Reset => false,
        Answer::Silent => {
            let _ = stream.read(&mut [0]);
            false
        }
        Answer::CutOff(status, packing, beginning) => {
            let head = format!("HTTP/1.1 {status} Cut\r\n{packing}Content-Length: 1000\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&beginning));
            false
        }
        Answer::Truncated => {
            let _ = stream.write_all(head(1000).as_bytes());
            let _ = stream.write_all(b"\x89PNG half");
            false
        }
        Answer::Endless => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            let chunk = vec![b'x'; 64 << 10];
            while !is_over.load(Ordering::SeqCst) && stream.write_all(&chunk).is_ok() {}
            false
        }
        Answer::HeldBack(beginning) => {
            let _ = stream.write_all(head(1000).as_bytes()).and_then(|()| stream.write_all(&beginning));
            let _ = stream.read(&mut [0]);
            false
        }
        Answer::Stalled => {
            let _ = stream.write_all(head(1000).as_bytes());
            let _ = stream.write_all(b"\x89");
            // Until the other side has enough of it.
            let _ = stream.read(&mut [0]);
            false
        }
    }
}

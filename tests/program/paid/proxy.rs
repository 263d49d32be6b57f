//! A company's proxy, on loopback: it takes tunnels to names that only it knows, looks into them, and
//! has a provider answer.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Result;
use std::io::Write;
use std::net::Ipv4Addr;
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

use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::StreamOwned;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::PrivatePkcs8KeyDer;

use crate::dir::fixture_bytes;
use testkit::Contract;
use testkit::http::Request;

/// The names that the provider has behind the proxy: of its API and of its store.
pub(crate) const API: &str = "queue.fal.run";
pub(crate) const STORE: &str = "files.example";

/// A proxy until it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    is_over: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

/// Where the names lead, and how the proxy speaks to who asks for them.
struct Behind {
    api: String,
    store: String,
    tls: Arc<ServerConfig>,
}

impl Proxy {
    /// Starts one that leads to this provider.
    pub(crate) fn before(server: &Contract) -> Proxy {
        let chain = vec![CertificateDer::from(fixture_bytes("tls/server.der"))];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(fixture_bytes("tls/server.key.der")));
        let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let tls = tls.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
        let tls = Arc::new(tls.with_single_cert(chain, key).expect("a certificate"));
        let bare = |origin: &str| origin.strip_prefix("http://").expect("http").to_owned();
        let behind = Arc::new(Behind { api: bare(server.endpoint()), store: bare(server.store()), tls });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let (asked, is_over) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(AtomicBool::new(false)));
        let accepting = {
            let (asked, is_over) = (Arc::clone(&asked), Arc::clone(&is_over));
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    if is_over.load(Ordering::SeqCst) {
                        return;
                    }
                    let (asked, behind) = (Arc::clone(&asked), Arc::clone(&behind));
                    // Clients hang up when they like.
                    thread::spawn(move || serve(stream, &asked, &behind).unwrap_or_default());
                }
            })
        };
        Proxy { address, asked, is_over, accepting: Some(accepting) }
    }

    /// Returns its address with the name that this machine has for itself.
    pub(crate) fn origin(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    /// Returns what it was asked: `CONNECT` and host, or another method and the whole address.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn serve(stream: TcpStream, asked: &Mutex<Vec<String>>, behind: &Behind) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut reader = BufReader::new(&stream);
    let Some(request) = Request::read_head(&mut reader)? else { return Ok(()) };
    asked.lock().expect("no panic").push(format!("{} {}", request.method, request.target));
    let host = request.target.strip_suffix(":443").filter(|_| request.method == "CONNECT");
    let to = match host {
        Some(API) => &behind.api,
        Some(STORE) => &behind.store,
        _ => return (&stream).write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
    };
    (&stream).write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let connection = ServerConnection::new(Arc::clone(&behind.tls)).map_err(std::io::Error::other)?;
    let mut tunnel = BufReader::new(StreamOwned::new(connection, stream.try_clone()?));
    while let Some(mut request) = Request::read_head(&mut tunnel)? {
        let length = request.header("content-length").map_or(0, |text| text.parse().expect("a length"));
        request.body.resize(length, 0);
        tunnel.read_exact(&mut request.body)?;
        let reply = passed_on(&request, to, behind)?;
        tunnel.get_mut().write_all(&reply)?;
        tunnel.get_mut().flush()?;
    }
    stream.shutdown(Shutdown::Both)
}

/// The provider's reply, in which its places have the names that they have outside.
fn passed_on(request: &Request, to: &str, behind: &Behind) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(to)?;
    let head = String::from_utf8_lossy(&request.head);
    let head = head.strip_suffix("\r\n").expect("a head");
    stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes())?;
    stream.write_all(&request.body)?;
    let mut reader = BufReader::new(stream);
    let (mut head, mut is_text) = (String::new(), false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        is_text |= line.to_lowercase().starts_with("content-type: application/json");
        match line.trim_end() {
            "" => break,
            line if line.to_lowercase().starts_with("content-length") || line.to_lowercase() == "connection: close" => {
            }
            line => head.push_str(&format!("{line}\r\n")),
        }
    }
    let mut body = Vec::new();
    reader.read_to_end(&mut body)?;
    if is_text {
        let text = String::from_utf8(body).expect("text");
        let text = text.replace(&format!("http://{}", behind.api), &format!("https://{API}"));
        body = text.replace(&format!("http://{}", behind.store), &format!("https://{STORE}")).into_bytes();
    }
    let mut reply = format!("{head}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    reply.extend(body);
    Ok(reply)
}

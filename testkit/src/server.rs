//! Sockets: listeners on loopback, a thread for each connection, and a job only in the records.

use std::collections::HashMap;
use std::io::BufReader;
use std::net::Ipv4Addr;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::faults::Instead;
use crate::faults::Point;
use crate::handler::Host;
use crate::handler::RequestHandler;
use crate::http::Delivery;
use crate::http::Reply;
use crate::http::Request;
use crate::provider::Provider;
use crate::script::Script;

/// A connection on which nothing happens for so long is closed.
const IDLE: Duration = Duration::from_secs(60);
/// Stacks are memory only where they are used; making pictures uses little.
const STACK: usize = 1 << 20;

/// The listeners of one provider, until dropped.
pub(super) struct Server {
    pub(super) handler: Arc<RequestHandler>,
    shared: Arc<Shared>,
    acceptors: Vec<(SocketAddr, JoinHandle<()>)>,
}

#[derive(Default)]
struct Shared {
    stops: AtomicBool,
    last: AtomicU64,
    connections: Mutex<HashMap<u64, Arc<TcpStream>>>,
}

impl Server {
    pub(super) fn start(provider: Provider, script: Script) -> Self {
        let listen = |_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let listeners = [Host::Api, Host::Store, Host::Elsewhere].map(|host| (host, listen(host)));
        let address = |listener: &TcpListener| listener.local_addr().expect("it is bound");
        let origins = [0, 1, 2].map(|index: usize| format!("http://{}", address(&listeners[index].1)));
        let handler = Arc::new(RequestHandler::new(provider, script, origins));
        let shared = Arc::new(Shared::default());
        let acceptors = listeners.into_iter().map(|(host, listener)| {
            let (handler, shared) = (handler.clone(), shared.clone());
            (address(&listener), thread::spawn(move || accept(host, &listener, &handler, &shared)))
        });
        let acceptors = acceptors.collect();
        Server { handler, shared, acceptors }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stops.store(true, Ordering::SeqCst);
        for (address, acceptor) in self.acceptors.drain(..) {
            // Wakes it; a failure means that it is awake.
            let _ = TcpStream::connect(address);
            let _ = acceptor.join();
        }
        for connection in self.shared.open().values() {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    fn open(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<TcpStream>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accept(host: Host, listener: &TcpListener, handler: &Arc<RequestHandler>, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stops.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream.map(Arc::new) else { continue };
        let number = shared.last.fetch_add(1, Ordering::SeqCst) + 1;
        shared.open().insert(number, stream.clone());
        let (handler, own) = (handler.clone(), shared.clone());
        let serve = move || {
            serve(host, number, &stream, &handler);
            let _ = stream.shutdown(Shutdown::Both);
            own.open().remove(&number);
        };
        if thread::Builder::new().stack_size(STACK).spawn(serve).is_err() {
            shared.open().remove(&number);
        }
    }
}

/// Answers one request after the other.
fn serve(host: Host, number: u64, stream: &TcpStream, handler: &RequestHandler) {
    let _ = stream.set_nodelay(true);
    let _ = stream.set_read_timeout(Some(IDLE));
    let mut reader = BufReader::new(stream);
    for nth in 1.. {
        let mut request = match Request::read_head(&mut reader) {
            Ok(Some(request)) => request,
            Ok(None) => return,
            Err(error) => {
                if error.kind() == std::io::ErrorKind::InvalidData {
                    handler.violation(format!("a malformed request: {error}"));
                    let _ = Reply::page(400).send(stream, false, handler.clock());
                }
                return;
            }
        };
        if request.header("host").is_none() {
            handler.violation("a request without a host");
        }
        let purpose = handler.purpose(host, &request);
        if purpose.instead == Some(Instead::Unread) {
            return handler.record(&purpose, &request, (number, nth), 0);
        }
        if let Err(error) = request.read_body(&mut reader, stream) {
            if error.kind() == std::io::ErrorKind::InvalidData {
                handler.violation(format!("a malformed body: {error}"));
            }
            return handler.record(&purpose, &request, (number, nth), 0);
        }
        let reply = {
            let _open = Open::new(handler);
            handler.answer(&purpose, &request)
        };
        let status = match reply.delivery {
            Delivery::Lost | Delivery::Silent => 0,
            Delivery::Gateway(status) => status,
            _ => reply.status,
        };
        handler.record(&purpose, &request, (number, nth), status);
        let keep_alive = request.keeps_alive() && purpose.point != Point::Nowhere;
        // Whole pictures are not held while the reply goes out.
        drop(request);
        if !reply.send(stream, keep_alive, handler.clock()).unwrap_or(false) {
            return;
        }
    }
}

/// Counts the requests that are being answered.
struct Open<'a>(&'a RequestHandler);

impl<'a> Open<'a> {
    fn new(handler: &'a RequestHandler) -> Self {
        let mut records = handler.records();
        records.open += 1;
        records.most_open = records.most_open.max(records.open);
        Open(handler)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.records().open -= 1;
    }
}

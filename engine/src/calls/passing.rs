use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::{http1 as client1, http2 as client2};
use hyper::server::conn::{http1 as server1, http2 as server2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};

use super::picking::{Counts, Harm, Picked};

/// How an HTTP/2 connection begins; of HTTP/1 no method does.
const PREFACE: &[u8] = b"PRI * HTTP/2.0";
/// Before another try where clients come faster than files can be opened.
const BREATH: Duration = Duration::from_millis(10);
const MOST_STREAMS: u32 = 10_000;

type Body = BoxBody<Bytes, hyper::Error>;
type Answered = Result<Response<Body>, Cut>;
type Seen = watch::Receiver<Option<Arc<Picked>>>;

/// The client's connection, or its stream, ends without an answer.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("the call was cut")
    }
}

impl std::error::Error for Cut {}

/// Until nobody holds the other end of `picked` any more.
pub async fn serve(listener: TcpListener, server: SocketAddr, picked: Seen, counts: Arc<Counts>) {
    let mut held = picked.clone();
    loop {
        tokio::select! {
            () = closed(&mut held) => return,
            client = listener.accept() => match client {
                Ok((client, _)) => {
                    let line = Line {
                        picked: picked.clone(),
                        counts: Arc::clone(&counts),
                        upstream: Arc::new(Upstream::to(server)),
                    };
                    tokio::spawn(line.carry(client));
                }
                Err(_) => tokio::time::sleep(BREATH).await,
            }
        }
    }
}

async fn closed(held: &mut Seen) {
    while held.changed().await.is_ok() {}
}

/// One connection of a client, with one of its own to the server.
#[derive(Clone)]
struct Line {
    picked: Seen,
    counts: Arc<Counts>,
    upstream: Arc<Upstream>,
}

impl Line {
    /// How a connection ends is its client's business.
    async fn carry(self, mut client: TcpStream) {
        let _ = client.set_nodelay(true);
        match spoken(&client).await {
            Ok(Spoken::Two) => {
                let service = service_fn(move |request| self.clone().call(true, request));
                let _ = server2::Builder::new(TokioExecutor::new())
                    .max_concurrent_streams(MOST_STREAMS)
                    .serve_connection(TokioIo::new(client), service)
                    .await;
            }
            Ok(Spoken::One) => {
                let service = service_fn(move |request| self.clone().call(false, request));
                let _ = server1::Builder::new()
                    .preserve_header_case(true)
                    .serve_connection(TokioIo::new(client), service)
                    .await;
            }
            Ok(Spoken::Other) => {
                if let Ok(mut server) = TcpStream::connect(self.upstream.server).await {
                    let _ = server.set_nodelay(true);
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                }
            }
            Err(_) => {}
        }
    }

    async fn call(self, two: bool, request: Request<Incoming>) -> Answered {
        let picked = self.picked.borrow().clone();
        let harm = picked
            .as_ref()
            .and_then(|picked| picked.take(request.method(), request.uri().path()));
        if let Some(harm) = harm {
            self.counts.count(harm);
        }
        if harm == Some(Harm::Fail) {
            return Ok(unavailable(&request));
        }
        // By itself: whoever waits for the answer may leave, and the server is told all the same.
        let upstream = Arc::clone(&self.upstream);
        let answer = tokio::spawn(async move { upstream.ask(two, request).await });
        let answer = answer.await.map_err(|_| Cut)??;
        match (harm, picked) {
            (Some(Harm::LoseReply), Some(picked)) => {
                let _ = answer.into_body().collect().await;
                self.healed(&picked).await;
                Err(Cut)
            }
            (Some(Harm::Slow { delay, jitter }), Some(picked)) => {
                tokio::time::sleep(picked.late(delay, jitter)).await;
                Ok(answer.map(BodyExt::boxed))
            }
            _ => Ok(answer.map(BodyExt::boxed)),
        }
    }

    /// Until something else is picked, or nothing.
    async fn healed(mut self, picked: &Arc<Picked>) {
        let still =
            |now: &Option<Arc<Picked>>| now.as_ref().is_some_and(|now| Arc::ptr_eq(now, picked));
        while still(&self.picked.borrow_and_update()) {
            if self.picked.changed().await.is_err() {
                return;
            }
        }
    }
}

/// The version of HTTP that a client speaks.
#[derive(Debug, PartialEq, Eq)]
enum Spoken {
    One,
    Two,
    /// Something else, which has no calls that could be told apart.
    Other,
}

/// Waits for the first bytes.
async fn spoken(client: &TcpStream) -> std::io::Result<Spoken> {
    let mut first = [0; PREFACE.len()];
    loop {
        let read = client.peek(&mut first).await?;
        let bytes = &first[..read];
        if bytes == PREFACE {
            return Ok(Spoken::Two);
        }
        if bytes.is_empty() || !PREFACE.starts_with(bytes) {
            let method = bytes.first().is_some_and(u8::is_ascii_uppercase);
            return Ok(if method { Spoken::One } else { Spoken::Other });
        }
        // So far it may be either.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// As a server answers that is overloaded: HTTP's 503, or gRPC's UNAVAILABLE (14).
fn unavailable(request: &Request<Incoming>) -> Response<Body> {
    let grpc = request
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"));
    let nothing = Empty::new()
        .map_err(|never: Infallible| match never {})
        .boxed();
    let mut answer = Response::new(nothing);
    if grpc {
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert("grpc-status", HeaderValue::from_static("14"));
        headers.insert(
            "grpc-message",
            HeaderValue::from_static("failed on purpose"),
        );
    } else {
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    answer
}

/// A connection to the server, made when it is needed.
struct Upstream {
    server: SocketAddr,
    sender: Mutex<Option<Sender>>,
}

enum Sender {
    One(client1::SendRequest<Incoming>),
    Two(client2::SendRequest<Incoming>),
}

impl Upstream {
    fn to(server: SocketAddr) -> Self {
        Self {
            server,
            sender: Mutex::new(None),
        }
    }

    async fn ask(&self, two: bool, request: Request<Incoming>) -> Result<Response<Incoming>, Cut> {
        let mut sender = self.sender.lock().await;
        if sender.as_ref().is_none_or(Sender::is_closed) {
            *sender = Some(self.connected(two).await?);
        }
        match sender.as_mut() {
            Some(Sender::One(one)) => {
                one.ready().await.map_err(|_| Cut)?;
                one.send_request(request).await.map_err(|_| Cut)
            }
            Some(Sender::Two(two)) => {
                let mut two = two.clone();
                drop(sender);
                two.ready().await.map_err(|_| Cut)?;
                two.send_request(request).await.map_err(|_| Cut)
            }
            None => Err(Cut),
        }
    }

    async fn connected(&self, two: bool) -> Result<Sender, Cut> {
        let server = TcpStream::connect(self.server).await.map_err(|_| Cut)?;
        let _ = server.set_nodelay(true);
        let io = TokioIo::new(server);
        if two {
            let (sender, connection) = client2::handshake(TokioExecutor::new(), io)
                .await
                .map_err(|_| Cut)?;
            tokio::spawn(connection);
            Ok(Sender::Two(sender))
        } else {
            let (sender, connection) = client1::Builder::new()
                .preserve_header_case(true)
                .handshake(io)
                .await
                .map_err(|_| Cut)?;
            tokio::spawn(connection);
            Ok(Sender::One(sender))
        }
    }
}

impl Sender {
    fn is_closed(&self) -> bool {
        match self {
            Self::One(one) => one.is_closed(),
            Self::Two(two) => two.is_closed(),
        }
    }
}

//! gRPC over HTTP/2: unary calls with messages encoded ahead, many at once on a connection.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use memchr::memmem;
use tokio::sync::Mutex;

use crate::message::MessageTemplate;
use crate::net::{Endpoint, Stream};
use crate::outcome::{Answer, Outcome, grpc_code, grpc_name};
use crate::spec::{self, Status};
use crate::template::{Draws, Escape, Feeds, Template};

/// Large enough that no answer waits for leave to be sent.
const STREAM_WINDOW_BYTES: u32 = 4 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 64 << 20;
const PREFIX_BYTES: usize = 5;

/// One kind of call, made ready.
pub struct Request {
    uri: http::Uri,
    headers: HeaderMap,
    metadata: Vec<(HeaderName, Template)>,
    message: MessageTemplate,
    expected: Vec<u8>,
    contains: Option<Vec<u8>>,
}

impl Request {
    pub fn new(
        call: &spec::GrpcCall,
        expect: &spec::Expect,
        endpoint: &Endpoint,
        feeds: &Feeds,
    ) -> Result<Self, String> {
        let scheme = if endpoint.is_tls() { "https" } else { "http" };
        let uri = format!("{scheme}://{}{}", endpoint.authority, call.path)
            .parse()
            .map_err(|error| format!("`{}` cannot be called: {error}", call.path))?;
        let mut headers = HeaderMap::new();
        headers.insert("te", HeaderValue::from_static("trailers"));
        headers.insert("content-type", HeaderValue::from_static("application/grpc"));
        let agent = concat!("assay/", env!("CARGO_PKG_VERSION"));
        headers.insert("user-agent", HeaderValue::from_static(agent));
        let expected = expect.status.iter().map(|status| match status {
            Status::Name(name) => {
                grpc_code(name).ok_or_else(|| format!("`{name}` is not a status of gRPC"))
            }
            Status::Code(code @ 0..=16) => Ok(*code as u8),
            Status::Code(code) => Err(format!("{code} is not a status of gRPC, such as NOT_FOUND")),
        });
        let expected: Vec<_> = expected.collect::<Result<_, _>>()?;
        Ok(Self {
            uri,
            headers,
            metadata: metadata_of(&call.metadata, feeds)?,
            message: MessageTemplate::new(&call.descriptors, &call.input, &call.message, feeds)?,
            expected: if expected.is_empty() {
                vec![0]
            } else {
                expected
            },
            contains: expect
                .contains
                .as_ref()
                .map(|text| text.as_bytes().to_vec()),
        })
    }

    fn head(&self, feeds: &Feeds, draws: &Draws) -> http::Request<()> {
        let mut request = http::Request::new(());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        headers.clone_from(&self.headers);
        for (name, template) in &self.metadata {
            let mut value = Vec::new();
            template.render(feeds, draws, &mut value);
            // Drawn values are written without control characters, so that this holds.
            if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(value)) {
                headers.append(name, value);
            }
        }
        request
    }

    /// The message with its prefix: not compressed, and its length.
    fn frame(&self, feeds: &Feeds, draws: &Draws) -> Bytes {
        let mut frame = vec![0; PREFIX_BYTES];
        self.message.render(feeds, draws, &mut frame);
        let length = (frame.len() - PREFIX_BYTES) as u32;
        frame[1..PREFIX_BYTES].copy_from_slice(&length.to_be_bytes());
        frame.into()
    }
}

fn metadata_of(
    metadata: &BTreeMap<String, String>,
    feeds: &Feeds,
) -> Result<Vec<(HeaderName, Template)>, String> {
    let entries = metadata.iter().map(|(name, value)| {
        let refused = || format!("the metadata `{name}: {value}` holds what none may hold");
        let header = HeaderName::try_from(name.as_str()).map_err(|_| refused())?;
        HeaderValue::from_str(value).map_err(|_| refused())?;
        Ok((header, Template::new(value, Escape::Header, feeds)?))
    });
    entries.collect()
}

/// One HTTP/2 connection, opened again when it breaks; shared by the slots that use its streams.
pub struct Channel {
    endpoint: Arc<Endpoint>,
    active: Rc<Cell<bool>>,
    current: RefCell<Option<Live>>,
    /// Held while opening, so that of many streams on a broken connection only one opens it.
    opening: Mutex<()>,
    generations: Cell<u64>,
}

#[derive(Clone)]
struct Live {
    sender: SendRequest<Bytes>,
    generation: u64,
}

impl Channel {
    pub fn new(endpoint: Arc<Endpoint>, active: Rc<Cell<bool>>) -> Rc<Self> {
        Rc::new(Self {
            endpoint,
            active,
            current: RefCell::new(None),
            opening: Mutex::new(()),
            generations: Cell::new(0),
        })
    }

    /// Must run inside a LocalSet: the connection is driven by a task of its own.
    pub async fn open(self: &Rc<Self>) -> Result<(), String> {
        self.live().await.map(|_| ())
    }

    async fn live(self: &Rc<Self>) -> Result<Live, String> {
        if let Some(live) = self.current.borrow().as_ref() {
            return Ok(live.clone());
        }
        let _alone = self.opening.lock().await;
        if let Some(live) = self.current.borrow().as_ref() {
            return Ok(live.clone());
        }
        let io = self.endpoint.connect(&self.active).await;
        let io: Stream = io.map_err(|error| error.to_string())?;
        let (sender, connection) = h2::client::Builder::new()
            .initial_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .enable_push(false)
            .handshake(io)
            .await
            .map_err(|error| error.to_string())?;
        let generation = self.generations.get() + 1;
        self.generations.set(generation);
        let live = Live { sender, generation };
        *self.current.borrow_mut() = Some(live.clone());
        let channel = Rc::clone(self);
        tokio::task::spawn_local(async move {
            // How it ended reaches each stream as its own error.
            let _ = connection.await;
            channel.close(generation);
        });
        Ok(live)
    }

    fn close(&self, generation: u64) {
        let mut current = self.current.borrow_mut();
        if current
            .as_ref()
            .is_some_and(|live| live.generation == generation)
        {
            *current = None;
        }
    }

    pub async fn exchange(
        self: &Rc<Self>,
        request: &Request,
        feeds: &Feeds,
        draws: &Draws,
    ) -> Answer {
        let response = match self.send(request, feeds, draws).await {
            Ok(response) => response,
            Err(words) => return Answer::failed(Outcome::Connection, words),
        };
        receive(response, request).await.unwrap_or_else(|error| {
            let broken = error.is_io() || error.is_go_away() || error.is_reset();
            let outcome = match broken {
                true => Outcome::Connection,
                false => Outcome::Protocol,
            };
            Answer::failed(outcome, error.to_string())
        })
    }

    /// A connection that broke while it was idle is opened once more: nothing was sent on it.
    async fn send(
        self: &Rc<Self>,
        request: &Request,
        feeds: &Feeds,
        draws: &Draws,
    ) -> Result<ResponseFuture, String> {
        let mut error = String::new();
        for _ in 0..2 {
            let live = self.live().await?;
            let ready = live.sender.ready().await;
            let sent = ready.and_then(|mut sender| {
                let (response, mut body) =
                    sender.send_request(request.head(feeds, draws), false)?;
                body.send_data(request.frame(feeds, draws), true)?;
                Ok(response)
            });
            match sent {
                Ok(response) => return Ok(response),
                Err(reason) => error = reason.to_string(),
            }
            self.close(live.generation);
        }
        Err(error)
    }
}

async fn receive(response: ResponseFuture, request: &Request) -> Result<Answer, h2::Error> {
    let (head, mut body) = response.await?.into_parts();
    if head.status != 200 {
        let class = Outcome::HttpClass((head.status.as_u16() / 100) as u8);
        return Ok(Answer::failed(
            class,
            format!("HTTP status {}", head.status),
        ));
    }
    // Where there is nothing to say but the status, it comes with the head (trailers only).
    if let Some(answer) = failure(&head.headers, request) {
        return Ok(answer);
    }
    let mut length = 0;
    let mut kept = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk?;
        body.flow_control().release_capacity(chunk.len())?;
        length += chunk.len();
        if request.contains.is_some() {
            kept.extend_from_slice(&chunk);
        }
    }
    let trailers = body.trailers().await?.unwrap_or_default();
    let status = trailers
        .get("grpc-status")
        .or(head.headers.get("grpc-status"));
    if status.is_none() {
        let words = "the answer ended without a grpc-status";
        return Ok(Answer::failed(Outcome::Protocol, words));
    }
    if let Some(answer) = failure(&trailers, request) {
        return Ok(answer);
    }
    if length < PREFIX_BYTES && code_of(&trailers) == Some(0) {
        let words = "status OK without a message";
        return Ok(Answer::failed(Outcome::Protocol, words));
    }
    Ok(match &request.contains {
        Some(text) if memmem::find(&kept, text).is_none() => {
            let wanted = String::from_utf8_lossy(text);
            let words = format!("the answer does not contain `{wanted}`");
            Answer::failed(Outcome::WrongAnswer, words)
        }
        _ => Answer::OK,
    })
}

/// The failure that a status among these headers is; None where there is no status, or an expected one.
fn failure(headers: &HeaderMap, request: &Request) -> Option<Answer> {
    let code = code_of(headers)?;
    if request.expected.contains(&code) {
        return None;
    }
    let message = headers
        .get("grpc-message")
        .map(|m| String::from_utf8_lossy(m.as_bytes()));
    let words = format!("{}: {}", grpc_name(code), message.unwrap_or_default());
    Some(Answer::failed(Outcome::Grpc(code), words))
}

fn code_of(headers: &HeaderMap) -> Option<u8> {
    let status = headers.get("grpc-status")?.to_str().ok()?;
    Some(status.parse().unwrap_or(2))
}

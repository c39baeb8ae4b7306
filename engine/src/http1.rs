//! HTTP/1.1: requests from prepared bytes, answers through a small parser. No client library, so
//! that the cost of a request is two system calls and little else.

use std::cell::Cell;
use std::io;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::net::{Endpoint, Stream};
use crate::outcome::{Answer, Outcome};
use crate::spec::{self, Status};
use crate::template::{Draws, Escape, Feeds, Template};

const MOST_HEADERS: usize = 96;
const MOST_HEAD_BYTES: usize = 256 * 1024;
const READ_BYTES: usize = 16 * 1024;

/// One kind of request, made ready.
pub struct Request {
    /// Request line and headers, up to the content-length's value.
    head: Template,
    path: Template,
    method: String,
    body: Option<Template>,
    expect: Expect,
    /// Whether a request that may have been lost with its connection may be sent again (RFC 9110 9.2.2).
    idempotent: bool,
}

struct Expect {
    status: Vec<u16>,
    contains: Option<Vec<u8>>,
}

impl Request {
    pub fn new(
        call: &spec::HttpCall,
        expect: &spec::Expect,
        authority: &str,
        feeds: &Feeds,
    ) -> Result<Self, String> {
        let is_token = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
        };
        if !is_token(&call.method) {
            return Err(format!("`{}` is not a method of HTTP", call.method));
        }
        if !call.path.starts_with('/') || call.path.contains([' ', '\r', '\n']) {
            return Err(format!(
                "the path `{}` must begin with / and hold no spaces",
                call.path
            ));
        }
        let mut head = String::from(" HTTP/1.1\r\n");
        let has = |name: &str| {
            call.headers
                .keys()
                .any(|key| key.eq_ignore_ascii_case(name))
        };
        if !has("host") {
            head.push_str(&format!("host: {authority}\r\n"));
        }
        if !has("user-agent") {
            head.push_str(concat!(
                "user-agent: assay/",
                env!("CARGO_PKG_VERSION"),
                "\r\n"
            ));
        }
        for (name, value) in &call.headers {
            if !is_token(name) || value.contains(['\r', '\n']) {
                return Err(format!(
                    "the header `{name}: {value}` holds what none may hold"
                ));
            }
            if name.eq_ignore_ascii_case("content-length") {
                continue;
            }
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let body = call.body.as_deref().map(|text| {
            let is_json = text.trim_start().starts_with(['{', '[']) && !begins_with_word(text);
            let escape = if is_json { Escape::Json } else { Escape::None };
            Template::new(text, escape, feeds)
        });
        let contains = expect
            .contains
            .as_ref()
            .map(|text| text.as_bytes().to_vec());
        let status = expect.status.iter().map(|status| match status {
            Status::Code(code) => Ok(*code),
            Status::Name(name) => Err(format!("`{name}` is not a status of HTTP, such as 404")),
        });
        Ok(Self {
            head: Template::new(&head, Escape::Header, feeds)?,
            path: Template::new(&call.path, Escape::Url, feeds)?,
            method: call.method.clone(),
            body: body.transpose()?,
            expect: Expect {
                status: status.collect::<Result<_, _>>()?,
                contains,
            },
            idempotent: ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"].contains(&call.method.as_str()),
        })
    }

    pub fn render(&self, feeds: &Feeds, draws: &Draws, into: &mut Vec<u8>) {
        into.extend_from_slice(self.method.as_bytes());
        into.push(b' ');
        self.path.render(feeds, draws, into);
        self.head.render(feeds, draws, into);
        let Some(body) = &self.body else {
            into.extend_from_slice(b"\r\n");
            return;
        };
        let mut content = Vec::new();
        body.render(feeds, draws, &mut content);
        let length = format!("content-length: {}\r\n\r\n", content.len());
        into.extend_from_slice(length.as_bytes());
        into.extend_from_slice(&content);
    }

    fn judge(&self, status: u16, body: &[u8]) -> Answer {
        let expected = if self.expect.status.is_empty() {
            (200..300).contains(&status)
        } else {
            self.expect.status.contains(&status)
        };
        if !expected {
            let seen = String::from_utf8_lossy(&body[..body.len().min(200)]);
            let class = Outcome::HttpClass((status / 100) as u8);
            return Answer::failed(class, format!("status {status}: {seen}"));
        }
        match &self.expect.contains {
            Some(text) if memmem::find(body, text).is_none() => {
                let seen = String::from_utf8_lossy(&body[..body.len().min(200)]);
                let wanted = String::from_utf8_lossy(text);
                let words = format!("the answer does not contain `{wanted}`: {seen}");
                Answer::failed(Outcome::WrongAnswer, words)
            }
            _ => Answer::OK,
        }
    }
}

/// `{product}` alone is a word to be drawn, not an object.
fn begins_with_word(text: &str) -> bool {
    text.trim_start()
        .trim_start_matches(['{', '['])
        .starts_with(|c: char| c.is_ascii_alphabetic())
}

/// One keep-alive connection, which carries one request at a time.
pub struct Connection {
    endpoint: Arc<Endpoint>,
    active: Rc<Cell<bool>>,
    stream: Option<Stream>,
    sent: Vec<u8>,
    read: Vec<u8>,
}

impl Connection {
    pub fn new(endpoint: Arc<Endpoint>, active: Rc<Cell<bool>>) -> Self {
        Self {
            endpoint,
            active,
            stream: None,
            sent: Vec::new(),
            read: Vec::with_capacity(READ_BYTES),
        }
    }

    pub async fn open(&mut self) -> io::Result<()> {
        self.stream = Some(self.endpoint.connect(&self.active).await?);
        Ok(())
    }

    /// Give up what is under way: an answer that comes later must not be taken for the next one.
    pub fn abandon(&mut self) {
        self.stream = None;
    }

    pub async fn exchange(&mut self, request: &Request, feeds: &Feeds, draws: &Draws) -> Answer {
        self.sent.clear();
        request.render(feeds, draws, &mut self.sent);
        let was_open = self.stream.is_some();
        let mut ended = self.attempt(request).await;
        // A server may close an idle connection at any time; only the next request shows it.
        if was_open && request.idempotent && matches!(ended, Err(Broken::Unanswered(_))) {
            ended = self.attempt(request).await;
        }
        ended.unwrap_or_else(|broken| {
            self.stream = None;
            match broken {
                Broken::Protocol(words) => Answer::failed(Outcome::Protocol, words),
                Broken::Unanswered(error) | Broken::Midway(error) => {
                    Answer::failed(Outcome::Connection, error.to_string())
                }
            }
        })
    }

    async fn attempt(&mut self, request: &Request) -> Result<Answer, Broken> {
        self.read.clear();
        if self.stream.is_none() {
            self.open().await.map_err(Broken::Midway)?;
        }
        let result = self.converse(request).await;
        if !matches!(result, Ok((_, true))) {
            self.stream = None;
        }
        result.map(|(answer, _)| answer)
    }

    /// The answer, and whether the connection can be used again.
    async fn converse(&mut self, request: &Request) -> Result<(Answer, bool), Broken> {
        let stream = self.stream.as_mut().expect("a stream was opened before");
        stream
            .write_all(&self.sent)
            .await
            .map_err(Broken::Unanswered)?;
        // TLS keeps what was written until it is flushed.
        stream.flush().await.map_err(Broken::Unanswered)?;
        let head = loop {
            if fill(stream, &mut self.read).await? == 0 {
                let error = io::Error::from(io::ErrorKind::UnexpectedEof);
                return Err(if self.read.is_empty() {
                    Broken::Unanswered(error)
                } else {
                    Broken::Midway(error)
                });
            }
            match Head::parse(&self.read, request.method == "HEAD").map_err(Broken::Protocol)? {
                Some(head) if (100..200).contains(&head.status) => {
                    self.read.drain(..head.length);
                    if let Some(head) = Head::parse(&self.read, request.method == "HEAD")
                        .map_err(Broken::Protocol)?
                    {
                        break head;
                    }
                }
                Some(head) => break head,
                None if self.read.len() > MOST_HEAD_BYTES => {
                    return Err(Broken::Protocol("the answer's head does not end".into()));
                }
                None => {}
            }
        };
        let (body, reusable) = read_body(stream, &mut self.read, &head).await?;
        let body = match &body {
            Content::InPlace(range) => &self.read[range.clone()],
            Content::Joined(bytes) => bytes,
        };
        Ok((request.judge(head.status, body), reusable))
    }
}

enum Broken {
    /// Before a byte of the answer: it may never have been received.
    Unanswered(io::Error),
    Midway(io::Error),
    Protocol(String),
}

async fn fill(stream: &mut Stream, buffer: &mut Vec<u8>) -> Result<usize, Broken> {
    if buffer.capacity() - buffer.len() < READ_BYTES / 4 {
        buffer.reserve(READ_BYTES);
    }
    stream.read_buf(buffer).await.map_err(|error| {
        if buffer.is_empty() {
            Broken::Unanswered(error)
        } else {
            Broken::Midway(error)
        }
    })
}

#[derive(Debug, PartialEq)]
enum Body {
    Sized(usize),
    Chunked,
    UntilClose,
}

#[derive(Debug, PartialEq)]
struct Head {
    status: u16,
    /// In bytes.
    length: usize,
    body: Body,
    keep_alive: bool,
}

impl Head {
    /// None while it is not whole yet.
    fn parse(bytes: &[u8], is_head_request: bool) -> Result<Option<Self>, String> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let length = match response.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(error) => return Err(format!("not an answer in HTTP/1.1: {error}")),
        };
        let status = response.code.unwrap_or(0);
        let mut body = Body::UntilClose;
        let mut keep_alive = response.version == Some(1);
        for header in response.headers {
            let value = header.value.trim_ascii();
            if header.name.eq_ignore_ascii_case("content-length") && body != Body::Chunked {
                let digits = std::str::from_utf8(value).ok().and_then(|v| v.parse().ok());
                body = Body::Sized(digits.ok_or("a content-length that is not a number")?);
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                if !value.to_ascii_lowercase().ends_with(b"chunked") {
                    return Err("a transfer-encoding other than chunked".into());
                }
                body = Body::Chunked;
            } else if header.name.eq_ignore_ascii_case("connection") {
                keep_alive = if value.eq_ignore_ascii_case(b"close") {
                    false
                } else {
                    keep_alive || value.eq_ignore_ascii_case(b"keep-alive")
                };
            }
        }
        if is_head_request || status < 200 || status == 204 || status == 304 {
            body = Body::Sized(0);
        }
        Ok(Some(Self {
            status,
            length,
            keep_alive: keep_alive && body != Body::UntilClose,
            body,
        }))
    }
}

/// Where the content is: as it was read, or put together from chunks.
enum Content {
    InPlace(Range<usize>),
    Joined(Vec<u8>),
}

/// The content, and whether the connection can be used again.
async fn read_body(
    stream: &mut Stream,
    buffer: &mut Vec<u8>,
    head: &Head,
) -> Result<(Content, bool), Broken> {
    let broken = || Broken::Midway(io::Error::from(io::ErrorKind::UnexpectedEof));
    match head.body {
        Body::Sized(size) => {
            let end = head.length + size;
            while buffer.len() < end {
                if fill(stream, buffer).await? == 0 {
                    return Err(broken());
                }
            }
            let reusable = head.keep_alive && buffer.len() == end;
            Ok((Content::InPlace(head.length..end), reusable))
        }
        Body::UntilClose => {
            while fill(stream, buffer).await? != 0 {}
            Ok((Content::InPlace(head.length..buffer.len()), false))
        }
        Body::Chunked => {
            let mut body = Vec::new();
            let mut at = head.length;
            loop {
                match next_chunk(&buffer[at..]).map_err(Broken::Protocol)? {
                    Chunk::Data { start, end, next } => {
                        body.extend_from_slice(&buffer[at + start..at + end]);
                        at += next;
                    }
                    Chunk::Last { next } => {
                        let reusable = head.keep_alive && buffer.len() == at + next;
                        return Ok((Content::Joined(body), reusable));
                    }
                    Chunk::Partial => {
                        if fill(stream, buffer).await? == 0 {
                            return Err(broken());
                        }
                    }
                }
            }
        }
    }
}

#[derive(Debug, PartialEq)]
enum Chunk {
    Data {
        start: usize,
        end: usize,
        next: usize,
    },
    /// The end of the body, trailers included.
    Last {
        next: usize,
    },
    Partial,
}

fn next_chunk(bytes: &[u8]) -> Result<Chunk, String> {
    let (start, size) = match httparse::parse_chunk_size(bytes) {
        Ok(httparse::Status::Complete((start, size))) => (start, size as usize),
        Ok(httparse::Status::Partial) => return Ok(Chunk::Partial),
        Err(_) => return Err("a chunk whose size is not a number".into()),
    };
    if size == 0 {
        let mut trailers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        return match httparse::parse_headers(&bytes[start..], &mut trailers) {
            Ok(httparse::Status::Complete((length, _))) => Ok(Chunk::Last {
                next: start + length,
            }),
            Ok(httparse::Status::Partial) => Ok(Chunk::Partial),
            Err(error) => Err(format!("trailers that cannot be read: {error}")),
        };
    }
    let end = start
        .checked_add(size)
        .ok_or("a chunk of an impossible size")?;
    match bytes.get(end..end + 2) {
        Some(b"\r\n") => Ok(Chunk::Data {
            start,
            end,
            next: end + 2,
        }),
        Some(_) => Err("a chunk that is longer than it says".into()),
        None => Ok(Chunk::Partial),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Result<Option<Head>, String> {
        Head::parse(text.as_bytes(), false)
    }

    #[test]
    fn heads_say_how_long_the_body_is() {
        for (text, body, keep_alive) in [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n",
                Body::Sized(12),
                true,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                Body::Chunked,
                true,
            ),
            ("HTTP/1.1 204 No Content\r\n\r\n", Body::Sized(0), true),
            ("HTTP/1.1 200 OK\r\n\r\n", Body::UntilClose, false),
            (
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\n",
                Body::Sized(1),
                false,
            ),
            (
                "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n",
                Body::Sized(1),
                false,
            ),
        ] {
            let read = head(text).unwrap().unwrap();
            assert_eq!((read.body, read.keep_alive), (body, keep_alive), "{text}");
        }
    }

    #[test]
    fn what_is_no_head_is_refused_or_waited_for() {
        assert_eq!(head("HTTP/1.1 200 OK\r\nconte"), Ok(None));
        assert!(head("SSH-2.0-OpenSSH\r\n").is_err());
        assert!(head("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n").is_err());
    }

    #[test]
    fn chunks_are_taken_one_by_one() {
        let text = b"4;x=y\r\nwiki\r\n0\r\nt: 1\r\n\r\n";
        let data = Chunk::Data {
            start: 7,
            end: 11,
            next: 13,
        };
        assert_eq!(next_chunk(text), Ok(data));
        assert_eq!(next_chunk(&text[13..]), Ok(Chunk::Last { next: 11 }));
        for end in 0..13 {
            assert_eq!(next_chunk(&text[..end]), Ok(Chunk::Partial), "{end}");
        }
        assert!(next_chunk(b"4\r\nwikipedia").is_err());
        assert!(next_chunk(b"ffffffffffffffff\r\n").is_err());
    }

    #[test]
    fn requests_are_what_was_asked_for() {
        let call = spec::HttpCall {
            method: "POST".into(),
            path: "/a".into(),
            headers: [("X-A".to_owned(), "b".to_owned())].into(),
            body: Some("{\"k\": 1}".into()),
        };
        let feeds = Feeds::default();
        let request = Request::new(&call, &spec::Expect::default(), "h:1", &feeds).unwrap();
        let mut bytes = Vec::new();
        request.render(&feeds, &Draws::default(), &mut bytes);
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!(
            "POST /a HTTP/1.1\r\nhost: h:1\r\nuser-agent: assay/{version}\r\nX-A: b\r\n\
             content-length: 8\r\n\r\n{{\"k\": 1}}"
        );
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    #[test]
    fn impossible_requests_are_refused() {
        let refused = |method: &str, path: &str, header: &str| {
            let call = spec::HttpCall {
                method: method.into(),
                path: path.into(),
                headers: [("a".to_owned(), header.to_owned())].into(),
                body: None,
            };
            Request::new(&call, &spec::Expect::default(), "h", &Feeds::default()).is_err()
        };
        assert!(refused("GE T", "/", "x"));
        assert!(refused("GET", "a", "x"));
        assert!(refused("GET", "/a b", "x"));
        assert!(refused("GET", "/", "x\r\ny: z"));
        assert!(!refused("GET", "/", "x"));
    }
}

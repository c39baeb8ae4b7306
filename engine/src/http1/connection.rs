//! One request over one connection, and what becomes of the connection.

use std::cell::Cell;
use std::io;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::answer::{Body, Chunk, Head, next_chunk};
use super::request::Request;
use crate::net::{Endpoint, Stream};
use crate::outcome::{Answer, Outcome};
use crate::template::{Draws, Feeds};

const MOST_HEAD_BYTES: usize = 256 * 1024;
const READ_BYTES: usize = 16 * 1024;

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
        let is_head = request.is_head();
        let head = loop {
            match Head::parse(&self.read, is_head).map_err(Broken::Protocol)? {
                // Informational: the answer proper follows.
                Some(head) if (100..200).contains(&head.status) => {
                    self.read.drain(..head.length);
                    continue;
                }
                Some(head) => break head,
                None if self.read.len() > MOST_HEAD_BYTES => {
                    return Err(Broken::Protocol("the answer's head does not end".into()));
                }
                None => {}
            }
            if fill(stream, &mut self.read).await? == 0 {
                let error = io::Error::from(io::ErrorKind::UnexpectedEof);
                return Err(if self.read.is_empty() {
                    Broken::Unanswered(error)
                } else {
                    Broken::Midway(error)
                });
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
            let end = head.length.checked_add(size).ok_or_else(|| {
                Broken::Protocol("a content-length that no answer can have".into())
            })?;
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

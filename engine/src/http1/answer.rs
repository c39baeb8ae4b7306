//! Answers as bytes: heads and chunks, whole or not yet. Pure.

const MOST_HEADERS: usize = 96;

#[derive(Debug, PartialEq)]
pub(super) enum Body {
    Sized(usize),
    Chunked,
    UntilClose,
}

#[derive(Debug, PartialEq)]
pub(super) struct Head {
    pub(super) status: u16,
    /// In bytes.
    pub(super) length: usize,
    pub(super) body: Body,
    pub(super) keep_alive: bool,
}

impl Head {
    /// None while it is not whole yet.
    pub(super) fn parse(bytes: &[u8], is_head_request: bool) -> Result<Option<Self>, String> {
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

#[derive(Debug, PartialEq)]
pub(super) enum Chunk {
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

pub(super) fn next_chunk(bytes: &[u8]) -> Result<Chunk, String> {
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
}

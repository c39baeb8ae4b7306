//! Requests: checked once, then written again and again with other values.

use memchr::memmem;

use crate::outcome::{Answer, Outcome};
use crate::spec::{self, Status};
use crate::template::{Draws, Escape, Feeds, Template};

/// One kind of request, made ready.
pub struct Request {
    /// Request line and headers, up to the content-length's value.
    head: Template,
    path: Template,
    method: String,
    body: Option<Template>,
    expect: Expect,
    /// Whether a request that may have been lost with its connection may be sent again (RFC 9110 9.2.2).
    pub(super) idempotent: bool,
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

    pub(super) fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    pub(super) fn judge(&self, status: u16, body: &[u8]) -> Answer {
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

#[cfg(test)]
mod tests {
    use super::*;

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

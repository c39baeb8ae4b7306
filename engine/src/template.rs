//! Text with words in braces that are drawn from feeds: `/api/products/{product}`.
//!
//! Only a name in braces is such a word, so JSON needs no escapes; `{{name}}` is the text `{name}`.

use crate::feed::Feed;

/// The values drawn for one request: an index into each feed.
pub type Draws = [u32; MOST_FEEDS];
pub const MOST_FEEDS: usize = 8;

/// The feeds that a workload draws from, by name and in a fixed order.
#[derive(Debug, Default)]
pub struct Feeds {
    entries: Vec<(String, std::sync::Arc<Feed>)>,
}

impl Feeds {
    pub fn new(mut entries: Vec<(String, std::sync::Arc<Feed>)>) -> Result<Self, String> {
        if entries.len() > MOST_FEEDS {
            return Err(format!(
                "a workload draws from at most {MOST_FEEDS} feeds, not {}",
                entries.len()
            ));
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Self { entries })
    }

    pub fn iter(&self) -> impl Iterator<Item = &Feed> {
        self.entries.iter().map(|(_, feed)| feed.as_ref())
    }

    pub fn value(&self, feed: usize, draws: &Draws) -> &str {
        self.entries[feed].1.value(draws[feed] as usize)
    }

    fn position(&self, name: &str) -> Result<usize, String> {
        let found = self.entries.iter().position(|(known, _)| known == name);
        found.ok_or_else(|| {
            let known: Vec<_> = self.entries.iter().map(|(name, _)| name.as_str()).collect();
            format!("there is no feed `{name}` (feeds: {})", known.join(", "))
        })
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Feed(usize),
}

/// How a drawn value is written, so that it stays one value whatever it holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Escape {
    None,
    /// As a segment of a path or the value of a query.
    Url,
    /// On one line.
    Header,
    /// As the inside of a JSON string.
    Json,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    parts: Vec<Part>,
    escape: Escape,
}

impl Template {
    pub fn new(text: &str, escape: Escape, feeds: &Feeds) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            plain.push_str(&rest[..open]);
            rest = &rest[open..];
            if let Some((name, length)) = escaped_name(rest) {
                plain.push_str(&format!("{{{name}}}"));
                rest = &rest[length..];
            } else if let Some(name) = braced_name(rest) {
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(Part::Feed(feeds.position(name)?));
                rest = &rest[name.len() + 2..];
            } else {
                plain.push('{');
                rest = &rest[1..];
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { parts, escape })
    }

    /// Whether every rendering is the same.
    pub fn is_fixed(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(_)))
    }

    pub fn render(&self, feeds: &Feeds, draws: &Draws, into: &mut Vec<u8>) {
        for part in &self.parts {
            match part {
                Part::Text(text) => into.extend_from_slice(text.as_bytes()),
                Part::Feed(feed) => self.escape.write(feeds.value(*feed, draws), into),
            }
        }
    }
}

impl Escape {
    fn write(self, value: &str, into: &mut Vec<u8>) {
        match self {
            Escape::None => into.extend_from_slice(value.as_bytes()),
            Escape::Url => {
                for byte in value.bytes() {
                    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                        into.push(byte);
                    } else {
                        into.extend_from_slice(format!("%{byte:02X}").as_bytes());
                    }
                }
            }
            Escape::Header => {
                into.extend(
                    value
                        .bytes()
                        .map(|b| if b.is_ascii_control() { b' ' } else { b }),
                );
            }
            Escape::Json => {
                let quoted = serde_json::Value::from(value).to_string();
                into.extend_from_slice(&quoted.as_bytes()[1..quoted.len() - 1]);
            }
        }
    }
}

/// The name where `text` begins with `{name}`.
fn braced_name(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('{')?;
    let (name, _) = inner.split_once('}')?;
    let first = name.chars().next()?;
    let is_name = (first.is_ascii_alphabetic() || first == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    is_name.then_some(name)
}

/// The name where `text` begins with `{{name}}`, and the length of that.
fn escaped_name(text: &str) -> Option<(&str, usize)> {
    let name = braced_name(text.strip_prefix('{')?)?;
    let length = name.len() + 4;
    text[length - 1..]
        .starts_with('}')
        .then_some((name, length))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::feed::Draw;

    fn feeds() -> Feeds {
        let feed = |values: &[&str]| {
            let values = values.iter().map(|&value| value.into()).collect();
            Arc::new(Feed::new(values, Draw::Sequential).unwrap())
        };
        Feeds::new(vec![
            ("product".into(), feed(&["p 1/ü", "p2"])),
            ("note".into(), feed(&["say \"hi\"\n"])),
        ])
        .unwrap()
    }

    fn rendered(text: &str, escape: Escape) -> String {
        let feeds = feeds();
        let mut out = Vec::new();
        let template = Template::new(text, escape, &feeds).unwrap();
        template.render(&feeds, &[0; MOST_FEEDS], &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn words_in_braces_are_drawn_and_all_else_is_text() {
        assert_eq!(
            rendered("/a/{product}?x=1", Escape::Url),
            "/a/p%201%2F%C3%BC?x=1"
        );
        assert_eq!(
            rendered("{{product}} {}{ {1}", Escape::None),
            "{product} {}{ {1}"
        );
        assert_eq!(
            rendered(r#"{"a":{"n":"{note}"}}"#, Escape::Json),
            r#"{"a":{"n":"say \"hi\"\n"}}"#
        );
    }

    #[test]
    fn a_word_that_no_feed_has_is_refused() {
        let error = Template::new("{produkt}", Escape::None, &feeds()).unwrap_err();
        assert!(error.contains("`produkt`") && error.contains("product"));
    }
}

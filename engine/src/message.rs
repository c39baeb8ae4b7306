//! Messages of gRPC requests, encoded ahead as far as they are the same every time.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor};
use serde::de::DeserializeSeed;
use serde_json::{Map, Value};

use crate::template::{Draws, Escape, Feeds, Template};

/// A message as JSON, whose texts may hold words that are drawn from feeds.
#[derive(Debug)]
pub struct MessageTemplate {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    /// Fields whose bytes are known.
    Fixed(Vec<u8>),
    Text {
        number: u32,
        template: Template,
    },
    Message {
        number: u32,
        parts: Vec<Part>,
    },
    /// A field of another type, made anew for each request.
    Other {
        parent: MessageDescriptor,
        json: Template,
    },
}

impl MessageTemplate {
    /// `descriptors`: a FileDescriptorSet in base64 that holds the message type `input`.
    pub fn new(
        descriptors: &str,
        input: &str,
        message: &Map<String, Value>,
        feeds: &Feeds,
    ) -> Result<Self, String> {
        let encoded = BASE64_STANDARD
            .decode(descriptors)
            .map_err(|error| format!("the descriptors are not base64: {error}"))?;
        let pool = DescriptorPool::decode(encoded.as_slice())
            .map_err(|error| format!("the descriptors cannot be used: {error}"))?;
        let descriptor = pool
            .get_message_by_name(input)
            .ok_or_else(|| format!("the descriptors do not hold the message {input}"))?;
        let template = Self {
            parts: parts_of(&descriptor, message, feeds)?,
        };
        // What only goes wrong with drawn values shows here, before any load.
        check(&template.parts, feeds)?;
        Ok(template)
    }

    pub fn render(&self, feeds: &Feeds, draws: &Draws, into: &mut Vec<u8>) {
        render_all(&self.parts, feeds, draws, into);
    }
}

fn parts_of(
    descriptor: &MessageDescriptor,
    message: &Map<String, Value>,
    feeds: &Feeds,
) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    for (name, value) in message {
        let field = descriptor
            .get_field_by_json_name(name)
            .or_else(|| descriptor.get_field_by_name(name))
            .ok_or_else(|| no_field(descriptor, name))?;
        parts.extend(field_parts(descriptor, &field, name, value, feeds)?);
    }
    Ok(parts)
}

fn field_parts(
    parent: &MessageDescriptor,
    field: &FieldDescriptor,
    name: &str,
    value: &Value,
    feeds: &Feeds,
) -> Result<Vec<Part>, String> {
    let number = field.number();
    let json = Value::Object(Map::from_iter([(name.to_owned(), value.clone())])).to_string();
    let whole = Template::new(&json, Escape::Json, feeds)?;
    if whole.is_fixed() {
        let mut text = Vec::new();
        whole.render(feeds, &Draws::default(), &mut text);
        return Ok(vec![Part::Fixed(encode_json(parent, &text)?)]);
    }
    Ok(match (field.kind(), value) {
        (Kind::String, Value::Array(items)) if field.is_list() => {
            let texts = items
                .iter()
                .map(|item| text_part(number, item, name, feeds));
            texts.collect::<Result<_, _>>()?
        }
        (Kind::String, item) if !field.is_list() => vec![text_part(number, item, name, feeds)?],
        (Kind::Message(inner), Value::Array(items)) if field.is_list() => {
            let message = |item: &Value| message_part(number, &inner, item, name, feeds);
            items.iter().map(message).collect::<Result<_, _>>()?
        }
        (Kind::Message(inner), Value::Object(_)) if !is_special(&inner) && !field.is_map() => {
            vec![message_part(number, &inner, value, name, feeds)?]
        }
        _ => vec![Part::Other {
            parent: parent.clone(),
            json: whole,
        }],
    })
}

fn text_part(number: u32, value: &Value, name: &str, feeds: &Feeds) -> Result<Part, String> {
    let Value::String(text) = value else {
        return Err(format!("the field `{name}` takes text, not {value}"));
    };
    let template = Template::new(text, Escape::None, feeds)?;
    Ok(Part::Text { number, template })
}

fn message_part(
    number: u32,
    descriptor: &MessageDescriptor,
    value: &Value,
    name: &str,
    feeds: &Feeds,
) -> Result<Part, String> {
    let Value::Object(fields) = value else {
        return Err(format!("the field `{name}` takes a message, not {value}"));
    };
    let parts = parts_of(descriptor, fields, feeds)?;
    Ok(Part::Message { number, parts })
}

/// Types whose JSON is not that of their fields (Timestamp, Struct, wrappers …).
fn is_special(descriptor: &MessageDescriptor) -> bool {
    descriptor.package_name() == "google.protobuf"
}

fn no_field(descriptor: &MessageDescriptor, name: &str) -> String {
    let known: Vec<_> = descriptor.fields().map(|f| f.name().to_owned()).collect();
    format!(
        "{} has no field `{name}`; it has {}",
        descriptor.full_name(),
        known.join(", ")
    )
}

fn encode_json(descriptor: &MessageDescriptor, json: &[u8]) -> Result<Vec<u8>, String> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let message: DynamicMessage = descriptor
        .clone()
        .deserialize(&mut reader)
        .map_err(|error| {
            let text = String::from_utf8_lossy(json);
            format!("{text} does not fit {}: {error}", descriptor.full_name())
        })?;
    Ok(message.encode_to_vec())
}

fn check(parts: &[Part], feeds: &Feeds) -> Result<(), String> {
    for part in parts {
        match part {
            Part::Message { parts, .. } => check(parts, feeds)?,
            Part::Other { parent, json } => {
                let longest = feeds.iter().map(|feed| feed.len()).max().unwrap_or(0);
                for index in 0..longest as u32 {
                    let mut draws = Draws::default();
                    for (draw, feed) in draws.iter_mut().zip(feeds.iter()) {
                        *draw = index.min(feed.len() as u32 - 1);
                    }
                    let mut text = Vec::new();
                    json.render(feeds, &draws, &mut text);
                    encode_json(parent, &text)?;
                }
            }
            Part::Fixed(_) | Part::Text { .. } => {}
        }
    }
    Ok(())
}

fn render_all(parts: &[Part], feeds: &Feeds, draws: &Draws, into: &mut Vec<u8>) {
    for part in parts {
        match part {
            Part::Fixed(bytes) => into.extend_from_slice(bytes),
            Part::Text { number, template } => {
                sized(*number, into, |inner| template.render(feeds, draws, inner));
            }
            Part::Message { number, parts } => {
                sized(*number, into, |inner| {
                    render_all(parts, feeds, draws, inner)
                });
            }
            Part::Other { parent, json } => {
                let mut text = Vec::new();
                json.render(feeds, draws, &mut text);
                // Every value was tried before the load began; one alone cannot fail here.
                into.extend(encode_json(parent, &text).unwrap_or_default());
            }
        }
    }
}

fn sized(number: u32, into: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let mut inner = Vec::new();
    write(&mut inner);
    encode_key(number, WireType::LengthDelimited, into);
    encode_varint(inner.len() as u64, into);
    into.extend_from_slice(&inner);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
    use prost_reflect::prost_types::{
        DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    };
    use serde_json::json;

    use super::*;
    use crate::feed::{Draw, Feed};

    fn field(name: &str, number: i32, kind: Type, label: Label) -> FieldDescriptorProto {
        FieldDescriptorProto {
            name: Some(name.into()),
            number: Some(number),
            r#type: Some(kind.into()),
            label: Some(label.into()),
            type_name: (kind == Type::Message).then(|| ".t.M".into()),
            ..Default::default()
        }
    }

    fn descriptors() -> String {
        let message = DescriptorProto {
            name: Some("M".into()),
            field: vec![
                field("product_id", 1, Type::String, Label::Optional),
                field("tags", 2, Type::String, Label::Repeated),
                field("count", 3, Type::Int64, Label::Optional),
                field("inner", 4, Type::Message, Label::Optional),
            ],
            ..Default::default()
        };
        let file = FileDescriptorProto {
            name: Some("t.proto".into()),
            package: Some("t".into()),
            message_type: vec![message],
            syntax: Some("proto3".into()),
            ..Default::default()
        };
        BASE64_STANDARD.encode(FileDescriptorSet { file: vec![file] }.encode_to_vec())
    }

    fn feeds() -> Feeds {
        let feed = |value: &str| Arc::new(Feed::new(vec![value.into()], Draw::Uniform).unwrap());
        Feeds::new(vec![("id".into(), feed("p-\"1")), ("n".into(), feed("42"))]).unwrap()
    }

    fn template(message: &Value) -> Result<MessageTemplate, String> {
        let Value::Object(fields) = message else {
            unreachable!()
        };
        MessageTemplate::new(&descriptors(), "t.M", fields, &feeds())
    }

    fn read_back(message: &Value) -> Value {
        let mut bytes = Vec::new();
        template(message)
            .unwrap()
            .render(&feeds(), &Draws::default(), &mut bytes);
        let encoded = BASE64_STANDARD.decode(descriptors()).unwrap();
        let pool = DescriptorPool::decode(encoded.as_slice()).unwrap();
        let descriptor = pool.get_message_by_name("t.M").unwrap();
        let read = DynamicMessage::decode(descriptor, bytes.as_slice()).unwrap();
        serde_json::to_value(read).unwrap()
    }

    #[test]
    fn drawn_values_reach_every_kind_of_field() {
        let sent = json!({
            "product_id": "{id}", "tags": ["a", "{id}", "x{n}"], "count": "{n}",
            "inner": {"inner": {"product_id": "{id}"}, "tags": ["fixed"]}
        });
        let expected = json!({
            "productId": "p-\"1", "tags": ["a", "p-\"1", "x42"], "count": "42",
            "inner": {"inner": {"productId": "p-\"1"}, "tags": ["fixed"]}
        });
        assert_eq!(read_back(&sent), expected);
    }

    #[test]
    fn mistakes_are_found_before_the_load() {
        for (message, words) in [
            (
                json!({"produkt_id": "x"}),
                "no field `produkt_id`; it has product_id",
            ),
            (json!({"count": "{id}"}), "does not fit t.M"),
            (json!({"product_id": 5}), "does not fit t.M"),
            (json!({"inner": ["{id}"]}), "does not fit t.M"),
            (json!({"product_id": "{nothing}"}), "no feed `nothing`"),
        ] {
            let error = template(&message).unwrap_err();
            assert!(error.contains(words), "{error} lacks {words}");
        }
    }
}

//! How a request ended.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Answered in time and as expected.
    Ok,
    /// Not answered in time.
    Timeout,
    /// No connection, or one that broke before the answer was whole.
    Connection,
    /// Bytes that are not the protocol.
    Protocol,
    /// The expected status, without the expected content.
    WrongAnswer,
    /// A status of another class than expected: 4 for 4xx.
    HttpClass(u8),
    /// A gRPC status that was not expected.
    Grpc(u8),
}

impl Outcome {
    /// Whether the system gave an answer at all.
    pub fn is_answer(self) -> bool {
        !matches!(
            self,
            Outcome::Timeout | Outcome::Connection | Outcome::Protocol
        )
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Ok => out.write_str("ok"),
            Outcome::Timeout => out.write_str("timeout"),
            Outcome::Connection => out.write_str("connection"),
            Outcome::Protocol => out.write_str("protocol"),
            Outcome::WrongAnswer => out.write_str("wrong_answer"),
            Outcome::HttpClass(class) => write!(out, "http_{class}xx"),
            Outcome::Grpc(code) => write!(out, "grpc_{}", grpc_name(*code)),
        }
    }
}

const GRPC_NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The name of a gRPC status; UNKNOWN for a number that has none.
pub fn grpc_name(code: u8) -> &'static str {
    GRPC_NAMES.get(usize::from(code)).unwrap_or(&"UNKNOWN")
}

pub fn grpc_code(name: &str) -> Option<u8> {
    let found = GRPC_NAMES.iter().position(|known| *known == name)?;
    Some(found as u8)
}

/// An outcome and, where it is a failure, what was seen, in words.
#[derive(Debug)]
pub struct Answer {
    pub outcome: Outcome,
    pub words: String,
}

impl Answer {
    pub const OK: Answer = Answer {
        outcome: Outcome::Ok,
        words: String::new(),
    };

    pub fn failed(outcome: Outcome, words: impl Into<String>) -> Self {
        let words = words.into();
        Self { outcome, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_named_as_the_evidence_has_them() {
        assert_eq!(Outcome::HttpClass(4).to_string(), "http_4xx");
        assert_eq!(Outcome::Grpc(5).to_string(), "grpc_NOT_FOUND");
        assert_eq!(Outcome::WrongAnswer.to_string(), "wrong_answer");
        assert_eq!(grpc_code("UNAVAILABLE"), Some(14));
        assert_eq!((grpc_code("NOPE"), grpc_name(99)), (None, "UNKNOWN"));
    }
}

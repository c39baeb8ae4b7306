//! What one call is asked to do: the JSON document that `assay.load.spec` writes.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub target: Target,
    pub arrivals: Arrivals,
    pub requests: Vec<Request>,
    pub duration_s: f64,
    pub seed: u64,
    pub lead_in_s: f64,
    pub timeout_s: f64,
    pub threads: usize,
    pub poll: Poll,
    pub core: Option<usize>,
    pub slice_s: f64,
    pub hiccups: bool,
    /// Cores that are not to go idle meanwhile.
    pub awake: Vec<usize>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub protocol: Protocol,
    pub host: String,
    pub port: u16,
    pub tls: bool,
    pub tls_server_name: Option<String>,
    pub tls_roots_pem: Option<String>,
    pub tls_verify: bool,
    pub connections: usize,
    /// Requests under way at once on one HTTP/2 connection.
    pub streams: usize,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    Http1,
    Grpc,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Arrivals {
    Open { rate: f64, process: Process },
    Closed { users: usize },
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Process {
    Poisson,
    Constant,
}

/// How a thread waits for the next moment of an open loop's schedule.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Poll {
    /// Asks the clock and the sockets again and again: late by microseconds, at the price of a core.
    Spin,
    /// Lets the kernel wake it.
    Sleep,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub name: String,
    pub weight: f64,
    pub http: Option<HttpCall>,
    pub grpc: Option<GrpcCall>,
    #[serde(default)]
    pub expect: Expect,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpCall {
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrpcCall {
    pub path: String,
    /// Full name of the request's message type.
    pub input: String,
    /// A FileDescriptorSet, base64.
    pub descriptors: String,
    pub message: serde_json::Map<String, serde_json::Value>,
    pub metadata: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Empty: any 2xx, or OK.
    #[serde(default)]
    pub status: Vec<Status>,
    pub contains: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum Status {
    Code(u16),
    Name(String),
}

impl Spec {
    /// The error names the field that is wrong.
    pub fn parse(json: &str) -> Result<Self, String> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let spec: Self = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| format!("{}: {}", error.path(), error.inner()))?;
        spec.check()?;
        Ok(spec)
    }

    fn check(&self) -> Result<(), String> {
        let positive = |field: &str, value: f64| {
            if value > 0.0 && value.is_finite() {
                Ok(())
            } else {
                Err(format!("{field}: must be over 0, not {value}"))
            }
        };
        positive("duration_s", self.duration_s)?;
        positive("timeout_s", self.timeout_s)?;
        positive("slice_s", self.slice_s)?;
        positive("target.connections", self.target.connections as f64)?;
        positive("target.streams", self.target.streams as f64)?;
        if !(1..=64).contains(&self.threads) {
            return Err(format!("threads: must be 1 … 64, not {}", self.threads));
        }
        if self.lead_in_s < 0.0 || !self.lead_in_s.is_finite() {
            return Err(format!(
                "lead_in_s: must be 0 or over, not {}",
                self.lead_in_s
            ));
        }
        match self.arrivals {
            Arrivals::Open { rate, .. } => positive("arrivals.open.rate", rate)?,
            Arrivals::Closed { users } => positive("arrivals.closed.users", users as f64)?,
        }
        if self.requests.is_empty() || self.requests.len() > usize::from(u16::MAX) {
            return Err("requests: must hold 1 … 65535 kinds of request".into());
        }
        for (i, request) in self.requests.iter().enumerate() {
            positive(&format!("requests[{i}].weight"), request.weight)?;
            let wanted = match self.target.protocol {
                Protocol::Http1 => request.http.is_some() && request.grpc.is_none(),
                Protocol::Grpc => request.grpc.is_some() && request.http.is_none(),
            };
            if !wanted {
                return Err(format!(
                    "requests[{i}]: needs `http` or `grpc`, as target.protocol says"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn document(change: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut value = serde_json::json!({
            "target": {"protocol": "http1", "host": "127.0.0.1", "port": 1, "tls": false,
                "tls_server_name": null, "tls_roots_pem": null, "tls_verify": true,
                "connections": 4, "streams": 8},
            "arrivals": {"open": {"rate": 100.0, "process": "poisson"}},
            "requests": [{"name": "/", "weight": 1.0,
                "http": {"method": "GET", "path": "/", "headers": {}, "body": null}}],
            "duration_s": 1.0, "seed": 1, "lead_in_s": 0.0, "timeout_s": 1.0, "threads": 1,
            "poll": "sleep", "core": null, "slice_s": 0.25, "hiccups": false,
            "awake": []
        });
        change(&mut value);
        value.to_string()
    }

    #[test]
    fn a_whole_document_is_read() {
        let spec = Spec::parse(&document(|_| ())).unwrap();
        assert_eq!(spec.target.protocol, Protocol::Http1);
    }

    #[test]
    fn mistakes_are_named_by_field() {
        for (change, words) in [
            (
                ("/duration_s", serde_json::json!(0)),
                "duration_s: must be over 0",
            ),
            (
                ("/poll", serde_json::json!("wait")),
                "poll: unknown variant `wait`",
            ),
            (("/threads", serde_json::json!(0)), "threads: must be 1"),
            (("/target/port", serde_json::json!(70_000)), "target.port:"),
            (("/requests", serde_json::json!([])), "requests: must hold"),
            (
                ("/target/protocol", serde_json::json!("grpc")),
                "requests[0]: needs",
            ),
            (
                ("/requests/0/weight", serde_json::json!(-1)),
                "requests[0].weight",
            ),
        ] {
            let text = document(|value| *value.pointer_mut(change.0).unwrap() = change.1);
            let error = Spec::parse(&text).unwrap_err();
            assert!(error.contains(words), "{error} lacks {words}");
        }
        let extra = document(|value| value["extra"] = serde_json::json!(1));
        assert!(Spec::parse(&extra).unwrap_err().contains("extra"));
    }
}

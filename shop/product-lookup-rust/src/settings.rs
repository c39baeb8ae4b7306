//! What can be set, from the environment. A wrong one is told with its name, what was found, and
//! what would be right.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::config::SslMode;
use tracing::Level;

const POOL_MAX: RangeInclusive<usize> = 1..=1_000;
const REFRESH_S: RangeInclusive<f64> = 0.1..=86_400.0;

#[derive(Debug)]
pub struct Settings {
    pub dsn: tokio_postgres::Config,
    pub grpc_addr: HostPort,
    pub http_addr: HostPort,
    pub reads: ReadsKind,
    /// Connections to the store at most; 2 are made at the start (1 where this is 1).
    pub pool_max: usize,
    /// Between two comparisons of the snapshot with the store.
    pub refresh: Duration,
    /// To hear of changes from; none where it is not set. Only a snapshot needs to hear.
    pub brokers: Vec<HostPort>,
    pub log_level: Level,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadsKind {
    Snapshot,
    Store,
}

impl Settings {
    /// From a function that gives a variable's value; errors with one line a wrong variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut wrong = Wrong {
            variable: &variable,
            lines: Vec::new(),
        };
        let dsn = wrong.take("LOOKUP_DSN", None, dsn);
        let grpc_addr = wrong.take("LOOKUP_GRPC_ADDR", Some("127.0.0.1:50051"), host_port);
        let http_addr = wrong.take("LOOKUP_HTTP_ADDR", Some("127.0.0.1:8080"), host_port);
        let reads = wrong.take("LOOKUP_READS", Some("snapshot"), reads);
        let pool_max = wrong.take("LOOKUP_POOL_MAX", Some("10"), |text| {
            number(text, &POOL_MAX, "a whole number")
        });
        let refresh_s = wrong.take("LOOKUP_REFRESH_S", Some("30"), |text| {
            number(text, &REFRESH_S, "a number of seconds")
        });
        let brokers = wrong.take("LOOKUP_KAFKA", Some(""), brokers);
        let log_level = wrong.take("LOOKUP_LOG_LEVEL", Some("info"), level);
        match (
            dsn, grpc_addr, http_addr, reads, pool_max, refresh_s, brokers, log_level,
        ) {
            (
                Some(dsn),
                Some(grpc_addr),
                Some(http_addr),
                Some(reads),
                Some(pool_max),
                Some(refresh_s),
                Some(brokers),
                Some(log_level),
            ) => Ok(Self {
                dsn,
                grpc_addr,
                http_addr,
                reads,
                pool_max,
                refresh: Duration::from_secs_f64(refresh_s),
                brokers,
                log_level,
            }),
            _ => Err(wrong.lines.join("\n")),
        }
    }
}

/// The variables, and what is wrong with those taken so far.
struct Wrong<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    lines: Vec<String>,
}

impl Wrong<'_> {
    fn take<T>(
        &mut self,
        name: &str,
        default: Option<&str>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let Some(text) = (self.variable)(name).or_else(|| default.map(str::to_owned)) else {
            self.lines.push(format!("{name} is not set"));
            return None;
        };
        parse(&text)
            .map_err(|reason| self.lines.push(format!("{name}={text}: {reason}")))
            .ok()
    }
}

fn dsn(text: &str) -> Result<tokio_postgres::Config, String> {
    const RIGHT: &str = "write postgresql://user@host:port/database";
    if !text.starts_with("postgresql://") && !text.starts_with("postgres://") {
        return Err(format!("not a Postgres URL; {RIGHT}"));
    }
    let config: tokio_postgres::Config = text
        .parse()
        .map_err(|error| format!("not a Postgres URL ({error}); {RIGHT}"))?;
    match config.get_ssl_mode() {
        SslMode::Disable | SslMode::Prefer => Ok(config),
        _ => Err("connections are made without TLS; leave sslmode out".into()),
    }
}

fn reads(text: &str) -> Result<ReadsKind, String> {
    match text {
        "snapshot" => Ok(ReadsKind::Snapshot),
        "store" => Ok(ReadsKind::Store),
        _ => Err("write snapshot or store".into()),
    }
}

fn brokers(text: &str) -> Result<Vec<HostPort>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let brokers = text.split(',').map(host_port);
    let brokers = brokers.collect::<Result<Vec<_>, _>>()?;
    match brokers.iter().any(|broker| broker.port == 0) {
        true => Err("no broker listens on port 0".into()),
        false => Ok(brokers),
    }
}

fn level(text: &str) -> Result<Level, String> {
    match text {
        "debug" => Ok(Level::DEBUG),
        "info" => Ok(Level::INFO),
        "warning" => Ok(Level::WARN),
        "error" => Ok(Level::ERROR),
        _ => Err("write debug, info, warning or error".into()),
    }
}

fn number<N: FromStr + PartialOrd + fmt::Display>(
    text: &str,
    range: &RangeInclusive<N>,
    kind: &str,
) -> Result<N, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|number| range.contains(number))
        .ok_or_else(|| format!("write {kind} from {} to {}", range.start(), range.end()))
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    pub host: String,
    pub port: u16,
}

impl fmt::Display for HostPort {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(to, "[{}]:{}", self.host, self.port)
        } else {
            write!(to, "{}:{}", self.host, self.port)
        }
    }
}

/// `127.0.0.1:50051`, `[::1]:50051`, `localhost:0`.
fn host_port(text: &str) -> Result<HostPort, String> {
    let not_an_address = || "not an address; write host:port, e.g. 127.0.0.1:50051".to_owned();
    let (host, port) = text.rsplit_once(':').ok_or_else(not_an_address)?;
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    if host.is_empty() || (bare.is_none() && host.contains(':')) {
        return Err(not_an_address());
    }
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(port) if digits => Ok(HostPort {
            host: bare.unwrap_or(host).to_owned(),
            port,
        }),
        _ => Err(format!("the port {port:?} is not a number from 0 to 65535")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DSN: (&str, &str) = ("LOOKUP_DSN", "postgresql://shop@127.0.0.1:5432/catalogue");

    fn read(variables: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::read(|name| {
            let found = variables.iter().find(|(each, _)| *each == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn only_the_store_must_be_named() {
        let settings = read(&[DSN]).unwrap();
        assert_eq!(settings.grpc_addr.to_string(), "127.0.0.1:50051");
        assert_eq!(settings.reads, ReadsKind::Snapshot);
        assert_eq!(settings.pool_max, 10);
        assert_eq!(settings.refresh, Duration::from_secs(30));
        assert_eq!(settings.brokers, []);
        assert_eq!(read(&[]).unwrap_err(), "LOOKUP_DSN is not set");
    }

    #[test]
    fn a_wrong_value_is_named_with_what_would_be_right() {
        for (name, value, right) in [
            ("LOOKUP_READS", "sometimes", "snapshot or store"),
            ("LOOKUP_POOL_MAX", "0", "1 to 1000"),
            ("LOOKUP_POOL_MAX", "many", "1 to 1000"),
            ("LOOKUP_REFRESH_S", "NaN", "0.1 to 86400"),
            ("LOOKUP_GRPC_ADDR", "nowhere", "host:port"),
            ("LOOKUP_GRPC_ADDR", "::1:50051", "host:port"),
            ("LOOKUP_HTTP_ADDR", "127.0.0.1:http", "0 to 65535"),
            ("LOOKUP_HTTP_ADDR", "127.0.0.1:+1", "0 to 65535"),
            ("LOOKUP_KAFKA", "kafka", "host:port"),
            ("LOOKUP_KAFKA", "a:9092,", "host:port"),
            ("LOOKUP_KAFKA", "a:9092,b:0", "port 0"),
            ("LOOKUP_LOG_LEVEL", "loud", "debug, info"),
        ] {
            let words = read(&[DSN, (name, value)]).unwrap_err();
            assert!(words.starts_with(&format!("{name}={value}: ")), "{words}");
            assert!(words.contains(right), "{words}");
        }
    }

    #[test]
    fn there_may_be_several_brokers() {
        let settings = read(&[DSN, ("LOOKUP_KAFKA", "a:9092,[::1]:9093")]).unwrap();
        let brokers: Vec<_> = settings.brokers.iter().map(HostPort::to_string).collect();
        assert_eq!(brokers, ["a:9092", "[::1]:9093"]);
    }

    #[test]
    fn every_wrong_variable_has_its_line() {
        let words = read(&[("LOOKUP_DSN", "nonsense"), ("LOOKUP_READS", "")]).unwrap_err();
        assert_eq!(words.lines().count(), 2, "{words}");
    }

    #[test]
    fn a_store_that_wants_tls_is_refused_at_the_start() {
        let words = read(&[("LOOKUP_DSN", "postgresql://shop@db/c?sslmode=require")]).unwrap_err();
        assert!(words.contains("sslmode"), "{words}");
    }

    #[test]
    fn addresses_may_be_names_and_ipv6() {
        for text in ["localhost:0", "[::1]:50051", "0.0.0.0:65535"] {
            assert_eq!(host_port(text).unwrap().to_string(), text);
        }
    }
}

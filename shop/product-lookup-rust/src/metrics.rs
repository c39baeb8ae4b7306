//! Requests counted as they end, and what is known of the reads, read when somebody asks.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use prometheus::process_collector::ProcessCollector;
use prometheus::{
    Gauge, Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};
use tonic::Code;

use crate::changes::{Change, Taken};
use crate::snapshot::Snapshot;
use crate::store::Connections;

/// From what an answer from memory takes to the deadline of the store.
const BUCKETS_S: [f64; 17] = [
    0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1, 0.25, 0.5, 1.0, 2.5,
];

/// From one hop over Kafka and one question to the store, to what only a comparison would have
/// found.
const STALENESS_S: [f64; 13] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    pool: IntGaugeVec,
    connections: Arc<Connections>,
    held: Option<HeldMetrics>,
}

/// Only where there is a snapshot.
struct HeldMetrics {
    snapshot: Arc<Snapshot>,
    products: IntGauge,
    age_s: Gauge,
}

impl Metrics {
    pub fn new(
        connections: Arc<Connections>,
        snapshot: Option<(Arc<Snapshot>, ChangesMetrics)>,
    ) -> prometheus::Result<Self> {
        let registry = Registry::new();
        let requests = IntCounterVec::new(
            Opts::new("lookup_requests_total", "Requests answered."),
            &["method", "code"],
        )?;
        let seconds = HistogramVec::new(
            HistogramOpts::new("lookup_request_seconds", "Time in the handler.")
                .buckets(BUCKETS_S.to_vec()),
            &["method"],
        )?;
        let pool = IntGaugeVec::new(
            Opts::new("lookup_pool_connections", "Connections to the store."),
            &["state"],
        )?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        registry.register(Box::new(pool.clone()))?;
        registry.register(Box::new(ProcessCollector::for_self()))?;
        let held = match snapshot {
            None => None,
            Some((snapshot, changes)) => {
                changes.register(&registry)?;
                Some(HeldMetrics::new(snapshot, &registry)?)
            }
        };
        Ok(Self {
            registry,
            requests,
            seconds,
            pool,
            connections,
            held,
        })
    }

    pub fn method(&self, method: &'static str) -> MethodMetrics {
        MethodMetrics {
            method,
            requests: self.requests.clone(),
            // The one that nearly every request adds to needs no search for its labels.
            ok: self.requests.with_label_values(&[method, name(Code::Ok)]),
            seconds: self.seconds.with_label_values(&[method]),
        }
    }

    /// In Prometheus's text format.
    pub fn text(&self) -> prometheus::Result<String> {
        let pool = |state| self.pool.with_label_values(&[state]);
        pool("idle").set(self.connections.idle() as i64);
        pool("used").set(self.connections.used() as i64);
        if let Some(held) = &self.held {
            held.products.set(held.snapshot.len() as i64);
            let age = held.snapshot.age();
            held.age_s
                .set(age.map_or(f64::NAN, |age| age.as_secs_f64()));
        }
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

impl HeldMetrics {
    fn new(snapshot: Arc<Snapshot>, registry: &Registry) -> prometheus::Result<Self> {
        let products = IntGauge::new("lookup_snapshot_products", "Products in memory.")?;
        let age_s = Gauge::new(
            "lookup_snapshot_age_seconds",
            "Since the snapshot was last known to equal the store.",
        )?;
        registry.register(Box::new(products.clone()))?;
        registry.register(Box::new(age_s.clone()))?;
        Ok(Self {
            snapshot,
            products,
            age_s,
        })
    }
}

/// `lookup_changes_total` and `catalogue_staleness_seconds`.
#[derive(Clone)]
pub struct ChangesMetrics {
    changes: IntCounterVec,
    staleness_s: Histogram,
}

impl ChangesMetrics {
    pub fn new() -> prometheus::Result<Self> {
        let changes = IntCounterVec::new(
            Opts::new("lookup_changes_total", "Changes heard of."),
            &["outcome"],
        )?;
        for outcome in ["applied", "unreadable"] {
            changes.with_label_values(&[outcome]);
        }
        let staleness_s = Histogram::with_opts(
            HistogramOpts::new(
                "catalogue_staleness_seconds",
                "From a change to its being visible here.",
            )
            .buckets(STALENESS_S.to_vec()),
        )?;
        Ok(Self {
            changes,
            staleness_s,
        })
    }

    fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        registry.register(Box::new(self.changes.clone()))?;
        registry.register(Box::new(self.staleness_s.clone()))
    }

    pub fn unreadable(&self) {
        self.changes.with_label_values(&["unreadable"]).inc();
    }

    /// Applied unless the store is behind. Its age counts where it became visible only now: a change
    /// heard of twice, or seen already with the one before, has none.
    pub fn taken(&self, change: &Change, taken: Taken) {
        if !taken.behind(change) {
            self.changes.with_label_values(&["applied"]).inc();
        }
        if taken.shows(change) {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let now_s = now.unwrap_or_default().as_secs_f64();
            self.staleness_s
                .observe((now_s - change.changed_at_s).max(0.0));
        }
    }
}

#[derive(Clone)]
pub struct MethodMetrics {
    method: &'static str,
    requests: IntCounterVec,
    ok: prometheus::IntCounter,
    seconds: Histogram,
}

impl MethodMetrics {
    pub fn begin(&self) -> Measured<'_> {
        Measured {
            metrics: self,
            began: Instant::now(),
            // A request that is dropped has ended so: its caller went away, or its deadline passed.
            code: Code::Cancelled,
        }
    }
}

/// A request under way; counted when it is dropped.
pub struct Measured<'a> {
    metrics: &'a MethodMetrics,
    began: Instant,
    code: Code,
}

impl Measured<'_> {
    pub fn ended(&mut self, code: Code) {
        self.code = code;
    }
}

impl Drop for Measured<'_> {
    fn drop(&mut self) {
        let metrics = self.metrics;
        match self.code {
            Code::Ok => metrics.ok.inc(),
            code => metrics
                .requests
                .with_label_values(&[metrics.method, name(code)])
                .inc(),
        }
        metrics.seconds.observe(self.began.elapsed().as_secs_f64());
    }
}

/// gRPC's own name of a code that a lookup can end with.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::NotFound => "NOT_FOUND",
        Code::Unavailable => "UNAVAILABLE",
        _ => "INTERNAL",
    }
}

//! What the threads of a block have in common: the plan, and a few counters.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{Barrier, watch};

use crate::net::Endpoint;
use crate::slices::Slices;
use crate::spec::{Arrivals, Protocol, Spec};
use crate::template::Feeds;
use crate::{grpc, http1};

/// A spec, made ready. Never changed.
pub struct Plan {
    pub spec: Spec,
    pub feeds: Feeds,
    pub endpoint: Arc<Endpoint>,
    pub requests: Requests,
    pub lead_in_ns: u64,
    /// Lead-in and block.
    pub end_ns: u64,
    pub timeout_ns: u64,
}

pub enum Requests {
    Http(Vec<http1::Request>),
    Grpc(Vec<grpc::Request>),
}

impl Plan {
    /// The error says what of the spec cannot be done.
    pub fn new(spec: Spec, feeds: Feeds, endpoint: Endpoint) -> Result<Self, String> {
        let requests = spec.requests.iter().enumerate();
        let named = |index: usize, error: String| format!("requests[{index}]: {error}");
        let requests = match spec.target.protocol {
            Protocol::Http1 => Requests::Http(
                requests
                    .filter_map(|(i, request)| Some((i, request.http.as_ref()?, &request.expect)))
                    .map(|(i, call, expect)| {
                        http1::Request::new(call, expect, &endpoint.authority, &feeds)
                            .map_err(|error| named(i, error))
                    })
                    .collect::<Result<_, _>>()?,
            ),
            Protocol::Grpc => Requests::Grpc(
                requests
                    .filter_map(|(i, request)| Some((i, request.grpc.as_ref()?, &request.expect)))
                    .map(|(i, call, expect)| {
                        grpc::Request::new(call, expect, &endpoint, &feeds)
                            .map_err(|error| named(i, error))
                    })
                    .collect::<Result<_, _>>()?,
            ),
        };
        let nanoseconds = |seconds: f64| (seconds * 1e9) as u64;
        Ok(Self {
            lead_in_ns: nanoseconds(spec.lead_in_s),
            end_ns: nanoseconds(spec.lead_in_s) + nanoseconds(spec.duration_s),
            timeout_ns: nanoseconds(spec.timeout_s),
            endpoint: Arc::new(endpoint),
            feeds,
            requests,
            spec,
        })
    }

    /// Of all threads together. Users of HTTP/1.1 have a connection each.
    pub fn connections(&self) -> usize {
        let target = &self.spec.target;
        match (self.spec.arrivals, target.protocol) {
            (Arrivals::Closed { users }, Protocol::Http1) => users,
            (Arrivals::Closed { users }, Protocol::Grpc) => target.connections.min(users),
            (Arrivals::Open { .. }, _) => target.connections.max(self.spec.threads),
        }
    }

    /// Requests under way at once on one HTTP/2 connection.
    pub fn streams(&self) -> usize {
        match self.spec.arrivals {
            Arrivals::Closed { users } => users.div_ceil(self.connections()),
            Arrivals::Open { .. } => self.spec.target.streams,
        }
    }

    /// How many of a closed loop's users one thread has.
    pub fn users_of(&self, thread: usize) -> usize {
        let threads = self.spec.threads;
        match self.spec.arrivals {
            Arrivals::Closed { users } => users / threads + usize::from(users % threads > thread),
            Arrivals::Open { .. } => 0,
        }
    }
}

/// Counted so far, lead-in left out; read while the block runs.
pub struct Shared {
    pub scheduled: AtomicU64,
    pub sent: AtomicU64,
    pub completed: AtomicU64,
    pub failed: AtomicU64,
    slices: Mutex<Slices>,
    cancel: watch::Sender<bool>,
    ready: Barrier,
    start: OnceLock<(Instant, SystemTime)>,
    given_up: Mutex<Option<String>>,
    lead_in: Duration,
    length: Duration,
}

impl Shared {
    pub fn new(plan: &Plan) -> Self {
        let spec = &plan.spec;
        Self {
            scheduled: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            completed: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            slices: Mutex::new(Slices::new(spec.slice_s, spec.duration_s)),
            cancel: watch::Sender::new(false),
            ready: Barrier::new(spec.threads),
            start: OnceLock::new(),
            given_up: Mutex::new(None),
            lead_in: Duration::from_nanos(plan.lead_in_ns),
            length: Duration::from_nanos(plan.end_ns - plan.lead_in_ns),
        }
    }

    pub fn slices(&self) -> MutexGuard<'_, Slices> {
        self.slices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn cancel(&self) {
        self.cancel.send_replace(true);
    }

    pub fn cancelled(&self) -> watch::Receiver<bool> {
        self.cancel.subscribe()
    }

    pub fn is_cancelled(&self) -> bool {
        *self.cancel.borrow()
    }

    /// This thread cannot take part, so none will.
    pub fn give_up(&self, words: String) {
        let mut given_up = self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        given_up.get_or_insert(words);
    }

    /// The words of the thread that gave up first, where one did.
    pub fn given_up(&self) -> Result<(), String> {
        let given_up = self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        given_up.clone().map_or(Ok(()), Err)
    }

    /// Wait for all threads; then all get the same beginning, or the same error.
    pub async fn begin(&self) -> Result<Instant, String> {
        self.ready.wait().await;
        self.given_up()?;
        let start = self
            .start
            .get_or_init(|| (Instant::now(), SystemTime::now()));
        Ok(start.0)
    }

    /// When the block proper began, lead-in left out; None before the connections are open.
    pub fn began(&self) -> Option<(Instant, SystemTime)> {
        let (instant, time) = self.start.get()?;
        Some((*instant + self.lead_in, *time + self.lead_in))
    }

    /// How much of the block is over.
    pub fn elapsed(&self) -> Duration {
        let elapsed = self.began().map(|(began, _)| began.elapsed());
        elapsed.unwrap_or_default().min(self.length)
    }

    pub fn counts(&self) -> [u64; 4] {
        [&self.scheduled, &self.sent, &self.completed, &self.failed]
            .map(|count| count.load(Relaxed))
    }
}

//! A block from its start to its result: starts the threads, waits for them, puts together what
//! they counted.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

use crate::awake::Awake;
use crate::hiccups::{Hiccups, Meter};
use crate::net::Endpoint;
use crate::recorder::Recorder;
use crate::shared::{Plan, Shared};
use crate::slices::Slice;
use crate::spec::Spec;
use crate::template::Feeds;
use crate::worker;

/// Everything that a block measured.
pub struct Outcome {
    pub started_unix_ns: u64,
    pub seconds: f64,
    pub engine_cpu: f64,
    pub recorder: Recorder,
    pub slices: Vec<Slice>,
    pub hiccups: Vec<Hiccups>,
    pub cancelled: bool,
}

/// Why a block could not be started.
pub enum Refused {
    /// The spec cannot be done.
    Spec(String),
    /// The system cannot be reached.
    Reach(String),
}

/// A block under way.
pub struct Run {
    pub plan: Arc<Plan>,
    pub shared: Arc<Shared>,
    ended: Arc<Ended>,
}

type Slot = Option<Result<Arc<Outcome>, String>>;

#[derive(Default)]
struct Ended {
    result: Mutex<Slot>,
    told: Condvar,
}

impl Run {
    pub fn start(spec: Spec, feeds: Feeds) -> Result<Self, Refused> {
        let endpoint = Endpoint::resolve(&spec.target).map_err(Refused::Reach)?;
        let plan = Arc::new(Plan::new(spec, feeds, endpoint).map_err(Refused::Spec)?);
        let shared = Arc::new(Shared::new(&plan));
        let ended = Arc::new(Ended::default());
        let run = Self {
            plan: Arc::clone(&plan),
            shared: Arc::clone(&shared),
            ended: Arc::clone(&ended),
        };
        let conduct = move || {
            let result = conduct(&plan, &shared).map(Arc::new);
            *ended.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            ended.told.notify_all();
        };
        std::thread::Builder::new()
            .name("assay-block".into())
            .spawn(conduct)
            .map_err(|error| Refused::Reach(format!("no thread: {error}")))?;
        Ok(run)
    }

    /// The result, or None where the time-out came first.
    pub fn wait(&self, timeout: Option<Duration>) -> Slot {
        let result = self
            .ended
            .result
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let pending = |result: &mut Slot| result.is_none();
        let result = match timeout {
            Some(timeout) => {
                let waited = self.ended.told.wait_timeout_while(result, timeout, pending);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => {
                let waited = self.ended.told.wait_while(result, pending);
                waited.unwrap_or_else(PoisonError::into_inner)
            }
        };
        result.clone()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.shared.cancel();
    }
}

fn conduct(plan: &Arc<Plan>, shared: &Arc<Shared>) -> Result<Outcome, String> {
    let spec = &plan.spec;
    let lead_in = Duration::from_nanos(plan.lead_in_ns);
    let _awake = Awake::keep(&spec.awake);
    let meter = spec.hiccups.then(|| Meter::start(Instant::now() + lead_in));
    let worker = |index| {
        let (plan, shared) = (Arc::clone(plan), Arc::clone(shared));
        std::thread::Builder::new()
            .name(format!("assay-load-{index}"))
            .spawn(move || {
                let ended = worker::run(index, plan, Arc::clone(&shared));
                if ended.is_err() {
                    // The others must not wait for a thread that is gone.
                    shared.cancel();
                }
                ended
            })
    };
    let threads: Vec<_> = (0..spec.threads).map(worker).collect();
    let mut recorder = Recorder::new(spec.requests.len());
    let mut engine_cpu: f64 = 0.0;
    let mut failure = None;
    for thread in threads {
        let joined = thread
            .map_err(|error| format!("no thread: {error}"))
            .and_then(|thread| thread.join().unwrap_or_else(|_| Err(worker::FAILED.into())));
        match joined {
            Ok(ended) => {
                engine_cpu = engine_cpu.max(ended.cpu);
                recorder.merge(ended.recorder);
            }
            Err(error) => {
                shared.cancel();
                failure.get_or_insert(error);
            }
        }
    }
    let hiccups = meter.map(Meter::stop).unwrap_or_default();
    if let Some(error) = failure {
        return Err(error);
    }
    let elapsed = shared.elapsed();
    let started = shared
        .began()
        .and_then(|(_, time)| time.duration_since(UNIX_EPOCH).ok());
    Ok(Outcome {
        started_unix_ns: started.unwrap_or_default().as_nanos() as u64,
        seconds: elapsed.as_secs_f64(),
        engine_cpu,
        recorder,
        slices: shared.slices().until(elapsed.as_micros() as u64),
        hiccups,
        cancelled: shared.is_cancelled(),
    })
}

//! One thread of the engine: a runtime of its own, its share of the connections, nothing shared on
//! the path of a request but a lock that nobody else wants.

mod closed;
mod lines;
mod open;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::{LocalSet, spawn_local};

use self::lines::Line;
use crate::os;
use crate::outcome::{Answer, Outcome};
use crate::pool::{Assigned, Pool, Slot};
use crate::recorder::Recorder;
use crate::sequence::{Job, Sequence};
use crate::shared::{Plan, Shared};
use crate::spec::Arrivals;

/// What is said where the engine itself broke.
pub const FAILED: &str = "the engine failed: please report it";

const OVERDUE_CHECK: Duration = Duration::from_millis(5);

/// What a thread brings back.
pub struct Ended {
    pub recorder: Recorder,
    /// Share of a core that it worked during the block; idle polling does not count.
    pub cpu: f64,
}

/// Run thread `index` of the plan to its end.
pub fn run(index: usize, plan: Arc<Plan>, shared: Arc<Shared>) -> Result<Ended, String> {
    match plan.spec.core {
        Some(core) => os::pin((core + index) % os::cores())
            .map_err(|error| format!("core {core} cannot be used: {error}"))?,
        None => os::unpin(),
    }
    os::sharpen_timers();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("a thread cannot be set up: {error}"))?;
    let worker = Rc::new(Worker::new(index, plan, shared));
    LocalSet::new().block_on(&runtime, Rc::clone(&worker).work())?;
    Ok(Ended {
        recorder: worker.recorder.replace(Recorder::new(0)),
        cpu: worker.cpu.get(),
    })
}

struct Worker {
    index: usize,
    plan: Arc<Plan>,
    shared: Arc<Shared>,
    pool: Pool,
    recorder: RefCell<Recorder>,
    /// Requests due and not ended.
    outstanding: Cell<u64>,
    ended: Notify,
    /// Whether bytes went in or out since it was last asked.
    active: Rc<Cell<bool>>,
    cpu: Cell<f64>,
    /// Beginning of the lead-in.
    start: Cell<Instant>,
}

impl Worker {
    fn new(index: usize, plan: Arc<Plan>, shared: Arc<Shared>) -> Self {
        Self {
            index,
            recorder: RefCell::new(Recorder::new(plan.spec.requests.len())),
            plan,
            shared,
            pool: Pool::default(),
            outstanding: Cell::new(0),
            ended: Notify::new(),
            active: Rc::default(),
            cpu: Cell::new(0.0),
            start: Cell::new(Instant::now()),
        }
    }

    async fn work(self: Rc<Self>) -> Result<(), String> {
        let mut cancelled = self.shared.cancelled();
        tokio::select! {
            biased;
            // Whatever is under way is dropped, and counts as if it had never begun.
            _ = cancelled.wait_for(|&cancelled| cancelled) => self.shared.given_up(),
            ended = Rc::clone(&self).load() => ended,
        }
    }

    async fn load(self: Rc<Self>) -> Result<(), String> {
        let opened = self.open_lines().await;
        if let Err(words) = &opened {
            self.shared.give_up(words.clone());
        }
        // All threads begin together, or none.
        self.start.set(self.shared.begin().await?);
        let lines = opened?;
        let spec = &self.plan.spec;
        let cpu_start = os::thread_cpu();
        let overdue = Rc::clone(&self);
        spawn_local(async move {
            loop {
                tokio::time::sleep(OVERDUE_CHECK).await;
                overdue.end_overdue();
            }
        });
        let polled = match spec.arrivals {
            Arrivals::Open { rate, process } => self.open_loop(lines, rate, process).await?,
            Arrivals::Closed { .. } => {
                self.closed_loop(lines).await;
                None
            }
        };
        let worked = polled.unwrap_or_else(|| os::thread_cpu() - cpu_start);
        self.cpu
            .set(worked.as_secs_f64() / self.elapsed().as_secs_f64().max(1e-9));
        Ok(())
    }

    async fn carry_out(&self, slot: &Slot, line: &mut Line, assigned: Assigned) {
        let Assigned { job, at_once } = assigned;
        let sent_ns = self.now_ns();
        let counted = job.intended_ns >= self.plan.lead_in_ns;
        if counted {
            self.shared.sent.fetch_add(1, Relaxed);
            let mut recorder = self.recorder.borrow_mut();
            recorder.sent += 1;
            if at_once {
                recorder.lag.record((sent_ns - job.intended_ns) / 1_000, 1);
            }
        }
        let deadline_ns = sent_ns + self.plan.timeout_ns;
        let exchange = line.exchange(&self.plan, &job);
        let answer = slot.until(deadline_ns, || self.now_ns(), exchange).await;
        let answer = answer.unwrap_or_else(|| {
            line.abandon();
            Answer::failed(Outcome::Timeout, "no answer in time")
        });
        if counted {
            self.record(&job, sent_ns, answer);
        }
    }

    fn record(&self, job: &Job, sent_ns: u64, answer: Answer) {
        let now_ns = self.now_ns();
        let latency_us = (now_ns - job.intended_ns) / 1_000;
        let service_us = (now_ns - sent_ns) / 1_000;
        let ok = answer.outcome == Outcome::Ok;
        let counter = if ok {
            &self.shared.completed
        } else {
            &self.shared.failed
        };
        counter.fetch_add(1, Relaxed);
        let at_us = (now_ns - self.plan.lead_in_ns) / 1_000;
        self.shared.slices().record(at_us, latency_us, ok);
        self.recorder
            .borrow_mut()
            .record(job.kind, answer, latency_us, service_us);
    }

    /// Every few milliseconds: requests past their time, under way or still waiting for a slot.
    fn end_overdue(&self) {
        let now_ns = self.now_ns();
        self.pool.wake_overdue(now_ns);
        let expired = self
            .pool
            .take_expired(now_ns.saturating_sub(self.plan.timeout_ns));
        for job in expired {
            if job.intended_ns >= self.plan.lead_in_ns {
                // It was the system that held every slot: no fault of the engine's.
                self.recorder.borrow_mut().sent += 1;
                self.shared.sent.fetch_add(1, Relaxed);
                let words = "no connection was free in time";
                self.record(&job, now_ns, Answer::failed(Outcome::Timeout, words));
            }
            self.outstanding.set(self.outstanding.get() - 1);
            self.ended.notify_one();
        }
    }

    fn sequence(&self, seed: u64) -> Sequence {
        let weights = self.plan.spec.requests.iter().map(|request| request.weight);
        Sequence::new(weights, &self.plan.feeds, seed)
    }

    fn elapsed(&self) -> Duration {
        self.start.get().elapsed()
    }

    fn now_ns(&self) -> u64 {
        self.elapsed().as_nanos() as u64
    }
}

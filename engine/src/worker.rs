//! One thread of the engine: a runtime of its own, its share of the connections, nothing shared on
//! the path of a request but a lock that nobody else wants.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::{JoinSet, LocalSet, spawn_local, yield_now};

use crate::outcome::{Answer, Outcome};
use crate::pool::{Assigned, Pool, Slot};
use crate::recorder::Recorder;
use crate::sequence::{Job, OpenJobs, Sequence};
use crate::shared::{Plan, Requests, Shared};
use crate::spec::{Arrivals, Poll, Process};
use crate::{grpc, http1, os};

const OVERDUE_CHECK: Duration = Duration::from_millis(5);
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

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

/// What carries the requests of a slot.
enum Line {
    Http(http1::Connection),
    Grpc(Rc<grpc::Channel>),
}

impl Line {
    async fn exchange(&mut self, plan: &Plan, job: &Job) -> Answer {
        let kind = usize::from(job.kind);
        match (self, &plan.requests) {
            (Line::Http(connection), Requests::Http(requests)) => {
                connection
                    .exchange(&requests[kind], &plan.feeds, &job.draws)
                    .await
            }
            (Line::Grpc(channel), Requests::Grpc(requests)) => {
                channel
                    .exchange(&requests[kind], &plan.feeds, &job.draws)
                    .await
            }
            _ => unreachable!("lines are made for the plan's protocol"),
        }
    }

    fn abandon(&mut self) {
        // A stream is reset when its future is dropped; a connection must not be used again.
        if let Line::Http(connection) = self {
            connection.abandon();
        }
    }
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
            _ = cancelled.wait_for(|&cancelled| cancelled) => Ok(()),
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

    /// Connections of this thread, each as often as it carries requests at once.
    async fn open_lines(&self) -> Result<Vec<Line>, String> {
        let plan = &self.plan;
        let share = |all: usize| {
            all / plan.spec.threads + usize::from(all % plan.spec.threads > self.index)
        };
        let connections = share(plan.connections());
        match plan.requests {
            Requests::Http(_) => self.open_http(connections).await,
            Requests::Grpc(_) => self.open_grpc(connections).await,
        }
    }

    async fn open_http(&self, count: usize) -> Result<Vec<Line>, String> {
        let mut opening = JoinSet::new();
        for _ in 0..count {
            let endpoint = Arc::clone(&self.plan.endpoint);
            let mut connection = http1::Connection::new(endpoint, Rc::clone(&self.active));
            opening.spawn_local(async move {
                let opened = connection.open().await;
                opened
                    .map(|()| Line::Http(connection))
                    .map_err(|error| error.to_string())
            });
        }
        self.all_open(opening).await
    }

    async fn open_grpc(&self, count: usize) -> Result<Vec<Line>, String> {
        let mut opening = JoinSet::new();
        for _ in 0..count {
            let endpoint = Arc::clone(&self.plan.endpoint);
            let channel = grpc::Channel::new(endpoint, Rc::clone(&self.active));
            opening.spawn_local(async move { channel.open().await.map(|()| channel) });
        }
        let channels = self.all_open(opening).await?;
        // By turns, so that the slots that stand next to each other are on different connections.
        let streams = 0..self.plan.streams();
        let line = |channel: &Rc<grpc::Channel>| Line::Grpc(Rc::clone(channel));
        Ok(streams.flat_map(|_| channels.iter().map(line)).collect())
    }

    async fn all_open<T: 'static>(
        &self,
        opening: JoinSet<Result<T, String>>,
    ) -> Result<Vec<T>, String> {
        let authority = &self.plan.endpoint.authority;
        let opened = tokio::time::timeout(OPEN_TIMEOUT, opening.join_all())
            .await
            .map_err(|_| format!("{authority} did not take the connections within 10 s"))?;
        opened
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|error| format!("no connection to {authority}: {error}"))
    }

    /// Gives the time worked, where the thread polled instead of sleeping.
    async fn open_loop(
        self: &Rc<Self>,
        lines: Vec<Line>,
        rate: f64,
        process: Process,
    ) -> Result<Option<Duration>, String> {
        for line in lines {
            spawn_local(Rc::clone(self).serve(self.pool.add_slot(), line));
        }
        let spec = &self.plan.spec;
        let jobs = OpenJobs::new(
            (rate, process),
            self.sequence(spec.seed),
            self.plan.end_ns,
            (self.index, spec.threads),
            spec.seed,
        );
        let worked = match spec.poll {
            Poll::Spin => Some(self.dispatch_spinning(jobs).await),
            Poll::Sleep => {
                let dispatched = self.dispatch_sleeping(jobs).await;
                dispatched.map_err(|error| format!("no timer: {error}"))?;
                None
            }
        };
        while self.outstanding.get() > 0 {
            self.ended.notified().await;
        }
        Ok(worked)
    }

    /// Turns that moved no byte and began no request are idle, and not counted as work.
    async fn dispatch_spinning(&self, mut jobs: OpenJobs) -> Duration {
        let mut worked_ns = 0;
        let mut turn_ns = self.now_ns();
        let mut next = jobs.next(&self.plan.feeds);
        loop {
            let now_ns = self.now_ns();
            if self.active.replace(false) {
                worked_ns += now_ns - turn_ns;
            }
            turn_ns = now_ns;
            while let Some(job) = next.filter(|job| job.intended_ns <= now_ns) {
                self.begin(job);
                next = jobs.next(&self.plan.feeds);
            }
            if next.is_none() && now_ns >= self.plan.end_ns {
                return Duration::from_nanos(worked_ns);
            }
            yield_now().await;
        }
    }

    async fn dispatch_sleeping(&self, mut jobs: OpenJobs) -> std::io::Result<()> {
        let timer = os::Timer::new()?;
        while let Some(job) = jobs.next(&self.plan.feeds) {
            let early_ns = job.intended_ns.saturating_sub(self.now_ns());
            if early_ns > 0 {
                timer.sleep(Duration::from_nanos(early_ns)).await?;
            }
            self.begin(job);
        }
        let rest_ns = self.plan.end_ns.saturating_sub(self.now_ns());
        timer.sleep(Duration::from_nanos(rest_ns)).await
    }

    fn begin(&self, job: Job) {
        self.active.set(true);
        self.outstanding.set(self.outstanding.get() + 1);
        if job.intended_ns >= self.plan.lead_in_ns {
            self.shared.scheduled.fetch_add(1, Relaxed);
            let mut recorder = self.recorder.borrow_mut();
            recorder.scheduled += 1;
            recorder.max_in_flight = recorder.max_in_flight.max(self.outstanding.get());
        }
        self.pool.assign(job);
    }

    /// A slot of an open loop: takes jobs until the worker ends.
    async fn serve(self: Rc<Self>, slot: Rc<Slot>, mut line: Line) {
        loop {
            let assigned = self.pool.next(&slot).await;
            self.carry_out(&slot, &mut line, assigned).await;
            self.outstanding.set(self.outstanding.get() - 1);
            self.ended.notify_one();
        }
    }

    async fn closed_loop(self: &Rc<Self>, lines: Vec<Line>) {
        let purpose = self.plan.spec.seed.wrapping_add(self.index as u64);
        let sequence = Rc::new(RefCell::new(self.sequence(purpose)));
        let mut users = JoinSet::new();
        for mut line in lines.into_iter().take(self.plan.users_of(self.index)) {
            let (worker, sequence) = (Rc::clone(self), Rc::clone(&sequence));
            users.spawn_local(async move {
                let slot = worker.pool.add_slot();
                loop {
                    let now_ns = worker.now_ns();
                    if now_ns >= worker.plan.end_ns {
                        return;
                    }
                    let job = sequence.borrow_mut().next(now_ns, &worker.plan.feeds);
                    if now_ns >= worker.plan.lead_in_ns {
                        worker.shared.scheduled.fetch_add(1, Relaxed);
                        worker.recorder.borrow_mut().scheduled += 1;
                    }
                    let assigned = Assigned {
                        job,
                        at_once: false,
                    };
                    worker.carry_out(&slot, &mut line, assigned).await;
                    // A system that answers at once must not keep the others from their turn.
                    tokio::task::coop::consume_budget().await;
                }
            });
        }
        let in_flight = users.len() as u64;
        self.recorder.borrow_mut().max_in_flight = in_flight;
        users.join_all().await;
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

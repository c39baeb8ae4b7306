//! The open loop: requests begin when the schedule says, whatever becomes of those before them.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::task::{JoinSet, spawn_local, yield_now};

use super::lines::Line;
use super::{FAILED, Worker};
use crate::os;
use crate::pool::Slot;
use crate::sequence::{Job, OpenJobs};
use crate::spec::{Poll, Process};

impl Worker {
    /// Gives the time worked, where the thread polled instead of sleeping.
    pub(super) async fn open_loop(
        self: &Rc<Self>,
        lines: Vec<Line>,
        rate: f64,
        process: Process,
    ) -> Result<Option<Duration>, String> {
        let mut slots = JoinSet::new();
        for line in lines {
            slots.spawn_local(Rc::clone(self).serve(self.pool.add_slot(), line));
        }
        let shared = Arc::clone(&self.shared);
        spawn_local(async move {
            // No slot ends by itself; the request of one that broke would be awaited for ever.
            if let Some(Err(_)) = slots.join_next().await {
                shared.give_up(FAILED.into());
                shared.cancel();
            }
        });
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
}

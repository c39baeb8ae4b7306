//! Slots: places for one request under way each, and the requests that wait for one.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::sequence::Job;

/// A job as a slot gets it.
#[derive(Clone, Copy)]
pub struct Assigned {
    pub job: Job,
    /// Whether it found a free slot when it was due, so that only the engine can have held it up.
    pub at_once: bool,
}

/// One place for a request under way: an HTTP/1.1 connection, or a stream of an HTTP/2 one.
#[derive(Default)]
pub struct Slot {
    assigned: Cell<Option<Assigned>>,
    waker: RefCell<Option<Waker>>,
    /// Nanoseconds; 0 while nothing is under way.
    deadline_ns: Cell<u64>,
}

impl Slot {
    /// Await `exchange` until the deadline: None where that came first. Looked at every few
    /// milliseconds (`Pool::wake_overdue`): a timer for each request would cost more than the request.
    pub async fn until<F: Future>(
        &self,
        deadline_ns: u64,
        now_ns: impl Fn() -> u64,
        exchange: F,
    ) -> Option<F::Output> {
        self.deadline_ns.set(deadline_ns);
        let mut exchange = pin!(exchange);
        let output = poll_fn(|context| {
            if let Poll::Ready(output) = exchange.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            if self.deadline_ns.get() == OVERDUE && now_ns() >= deadline_ns {
                return Poll::Ready(None);
            }
            self.remember(context.waker());
            Poll::Pending
        })
        .await;
        self.deadline_ns.set(0);
        output
    }

    fn remember(&self, waker: &Waker) {
        let mut own = self.waker.borrow_mut();
        if !own.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *own = Some(waker.clone());
        }
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }
}

const OVERDUE: u64 = u64::MAX;

/// The slots of one thread.
#[derive(Default)]
pub struct Pool {
    slots: RefCell<Vec<Rc<Slot>>>,
    /// First in, first out: all connections get their turn.
    idle: RefCell<VecDeque<Rc<Slot>>>,
    /// Due, and without a slot. No longer than the rate times the time-out: what waited so long ends.
    waiting: RefCell<VecDeque<Job>>,
}

impl Pool {
    pub fn add_slot(&self) -> Rc<Slot> {
        let slot = Rc::new(Slot::default());
        self.slots.borrow_mut().push(Rc::clone(&slot));
        slot
    }

    /// Give a job that is due to a free slot, or have it wait for one.
    pub fn assign(&self, job: Job) {
        let Some(slot) = self.idle.borrow_mut().pop_front() else {
            self.waiting.borrow_mut().push_back(job);
            return;
        };
        slot.assigned.set(Some(Assigned { job, at_once: true }));
        slot.wake();
    }

    /// The next job of this slot.
    pub async fn next(&self, slot: &Rc<Slot>) -> Assigned {
        if let Some(job) = self.waiting.borrow_mut().pop_front() {
            return Assigned {
                job,
                at_once: false,
            };
        }
        self.idle.borrow_mut().push_back(Rc::clone(slot));
        poll_fn(|context| match slot.assigned.take() {
            Some(assigned) => Poll::Ready(assigned),
            None => {
                slot.remember(context.waker());
                Poll::Pending
            }
        })
        .await
    }

    /// Wake the slots whose request is past its deadline.
    pub fn wake_overdue(&self, now_ns: u64) {
        for slot in self.slots.borrow().iter() {
            let deadline_ns = slot.deadline_ns.get();
            if deadline_ns != 0 && deadline_ns <= now_ns {
                slot.deadline_ns.set(OVERDUE);
                slot.wake();
            }
        }
    }

    /// Take the waiting jobs that were due before `before_ns`: their time is up.
    pub fn take_expired(&self, before_ns: u64) -> Vec<Job> {
        let mut waiting = self.waiting.borrow_mut();
        let expired = waiting
            .iter()
            .take_while(|job| job.intended_ns < before_ns)
            .count();
        waiting.drain(..expired).collect()
    }
}

//! The closed loop: each user begins the next request when the last one was answered.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::Ordering::Relaxed;

use tokio::task::JoinSet;

use super::Worker;
use super::lines::Line;
use crate::pool::Assigned;

impl Worker {
    pub(super) async fn closed_loop(self: &Rc<Self>, lines: Vec<Line>) {
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
}

//! What a thread counts while it sends.

use crate::histogram::Histogram;
use crate::outcome::{Answer, Outcome};

const MOST_ERRORS: usize = 10;

/// Times of the requests of one kind that ended alike.
pub struct Times {
    pub outcome: Outcome,
    pub latency: Histogram,
    pub service: Histogram,
}

/// One thread's counts; merged when all threads have ended.
pub struct Recorder {
    /// By kind of request; few outcomes each, so a short list beats a map.
    pub times: Vec<Vec<Times>>,
    pub lag: Histogram,
    pub scheduled: u64,
    pub sent: u64,
    pub completed: u64,
    pub max_in_flight: u64,
    pub first_errors: Vec<(Outcome, String)>,
}

impl Recorder {
    pub fn new(kinds: usize) -> Self {
        Self {
            times: (0..kinds).map(|_| Vec::new()).collect(),
            lag: Histogram::new(),
            scheduled: 0,
            sent: 0,
            completed: 0,
            max_in_flight: 0,
            first_errors: Vec::new(),
        }
    }

    pub fn record(&mut self, kind: u16, answer: Answer, latency_us: u64, service_us: u64) {
        self.completed += u64::from(answer.outcome.is_answer());
        let times = self.times_of(kind, answer.outcome);
        times.latency.record(latency_us, 1);
        times.service.record(service_us, 1);
        if answer.outcome != Outcome::Ok && self.first_errors.len() < MOST_ERRORS {
            self.first_errors.push((answer.outcome, answer.words));
        }
    }

    pub fn merge(&mut self, other: Recorder) {
        for (kind, ended) in other.times.into_iter().enumerate() {
            for times in ended {
                let own = self.times_of(kind as u16, times.outcome);
                own.latency.merge(&times.latency);
                own.service.merge(&times.service);
            }
        }
        self.lag.merge(&other.lag);
        self.scheduled += other.scheduled;
        self.sent += other.sent;
        self.completed += other.completed;
        self.max_in_flight += other.max_in_flight;
        self.first_errors.extend(other.first_errors);
        self.first_errors.truncate(MOST_ERRORS);
    }

    fn times_of(&mut self, kind: u16, outcome: Outcome) -> &mut Times {
        let ended = &mut self.times[usize::from(kind)];
        let found = ended.iter().position(|times| times.outcome == outcome);
        let index = found.unwrap_or_else(|| {
            ended.push(Times {
                outcome,
                latency: Histogram::new(),
                service: Histogram::new(),
            });
            ended.len() - 1
        });
        &mut ended[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_come_together_without_loss() {
        let recorder = |outcome, latency_us| {
            let mut recorder = Recorder::new(2);
            recorder.record(1, Answer::failed(outcome, "seen"), latency_us, 5);
            recorder
        };
        let mut all = recorder(Outcome::Ok, 10);
        all.merge(recorder(Outcome::Ok, 20));
        all.merge(recorder(Outcome::Timeout, 30));
        assert_eq!(all.completed, 2);
        assert!(all.times[0].is_empty());
        assert_eq!(all.times[1][0].latency.count(), 2);
        assert_eq!(all.times[1][1].outcome, Outcome::Timeout);
        assert_eq!(all.first_errors, [(Outcome::Timeout, "seen".to_owned())]);
    }
}

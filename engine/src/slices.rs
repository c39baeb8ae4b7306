//! A block over time: short stretches, each with its median, to see when a system is steady.

use crate::histogram::Histogram;

#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    pub at_s: f64,
    pub completed: u64,
    pub failed: u64,
    /// Of the requests answered in this slice; 0 where there were none.
    pub median_us: f64,
    pub p99_us: f64,
}

/// Closed slices, and the counts of the one under way.
pub struct Slices {
    length_us: u64,
    /// Slices that begin later than this are the drain, and no part of the block.
    end_us: u64,
    closed: Vec<Slice>,
    answered: Histogram,
    failed: u64,
}

impl Slices {
    pub fn new(length_s: f64, end_s: f64) -> Self {
        Self {
            length_us: ((length_s * 1e6) as u64).max(1_000),
            end_us: (end_s * 1e6) as u64,
            closed: Vec::new(),
            answered: Histogram::new(),
            failed: 0,
        }
    }

    /// A request ended `at_us` after the block began.
    pub fn record(&mut self, at_us: u64, latency_us: u64, ok: bool) {
        self.close_until(at_us);
        if at_us >= self.end_us {
            return;
        }
        if ok {
            self.answered.record(latency_us, 1);
        } else {
            self.failed += 1;
        }
    }

    /// The slices that are complete at `now_us`.
    pub fn until(&mut self, now_us: u64) -> Vec<Slice> {
        self.close_until(now_us);
        self.closed.clone()
    }

    fn close_until(&mut self, now_us: u64) {
        let mut end_us = (self.closed.len() as u64 + 1) * self.length_us;
        while end_us <= now_us.min(self.end_us) {
            self.closed.push(Slice {
                at_s: (end_us - self.length_us) as f64 / 1e6,
                completed: self.answered.count(),
                failed: self.failed,
                median_us: self.answered.quantile(0.5) as f64,
                p99_us: self.answered.quantile(0.99) as f64,
            });
            self.answered = Histogram::new();
            self.failed = 0;
            end_us += self.length_us;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_close_as_time_passes_whether_or_not_anything_is_answered() {
        let mut slices = Slices::new(0.5, 2.0);
        slices.record(100_000, 70, true);
        slices.record(200_000, 90, false);
        slices.record(1_200_000, 30, true);
        let seen = slices.until(1_700_000);
        let counts: Vec<_> = seen
            .iter()
            .map(|s| (s.at_s, s.completed, s.failed))
            .collect();
        assert_eq!(counts, [(0.0, 1, 1), (0.5, 0, 0), (1.0, 1, 0)]);
        assert_eq!((seen[0].median_us, seen[1].median_us), (70.0, 0.0));
    }

    #[test]
    fn the_drain_is_left_out() {
        let mut slices = Slices::new(1.0, 2.0);
        slices.record(2_500_000, 1, true);
        assert_eq!(slices.until(9_000_000).len(), 2);
    }
}

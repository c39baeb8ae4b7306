//! The sequence of requests of a block: the same seed gives the same requests, whatever answers.

use crate::random::{Random, random_of};
use crate::schedule::{Mix, Schedule};
use crate::spec::Process;
use crate::template::{Draws, Feeds, MOST_FEEDS};

/// One request to make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Job {
    /// Nanoseconds from the beginning of the lead-in at which it should begin.
    pub intended_ns: u64,
    /// Which kind: an index into the workload's requests.
    pub kind: u16,
    pub draws: Draws,
}

const ARRIVALS: u64 = 0;
const MIX: u64 = 1;
const FIRST_FEED: u64 = 2;

/// Draws requests, one after the other. Each stream of randomness is its own.
pub struct Sequence {
    mix: Mix,
    feeds: Vec<Random>,
    turn: u64,
}

impl Sequence {
    pub fn new(weights: impl Iterator<Item = f64>, feeds: &Feeds, seed: u64) -> Self {
        let feeds = feeds.iter().zip(FIRST_FEED..);
        Self {
            mix: Mix::new(weights, seed, MIX),
            feeds: feeds.map(|(_, purpose)| random_of(seed, purpose)).collect(),
            turn: 0,
        }
    }

    pub fn next(&mut self, intended_ns: u64, feeds: &Feeds) -> Job {
        let mut draws = [0; MOST_FEEDS];
        for ((draw, feed), random) in draws.iter_mut().zip(feeds.iter()).zip(&mut self.feeds) {
            *draw = feed.draw(self.turn, random) as u32;
        }
        self.turn += 1;
        Job {
            intended_ns,
            kind: self.mix.draw(),
            draws,
        }
    }
}

/// The jobs of one thread of an open loop: every `stride`-th, from the `offset`-th on.
pub struct OpenJobs {
    schedule: Schedule,
    sequence: Sequence,
    end_ns: u64,
    offset: usize,
    stride: usize,
    made: usize,
}

impl OpenJobs {
    pub fn new(
        (rate_per_s, process): (f64, Process),
        sequence: Sequence,
        end_ns: u64,
        (offset, stride): (usize, usize),
        seed: u64,
    ) -> Self {
        Self {
            schedule: Schedule::new(rate_per_s, process, seed, ARRIVALS),
            sequence,
            end_ns,
            offset,
            stride,
            made: 0,
        }
    }

    pub fn next(&mut self, feeds: &Feeds) -> Option<Job> {
        loop {
            let intended_ns = self.schedule.next().filter(|&at| at < self.end_ns)?;
            let job = self.sequence.next(intended_ns, feeds);
            let is_ours = self.made % self.stride == self.offset;
            self.made += 1;
            if is_ours {
                return Some(job);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::feed::{Draw, Feed};

    fn jobs(seed: u64, share: (usize, usize)) -> Vec<Job> {
        let values = (0..50).map(|i| i.to_string().into()).collect();
        let feed = Arc::new(Feed::new(values, Draw::Zipf { s: 0.99 }).unwrap());
        let feeds = Feeds::new(vec![("id".into(), feed)]).unwrap();
        let sequence = Sequence::new([1.0, 2.0].into_iter(), &feeds, seed);
        let open = (100.0, Process::Poisson);
        let mut jobs = OpenJobs::new(open, sequence, 5_000_000_000, share, seed);
        std::iter::from_fn(|| jobs.next(&feeds)).collect()
    }

    #[test]
    fn a_seed_gives_the_same_requests_again() {
        assert_eq!(jobs(1, (0, 1)), jobs(1, (0, 1)));
        assert_ne!(jobs(1, (0, 1)), jobs(2, (0, 1)));
    }

    #[test]
    fn threads_share_one_sequence() {
        let mut together = [jobs(1, (0, 2)), jobs(1, (1, 2))].concat();
        together.sort_by_key(|job| job.intended_ns);
        assert_eq!(together, jobs(1, (0, 1)));
    }

    #[test]
    fn the_schedule_ends() {
        assert!(
            jobs(1, (0, 1))
                .iter()
                .all(|job| job.intended_ns < 5_000_000_000)
        );
    }
}

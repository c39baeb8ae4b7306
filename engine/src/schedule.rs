//! When requests begin: the intended starts of an open loop, fixed by the seed before the block.

use crate::random::{Random, random_of, unit};
use crate::spec::Process;

/// Intended starts in nanoseconds from the beginning, rising, without end.
///
/// The starts are worked out one at a time, so that a long run needs no more memory than a short
/// one; nothing that happens meanwhile has any influence on them.
pub struct Schedule {
    process: Process,
    gap_ns: f64,
    random: Random,
    count: u64,
    at_ns: f64,
}

impl Schedule {
    pub fn new(rate_per_s: f64, process: Process, seed: u64, purpose: u64) -> Self {
        Self {
            process,
            gap_ns: 1e9 / rate_per_s,
            random: random_of(seed, purpose),
            count: 0,
            at_ns: 0.0,
        }
    }
}

impl Iterator for Schedule {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.at_ns = match self.process {
            // From the count, so that no rounding adds up.
            Process::Constant => self.count as f64 * self.gap_ns,
            // Gaps of a Poisson process: exponential, by inversion.
            Process::Poisson => self.at_ns - (1.0 - unit(&mut self.random)).ln() * self.gap_ns,
        };
        self.count += 1;
        Some(self.at_ns as u64)
    }
}

/// Which kind of request comes next: by weight.
pub struct Mix {
    /// Sum of the weights up to each kind, as a share of all.
    bounds: Vec<f64>,
    random: Random,
}

impl Mix {
    pub fn new(weights: impl Iterator<Item = f64>, seed: u64, purpose: u64) -> Self {
        let mut sum = 0.0;
        let mut bounds: Vec<f64> = weights
            .map(|weight| {
                sum += weight;
                sum
            })
            .collect();
        bounds.iter_mut().for_each(|bound| *bound /= sum);
        Self {
            bounds,
            random: random_of(seed, purpose),
        }
    }

    pub fn draw(&mut self) -> u16 {
        if self.bounds.len() == 1 {
            return 0;
        }
        let at = unit(&mut self.random);
        let last = self.bounds.len() - 1;
        self.bounds.partition_point(|&bound| bound <= at).min(last) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(process: Process, rate: f64, seed: u64, count: usize) -> Vec<u64> {
        Schedule::new(rate, process, seed, 0).take(count).collect()
    }

    #[test]
    fn constant_is_even_and_does_not_drift() {
        let starts = starts(Process::Constant, 3.0, 1, 3_000_001);
        assert_eq!(starts[0], 0);
        assert_eq!(starts[3_000_000], 1_000_000 * 1_000_000_000);
    }

    #[test]
    fn poisson_has_the_rate_and_the_spread() {
        let starts = starts(Process::Poisson, 1000.0, 5, 200_001);
        let gaps: Vec<f64> = starts
            .windows(2)
            .map(|w| (w[1] - w[0]) as f64 / 1e6)
            .collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
    }

    #[test]
    fn a_seed_repeats() {
        let poisson = |seed| starts(Process::Poisson, 10.0, seed, 100);
        assert_eq!(poisson(3), poisson(3));
        assert_ne!(poisson(3), poisson(4));
    }

    #[test]
    fn a_mix_keeps_its_weights() {
        let mut mix = Mix::new([80.0, 15.0, 5.0].into_iter(), 1, 0);
        let mut counts = [0_u32; 3];
        (0..100_000).for_each(|_| counts[usize::from(mix.draw())] += 1);
        for (count, expected) in counts.iter().zip([80_000_i64, 15_000, 5_000]) {
            assert!((i64::from(*count) - expected).abs() < 600, "{counts:?}");
        }
    }
}

//! Randomness that repeats: the same seed gives the same load.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};

pub type Random = Xoshiro256PlusPlus;

/// A generator of its own for each `purpose` under one seed, so that a change in how one is used
/// (more arrivals, another draw) leaves the others as they were.
pub fn random_of(seed: u64, purpose: u64) -> Random {
    let mut mix = SplitMix64::seed_from_u64(seed);
    let mixed = mix.next_u64() ^ SplitMix64::seed_from_u64(!purpose).next_u64();
    Random::seed_from_u64(mixed)
}

/// Uniform in 0 (included) … 1 (excluded), with all 53 bits of a double.
pub fn unit(random: &mut Random) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_and_purposes_give_streams_of_their_own() {
        let first = |seed, purpose| random_of(seed, purpose).next_u64();
        assert_eq!(first(1, 2), first(1, 2));
        assert_ne!(first(1, 2), first(2, 1));
        assert_ne!(first(1, 2), first(1, 3));
    }

    #[test]
    fn unit_stays_in_its_range() {
        let mut random = random_of(3, 0);
        assert!((0..10_000).all(|_| (0.0..1.0).contains(&unit(&mut random))));
    }
}

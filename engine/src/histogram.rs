//! Times in microseconds, counted in buckets: HDR, 1 us to 60 s, 3 significant digits.

use std::io::Cursor;

use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};

pub const LOWEST_US: u64 = 1;
pub const HIGHEST_US: u64 = 60_000_000;
const SIGNIFICANT_DIGITS: u8 = 3;

#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    counts: hdrhistogram::Histogram<u64>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    pub fn new() -> Self {
        let counts =
            hdrhistogram::Histogram::new_with_bounds(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS)
                .expect("the bounds are constants that HDR accepts");
        Self { counts }
    }

    /// Values beyond the range are counted at its end, so that no request is ever lost.
    pub fn record(&mut self, value_us: u64, count: u64) {
        self.counts
            .saturating_record_n(value_us.clamp(LOWEST_US, HIGHEST_US), count);
    }

    pub fn merge(&mut self, other: &Histogram) {
        self.counts
            .add(&other.counts)
            .expect("all histograms have the same bounds");
    }

    pub fn count(&self) -> u64 {
        self.counts.len()
    }

    pub fn min(&self) -> u64 {
        self.counts.min()
    }

    pub fn max(&self) -> u64 {
        self.counts.max()
    }

    pub fn mean(&self) -> f64 {
        self.counts.mean()
    }

    /// Value at quantile `q` in 0 … 1; 0 when empty.
    pub fn quantile(&self, q: f64) -> u64 {
        let rank = (q * self.count() as f64).ceil() as u64;
        self.value_at_rank(rank.clamp(1, self.count().max(1)))
            .unwrap_or(0)
    }

    /// The `rank`-th smallest value, counted from 1; None beyond the number of values.
    pub fn value_at_rank(&self, rank: u64) -> Option<u64> {
        if rank == 0 {
            return None;
        }
        let mut below = 0;
        self.buckets()
            .find(|(_, count)| {
                below += count;
                below >= rank
            })
            .map(|(value_us, _)| value_us)
    }

    /// Share of the values that are at most `limit_us`, up to the width of its bucket.
    pub fn share_within(&self, limit_us: u64) -> f64 {
        if self.count() == 0 {
            return 0.0;
        }
        let end = self.counts.highest_equivalent(limit_us.min(HIGHEST_US));
        let within: u64 = self
            .buckets()
            .take_while(|(value_us, _)| *value_us <= end)
            .map(|(_, count)| count)
            .sum();
        within as f64 / self.count() as f64
    }

    /// (highest value of the bucket, count) of each bucket that is not empty, rising.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> {
        self.counts.iter_recorded().map(|bucket| {
            let highest = self.counts.highest_equivalent(bucket.value_iterated_to());
            (highest, bucket.count_since_last_iteration())
        })
    }

    /// HDR V2, deflated.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut encoded = Vec::new();
        V2DeflateSerializer::new()
            .serialize(&self.counts, &mut encoded)
            .expect("writing to memory does not fail");
        encoded
    }

    /// From HDR V2, deflated or not. Its range and digits may differ from ours.
    pub fn from_bytes(encoded: &[u8]) -> Result<Self, String> {
        let foreign: hdrhistogram::Histogram<u64> = Deserializer::new()
            .deserialize(&mut Cursor::new(encoded))
            .map_err(|error| format!("not a histogram in HDR V2 format: {error}"))?;
        let mut own = Self::new();
        for bucket in foreign.iter_recorded() {
            own.record(
                bucket.value_iterated_to(),
                bucket.count_since_last_iteration(),
            );
        }
        Ok(own)
    }
}

impl FromIterator<(u64, u64)> for Histogram {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(pairs: I) -> Self {
        let mut histogram = Self::new();
        for (value_us, count) in pairs {
            histogram.record(value_us, count);
        }
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Histogram {
        values.into_iter().map(|value| (value, 1)).collect()
    }

    #[test]
    fn small_values_are_exact() {
        let histogram = of(1..=1000);
        assert_eq!(histogram.quantile(0.5), 500);
        assert_eq!(histogram.quantile(0.99), 990);
        assert_eq!(histogram.quantile(0.0), 1);
        assert_eq!(histogram.quantile(1.0), 1000);
        assert_eq!(histogram.value_at_rank(1000), Some(1000));
        assert_eq!(histogram.value_at_rank(1001), None);
        assert_eq!(histogram.value_at_rank(0), None);
    }

    #[test]
    fn large_values_keep_three_digits() {
        for value in [12_345, 999_999, 7_654_321, 59_999_999] {
            let read = of([value]).quantile(0.5) as f64;
            assert!((read - value as f64).abs() <= value as f64 / 1000.0);
        }
    }

    #[test]
    fn values_beyond_the_range_are_kept_at_its_end() {
        let histogram = of([0, 10 * HIGHEST_US]);
        assert_eq!(histogram.count(), 2);
        assert_eq!(histogram.value_at_rank(1), Some(LOWEST_US));
        assert!(histogram.max() >= HIGHEST_US);
        assert_eq!(histogram.buckets().collect::<Histogram>(), histogram);
    }

    #[test]
    fn merging_loses_nothing() {
        let mut whole = of((1..5000).map(|i| i * 17));
        let part = of((1..3000).map(|i| i * 31));
        whole.merge(&part);
        let together = of((1..5000).map(|i| i * 17).chain((1..3000).map(|i| i * 31)));
        assert_eq!(whole, together);
    }

    #[test]
    fn survives_its_encoding() {
        let histogram = of((1..2000).map(|i| i * i));
        let read = Histogram::from_bytes(&histogram.to_bytes()).unwrap();
        assert_eq!(
            read.buckets().collect::<Vec<_>>(),
            histogram.buckets().collect::<Vec<_>>()
        );
        assert!(Histogram::from_bytes(b"nonsense").is_err());
    }

    #[test]
    fn empty_is_zero_everywhere() {
        let empty = Histogram::new();
        assert_eq!((empty.quantile(0.5), empty.share_within(1000)), (0, 0.0));
    }
}

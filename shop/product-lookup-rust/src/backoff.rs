//! How long to wait before trying again.

use std::time::Duration;

const FIRST_WAIT: Duration = Duration::from_millis(100);
pub const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Doubling, each drawn from its upper half: that keeps a fleet which lost its store together from
/// coming back together.
pub fn waits() -> impl Iterator<Item = Duration> + Send {
    let doubling =
        std::iter::successors(Some(FIRST_WAIT), |wait| Some(LONGEST_WAIT.min(*wait * 2)));
    doubling.map(|wait| wait.mul_f64(0.5 + fastrand::f64() / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit() {
        let mut full = FIRST_WAIT;
        for wait in waits().take(12) {
            assert!(full / 2 <= wait && wait <= full, "{wait:?} of {full:?}");
            full = LONGEST_WAIT.min(full * 2);
        }
        assert_eq!(full, LONGEST_WAIT);
    }
}

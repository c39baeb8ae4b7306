use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::Method;

use crate::random::{Random, random_of, unit};

/// What becomes of a call that is picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// The server is never told; the client is answered 503, or UNAVAILABLE.
    Fail,
    /// The answer comes so much later, within `jitter` of it, evenly.
    Slow { delay: Duration, jitter: Duration },
    /// The server is told, and has answered; the client waits until it is healed, and its call ends
    /// then without an answer.
    LoseReply,
}

/// Which calls: of a method (None: any) and a path, in which `{…}` stands for any one segment.
#[derive(Clone, Debug)]
pub struct Pattern {
    pub method: Option<Method>,
    /// None: any.
    pub path: Option<String>,
}

impl Pattern {
    fn fits(&self, method: &Method, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self.path.as_ref().is_none_or(|wanted| {
                let mut segments = path.split('/');
                wanted
                    .split('/')
                    .all(|part| segments.next().is_some_and(|segment| fits(part, segment)))
                    && segments.next().is_none()
            })
    }
}

fn fits(part: &str, segment: &str) -> bool {
    if part.starts_with('{') && part.ends_with('}') {
        return !segment.is_empty();
    }
    part == segment
}

/// The next calls that fit, and no more.
pub struct Picked {
    pattern: Pattern,
    harm: Harm,
    left: AtomicU64,
    random: Mutex<Random>,
}

impl Picked {
    pub fn new(pattern: Pattern, harm: Harm, next: u64) -> Self {
        Self {
            pattern,
            harm,
            left: AtomicU64::new(next),
            random: Mutex::new(random_of(next, 0)),
        }
    }

    /// What becomes of this call; None where it is not one of them.
    pub(super) fn take(&self, method: &Method, path: &str) -> Option<Harm> {
        if !self.pattern.fits(method, path) {
            return None;
        }
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .ok()?;
        Some(self.harm)
    }

    pub(super) fn late(&self, delay: Duration, jitter: Duration) -> Duration {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        (delay + jitter.mul_f64(2.0 * unit(&mut random))).saturating_sub(jitter)
    }
}

/// What became of calls since it was opened.
#[derive(Default)]
pub(super) struct Counts {
    failed: AtomicU64,
    slowed: AtomicU64,
    lost: AtomicU64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Called {
    /// Answered in the server's place.
    pub failed: u64,
    /// Answered later.
    pub slowed: u64,
    /// Whose answers were lost.
    pub lost: u64,
}

impl Counts {
    pub(super) fn count(&self, harm: Harm) {
        let counter = match harm {
            Harm::Fail => &self.failed,
            Harm::Slow { .. } => &self.slowed,
            Harm::LoseReply => &self.lost,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Called {
        Called {
            failed: self.failed.load(Ordering::Relaxed),
            slowed: self.slowed.load(Ordering::Relaxed),
            lost: self.lost.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picks(method: Option<Method>, path: &str) -> Pattern {
        Pattern {
            method,
            path: Some(path.into()),
        }
    }

    #[test]
    fn a_segment_in_braces_is_any() {
        let captures = picks(Some(Method::POST), "/v1/charges/{id}/capture");
        assert!(captures.fits(&Method::POST, "/v1/charges/ch_1/capture"));
        for (method, path) in [
            (Method::GET, "/v1/charges/ch_1/capture"),
            (Method::POST, "/v1/charges//capture"),
            (Method::POST, "/v1/charges/ch_1"),
            (Method::POST, "/v1/charges/ch_1/capture/more"),
            (Method::POST, "/v1/charges/ch_1/refund"),
        ] {
            assert!(!captures.fits(&method, path), "{method} {path}");
        }
        assert!(picks(None, "/healthz").fits(&Method::GET, "/healthz"));
    }

    #[test]
    fn no_more_are_taken_than_the_next_few() {
        let pattern = picks(None, "/a");
        let picked = Picked::new(pattern, Harm::Fail, 2);
        assert_eq!(picked.take(&Method::GET, "/b"), None);
        assert_eq!(picked.take(&Method::GET, "/a"), Some(Harm::Fail));
        assert_eq!(picked.take(&Method::GET, "/a"), Some(Harm::Fail));
        assert_eq!(picked.take(&Method::GET, "/a"), None);
    }
}

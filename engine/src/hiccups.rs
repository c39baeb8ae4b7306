//! A hiccup meter: a thread on each core that sleeps a millisecond again and again, and notes when
//! the machine let it sleep for two. Gil Tene's idea (jHiccup), a core at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::os;

const NAP: Duration = Duration::from_millis(1);
const GAP: Duration = Duration::from_millis(1);

#[derive(Clone, Debug)]
pub struct Hiccups {
    pub core: usize,
    /// Gaps over 1 ms.
    pub count: u64,
    pub longest_us: u64,
    /// Whether the meter ran before all ordinary threads: then a gap is the machine's doing.
    pub realtime: bool,
}

pub struct Meter {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Option<Hiccups>>>,
}

impl Meter {
    /// Watch every core from `from` on, until it is stopped.
    pub fn start(from: Instant) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let watch = |core| {
            let stop = Arc::clone(&stop);
            let builder = std::thread::Builder::new().name(format!("assay-hiccup-{core}"));
            builder.spawn(move || watch(core, from, &stop)).ok()
        };
        let threads = (0..os::cores()).filter_map(watch).collect();
        Self { stop, threads }
    }

    pub fn stop(mut self) -> Vec<Hiccups> {
        self.stop.store(true, Relaxed);
        let threads = std::mem::take(&mut self.threads);
        let joined = threads.into_iter().filter_map(|thread| thread.join().ok());
        joined.flatten().collect()
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
    }
}

fn watch(core: usize, from: Instant, stop: &AtomicBool) -> Option<Hiccups> {
    // A core that this process may not use is not watched.
    os::pin(core).ok()?;
    let realtime = os::become_realtime();
    os::sharpen_timers();
    let mut seen = Hiccups {
        core,
        count: 0,
        longest_us: 0,
        realtime,
    };
    while !stop.load(Relaxed) {
        let before = Instant::now();
        std::thread::sleep(NAP);
        let gap = before.elapsed().saturating_sub(NAP);
        if before >= from && gap > GAP {
            seen.count += 1;
            seen.longest_us = seen.longest_us.max(gap.as_micros() as u64);
        }
    }
    Some(seen)
}

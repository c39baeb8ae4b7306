//! Keeps cores from going idle. A core that sleeps takes from 50 us to 1 ms to answer, on a virtual
//! machine above all; a service that rests between two requests would be charged for that, and a
//! fast one more than a slow one. The kernel's own remedy, `idle=poll`, is set for a whole machine;
//! this one needs no rights, and is over with the block.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::os;

/// Turned over between two looks at the flag: some microseconds.
const TURNS: usize = 1_000;

/// While it lives, the cores are busy with nothing, behind everyone who has something to do.
pub struct Awake(Arc<AtomicBool>);

impl Awake {
    /// A core that may not be used, or on which nobody can be put last, is left as it is.
    pub fn keep(cores: &[usize]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        for &core in cores {
            let stop = Arc::clone(&stop);
            let builder = std::thread::Builder::new().name(format!("assay-awake-{core}"));
            // Without the thread the core may sleep, which is how it would be without us.
            let _ = builder.spawn(move || {
                if os::pin(core).is_ok() && os::become_idle() {
                    while !stop.load(Relaxed) {
                        (0..TURNS).for_each(|_| std::hint::spin_loop());
                    }
                }
            });
        }
        Self(stop)
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

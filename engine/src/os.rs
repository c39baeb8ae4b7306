//! What the kernel is asked: cores, priorities, processor time, a precise timer.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

use tokio::io::unix::AsyncFd;

/// Pin the calling thread to one core.
pub fn pin(core: usize) -> io::Result<()> {
    // SAFETY: the set is plain memory that lives through the call.
    let failed = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        if core >= libc::CPU_SETSIZE as usize {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        libc::CPU_SET(core, &mut set);
        libc::sched_setaffinity(0, std::mem::size_of_val(&set), &set)
    };
    if failed == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Let the calling thread run on any core again that the machine has: a pin is inherited.
pub fn unpin() {
    // SAFETY: as above. Cores that are not there, or not ours, are left out by the kernel.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        (0..libc::CPU_SETSIZE as usize).for_each(|core| libc::CPU_SET(core, &mut set));
        libc::sched_setaffinity(0, std::mem::size_of_val(&set), &set);
    }
}

/// Run the calling thread before all ordinary ones; false where that is not allowed.
pub fn become_realtime() -> bool {
    let priority = libc::sched_param { sched_priority: 1 };
    // SAFETY: the parameter lives through the call.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &priority) == 0 }
}

/// Run the calling thread only where no other wants to; false where that is not allowed.
pub fn become_idle() -> bool {
    let priority = libc::sched_param { sched_priority: 0 };
    // SAFETY: the parameter lives through the call.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &priority) == 0 }
}

/// Have the calling thread's timers fire when they are due, not up to 50 us later.
pub fn sharpen_timers() {
    // SAFETY: no pointers.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1_u64) };
}

pub fn cores() -> usize {
    // SAFETY: no pointers.
    unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }.max(1) as usize
}

/// Processor time of the calling thread.
pub fn thread_cpu() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` lives through the call.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// A timer of the kernel: tokio's own is no finer than a millisecond.
pub struct Timer {
    fd: AsyncFd<OwnedFd>,
}

impl Timer {
    pub fn new() -> io::Result<Self> {
        // SAFETY: the descriptor is new and owned by nobody else.
        let fd = unsafe {
            let flags = libc::TFD_NONBLOCK | libc::TFD_CLOEXEC;
            let raw = libc::timerfd_create(libc::CLOCK_MONOTONIC, flags);
            if raw < 0 {
                return Err(io::Error::last_os_error());
            }
            OwnedFd::from_raw_fd(raw)
        };
        Ok(Self {
            // SAFETY: the descriptor is owned by what registers it, and stays the same.
            fd: unsafe { AsyncFd::register(fd) }?,
        })
    }

    pub async fn sleep(&self, duration: Duration) -> io::Result<()> {
        // Zero would disarm the timer.
        let duration = duration.max(Duration::from_nanos(1));
        let zero = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let due = libc::itimerspec {
            it_interval: zero,
            it_value: libc::timespec {
                tv_sec: duration.as_secs() as libc::time_t,
                tv_nsec: libc::c_long::from(duration.subsec_nanos() as i32),
            },
        };
        let raw = self.fd.get_ref().as_raw_fd();
        // SAFETY: `due` lives through the call; the old value is not asked for.
        if unsafe { libc::timerfd_settime(raw, 0, &due, std::ptr::null_mut()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        let mut ready = self.fd.readable().await?;
        let mut count = 0_u64;
        // SAFETY: reads 8 bytes into 8 bytes.
        unsafe { libc::read(raw, (&raw mut count).cast(), 8) };
        ready.clear_ready();
        Ok(())
    }
}

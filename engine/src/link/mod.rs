//! A link between two processes, to be troubled on purpose: a proxy on loopback.
//!
//! [`listening`] lets clients in, or not; [`carrying`] takes what they send to the server and what it
//! answers back; [`trouble`] is what may be wrong, [`counts`] what it did.
//!
//! One thread and one runtime a link. It ends with the process that opened it, and nothing of it is
//! left on the machine: there is nothing to undo.

mod carrying;
mod counts;
mod listening;
mod trouble;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use tokio::sync::watch;

pub use counts::{Counted, Counts};
pub use trouble::Trouble;

/// Open until it is dropped.
pub struct Link {
    port: u16,
    counts: Arc<Counts>,
    /// None once it is closed.
    trouble: Option<watch::Sender<Trouble>>,
    /// One word for each turn of `trouble`, once the door is as it asks.
    turned: Mutex<mpsc::Receiver<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Link {
    /// Listens on a free port, and connects to `server` for each client that comes.
    pub fn open(server: SocketAddr) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let door = {
            let _entered = runtime.enter();
            listening::Door::open(0)?
        };
        let port = door.port();
        let (trouble, seen) = watch::channel(Trouble::None);
        let (door_turned, turned) = mpsc::channel();
        let counts = Arc::new(Counts::default());
        let counted = Arc::clone(&counts);
        let thread = std::thread::Builder::new()
            .name("link".into())
            .spawn(move || {
                runtime.block_on(listening::serve(door, server, seen, door_turned, counted))
            })?;
        Ok(Self {
            port,
            counts,
            trouble: Some(trouble),
            turned: Mutex::new(turned),
            thread: Some(thread),
        })
    }

    /// For clients, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// For whoever connects from the return of this on; `Trouble::None` heals.
    pub fn set(&self, trouble: Trouble) {
        let turned = self.turned.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = &self.trouble {
            sender.send_replace(trouble);
            // Only a thread that has ended does not answer, and its door is shut.
            let _ = turned.recv();
        }
    }

    pub fn counted(&self) -> Counted {
        self.counts.read()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // Without a sender the thread has nothing to wait for.
        self.trouble = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;

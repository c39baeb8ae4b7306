//! The calls on a link, told apart: a proxy that speaks HTTP/1.1 and HTTP/2 (gRPC), so that the next
//! few calls of one path can be failed, or slowed, or have their answers lost.
//!
//! [`picking`] says which calls, and what becomes of them; [`passing`] takes each to the server and
//! its answer back. Where all of a connection is to be troubled, [`crate::link`] stands before this.
//!
//! One thread and one runtime, which end with the process that opened it.

mod passing;
mod picking;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::watch;

pub use picking::{Called, Harm, Pattern, Picked};

use picking::Counts;

/// Open until it is dropped.
pub struct Calls {
    port: u16,
    counts: Arc<Counts>,
    /// None once it is closed.
    picked: Option<watch::Sender<Option<Arc<Picked>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Calls {
    /// Listens on a free port, and takes each call to `server`.
    pub fn open(server: SocketAddr) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let port = listener.local_addr()?.port();
        let (picked, seen) = watch::channel(None);
        let counts = Arc::new(Counts::default());
        let counted = Arc::clone(&counts);
        let thread = std::thread::Builder::new()
            .name("calls".into())
            .spawn(move || runtime.block_on(passing::serve(listener, server, seen, counted)))?;
        Ok(Self {
            port,
            counts,
            picked: Some(picked),
            thread: Some(thread),
        })
    }

    /// For clients, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// For the calls that come from the return of this on; None heals.
    pub fn pick(&self, picked: Option<Picked>) {
        if let Some(sender) = &self.picked {
            sender.send_replace(picked.map(Arc::new));
        }
    }

    pub fn counted(&self) -> Called {
        self.counts.read()
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        // Without a sender the thread has nothing to wait for.
        self.picked = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;

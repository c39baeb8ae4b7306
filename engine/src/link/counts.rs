use std::sync::atomic::{AtomicU64, Ordering};

/// What a link did since it was opened.
#[derive(Default)]
pub struct Counts {
    connections: AtomicU64,
    slowed: AtomicU64,
    held: AtomicU64,
    lost: AtomicU64,
    cut: AtomicU64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Let in.
    pub connections: u64,
    /// Pieces of answers that came later.
    pub slowed: u64,
    /// Pieces, of either side, that were held back.
    pub held: u64,
    /// Pieces of answers that never came.
    pub lost: u64,
    /// Connections that were reset.
    pub cut: u64,
}

impl Counts {
    pub(super) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn slowed(&self) {
        self.slowed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn held(&self) {
        self.held.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn cut(&self) {
        self.cut.fetch_add(1, Ordering::Relaxed);
    }

    pub fn read(&self) -> Counted {
        Counted {
            connections: self.connections.load(Ordering::Relaxed),
            slowed: self.slowed.load(Ordering::Relaxed),
            held: self.held.load(Ordering::Relaxed),
            lost: self.lost.load(Ordering::Relaxed),
            cut: self.cut.load(Ordering::Relaxed),
        }
    }
}

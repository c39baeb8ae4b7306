use std::num::NonZeroU64;
use std::time::Duration;

/// What is wrong with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    None,
    /// What the server answers takes longer.
    Slow {
        /// Of each piece of an answer.
        delay: Duration,
        /// Each piece's delay lies within this of it, evenly; pieces stay in their order.
        jitter: Duration,
        bytes_per_s: Option<NonZeroU64>,
    },
    /// Nothing arrives on either side, and nobody is told; it arrives when the link is healed, as a
    /// network's retransmissions would have it.
    Blackhole,
    /// The server is told everything and its answers are lost; a connection that lost some ends when
    /// the link is healed.
    LostReplies,
    /// Connections are reset, those that come as well.
    Reset,
    /// Connections are reset, and none can be made.
    Refuse,
}

impl Trouble {
    pub fn cuts(self) -> bool {
        matches!(self, Self::Reset | Self::Refuse)
    }
}

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    There,
    /// From the server to the client.
    Back,
}

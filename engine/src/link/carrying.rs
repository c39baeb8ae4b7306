use std::collections::VecDeque;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::time::Instant;

use super::counts::Counts;
use super::trouble::{Trouble, Way};
use crate::random::{Random, random_of, unit};

const PIECE: usize = 16 * 1024;
/// What is held back of one way of a connection at most; the sender waits then.
const MOST_WAITING: usize = 4 << 20;

/// One connection, until either side ends it or trouble does.
pub async fn carry(
    client: TcpStream,
    server: SocketAddr,
    trouble: watch::Receiver<Trouble>,
    counts: Arc<Counts>,
) {
    if trouble.borrow().cuts() {
        counts.cut();
        reset(client);
        return;
    }
    let Ok(server) = TcpStream::connect(server).await else {
        reset(client);
        return;
    };
    let ended = between(client, server, trouble, &counts).await;
    if let Err((client, server)) = ended {
        reset(client);
        reset(server);
    }
}

/// The connections back where they are to be reset.
async fn between(
    mut client: TcpStream,
    mut server: TcpStream,
    trouble: watch::Receiver<Trouble>,
    counts: &Counts,
) -> Result<(), (TcpStream, TcpStream)> {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let damaged = Damage::default();
    let whole = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let there = Carrier::new(Way::There, trouble.clone(), counts, &damaged);
        let back = Carrier::new(Way::Back, trouble.clone(), counts, &damaged);
        tokio::select! {
            done = async {
                tokio::try_join!(
                    there.carried(from_client, to_server),
                    back.carried(from_server, to_client),
                )
            } => done.is_ok(),
            () = cut(trouble, &damaged) => {
                counts.cut();
                false
            }
        }
    };
    if whole { Ok(()) } else { Err((client, server)) }
}

/// Whether a connection has lost bytes: whoever reads on would read nonsense.
#[derive(Default)]
struct Damage(std::sync::atomic::AtomicBool);

impl Damage {
    fn done(&self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    fn is_done(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// Until the connection is to be reset.
async fn cut(mut trouble: watch::Receiver<Trouble>, damaged: &Damage) {
    loop {
        let now = *trouble.borrow_and_update();
        if now.cuts() || (now != Trouble::LostReplies && damaged.is_done()) {
            return;
        }
        if trouble.changed().await.is_err() {
            return pending().await;
        }
    }
}

fn reset(connection: TcpStream) {
    let _ = connection.set_zero_linger();
}

/// One way of one connection.
struct Carrier<'a> {
    way: Way,
    trouble: watch::Receiver<Trouble>,
    counts: &'a Counts,
    damaged: &'a Damage,
    /// What is held back, in its order, each with when it is due; None: when the link is healed.
    waiting: VecDeque<(Option<Instant>, Vec<u8>)>,
    waiting_bytes: usize,
    random: Random,
}

impl<'a> Carrier<'a> {
    fn new(
        way: Way,
        trouble: watch::Receiver<Trouble>,
        counts: &'a Counts,
        damaged: &'a Damage,
    ) -> Self {
        let nth = counts.read().connections;
        Self {
            way,
            trouble,
            counts,
            damaged,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            random: random_of(nth, 0),
        }
    }

    async fn carried(mut self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> io::Result<()> {
        let mut piece = vec![0; PIECE];
        let mut more = true;
        while more || !self.waiting.is_empty() {
            let next = self.waiting.front().map(|(due, _)| *due);
            tokio::select! {
                turned = self.trouble.changed() => {
                    if turned.is_err() {
                        return Ok(());
                    }
                    self.turned();
                }
                () = until(next), if next.is_some() => {
                    if let Some((_, bytes)) = self.waiting.pop_front() {
                        self.waiting_bytes -= bytes.len();
                        to.write_all(&bytes).await?;
                    }
                }
                read = from.read(&mut piece), if more && self.waiting_bytes < MOST_WAITING => {
                    let bytes = &piece[..read?];
                    more = !bytes.is_empty();
                    if more && !self.held_back(bytes) {
                        to.write_all(bytes).await?;
                    }
                }
            }
        }
        // Nor is it told of an end through a blackhole.
        while *self.trouble.borrow_and_update() == Trouble::Blackhole {
            if self.trouble.changed().await.is_err() {
                break;
            }
        }
        to.shutdown().await
    }

    /// What waited for the link to be healed is due now that it is.
    fn turned(&mut self) {
        if *self.trouble.borrow_and_update() == Trouble::Blackhole {
            return;
        }
        let now = Instant::now();
        for (due, _) in &mut self.waiting {
            due.get_or_insert(now);
        }
    }

    /// Whether a piece is taken care of: to be written later, or never.
    fn held_back(&mut self, bytes: &[u8]) -> bool {
        let trouble = *self.trouble.borrow();
        let due = match (trouble, self.way) {
            (Trouble::Blackhole, _) => {
                self.counts.held();
                None
            }
            (Trouble::LostReplies, Way::Back) => {
                self.counts.lost();
                self.damaged.done();
                return true;
            }
            (
                Trouble::Slow {
                    delay,
                    jitter,
                    bytes_per_s,
                },
                Way::Back,
            ) => {
                self.counts.slowed();
                let late = self.late(delay, jitter);
                let takes = bytes_per_s.map_or(Duration::ZERO, |rate| {
                    Duration::from_secs_f64(bytes.len() as f64 / rate.get() as f64)
                });
                Some(self.no_sooner_than(Instant::now() + late) + takes)
            }
            _ if self.waiting.is_empty() => return false,
            // Behind what waits.
            _ => Some(self.no_sooner_than(Instant::now())),
        };
        self.waiting_bytes += bytes.len();
        self.waiting.push_back((due, bytes.to_vec()));
        true
    }

    fn late(&mut self, delay: Duration, jitter: Duration) -> Duration {
        let off = jitter.mul_f64(2.0 * unit(&mut self.random));
        (delay + off).saturating_sub(jitter)
    }

    fn no_sooner_than(&self, due: Instant) -> Instant {
        match self.waiting.back() {
            Some((Some(before), _)) => due.max(*before),
            _ => due,
        }
    }
}

async fn until(due: Option<Option<Instant>>) {
    match due {
        Some(Some(due)) => tokio::time::sleep_until(due).await,
        _ => pending().await,
    }
}

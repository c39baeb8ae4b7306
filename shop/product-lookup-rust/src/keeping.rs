//! The work behind the requests: reach the store, then keep what was read from it fresh.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;
use tracing::{info, warn};

use crate::backoff::{self, LONGEST_WAIT, waits};
use crate::changes::{Change, Taken};
use crate::hearing::{Heard, Hearing};
use crate::metrics::ChangesMetrics;
use crate::readiness::Readiness;
use crate::reads::Unavailable;
use crate::snapshot::{Fingerprints, Snapshot};
use crate::store::{Connections, within};

/// For a load or a refresh as a whole.
const BULK_TIMEOUT: Duration = Duration::from_secs(120);

/// For reading again what was heard of.
const CHANGES_TIMEOUT: Duration = Duration::from_secs(10);
/// To have begun to hear before the snapshot is loaded; it is loaded all the same.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(3);

/// Ready once the store has answered; that it is gone later is told request by request.
pub async fn keep_connected(connections: Arc<Connections>, readiness: Arc<Readiness>) {
    retried(&readiness, || connections.open()).await;
    readiness.ready().await;
    std::future::pending().await
}

/// Ready once the snapshot is loaded, and from then on whatever becomes of store and broker.
pub async fn keep_fresh(
    snapshot: Arc<Snapshot>,
    connections: Arc<Connections>,
    readiness: Arc<Readiness>,
    refresh: Duration,
    brokers: Vec<String>,
    metrics: ChangesMetrics,
) {
    // First, so that nothing between the load and the first record is missed.
    let mut hearing = Hearing::of(brokers, metrics.clone());
    if timeout(BEGIN_TIMEOUT, hearing.begun()).await.is_err() {
        warn!("loads before it hears of changes");
    }
    hearing.forget();
    let began = Instant::now();
    let known = retried(&readiness, || load(&snapshot, &connections)).await;
    let (products, seconds) = (snapshot.len(), began.elapsed().as_secs_f64());
    info!(products, seconds, "snapshot loaded");
    readiness.ready().await;
    let keeper = Keeper {
        snapshot,
        connections,
        metrics,
        known,
        lost: false,
    };
    keeper.keep(hearing, refresh).await
}

/// The one who changes a loaded snapshot: what is heard of at once, all of it now and then.
struct Keeper {
    snapshot: Arc<Snapshot>,
    connections: Arc<Connections>,
    metrics: ChangesMetrics,
    known: Fingerprints,
    lost: bool,
}

impl Keeper {
    async fn keep(mut self, mut hearing: Hearing, refresh: Duration) {
        let mut changes: Vec<Change> = Vec::new();
        let mut missed = false;
        let mut waits = backoff::waits();
        let mut compare_at = Instant::now() + refresh;
        loop {
            let left = compare_at.saturating_duration_since(Instant::now());
            if changes.is_empty() && !missed {
                waits = backoff::waits();
                for heard in timeout(left, hearing.some()).await.unwrap_or_default() {
                    match heard {
                        Heard::Changed(change) => changes.push(change),
                        Heard::Missed => missed = true,
                    }
                }
            } else {
                // The store was not there for them.
                let wait = waits.next().unwrap_or(LONGEST_WAIT);
                tokio::time::sleep(wait.min(left)).await;
            }
            if missed || Instant::now() >= compare_at {
                let compared = self.compare().await;
                missed &= !compared;
                compare_at = Instant::now() + refresh;
            }
            if !changes.is_empty() && self.take_over(&changes).await {
                changes.clear();
            }
        }
    }

    /// Whether it could be done.
    async fn compare(&mut self) -> bool {
        let refreshed = within(BULK_TIMEOUT, async {
            let mut lease = self.connections.lease().await?;
            let changed = self.snapshot.refresh(&mut lease, &mut self.known).await?;
            lease.give_back();
            Ok(changed)
        });
        match refreshed.await {
            Ok(changed) => {
                if changed > 0 || self.lost {
                    info!(
                        changed,
                        products = self.snapshot.len(),
                        "snapshot refreshed"
                    );
                }
                self.lost = false;
                true
            }
            Err(error) => {
                self.grows_old(&error);
                false
            }
        }
    }

    /// Whether it could be done.
    async fn take_over(&mut self, changes: &[Change]) -> bool {
        let ids: BTreeSet<&str> = changes.iter().map(|change| &*change.product_id).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        let read = within(CHANGES_TIMEOUT, async {
            let mut lease = self.connections.lease().await?;
            let known = &mut self.known;
            let taken = self.snapshot.take_over(&mut lease, known, &ids).await?;
            lease.give_back();
            Ok(taken)
        });
        match read.await {
            Ok(taken) => {
                let taken: HashMap<&str, Taken> = ids.into_iter().zip(taken).collect();
                for change in changes {
                    self.metrics.taken(change, taken[&*change.product_id]);
                }
                true
            }
            Err(error) => {
                self.grows_old(&error);
                false
            }
        }
    }

    fn grows_old(&mut self, error: &Unavailable) {
        if !self.lost {
            warn!(reason = %error, "snapshot grows old");
        }
        self.lost = true;
    }
}

async fn load(snapshot: &Snapshot, connections: &Connections) -> Result<Fingerprints, Unavailable> {
    connections.open().await?;
    within(BULK_TIMEOUT, async {
        let mut lease = connections.lease().await?;
        let known = snapshot.load(&mut lease).await?;
        lease.give_back();
        Ok(known)
    })
    .await
}

async fn retried<T, A>(readiness: &Readiness, attempt: impl Fn() -> A) -> T
where
    A: Future<Output = Result<T, Unavailable>>,
{
    let mut waits = waits();
    loop {
        match attempt().await {
            Ok(result) => return result,
            Err(error) => readiness.not_ready(&error.to_string()).await,
        }
        tokio::time::sleep(waits.next().unwrap_or(LONGEST_WAIT)).await;
    }
}

//! The work behind the requests: reach the store, then keep what was read from it fresh.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use crate::readiness::Readiness;
use crate::reads::Unavailable;
use crate::snapshot::{Fingerprints, Snapshot};
use crate::store::{Connections, within};

/// For a load or a refresh as a whole.
const BULK_TIMEOUT: Duration = Duration::from_secs(120);

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Ready once the store has answered; that it is gone later is told request by request.
pub async fn keep_connected(connections: Arc<Connections>, readiness: Arc<Readiness>) {
    retried(&readiness, || connections.open()).await;
    readiness.ready().await;
    std::future::pending().await
}

/// Ready once the snapshot is loaded, and from then on whatever becomes of the store.
pub async fn keep_fresh(
    snapshot: Arc<Snapshot>,
    connections: Arc<Connections>,
    readiness: Arc<Readiness>,
    refresh: Duration,
) {
    let began = Instant::now();
    let mut known = retried(&readiness, || load(&snapshot, &connections)).await;
    let (products, seconds) = (snapshot.len(), began.elapsed().as_secs_f64());
    info!(products, seconds, "snapshot loaded");
    readiness.ready().await;
    let mut lost = false;
    loop {
        tokio::time::sleep(refresh).await;
        let refreshed = within(BULK_TIMEOUT, async {
            let mut lease = connections.lease().await?;
            let changed = snapshot.refresh(&mut lease, &mut known).await?;
            lease.give_back();
            Ok(changed)
        });
        match refreshed.await {
            Ok(changed) => {
                if changed > 0 || lost {
                    info!(changed, products = snapshot.len(), "snapshot refreshed");
                }
                lost = false;
            }
            Err(error) => {
                if !lost {
                    warn!(reason = %error, "snapshot grows old");
                }
                lost = true;
            }
        }
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

/// Doubling, each drawn from its upper half: that keeps a fleet which lost its store together from
/// coming back together.
fn waits() -> impl Iterator<Item = Duration> {
    let doubling =
        std::iter::successors(Some(FIRST_WAIT), |wait| Some(LONGEST_WAIT.min(*wait * 2)));
    doubling.map(|wait| wait.mul_f64(0.5 + fastrand::f64() / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit() {
        let mut full = FIRST_WAIT;
        for wait in waits().take(12) {
            assert!(full / 2 <= wait && wait <= full, "{wait:?} of {full:?}");
            full = LONGEST_WAIT.min(full * 2);
        }
        assert_eq!(full, LONGEST_WAIT);
    }
}

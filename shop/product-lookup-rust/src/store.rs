//! The catalogue in Postgres: the connections, and reads that ask it for every request.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use bytes::Bytes;
use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, Timeouts,
};
use tokio_postgres::NoTls;

use crate::queries::{ONE_PRODUCT, SOME_PRODUCTS};
use crate::reads::Unavailable;
use crate::wire;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// What the store, or the way to it, did wrong.
#[derive(Debug)]
pub struct StoreError(String);

pub struct Connections {
    pool: Pool,
    keep: usize,
}

impl Connections {
    /// `keep` connections are made by `open`, the others when they are needed.
    pub fn new(dsn: &tokio_postgres::Config, keep: usize, at_most: usize) -> Self {
        let mut dsn = dsn.clone();
        dsn.application_name("product-lookup")
            .connect_timeout(CONNECT_TIMEOUT);
        let config = ManagerConfig {
            // Our sessions leave nothing behind: no round trip to clean up between requests.
            recycling_method: RecyclingMethod::Fast,
        };
        let pool = Pool::builder(Manager::from_config(dsn, NoTls, config))
            .max_size(at_most)
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: None,
                create: Some(CONNECT_TIMEOUT),
                recycle: Some(CONNECT_TIMEOUT),
            })
            .build()
            .expect("a pool with timeouts has been given its runtime");
        Self {
            pool,
            keep: keep.clamp(1, at_most),
        }
    }

    pub fn idle(&self) -> usize {
        let status = self.pool.status();
        status.available.min(status.size)
    }

    pub fn used(&self) -> usize {
        self.pool.status().size - self.idle()
    }

    /// Unavailable where the store or its schema is not there.
    pub async fn open(&self) -> Result<(), Unavailable> {
        within(REQUEST_TIMEOUT, async {
            let mut leases = Vec::new();
            for _ in 0..self.keep {
                let lease = self.lease().await?;
                let statement = lease.prepare_cached(ONE_PRODUCT).await?;
                lease.query_opt(&statement, &[&""]).await?;
                leases.push(lease);
            }
            leases.into_iter().for_each(Lease::give_back);
            Ok(())
        })
        .await
    }

    /// Waits for a free connection: to be called `within` a limit.
    pub async fn lease(&self) -> Result<Lease, StoreError> {
        Ok(Lease(Some(self.pool.get().await?)))
    }

    pub fn close(&self) {
        self.pool.close();
    }
}

/// A connection for a while. One that is not given back (its work was dropped: the deadline passed,
/// the caller went away) is closed, for nobody knows what a silent store still sends on it.
pub struct Lease(Option<Object>);

impl Lease {
    pub fn give_back(mut self) {
        self.0 = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
    }
}

impl Deref for Lease {
    type Target = Object;

    fn deref(&self) -> &Object {
        self.0
            .as_ref()
            .expect("a lease has its connection until it is given back")
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Object {
        self.0
            .as_mut()
            .expect("a lease has its connection until it is given back")
    }
}

/// The work's result, or Unavailable where it fails or takes longer than `limit`.
pub async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, Unavailable> {
    match tokio::time::timeout(limit, work).await {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(error)) => Err(Unavailable(format!("the store cannot be read: {error}"))),
        Err(_) => Err(Unavailable("the store does not answer in time".into())),
    }
}

/// One prepared query a request (prepared once a connection).
pub struct StoreReads {
    pub connections: std::sync::Arc<Connections>,
}

impl StoreReads {
    pub async fn one(&self, id: &str) -> Result<Option<Bytes>, Unavailable> {
        if id.contains('\0') {
            return Ok(None); // no text in Postgres holds it
        }
        let row = within(REQUEST_TIMEOUT, async {
            let lease = self.connections.lease().await?;
            let statement = lease.prepare_cached(ONE_PRODUCT).await?;
            let row = lease.query_opt(&statement, &[&id]).await?;
            lease.give_back();
            row.as_ref().map(wire::read).transpose()
        });
        Ok(row.await?.map(|product| product.answer.into()))
    }

    /// One answer an id, None where it does not exist.
    pub async fn many(&self, ids: &[&str]) -> Result<Vec<Option<Bytes>>, Unavailable> {
        let possible: Vec<&str> = ids
            .iter()
            .copied()
            .filter(|id| !id.contains('\0'))
            .collect();
        let found: HashMap<String, Bytes> = within(REQUEST_TIMEOUT, async {
            let lease = self.connections.lease().await?;
            let statement = lease.prepare_cached(SOME_PRODUCTS).await?;
            let rows = lease.query(&statement, &[&possible]).await?;
            lease.give_back();
            rows.iter()
                .map(|row| wire::read(row).map(|product| (product.id, product.answer.into())))
                .collect()
        })
        .await?;
        Ok(ids.iter().map(|id| found.get(*id).cloned()).collect())
    }
}

impl StoreError {
    pub fn options(found: &str, error: &serde_json::Error) -> Self {
        Self(format!(
            "the options {found} of a variant are not [[name, value], ...]: {error}"
        ))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.0)
    }
}

impl From<tokio_postgres::Error> for StoreError {
    /// With its causes: the driver's own words are but "db error".
    fn from(error: tokio_postgres::Error) -> Self {
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            words += &format!(": {error}");
            cause = error.source();
        }
        Self(words)
    }
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            other => Self(other.to_string()),
        }
    }
}

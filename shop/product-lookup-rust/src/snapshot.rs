//! All products in memory, kept equal to the store.
//!
//! The store compares, not this process: each product falls into one of 4,096 buckets, and Postgres
//! gives one fingerprint a bucket over the ids and versions in it. A comparison is then one array
//! of 4,096 numbers, whatever the size of the catalogue; of the buckets whose number changed the
//! versions are compared here, and only what changed is read again. No time stamp or rising number
//! is trusted: a transaction that began early and committed late is seen like any other.
//!
//! What is heard of between two comparisons is read at once. Both change the snapshot, so one task
//! does both; the fingerprints are kept in step, and the next comparison finds nothing new there.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use deadpool_postgres::Transaction;
use futures_util::TryStreamExt;
use tokio_postgres::IsolationLevel;
use tokio_postgres::types::{FromSql, ToSql};

use crate::changes::Taken;
use crate::products::{Builder, Held, Products};
use crate::queries::{
    ALL_PRODUCTS, BUCKETS, BUCKETS_OF, FINGERPRINTS, SOME_PRODUCTS, STEPS, VERSIONS_IN_BUCKETS,
};
use crate::reads::Unavailable;
use crate::store::{Lease, StoreError};
use crate::wire;

/// How many changed products are read in one go.
const CHANGES: usize = 1_000;

/// Answers from memory; none until it is loaded.
#[derive(Default)]
pub struct Snapshot {
    products: ArcSwapOption<Products>,
    /// When it was last known to equal the store.
    equal_at: Mutex<Option<Instant>>,
}

/// One number a bucket, of what is held.
pub struct Fingerprints(Vec<i64>);

impl Snapshot {
    pub fn one(&self, id: &str) -> Result<Option<Bytes>, Unavailable> {
        match &*self.products.load() {
            Some(products) => Ok(products.get(id)),
            None => Err(not_loaded()),
        }
    }

    pub fn many(&self, ids: &[&str]) -> Result<Vec<Option<Bytes>>, Unavailable> {
        match &*self.products.load() {
            Some(products) => Ok(ids.iter().map(|id| products.get(id)).collect()),
            None => Err(not_loaded()),
        }
    }

    pub fn len(&self) -> usize {
        self.products.load().as_ref().map_or(0, |held| held.len())
    }

    /// Since it was last known to equal the store; None until it is loaded.
    pub fn age(&self) -> Option<Duration> {
        let equal_at = *self.equal_at.lock().unwrap_or_else(PoisonError::into_inner);
        equal_at.map(|at| at.elapsed())
    }

    /// Read everything, as of one instant.
    pub async fn load(&self, connection: &mut Lease) -> Result<Fingerprints, StoreError> {
        let began = Instant::now();
        let instant = one_instant(connection).await?;
        let fingerprints = fingerprints(&instant).await?;
        let mut products = Builder::new();
        let nothing: [&(dyn ToSql + Sync); 0] = [];
        let mut rows = pin!(instant.query_raw(ALL_PRODUCTS, nothing).await?);
        while let Some(row) = rows.try_next().await? {
            let read = wire::read(&row)?;
            products.push(Held {
                id: &read.id,
                bucket: bucket(row.try_get("bucket")?),
                version: read.version,
                answer: &read.answer,
            });
        }
        instant.commit().await?;
        self.products.store(Some(Arc::new(products.finish())));
        self.equal_since(began);
        Ok(fingerprints)
    }

    /// Take over what changed in the store; gives the number of products that did.
    pub async fn refresh(
        &self,
        connection: &mut Lease,
        known: &mut Fingerprints,
    ) -> Result<usize, StoreError> {
        let began = Instant::now();
        let instant = one_instant(connection).await?;
        let now = fingerprints(&instant).await?;
        let buckets: Vec<i32> = (0..)
            .zip(now.0.iter().zip(&known.0))
            .filter(|(_, (now, known))| now != known)
            .map(|(bucket, _)| bucket)
            .collect();
        let Difference { changed, gone } = match self.products.load_full() {
            Some(held) if !buckets.is_empty() => difference(&instant, &held, &buckets).await?,
            _ => Difference::default(),
        };

        // Taken over as it is read, so that what was and what is are never both held in whole.
        // Should the store be lost on the way, each product is still as it was at some instant,
        // and the next comparison, against the old fingerprints, finds the rest.
        for some in changed.chunks(CHANGES) {
            let buckets: HashMap<&str, u16> = some.iter().map(|(id, at)| (&**id, *at)).collect();
            let ids: Vec<&str> = some.iter().map(|(id, _)| &**id).collect();
            let rows = instant.query(SOME_PRODUCTS, &[&ids]).await?;
            let read = rows.iter().map(wire::read).collect::<Result<Vec<_>, _>>()?;
            let new: Vec<Held<'_>> = read
                .iter()
                .map(|product| Held {
                    id: &product.id,
                    bucket: buckets[&*product.id],
                    version: product.version,
                    answer: &product.answer,
                })
                .collect();
            self.change(&new, &[]);
        }
        instant.commit().await?;
        if !gone.is_empty() {
            self.change(&[], &gone.iter().map(|id| &**id).collect::<Vec<_>>());
        }
        self.equal_since(began);
        *known = now;
        Ok(changed.len() + gone.len())
    }

    /// Read some products again; never back to an older version. Gives what became of each.
    pub async fn take_over(
        &self,
        connection: &mut Lease,
        known: &mut Fingerprints,
        ids: &[&str],
    ) -> Result<Vec<Taken>, StoreError> {
        let Some(held) = self.products.load_full() else {
            return Ok(Vec::new());
        };
        let instant = one_instant(connection).await?;
        let rows = instant
            .query(&instant.prepare_cached(SOME_PRODUCTS).await?, &[&ids])
            .await?;
        let read = rows.iter().map(wire::read).collect::<Result<Vec<_>, _>>()?;
        let read: HashMap<&str, &wire::Read> = read.iter().map(|each| (&*each.id, each)).collect();
        let taken: Vec<Taken> = ids
            .iter()
            .map(|id| {
                let before = held.version(id);
                let now = read.get(id).map(|each| each.version);
                let older = now.is_some_and(|now| before.is_some_and(|before| now < before));
                let now = if older { before } else { now };
                Taken { before, now }
            })
            .collect();
        let before: Vec<Option<i64>> = taken.iter().map(|each| each.before).collect();
        let now: Vec<Option<i64>> = taken.iter().map(|each| each.now).collect();
        let buckets: Vec<i32> = column(&instant, BUCKETS_OF, &[&ids]).await?;
        let steps: Vec<i64> = column(&instant, STEPS, &[&ids, &before, &now]).await?;
        instant.commit().await?;

        // From here on nothing can fail.
        let (mut new, mut gone) = (Vec::new(), Vec::new());
        for (((&id, taken), number), step) in ids.iter().zip(&taken).zip(buckets).zip(steps) {
            if taken.now == taken.before {
                continue;
            }
            known.0[number as usize] ^= step;
            match read.get(id) {
                Some(product) => new.push(Held {
                    id,
                    bucket: bucket(number),
                    version: product.version,
                    answer: &product.answer,
                }),
                None => gone.push(id),
            }
        }
        if !new.is_empty() || !gone.is_empty() {
            self.change(&new, &gone);
        }
        Ok(taken)
    }

    /// Only `refresh` and `take_over` change what was loaded, one call at a time.
    fn change(&self, changed: &[Held<'_>], gone: &[&str]) {
        if let Some(products) = self.products.load_full() {
            self.products
                .store(Some(Arc::new(products.with(changed, gone))));
        }
    }

    fn equal_since(&self, instant: Instant) {
        *self.equal_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(instant);
    }
}

fn not_loaded() -> Unavailable {
    Unavailable("the snapshot is not loaded yet".into())
}

async fn one_instant(connection: &mut Lease) -> Result<Transaction<'_>, StoreError> {
    Ok(connection
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?)
}

async fn fingerprints(instant: &Transaction<'_>) -> Result<Fingerprints, StoreError> {
    let row = instant.query_one(FINGERPRINTS, &[]).await?;
    Ok(Fingerprints(row.try_get(0)?))
}

/// A value for each of the ids, in their order.
async fn column<T: for<'a> FromSql<'a>>(
    instant: &Transaction<'_>,
    query: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<T>, StoreError> {
    let statement = instant.prepare_cached(query).await?;
    let rows = instant.query(&statement, parameters).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?)
}

/// `queries` gives 0 to 4,095.
fn bucket(number: i32) -> u16 {
    number as u16
}

#[derive(Default)]
struct Difference {
    /// New or of another version, with their buckets.
    changed: Vec<(String, u16)>,
    gone: Vec<String>,
}

/// Between what is held and the store, in these buckets.
async fn difference(
    instant: &Transaction<'_>,
    held: &Products,
    buckets: &[i32],
) -> Result<Difference, StoreError> {
    let mut among = vec![false; BUCKETS];
    buckets
        .iter()
        .for_each(|&number| among[number as usize] = true);
    let mut versions: HashMap<&str, i64> = held
        .iter()
        .filter(|product| among[usize::from(product.bucket)])
        .map(|product| (product.id, product.version))
        .collect();

    let mut changed = Vec::new();
    let parameters: [&(dyn ToSql + Sync); 1] = [&buckets];
    let mut rows = pin!(instant.query_raw(VERSIONS_IN_BUCKETS, parameters).await?);
    while let Some(row) = rows.try_next().await? {
        let id: &str = row.try_get("id")?;
        let version: i64 = row.try_get("version")?;
        if versions.remove(id) != Some(version) {
            changed.push((id.to_owned(), bucket(row.try_get("bucket")?)));
        }
    }
    let gone = versions.into_keys().map(str::to_owned).collect();
    Ok(Difference { changed, gone })
}

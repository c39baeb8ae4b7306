//! Where answers come from.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::snapshot::Snapshot;
use crate::store::StoreReads;

/// No answer can be given now; the words say why.
#[derive(Debug)]
pub struct Unavailable(pub String);

impl fmt::Display for Unavailable {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.0)
    }
}

/// Products by id, each as the bytes of a serialised `GetResponse`.
pub enum Reads {
    Snapshot(Arc<Snapshot>),
    Store(StoreReads),
}

impl Reads {
    pub async fn one(&self, id: &str) -> Result<Option<Bytes>, Unavailable> {
        match self {
            Self::Snapshot(snapshot) => snapshot.one(id),
            Self::Store(store) => store.one(id).await,
        }
    }

    /// One answer an id, None where it does not exist.
    pub async fn many(&self, ids: &[&str]) -> Result<Vec<Option<Bytes>>, Unavailable> {
        match self {
            Self::Snapshot(snapshot) => snapshot.many(ids),
            Self::Store(store) => store.many(ids).await,
        }
    }
}

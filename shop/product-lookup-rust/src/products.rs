//! All products in memory, small: each is a run of bytes in the block of its shard.
//!
//! ```text
//! Products ── shards ──> Shard: entries [ tag bucket version at id_bytes answer_bytes | … ]
//!                               block   [ id answer id answer id answer … ]
//! ```
//!
//! Nothing here is ever changed in place. A change makes new shards where something differs and
//! shares the rest, so that readers need no lock and a refresh costs memory for what changed alone.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use bytes::Bytes;

/// Few enough that their list is copied in microseconds, many enough that a shard holds a handful.
const SHARDS: usize = 16_384;

pub struct Products {
    hasher: RandomState,
    shards: Vec<Arc<Shard>>,
    count: usize,
}

#[derive(Default)]
struct Shard {
    entries: Box<[Entry]>,
    block: Bytes,
}

struct Entry {
    version: i64,
    /// Part of the id's hash: most ids are told apart without a look into the block.
    tag: u32,
    at: u32,
    answer_bytes: u32,
    id_bytes: u16,
    bucket: u16,
}

/// One product as it is held: `answer` is what `Get` sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held<'a> {
    pub id: &'a str,
    pub bucket: u16,
    pub version: i64,
    pub answer: &'a [u8],
}

impl Products {
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn get(&self, id: &str) -> Option<Bytes> {
        let (shard, entry) = self.find(id)?;
        Some(shard.block.slice(entry.answer()))
    }

    pub fn version(&self, id: &str) -> Option<i64> {
        self.find(id).map(|(_, entry)| entry.version)
    }

    fn find(&self, id: &str) -> Option<(&Shard, &Entry)> {
        let (shard, tag) = place(&self.hasher, id);
        let shard = &self.shards[shard];
        let entry = shard
            .entries
            .iter()
            .find(|entry| entry.tag == tag && shard.block[entry.id()] == *id.as_bytes())?;
        Some((shard, entry))
    }

    pub fn iter(&self) -> impl Iterator<Item = Held<'_>> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }

    /// With those that are new or changed put in, and those that are gone left out.
    pub fn with(&self, changed: &[Held<'_>], gone: &[&str]) -> Self {
        let mut touched: HashMap<usize, (Vec<Held<'_>>, HashSet<&str>)> = HashMap::new();
        for &product in changed {
            let (puts, drops) = touched
                .entry(place(&self.hasher, product.id).0)
                .or_default();
            puts.push(product);
            drops.insert(product.id);
        }
        for &id in gone {
            let (_, drops) = touched.entry(place(&self.hasher, id).0).or_default();
            drops.insert(id);
        }

        let mut shards = self.shards.clone();
        let mut count = self.count;
        for (number, (puts, drops)) in touched {
            let old = &self.shards[number];
            let kept = old.iter().filter(|held| !drops.contains(held.id));
            let mut growing = Growing::default();
            for held in kept.chain(puts) {
                growing.push(place(&self.hasher, held.id).1, held);
            }
            count = count + growing.entries.len() - old.entries.len();
            shards[number] = Arc::new(growing.finish());
        }
        Self {
            hasher: self.hasher.clone(),
            shards,
            count,
        }
    }
}

/// The shard of an id, and its tag there.
fn place(hasher: &RandomState, id: &str) -> (usize, u32) {
    let hash = hasher.hash_one(id);
    ((hash >> 32) as usize % SHARDS, hash as u32)
}

impl Shard {
    fn iter(&self) -> impl Iterator<Item = Held<'_>> {
        self.entries.iter().map(|entry| Held {
            // Ids came in as text: this cannot fail.
            id: std::str::from_utf8(&self.block[entry.id()]).unwrap_or_default(),
            bucket: entry.bucket,
            version: entry.version,
            answer: &self.block[entry.answer()],
        })
    }
}

impl Entry {
    fn id(&self) -> std::ops::Range<usize> {
        let at = self.at as usize;
        at..at + self.id_bytes as usize
    }

    fn answer(&self) -> std::ops::Range<usize> {
        let at = self.id().end;
        at..at + self.answer_bytes as usize
    }
}

/// Products while they are read for the first time; each id once.
pub struct Builder {
    hasher: RandomState,
    shards: Vec<Growing>,
    count: usize,
}

#[derive(Default)]
struct Growing {
    entries: Vec<Entry>,
    block: Vec<u8>,
}

impl Builder {
    pub fn new() -> Self {
        let mut shards = Vec::new();
        shards.resize_with(SHARDS, Growing::default);
        Self {
            hasher: RandomState::new(),
            shards,
            count: 0,
        }
    }

    pub fn push(&mut self, product: Held<'_>) {
        let (shard, tag) = place(&self.hasher, product.id);
        self.shards[shard].push(tag, product);
        self.count += 1;
    }

    pub fn finish(self) -> Products {
        Products {
            hasher: self.hasher,
            shards: self
                .shards
                .into_iter()
                .map(|growing| Arc::new(growing.finish()))
                .collect(),
            count: self.count,
        }
    }
}

impl Growing {
    fn push(&mut self, tag: u32, product: Held<'_>) {
        let block_bytes = self.block.len() + product.id.len() + product.answer.len();
        assert!(
            u32::try_from(block_bytes).is_ok() && product.id.len() <= u16::MAX as usize,
            "a shard holds at most 4 GiB, an id has at most 64 characters"
        );
        self.entries.push(Entry {
            version: product.version,
            tag,
            at: self.block.len() as u32,
            answer_bytes: product.answer.len() as u32,
            id_bytes: product.id.len() as u16,
            bucket: product.bucket,
        });
        self.block.extend_from_slice(product.id.as_bytes());
        self.block.extend_from_slice(product.answer);
    }

    /// In boxes of the exact size: what growing set aside is given back.
    fn finish(self) -> Shard {
        Shard {
            entries: self.entries.into_boxed_slice(),
            block: Bytes::from(self.block.into_boxed_slice()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    type Model = BTreeMap<String, (i64, Vec<u8>)>;

    fn held<'a>(id: &'a str, (version, answer): &'a (i64, Vec<u8>)) -> Held<'a> {
        Held {
            id,
            bucket: id.len() as u16,
            version: *version,
            answer,
        }
    }

    fn model() -> impl Strategy<Value = Model> {
        let answer = prop::collection::vec(any::<u8>(), 0..40);
        prop::collection::btree_map("[a-cü]{1,3}", (any::<i64>(), answer), 0..40)
    }

    fn assert_equal(products: &Products, model: &Model) {
        assert_eq!(products.len(), model.len());
        for (id, (version, answer)) in model {
            assert_eq!(products.get(id).as_deref(), Some(&**answer));
            assert_eq!(products.version(id), Some(*version));
        }
        let mut all: Vec<_> = products.iter().collect();
        all.sort_by_key(|held| held.id);
        let wanted: Vec<_> = model.iter().map(|(id, held_)| held(id, held_)).collect();
        assert_eq!(all, wanted);
    }

    proptest! {
        #[test]
        fn it_is_a_map_and_the_old_one_stays(
            first in model(), changed in model(), gone in prop::collection::btree_set("[a-cü]{1,3}", 0..9)
        ) {
            let mut builder = Builder::new();
            for (id, product) in &first {
                builder.push(held(id, product));
            }
            let products = builder.finish();
            assert_equal(&products, &first);

            let gone: Vec<&str> = gone.iter().map(|id| &**id).filter(|id| !changed.contains_key(*id)).collect();
            let puts: Vec<_> = changed.iter().map(|(id, product)| held(id, product)).collect();
            let after = products.with(&puts, &gone);
            let mut wanted = first.clone();
            wanted.extend(changed.clone());
            wanted.retain(|id, _| !gone.contains(&&**id));
            assert_equal(&after, &wanted);
            assert_equal(&products, &first);
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let mut builder = Builder::new();
        builder.push(held("mug", &(1, b"answer".to_vec())));
        let products = builder.finish();
        assert!(products.get("mug").is_some());
        for id in ["", "mu", "mugs", "MUG", "\0"] {
            assert!(products.get(id).is_none(), "{id:?}");
        }
    }

    #[test]
    fn what_did_not_change_is_shared() {
        let mut builder = Builder::new();
        let ids: Vec<String> = (0..100).map(|number| format!("p{number}")).collect();
        let product = (1, b"answer".to_vec());
        ids.iter().for_each(|id| builder.push(held(id, &product)));
        let before = builder.finish();
        let after = before.with(&[held("p7", &(2, b"new".to_vec()))], &[]);
        let differ = before.shards.iter().zip(&after.shards);
        assert_eq!(
            differ.filter(|(old, new)| !Arc::ptr_eq(old, new)).count(),
            1
        );
        assert_eq!(after.get("p7").as_deref(), Some(&b"new"[..]));
    }
}

//! Hears over Kafka which products have changed.
//!
//! Every process needs every change, so there is no consumer group: each reads all partitions, from
//! where they ended when it began. Where it stood it takes up again when the broker was away. Where
//! it can but begin at an end, it says so: only a comparison with the store tells what it has missed.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::try_join_all;
use rskafka::BackoffConfig;
use rskafka::client::error::{Error, ProtocolError, RequestError};
use rskafka::client::partition::{OffsetAt, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use tokio::sync::{mpsc, oneshot};
use tracing::{info, warn};

use crate::backoff::waits;
use crate::changes::{Change, change_of};
use crate::metrics::ChangesMetrics;

pub const TOPIC: &str = "product-changes";
/// Read from the store in one go; as many wait at most before no more are fetched.
pub const MOST_CHANGES: usize = 1_000;

const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// The broker holds a fetch so long for the first record to come.
const FETCH_WAIT_MS: i32 = 1_000;
const FETCH_BYTES: i32 = 256 * 1024;
/// The broker sends a record that is larger than asked for all the same.
const ANSWER_BYTES: usize = 8 * 1024 * 1024;

#[derive(Debug)]
pub enum Heard {
    Changed(Change),
    /// There may have been changes that were not heard of.
    Missed,
}

/// Listens until it is dropped.
pub struct Hearing {
    heard: mpsc::Receiver<Heard>,
    begun: Option<oneshot::Receiver<()>>,
    listening: tokio::task::JoinHandle<()>,
}

impl Hearing {
    pub fn of(brokers: Vec<String>, metrics: ChangesMetrics) -> Self {
        let (told, heard) = mpsc::channel(MOST_CHANGES);
        let (begins, begun) = oneshot::channel();
        let ear = Ear {
            brokers,
            metrics,
            told,
            positions: Mutex::default(),
        };
        Self {
            heard,
            begun: Some(begun),
            listening: tokio::spawn(ear.listen_for_ever(begins)),
        }
    }

    /// Until it listens, or has nobody to listen to.
    pub async fn begun(&mut self) {
        if let Some(begun) = self.begun.take() {
            // An error is the sender dropped, which says it as well.
            let _ = begun.await;
        }
    }

    /// What has come: whoever reads the store from now on sees all of it.
    pub fn forget(&mut self) {
        while self.heard.try_recv().is_ok() {}
    }

    /// What has come, at least one. Dropped, it loses nothing.
    pub async fn some(&mut self) -> Vec<Heard> {
        let mut some = Vec::new();
        if self.heard.recv_many(&mut some, MOST_CHANGES).await == 0 {
            // Nobody listens: the process is about to end.
            std::future::pending::<()>().await;
        }
        some
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Why nothing is heard.
#[derive(Debug)]
enum Deaf {
    Broker(Error),
    NoTopic,
    Silent,
}

impl fmt::Display for Deaf {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broker(error) => error.fmt(to),
            Self::NoTopic => write!(to, "there is no topic {TOPIC}"),
            Self::Silent => to.write_str("the broker does not answer in time"),
        }
    }
}

struct Ear {
    brokers: Vec<String>,
    metrics: ChangesMetrics,
    told: mpsc::Sender<Heard>,
    /// The offset of each partition's next record. Never held over an await.
    positions: Mutex<BTreeMap<i32, i64>>,
}

impl Ear {
    /// Whatever breaks is begun anew, with a growing delay.
    async fn listen_for_ever(self, begins: oneshot::Sender<()>) {
        if self.brokers.is_empty() {
            drop(begins);
            return std::future::pending().await;
        }
        let mut begins = Some(begins);
        let mut lost = false;
        let mut delays = waits();
        loop {
            let reason = match self.connected().await {
                Ok((client, partitions, missed)) => {
                    if missed {
                        self.tell(Heard::Missed).await;
                    }
                    info!(again = lost, "hears of changes");
                    (lost, delays) = (false, waits());
                    drop(begins.take());
                    let reason = self.listen(&partitions).await;
                    drop(client);
                    reason
                }
                Err(reason) => reason,
            };
            if !lost {
                warn!(%reason, "hears of no changes");
            }
            lost = true;
            tokio::time::sleep(delays.next().unwrap_or_default()).await;
        }
    }

    /// Where it stood, or at an end, with which something may have been missed.
    async fn connected(&self) -> Result<(Client, Vec<PartitionClient>, bool), Deaf> {
        answered(async {
            let client = ClientBuilder::new(self.brokers.clone())
                .client_id("product-lookup")
                .max_message_size(ANSWER_BYTES)
                .backoff_config(BackoffConfig {
                    // At the first error: what is tried again is all of it, above.
                    deadline: Some(Duration::ZERO),
                    ..BackoffConfig::default()
                })
                .build()
                .await?;
            let topics = client.list_topics().await?;
            let topic = topics.into_iter().find(|topic| topic.name == TOPIC);
            let numbers = topic.ok_or(Deaf::NoTopic)?.partitions;
            let partitions =
                try_join_all(numbers.into_iter().map(|number| {
                    client.partition_client(TOPIC, number, UnknownTopicHandling::Error)
                }))
                .await?;
            let begun = partitions.iter().map(|partition| self.begin(partition));
            let missed = try_join_all(begun).await?.contains(&true);
            Ok((client, partitions, missed))
        })
        .await
    }

    /// Whether at its end.
    async fn begin(&self, partition: &PartitionClient) -> Result<bool, Deaf> {
        let number = partition.partition();
        if self.position(number).is_some() {
            return Ok(false);
        }
        let end = partition.get_offset(OffsetAt::Latest).await?;
        self.stand(number, Some(end));
        Ok(true)
    }

    /// Until one of them cannot be heard.
    async fn listen(&self, partitions: &[PartitionClient]) -> Deaf {
        let following = partitions.iter().map(|partition| self.follow(partition));
        match try_join_all(following).await {
            Err(reason) => reason,
            // Only of no partitions.
            Ok(_) => Deaf::NoTopic,
        }
    }

    async fn follow(&self, partition: &PartitionClient) -> Result<(), Deaf> {
        let number = partition.partition();
        loop {
            let position = self.position(number).ok_or(Deaf::NoTopic)?;
            let fetched = answered(async {
                let bytes = 1..FETCH_BYTES;
                Ok(partition
                    .fetch_records(position, bytes, FETCH_WAIT_MS)
                    .await?)
            });
            let (records, _) = fetched.await.inspect_err(|reason| {
                if reason.unreadable() {
                    self.metrics.unreadable();
                }
                if reason.unreadable() || reason.nothing_there() {
                    self.stand(number, None);
                }
            })?;
            for record in records {
                match change_of(&record.record.value.unwrap_or_default()) {
                    Some(change) => self.tell(Heard::Changed(change)).await,
                    None => self.metrics.unreadable(),
                }
                self.stand(number, Some(record.offset + 1));
            }
        }
    }

    async fn tell(&self, heard: Heard) {
        // It fails where nobody listens any more: the process is about to end.
        drop(self.told.send(heard).await);
    }

    fn position(&self, partition: i32) -> Option<i64> {
        let positions = self
            .positions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        positions.get(&partition).copied()
    }

    fn stand(&self, partition: i32, position: Option<i64>) {
        let mut positions = self
            .positions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match position {
            Some(position) => positions.insert(partition, position),
            None => positions.remove(&partition),
        };
    }
}

impl Deaf {
    /// The broker answered, with what will not be read next time either.
    fn unreadable(&self) -> bool {
        matches!(
            self,
            Self::Broker(
                Error::InvalidResponse(_)
                    | Error::Request(
                        RequestError::ReadError(_)
                            | RequestError::ReadVersionedError(_)
                            | RequestError::TooMuchData { .. }
                    )
            )
        )
    }

    /// The topic was made anew, or what was not heard yet is gone.
    fn nothing_there(&self) -> bool {
        matches!(
            self,
            Self::Broker(Error::ServerError {
                protocol_error: ProtocolError::OffsetOutOfRange,
                ..
            })
        )
    }
}

impl From<Error> for Deaf {
    fn from(error: Error) -> Self {
        Self::Broker(error)
    }
}

async fn answered<T>(asking: impl Future<Output = Result<T, Deaf>>) -> Result<T, Deaf> {
    tokio::time::timeout(ANSWER_TIMEOUT, asking)
        .await
        .unwrap_or(Err(Deaf::Silent))
}

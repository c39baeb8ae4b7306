//! The connections of a thread, as the lines that its slots send their requests over.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::Worker;
use crate::outcome::Answer;
use crate::sequence::Job;
use crate::shared::{Plan, Requests};
use crate::{grpc, http1};

const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// What carries the requests of a slot.
pub(super) enum Line {
    Http(http1::Connection),
    Grpc(Rc<grpc::Channel>),
}

impl Line {
    pub(super) async fn exchange(&mut self, plan: &Plan, job: &Job) -> Answer {
        let kind = usize::from(job.kind);
        match (self, &plan.requests) {
            (Line::Http(connection), Requests::Http(requests)) => {
                connection
                    .exchange(&requests[kind], &plan.feeds, &job.draws)
                    .await
            }
            (Line::Grpc(channel), Requests::Grpc(requests)) => {
                channel
                    .exchange(&requests[kind], &plan.feeds, &job.draws)
                    .await
            }
            _ => unreachable!("lines are made for the plan's protocol"),
        }
    }

    pub(super) fn abandon(&mut self) {
        // A stream is reset when its future is dropped; a connection must not be used again.
        if let Line::Http(connection) = self {
            connection.abandon();
        }
    }
}

impl Worker {
    /// Connections of this thread, each as often as it carries requests at once.
    pub(super) async fn open_lines(&self) -> Result<Vec<Line>, String> {
        let plan = &self.plan;
        let share = |all: usize| {
            all / plan.spec.threads + usize::from(all % plan.spec.threads > self.index)
        };
        let connections = share(plan.connections());
        match plan.requests {
            Requests::Http(_) => self.open_http(connections).await,
            Requests::Grpc(_) => self.open_grpc(connections).await,
        }
    }

    async fn open_http(&self, count: usize) -> Result<Vec<Line>, String> {
        let mut opening = JoinSet::new();
        for _ in 0..count {
            let endpoint = Arc::clone(&self.plan.endpoint);
            let mut connection = http1::Connection::new(endpoint, Rc::clone(&self.active));
            opening.spawn_local(async move {
                let opened = connection.open().await;
                opened
                    .map(|()| Line::Http(connection))
                    .map_err(|error| error.to_string())
            });
        }
        self.all_open(opening).await
    }

    async fn open_grpc(&self, count: usize) -> Result<Vec<Line>, String> {
        let mut opening = JoinSet::new();
        for _ in 0..count {
            let endpoint = Arc::clone(&self.plan.endpoint);
            let channel = grpc::Channel::new(endpoint, Rc::clone(&self.active));
            opening.spawn_local(async move { channel.open().await.map(|()| channel) });
        }
        let channels = self.all_open(opening).await?;
        // By turns, so that the slots that stand next to each other are on different connections.
        let streams = 0..self.plan.streams();
        let line = |channel: &Rc<grpc::Channel>| Line::Grpc(Rc::clone(channel));
        Ok(streams.flat_map(|_| channels.iter().map(line)).collect())
    }

    async fn all_open<T: 'static>(
        &self,
        opening: JoinSet<Result<T, String>>,
    ) -> Result<Vec<T>, String> {
        let authority = &self.plan.endpoint.authority;
        let opened = tokio::time::timeout(OPEN_TIMEOUT, opening.join_all())
            .await
            .map_err(|_| format!("{authority} did not take the connections within 10 s"))?;
        opened
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|error| format!("no connection to {authority}: {error}"))
    }
}

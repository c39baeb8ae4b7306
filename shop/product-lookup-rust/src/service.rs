//! ProductLookup: the request checked, the bytes found, the code counted.

use std::collections::HashSet;
use std::future::Future;

use bytes::Bytes;
use tonic::{Code, Request, Response, Status};

use crate::contract::product_lookup_server::ProductLookup;
use crate::contract::{BatchGetRequest, GetRequest};
use crate::metrics::{MethodMetrics, Metrics};
use crate::reads::{Reads, Unavailable};
use crate::requests::{InvalidRequest, check_id, check_ids};
use crate::telemetry::{self, Traces};
use crate::wire;

pub struct Lookup {
    reads: Reads,
    traces: Traces,
    get: MethodMetrics,
    batch_get: MethodMetrics,
}

impl Lookup {
    pub fn new(reads: Reads, metrics: &Metrics, traces: Traces) -> Self {
        Self {
            reads,
            traces,
            get: metrics.method("Get"),
            batch_get: metrics.method("BatchGet"),
        }
    }

    async fn one(&self, request: &GetRequest) -> Result<Bytes, Status> {
        let product_id = &request.product_id;
        check_id(product_id)?;
        self.reads
            .one(product_id)
            .await?
            .ok_or_else(|| Status::not_found(format!("no product has the id {product_id:?}")))
    }

    async fn many(&self, request: &BatchGetRequest) -> Result<Bytes, Status> {
        let product_ids = &request.product_ids;
        check_ids(product_ids)?;
        let mut seen = HashSet::with_capacity(product_ids.len());
        let mut wanted: Vec<&str> = product_ids.iter().map(|id| &**id).collect();
        wanted.retain(|id| seen.insert(*id));
        let found = self.reads.many(&wanted).await?;
        Ok(wire::batch(&wanted, &found))
    }
}

#[tonic::async_trait]
impl ProductLookup for Lookup {
    async fn get(&self, request: Request<GetRequest>) -> Result<Response<Bytes>, Status> {
        let span = self.traces.span("Get", request.metadata());
        answered(&self.get, span, self.one(request.get_ref())).await
    }

    async fn batch_get(
        &self,
        request: Request<BatchGetRequest>,
    ) -> Result<Response<Bytes>, Status> {
        let span = self.traces.span("BatchGet", request.metadata());
        answered(&self.batch_get, span, self.many(request.get_ref())).await
    }
}

/// The one place where requests are counted and their spans end.
async fn answered(
    metrics: &MethodMetrics,
    mut span: Option<telemetry::Span>,
    answer: impl Future<Output = Result<Bytes, Status>>,
) -> Result<Response<Bytes>, Status> {
    let mut measured = metrics.begin();
    let answer = answer.await;
    let code = answer.as_ref().map_or_else(Status::code, |_| Code::Ok);
    measured.ended(code);
    if let Some(span) = &mut span {
        span.ended(code);
    }
    answer.map(Response::new)
}

impl From<InvalidRequest> for Status {
    fn from(InvalidRequest(reason): InvalidRequest) -> Self {
        Self::invalid_argument(reason)
    }
}

impl From<Unavailable> for Status {
    fn from(Unavailable(reason): Unavailable) -> Self {
        Self::unavailable(reason)
    }
}

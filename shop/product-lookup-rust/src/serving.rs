//! The servers and the work behind them, from the first to the last moment.

use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tracing::{error, info};

use crate::contract::DESCRIPTORS;
use crate::contract::product_lookup_server::{ProductLookupServer, SERVICE_NAME};
use crate::http;
use crate::keeping::{keep_connected, keep_fresh};
use crate::metrics::{ChangesMetrics, Metrics};
use crate::readiness::Readiness;
use crate::reads::Reads;
use crate::service::Lookup;
use crate::settings::{HostPort, ReadsKind, Settings};
use crate::snapshot::Snapshot;
use crate::store::{Connections, StoreReads};
use crate::telemetry::Traces;

/// For calls under way when the process is told to end.
const DRAIN: Duration = Duration::from_secs(5);
const HTTP_DRAIN: Duration = Duration::from_secs(1);

/// Until SIGTERM or SIGINT. Errors where a setting turns out to be of no use, in its words.
pub async fn serve(settings: Settings) -> Result<(), String> {
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    let grpc = listen("LOOKUP_GRPC_ADDR", &settings.grpc_addr).await?;
    let http = listen("LOOKUP_HTTP_ADDR", &settings.http_addr).await?;
    let traces = Traces::from_env()?;

    let (reporter, health) = tonic_health::server::health_reporter();
    let readiness = Arc::new(Readiness::new(reporter, SERVICE_NAME).await);
    let connections = Arc::new(match settings.reads {
        ReadsKind::Snapshot => Connections::new(&settings.dsn, 1, 1),
        ReadsKind::Store => Connections::new(&settings.dsn, 2, settings.pool_max),
    });
    let (reads, snapshot, keeping) =
        reading(&settings, &connections, &readiness).map_err(|error| error.to_string())?;
    let metrics = Metrics::new(Arc::clone(&connections), snapshot)
        .map(Arc::new)
        .map_err(|error| error.to_string())?;

    let (stop, stopped) = watch::channel(());
    let lookup = Lookup::new(reads, &metrics, traces.clone());
    let grpc_server = Server::builder()
        .add_service(ProductLookupServer::new(lookup))
        .add_service(health)
        .add_service(reflection().build_v1().map_err(|error| error.to_string())?)
        .add_service(
            reflection()
                .build_v1alpha()
                .map_err(|error| error.to_string())?,
        )
        .serve_with_incoming_shutdown(
            TcpIncoming::from(grpc).with_nodelay(Some(true)),
            told(stopped.clone()),
        );
    let app = http::app(Arc::clone(&readiness), metrics);
    let http_server = axum::serve(http, app).with_graceful_shutdown(told(stopped));
    let mut keeping = tokio::spawn(keeping);
    let grpc_server = tokio::spawn(grpc_server);
    let http_server = tokio::spawn(async move { http_server.await });

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        // It has no end but a panic, and a service without it would grow old in silence.
        Err(error) = &mut keeping => resume_unwind(error.into_panic()),
    }
    info!("stopping");
    keeping.abort();
    readiness.stopping().await;
    drop(stop);
    let (grpc_ended, http_ended) = tokio::join!(
        timeout(DRAIN, grpc_server),
        timeout(HTTP_DRAIN, http_server)
    );
    for (ended, server) in [(grpc_ended.is_ok(), "grpc"), (http_ended.is_ok(), "http")] {
        if !ended {
            info!(server, "calls were still under way");
        }
    }
    connections.close();
    if let Err(reason) = tokio::task::spawn_blocking(|| traces.close()).await {
        error!(%reason, "the last traces were not sent");
    }
    Ok(())
}

type Reading = (
    Reads,
    Option<(Arc<Snapshot>, ChangesMetrics)>,
    BoxFuture<'static, ()>,
);

/// Where answers come from, and the work that keeps them coming.
fn reading(
    settings: &Settings,
    connections: &Arc<Connections>,
    readiness: &Arc<Readiness>,
) -> prometheus::Result<Reading> {
    let (connections, readiness) = (Arc::clone(connections), Arc::clone(readiness));
    Ok(match settings.reads {
        ReadsKind::Snapshot => {
            let snapshot = Arc::new(Snapshot::default());
            let reads = Reads::Snapshot(Arc::clone(&snapshot));
            let kept = Arc::clone(&snapshot);
            let changes = ChangesMetrics::new()?;
            let brokers = settings.brokers.iter().map(HostPort::to_string).collect();
            let keeping = keep_fresh(
                kept,
                connections,
                readiness,
                settings.refresh,
                brokers,
                changes.clone(),
            );
            (reads, Some((snapshot, changes)), Box::pin(keeping))
        }
        ReadsKind::Store => {
            let reads = Reads::Store(StoreReads {
                connections: Arc::clone(&connections),
            });
            (
                reads,
                None,
                Box::pin(keep_connected(connections, readiness)),
            )
        }
    })
}

async fn listen(variable: &str, address: &HostPort) -> Result<TcpListener, String> {
    let bound: io::Result<TcpListener> =
        TcpListener::bind((address.host.as_str(), address.port)).await;
    bound.map_err(|error| format!("{variable}={address}: cannot listen there: {error}"))
}

fn reflection() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}

/// Ends when the sender is dropped.
async fn told(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

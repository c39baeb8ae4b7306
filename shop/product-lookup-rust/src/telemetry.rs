//! Log lines as JSON, and traces by OpenTelemetry where OTEL_EXPORTER_OTLP_ENDPOINT says where to
//! send them. Everything else of traces is set by OpenTelemetry's own variables
//! (OTEL_TRACES_SAMPLER, OTEL_BSP_..., ...).

use std::time::Duration;

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tonic::Code;
use tonic::metadata::{KeyRef, MetadataMap};
use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::contract::product_lookup_server::SERVICE_NAME;

const NAME: &str = "product-lookup";

/// A collector that is gone must not hold a process that was told to stop.
const LAST_EXPORT_TIMEOUT: Duration = Duration::from_secs(2);

pub fn log_json(level: Level) {
    // The Kafka client says with every attempt what `hearing` says once.
    let wanted = Targets::new()
        .with_default(level)
        .with_target("rskafka", LevelFilter::OFF);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_target(false);
    tracing_subscriber::registry()
        .with(lines.with_filter(wanted))
        .init();
}

/// Gives each request a server span under the caller's W3C trace context. Off: no span, no cost.
#[derive(Clone)]
pub struct Traces(Option<(SdkTracerProvider, SdkTracer)>);

impl Traces {
    /// To be called within a Tokio runtime. Errors with the reason where the endpoint is no URL.
    pub fn from_env() -> Result<Self, String> {
        let endpoint = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT").unwrap_or_default();
        if endpoint.is_empty() {
            return Ok(Self(None));
        }
        let exporter = SpanExporter::builder()
            .with_tonic()
            .with_timeout(LAST_EXPORT_TIMEOUT)
            .build()
            .map_err(|error| format!("OTEL_EXPORTER_OTLP_ENDPOINT={endpoint}: {error}"))?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(Resource::builder().with_service_name(NAME).build())
            .build();
        let tracer = provider.tracer(NAME);
        Ok(Self(Some((provider, tracer))))
    }

    pub fn span(&self, method: &'static str, metadata: &MetadataMap) -> Option<Span> {
        let (_, tracer) = self.0.as_ref()?;
        let caller =
            TraceContextPropagator::new().extract_with_context(&Context::new(), &Carrier(metadata));
        let span = tracer
            .span_builder(format!("{SERVICE_NAME}/{method}"))
            .with_kind(SpanKind::Server)
            .with_attributes([
                KeyValue::new("rpc.system", "grpc"),
                KeyValue::new("rpc.service", SERVICE_NAME),
                KeyValue::new("rpc.method", method),
            ])
            .start_with_context(tracer, &caller);
        Some(Span(span))
    }

    /// Export what is left, within 2 s; blocks.
    pub fn close(self) {
        if let Some((provider, _)) = self.0
            && let Err(error) = provider.shutdown_with_timeout(LAST_EXPORT_TIMEOUT)
        {
            tracing::warn!(reason = %error, "the last traces were not sent");
        }
    }
}

/// Ends when it is dropped.
pub struct Span(opentelemetry_sdk::trace::Span);

impl Span {
    pub fn ended(&mut self, code: Code) {
        self.0.set_attribute(KeyValue::new(
            "rpc.grpc.status_code",
            i64::from(code as i32),
        ));
        // What the caller did wrong is no error of the server.
        if !matches!(code, Code::Ok | Code::NotFound | Code::InvalidArgument) {
            self.0.set_status(Status::error(code.description()));
        }
    }
}

struct Carrier<'a>(&'a MetadataMap);

impl Extractor for Carrier<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0
            .keys()
            .filter_map(|key| match key {
                KeyRef::Ascii(key) => Some(key.as_str()),
                KeyRef::Binary(_) => None,
            })
            .collect()
    }
}

//! Product data by id over gRPC: shop.lookup.v1.ProductLookup, from its settings to its exit code.
//!
//! ```text
//! service ── requests   what may be asked
//!    │  └─── wire       products as bytes that are sent as they are
//!  reads ─┬─ snapshot   everything in memory (products), kept equal to the store by keeping,
//!         │             which hears (hearing) what has changed (changes)
//!         └─ store      one query a request (queries)
//! ```

mod backoff;
mod changes;
mod contract;
mod hearing;
mod http;
mod keeping;
mod metrics;
mod products;
mod queries;
mod readiness;
mod reads;
mod requests;
mod service;
mod serving;
mod settings;
mod snapshot;
mod store;
mod telemetry;
mod wire;

use std::process::ExitCode;

use crate::settings::Settings;

/// A setting that cannot be used, by its form or when it is used.
const BAD_SETTINGS: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Settings::read(|name| std::env::var(name).ok()) {
        Ok(settings) => {
            telemetry::log_json(settings.log_level);
            serving::serve(settings).await
        }
        Err(wrong) => Err(wrong),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::from(BAD_SETTINGS)
        }
    }
}

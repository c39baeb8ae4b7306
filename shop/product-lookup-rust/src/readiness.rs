//! Whether the service can do its work: one truth, told by gRPC health and by `/readyz`.

use tokio::sync::Mutex;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tracing::{info, warn};

const STOPPING: &str = "stopping";

pub struct Readiness {
    health: HealthReporter,
    service: &'static str,
    /// Why not ready, in words; None when ready. Held while health is told, so that both agree.
    reason: Mutex<Option<String>>,
}

impl Readiness {
    /// Not ready until `ready` is called.
    pub async fn new(health: HealthReporter, service: &'static str) -> Self {
        let readiness = Self {
            health,
            service,
            reason: Mutex::new(Some("starting".into())),
        };
        readiness.announce(ServingStatus::NotServing).await;
        readiness
    }

    pub async fn reason(&self) -> Option<String> {
        self.reason.lock().await.clone()
    }

    pub async fn ready(&self) {
        self.tell(None).await;
    }

    pub async fn not_ready(&self, reason: &str) {
        self.tell(Some(reason)).await;
    }

    /// Not ready for good: what comes after cannot undo it.
    pub async fn stopping(&self) {
        self.tell(Some(STOPPING)).await;
    }

    async fn tell(&self, reason: Option<&str>) {
        let mut now = self.reason.lock().await;
        if now.as_deref() == Some(STOPPING) {
            return;
        }
        let status = match reason {
            None => {
                info!("ready");
                ServingStatus::Serving
            }
            Some(reason) => {
                if now.as_deref() != Some(reason) {
                    warn!(reason, "not ready");
                }
                ServingStatus::NotServing
            }
        };
        *now = reason.map(str::to_owned);
        self.announce(status).await;
    }

    /// For the server as a whole and for the service.
    async fn announce(&self, status: ServingStatus) {
        self.health.set_service_status("", status).await;
        self.health.set_service_status(self.service, status).await;
    }
}

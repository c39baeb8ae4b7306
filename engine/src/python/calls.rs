use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::time::Duration;

use http::Method;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

use crate::calls::{Calls, Harm, Pattern, Picked};

#[pyclass(name = "Calls", module = "assay._engine", frozen)]
pub struct PyCalls {
    port: u16,
    /// None once it is closed.
    calls: Mutex<Option<Calls>>,
}

#[pymethods]
impl PyCalls {
    #[new]
    fn new(server_port: u16) -> PyResult<Self> {
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, server_port));
        let calls = Calls::open(server).map_err(|error| PyOSError::new_err(error.to_string()))?;
        Ok(Self {
            port: calls.port(),
            calls: Mutex::new(Some(calls)),
        })
    }

    #[getter]
    fn port(&self) -> u16 {
        self.port
    }

    #[pyo3(signature = (kind, method = None, path = None, next = None, delay_us = 0, jitter_us = 0))]
    fn trouble(
        &self,
        kind: &str,
        method: Option<&str>,
        path: Option<String>,
        next: Option<u64>,
        delay_us: u64,
        jitter_us: u64,
    ) -> PyResult<()> {
        let harm = match kind {
            "fail" => Harm::Fail,
            "slow" => Harm::Slow {
                delay: Duration::from_micros(delay_us),
                jitter: Duration::from_micros(jitter_us),
            },
            "lose_replies" => Harm::LoseReply,
            other => {
                return Err(PyValueError::new_err(format!(
                    "the trouble of calls is fail, slow or lose_replies, not {other:?}"
                )));
            }
        };
        let method = method
            .map(|name| Method::from_bytes(name.as_bytes()))
            .transpose()
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        let pattern = Pattern { method, path };
        self.pick(Some(Picked::new(pattern, harm, next.unwrap_or(u64::MAX))));
        Ok(())
    }

    fn heal(&self) {
        self.pick(None);
    }

    fn counts(&self) -> HashMap<&'static str, u64> {
        let counted = self
            .calls
            .lock()
            .ok()
            .and_then(|calls| calls.as_ref().map(Calls::counted))
            .unwrap_or_default();
        HashMap::from([
            ("failed", counted.failed),
            ("slowed", counted.slowed),
            ("lost", counted.lost),
        ])
    }

    fn close(&self, python: Python<'_>) {
        let calls = self.calls.lock().ok().and_then(|mut calls| calls.take());
        // Its thread is waited for.
        python.detach(|| drop(calls));
    }
}

impl PyCalls {
    fn pick(&self, picked: Option<Picked>) {
        if let Ok(calls) = self.calls.lock()
            && let Some(calls) = calls.as_ref()
        {
            calls.pick(picked);
        }
    }
}

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU64;
use std::sync::Mutex;
use std::time::Duration;

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

use crate::link::{Link, Trouble};

#[pyclass(name = "Link", module = "assay._engine", frozen)]
pub struct PyLink {
    port: u16,
    /// None once it is closed.
    link: Mutex<Option<Link>>,
}

#[pymethods]
impl PyLink {
    #[new]
    fn new(server_port: u16) -> PyResult<Self> {
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, server_port));
        let link = Link::open(server).map_err(|error| PyOSError::new_err(error.to_string()))?;
        Ok(Self {
            port: link.port(),
            link: Mutex::new(Some(link)),
        })
    }

    #[getter]
    fn port(&self) -> u16 {
        self.port
    }

    #[pyo3(signature = (kind, delay_us = 0, jitter_us = 0, bytes_per_s = 0))]
    fn trouble(&self, kind: &str, delay_us: u64, jitter_us: u64, bytes_per_s: u64) -> PyResult<()> {
        let trouble = match kind {
            "slow" => Trouble::Slow {
                delay: Duration::from_micros(delay_us),
                jitter: Duration::from_micros(jitter_us),
                bytes_per_s: NonZeroU64::new(bytes_per_s),
            },
            "blackhole" => Trouble::Blackhole,
            "lose_replies" => Trouble::LostReplies,
            "reset" => Trouble::Reset,
            "refuse" => Trouble::Refuse,
            other => {
                return Err(PyValueError::new_err(format!(
                    "a link's trouble is slow, blackhole, lose_replies, reset or refuse, \
                     not {other:?}"
                )));
            }
        };
        self.set(trouble);
        Ok(())
    }

    fn heal(&self) {
        self.set(Trouble::None);
    }

    fn counts(&self) -> HashMap<&'static str, u64> {
        let counted = self
            .link
            .lock()
            .ok()
            .and_then(|link| link.as_ref().map(Link::counted))
            .unwrap_or_default();
        HashMap::from([
            ("connections", counted.connections),
            ("slowed", counted.slowed),
            ("held", counted.held),
            ("lost", counted.lost),
            ("cut", counted.cut),
        ])
    }

    fn close(&self, python: Python<'_>) {
        let link = self.link.lock().ok().and_then(|mut link| link.take());
        // Its thread is waited for.
        python.detach(|| drop(link));
    }
}

impl PyLink {
    fn set(&self, trouble: Trouble) {
        if let Ok(link) = self.link.lock()
            && let Some(link) = link.as_ref()
        {
            link.set(trouble);
        }
    }
}

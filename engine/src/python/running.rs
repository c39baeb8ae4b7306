use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;

use super::feed::PyFeed;
use super::histogram::PyHistogram;
use crate::run::{Outcome, Refused, Run};
use crate::spec::Spec;
use crate::template::Feeds;
use crate::{hiccups, slices};

create_exception!(assay._engine, EngineError, PyException);

#[pyclass(name = "Slice", module = "assay._engine", frozen, get_all)]
pub struct PySlice {
    at_s: f64,
    completed: u64,
    failed: u64,
    median_us: f64,
    p99_us: f64,
}

impl From<&slices::Slice> for PySlice {
    fn from(slice: &slices::Slice) -> Self {
        Self {
            at_s: slice.at_s,
            completed: slice.completed,
            failed: slice.failed,
            median_us: slice.median_us,
            p99_us: slice.p99_us,
        }
    }
}

#[pyclass(name = "Hiccups", module = "assay._engine", frozen, get_all)]
pub struct PyHiccups {
    core: usize,
    count: u64,
    longest_us: u64,
    realtime: bool,
}

impl From<&hiccups::Hiccups> for PyHiccups {
    fn from(hiccups: &hiccups::Hiccups) -> Self {
        Self {
            core: hiccups.core,
            count: hiccups.count,
            longest_us: hiccups.longest_us,
            realtime: hiccups.realtime,
        }
    }
}

#[pyclass(name = "Progress", module = "assay._engine", frozen, get_all)]
pub struct PyProgress {
    elapsed_s: f64,
    scheduled: u64,
    sent: u64,
    completed: u64,
    failed: u64,
}

#[pyclass(name = "Result", module = "assay._engine", frozen)]
pub struct PyResult {
    outcome: Arc<Outcome>,
    names: Vec<String>,
}

#[pymethods]
impl PyResult {
    #[getter]
    fn started_unix_ns(&self) -> u64 {
        self.outcome.started_unix_ns
    }

    #[getter]
    fn seconds(&self) -> f64 {
        self.outcome.seconds
    }

    #[getter]
    fn scheduled(&self) -> u64 {
        self.outcome.recorder.scheduled
    }

    #[getter]
    fn sent(&self) -> u64 {
        self.outcome.recorder.sent
    }

    #[getter]
    fn completed(&self) -> u64 {
        self.outcome.recorder.completed
    }

    #[getter]
    fn engine_cpu(&self) -> f64 {
        self.outcome.engine_cpu
    }

    #[getter]
    fn max_in_flight(&self) -> u64 {
        self.outcome.recorder.max_in_flight
    }

    #[getter]
    fn lag(&self) -> PyHistogram {
        PyHistogram(self.outcome.recorder.lag.clone())
    }

    #[getter]
    fn recorded(&self) -> Vec<(String, String, &'static str, PyHistogram)> {
        let kinds = self.names.iter().zip(&self.outcome.recorder.times);
        kinds
            .flat_map(|(name, ended)| ended.iter().map(move |times| (name, times)))
            .flat_map(|(name, times)| {
                [("latency", &times.latency), ("service", &times.service)].map(
                    |(clock, histogram)| {
                        let outcome = times.outcome.to_string();
                        (name.clone(), outcome, clock, PyHistogram(histogram.clone()))
                    },
                )
            })
            .collect()
    }

    #[getter]
    fn slices(&self) -> Vec<PySlice> {
        self.outcome.slices.iter().map(Into::into).collect()
    }

    #[getter]
    fn hiccups(&self) -> Vec<PyHiccups> {
        self.outcome.hiccups.iter().map(Into::into).collect()
    }

    #[getter]
    fn cancelled(&self) -> bool {
        self.outcome.cancelled
    }

    #[getter]
    fn first_errors(&self) -> Vec<(String, String)> {
        let errors = self.outcome.recorder.first_errors.iter();
        errors
            .map(|(outcome, words)| (outcome.to_string(), words.clone()))
            .collect()
    }
}

#[pyclass(name = "Running", module = "assay._engine", frozen)]
pub struct PyRunning(Run);

#[pymethods]
impl PyRunning {
    fn progress(&self) -> PyProgress {
        let [scheduled, sent, completed, failed] = self.0.shared.counts();
        PyProgress {
            elapsed_s: self.0.shared.elapsed().as_secs_f64(),
            scheduled,
            sent,
            completed,
            failed,
        }
    }

    fn slices(&self) -> Vec<PySlice> {
        let shared = &self.0.shared;
        let elapsed_us = shared.elapsed().as_micros() as u64;
        shared
            .slices()
            .until(elapsed_us)
            .iter()
            .map(Into::into)
            .collect()
    }

    fn cancel(&self) {
        self.0.shared.cancel();
    }

    #[pyo3(signature = (timeout_s = None))]
    fn wait(&self, py: Python<'_>, timeout_s: Option<f64>) -> PyResult_ {
        let timeout = timeout_s.map(|seconds| Duration::from_secs_f64(seconds.clamp(0.0, 1e9)));
        let Some(ended) = py.detach(|| self.0.wait(timeout)) else {
            return Ok(None);
        };
        let outcome = ended.map_err(EngineError::new_err)?;
        let requests = self.0.plan.spec.requests.iter();
        let names = requests.map(|request| request.name.clone()).collect();
        Ok(Some(PyResult { outcome, names }))
    }
}

type PyResult_ = pyo3::PyResult<Option<PyResult>>;

#[pyfunction]
pub fn start(
    py: Python<'_>,
    spec: &str,
    feeds: HashMap<String, Py<PyFeed>>,
) -> pyo3::PyResult<PyRunning> {
    let spec = Spec::parse(spec).map_err(PyValueError::new_err)?;
    let feeds = feeds
        .into_iter()
        .map(|(name, feed)| (name, Arc::clone(&feed.get().0)));
    let feeds = Feeds::new(feeds.collect()).map_err(PyValueError::new_err)?;
    py.detach(|| Run::start(spec, feeds))
        .map(PyRunning)
        .map_err(|refused| match refused {
            Refused::Spec(words) => PyValueError::new_err(words),
            Refused::Reach(words) => EngineError::new_err(words),
        })
}

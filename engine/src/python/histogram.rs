use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::histogram::Histogram;

#[pyclass(name = "Histogram", module = "assay._engine")]
pub struct PyHistogram(pub Histogram);

#[pymethods]
impl PyHistogram {
    #[new]
    fn new() -> Self {
        Self(Histogram::new())
    }

    #[staticmethod]
    fn from_counts(counts: Vec<(u64, u64)>) -> Self {
        Self(counts.into_iter().collect())
    }

    #[staticmethod]
    fn from_bytes(encoded: &[u8]) -> PyResult<Self> {
        Histogram::from_bytes(encoded)
            .map(Self)
            .map_err(PyValueError::new_err)
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.to_bytes())
    }

    #[pyo3(signature = (value_us, count = 1))]
    fn record(&mut self, value_us: u64, count: u64) {
        self.0.record(value_us, count);
    }

    fn merge(slf: &Bound<'_, Self>, other: &Bound<'_, Self>) {
        // A histogram may be merged into itself, which two borrows at once would forbid.
        let other = other.borrow().0.clone();
        slf.borrow_mut().0.merge(&other);
    }

    fn quantile(&self, q: f64) -> PyResult<u64> {
        if !(0.0..=1.0).contains(&q) {
            return Err(PyValueError::new_err(format!(
                "q must be in 0 … 1, not {q}"
            )));
        }
        Ok(self.0.quantile(q))
    }

    fn value_at_rank(&self, rank: u64) -> PyResult<u64> {
        self.0.value_at_rank(rank).ok_or_else(|| {
            let count = self.0.count();
            PyValueError::new_err(format!("rank must be in 1 … {count}, not {rank}"))
        })
    }

    fn share_within(&self, limit_us: u64) -> f64 {
        self.0.share_within(limit_us)
    }

    fn counts(&self) -> Vec<(u64, u64)> {
        self.0.buckets().collect()
    }

    #[getter]
    fn count(&self) -> u64 {
        self.0.count()
    }

    #[getter]
    fn min(&self) -> u64 {
        self.0.min()
    }

    #[getter]
    fn max(&self) -> u64 {
        self.0.max()
    }

    #[getter]
    fn mean(&self) -> f64 {
        self.0.mean()
    }

    fn __repr__(&self) -> String {
        let quantile = |q| self.0.quantile(q);
        format!(
            "Histogram(count={}, p50={} us, p99={} us, max={} us)",
            self.0.count(),
            quantile(0.5),
            quantile(0.99),
            self.0.max()
        )
    }
}

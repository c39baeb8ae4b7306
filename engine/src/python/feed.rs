use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::feed::{Draw, Feed};

#[pyclass(name = "Feed", module = "assay._engine", frozen)]
pub struct PyFeed(pub Arc<Feed>);

#[pymethods]
impl PyFeed {
    #[new]
    #[pyo3(signature = (values, draw = "uniform", s = 0.99))]
    fn new(values: Vec<String>, draw: &str, s: f64) -> PyResult<Self> {
        let draw = match draw {
            "uniform" => Draw::Uniform,
            "zipf" => Draw::Zipf { s },
            "sequential" => Draw::Sequential,
            other => {
                return Err(PyValueError::new_err(format!(
                    "draw must be uniform, zipf or sequential, not {other:?}"
                )));
            }
        };
        let values = values.into_iter().map(String::into_boxed_str).collect();
        let feed = Feed::new(values, draw).map_err(PyValueError::new_err)?;
        Ok(Self(Arc::new(feed)))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }
}

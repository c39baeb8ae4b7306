//! The module `assay._engine`; `_engine.pyi` is its contract.

mod feed;
mod histogram;

use pyo3::prelude::*;

#[pymodule]
fn _engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<histogram::PyHistogram>()?;
    module.add_class::<feed::PyFeed>()?;
    Ok(())
}

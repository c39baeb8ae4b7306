//! The module `assay._engine`; `_engine.pyi` is its contract.

mod calls;
mod feed;
mod histogram;
mod link;
mod running;

use pyo3::prelude::*;

#[pymodule]
fn _engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add(
        "EngineError",
        module.py().get_type::<running::EngineError>(),
    )?;
    module.add_class::<histogram::PyHistogram>()?;
    module.add_class::<feed::PyFeed>()?;
    module.add_class::<link::PyLink>()?;
    module.add_class::<calls::PyCalls>()?;
    module.add_class::<running::PySlice>()?;
    module.add_class::<running::PyHiccups>()?;
    module.add_class::<running::PyProgress>()?;
    module.add_class::<running::PyResult>()?;
    module.add_class::<running::PyRunning>()?;
    module.add_function(wrap_pyfunction!(running::start, module)?)
}

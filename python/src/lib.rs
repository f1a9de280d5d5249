//! The Python package: a thin layer over [`stein::Session`]. What an answer holds is read from its JSON by the Python side.

mod document;
mod error;
mod session;
mod work;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _stein {
    #[pymodule_export]
    use super::document::Document;
    #[pymodule_export]
    use super::session::Session;
}

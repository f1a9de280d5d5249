//! The facade, with the answers as documents.

use crate::document::Document;
use crate::error::exception;
use crate::work::beside;
use pyo3::prelude::*;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;
use stein::session::{Drawing, Event, Reply};

/// A [`stein::Session`]; each call works on a snapshot of it, so that threads do not wait for one another.
#[pyclass(frozen, module = "stein._stein")]
pub struct Session {
    inner: Mutex<stein::Session>,
    progress: Option<Py<PyAny>>,
}

impl Session {
    fn inner(&self) -> MutexGuard<'_, stein::Session> {
        // A snapshot is whole even where a thread has panicked while it held the lock.
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn document(
        &self,
        py: Python<'_>,
        work: impl FnOnce(stein::Session) -> Result<stein::render::Document, stein::Error> + Send + 'static,
    ) -> PyResult<Document> {
        let session = self.inner().clone();
        beside(py, session, self.progress.as_ref(), work).map(Document)
    }
}

#[pymethods]
impl Session {
    #[new]
    #[pyo3(signature = (seed, timeout, samples, sobol, progress))]
    fn new(
        py: Python<'_>,
        seed: u64,
        timeout: f64,
        samples: Option<u64>,
        sobol: bool,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Session> {
        let mut session = py.detach(stein::Session::new).map_err(|error| exception(py, &error))?;
        session.options.seed = seed;
        session.options.timeout = Duration::try_from_secs_f64(timeout)
            .map_err(|_| pyo3::exceptions::PyValueError::new_err("a timeout is a number of seconds"))?;
        session.options.samples = samples;
        if sobol {
            session.options.drawing = Drawing::Sobol;
        }
        Ok(Session { inner: Mutex::new(session), progress })
    }

    fn define(&self, py: Python<'_>, text: &str) -> PyResult<()> {
        self.inner().define(text).map_err(|error| exception(py, &error))
    }

    fn assume(&self, py: Python<'_>, text: &str) -> PyResult<()> {
        self.inner().assume(text).map_err(|error| exception(py, &error))
    }

    fn forget(&self, py: Python<'_>, names: &str) -> PyResult<()> {
        let line = format!("forget {names}");
        self.inner().run_line(&line).map(drop).map_err(|error| exception(py, &error))
    }

    fn macros(&self, text: &str) {
        self.inner().define_commands(text);
    }

    /// Adds rules; returns the names of those that are wrong, and left out.
    fn load_rules(&self, py: Python<'_>, file: String, text: String) -> PyResult<Vec<String>> {
        let session = self.inner().clone();
        let (session, wrong) = beside(py, session, None, move |mut session| {
            let audit = session.load_rules(&file, &text)?;
            let wrong = audit.wrong().map(|report| report.name.clone()).collect();
            session.options.watch = None;
            Ok((session, wrong))
        })?;
        *self.inner() = session;
        Ok(wrong)
    }

    fn prove(&self, py: Python<'_>, text: String) -> PyResult<Document> {
        self.document(py, move |session| Ok(session.prove(&text)?.document()))
    }

    fn check(&self, py: Python<'_>, text: String) -> PyResult<Document> {
        self.document(py, move |session| Ok(session.check(&text)?.document()))
    }

    fn eval(&self, py: Python<'_>, text: String) -> PyResult<Document> {
        self.document(py, move |session| Ok(session.eval(&text)?.document()))
    }

    fn derive(&self, py: Python<'_>, text: String) -> PyResult<Document> {
        self.document(py, move |session| Ok(session.derive(&text)?.document()))
    }

    /// A line of a script: what kind of reply it is, and what is shown of it. What it defines or assumes stays.
    fn line(&self, py: Python<'_>, text: String) -> PyResult<(&'static str, Document)> {
        let session = self.inner().clone();
        let (session, kind, document) = beside(py, session, self.progress.as_ref(), move |mut session| {
            let (kind, document) = match session.run("", &text).next() {
                Some(Event::Error(error)) => return Err(error),
                Some(event) => (kind(&event), event.document()),
                None => ("nothing", stein::render::Document::default()),
            };
            session.options.watch = None;
            Ok((session, kind, document))
        })?;
        *self.inner() = session;
        Ok((kind, Document(document)))
    }
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::Heading(_) => "heading",
        Event::Reply(Reply::Answer(_)) => "answer",
        Event::Reply(Reply::Derived(_)) => "derived",
        _ => "said",
    }
}

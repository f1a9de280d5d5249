//! Work beside the interpreter: other threads of Python go on, Ctrl-C is heard, and progress is told.

use crate::error::exception;
use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stein::session::Watch;

/// How often signals are looked for.
const TICK: Duration = Duration::from_millis(30);

/// Does the work on a thread of its own. An exception of a signal or of `progress` ends it: the caller does not wait until the
/// thread has noticed.
pub fn beside<T: Send + 'static>(
    py: Python<'_>,
    mut session: stein::Session,
    progress: Option<&Py<PyAny>>,
    work: impl FnOnce(stein::Session) -> Result<T, stein::Error> + Send + 'static,
) -> PyResult<T> {
    let watch = Arc::new(Watch::default());
    session.options.watch = Some(watch.clone());
    let (send, receive) = channel();
    let receive = Mutex::new(receive);
    let worker = move || {
        // Nobody waits any more if the caller was interrupted.
        let _ = send.send(work(session));
    };
    std::thread::Builder::new()
        .spawn(worker)
        .map_err(|error| PyOSError::new_err(format!("no thread could be started: {error}")))?;
    let mut told = (0, 0);
    loop {
        let next = || receive.lock().map_or(Err(RecvTimeoutError::Disconnected), |end| end.recv_timeout(TICK));
        match py.detach(next) {
            Ok(result) => return result.map_err(|error| exception(py, &error)),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("something went wrong inside stein: please report the statement"));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let heard = py.check_signals().and_then(|()| {
            let now = watch.progress();
            if let Some(progress) = progress.filter(|_| now != told) {
                told = now;
                progress.call1(py, now)?;
            }
            Ok(())
        });
        if let Err(error) = heard {
            watch.cancel();
            return Err(error);
        }
    }
}

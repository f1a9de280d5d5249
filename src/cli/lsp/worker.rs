//! The work, on a thread of its own: documents are read, and refuted statements repaired. What comes first is done first.

use crate::document::{Edit, Item, Kind, Reader, Report};
use crate::session::{Error, Session, Watch};
use crossbeam_channel::{Receiver, Sender, unbounded};
use lsp_server::RequestId;
use std::collections::HashMap;
use std::sync::Arc;

pub enum Job {
    Read {
        uri: String,
        version: i32,
        name: String,
        text: String,
        kind: Kind,
        /// Ends the work when the document changes.
        watch: Arc<Watch>,
    },
    /// What was meant by refuted items, for a request.
    Repair { request: RequestId, uri: String, version: i32, items: Vec<Item> },
    /// A document that is closed.
    Forget { uri: String },
}

pub enum Done {
    Read { uri: String, version: i32, report: Result<Report, Error> },
    Repaired { request: RequestId, uri: String, version: i32, edits: Vec<Edit> },
}

/// Starts the thread; it ends when nobody sends or listens any more.
///
/// # Errors
/// If there is no thread to be had.
pub fn start(session: Session) -> Result<(Sender<Job>, Receiver<Done>), Error> {
    let (jobs, to_do) = unbounded();
    let (done, results) = unbounded();
    let work = move || {
        // A document's reader remembers what the document said before.
        let mut readers: HashMap<String, Reader> = HashMap::new();
        for job in to_do {
            let result = match job {
                Job::Read { watch, .. } if watch.is_cancelled() => continue,
                Job::Read { uri, version, name, text, kind, watch } => {
                    let reader = readers.entry(uri.clone()).or_insert_with(|| Reader::new(session.clone(), false));
                    reader.session_mut().options.watch = Some(watch.clone());
                    let report = reader.read(&name, &text, kind);
                    if watch.is_cancelled() {
                        continue;
                    }
                    Done::Read { uri, version, report }
                }
                Job::Repair { request, uri, version, items } => {
                    let edits = items.iter().filter_map(Item::repair).collect();
                    Done::Repaired { request, uri, version, edits }
                }
                Job::Forget { uri } => {
                    readers.remove(&uri);
                    continue;
                }
            };
            if done.send(result).is_err() {
                return;
            }
        }
    };
    let started = std::thread::Builder::new().name("judge".into()).spawn(work);
    started.map_err(|error| Error::input(format!("no thread could be started: {error}"), None))?;
    Ok((jobs, results))
}

//! Statements are carried out on a thread of their own, so that Ctrl-C gives up the statement and not the shell.

use crate::session::{Error, Reply, Session};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};

/// What the shell waits for.
enum Event {
    Interrupt,
    /// The number of the statement, and what came of it.
    Done(u64, Box<Result<(Session, Reply), Error>>),
}

/// Carries out statements one at a time.
pub struct Worker {
    sender: Sender<Event>,
    events: Receiver<Event>,
    /// Statements begun so far; one that was given up may still end, and is then ignored.
    begun: u64,
}

impl Worker {
    /// # Errors
    /// If Ctrl-C cannot be listened to.
    pub fn new() -> Result<Worker, Error> {
        let (sender, events) = channel();
        let interrupts = sender.clone();
        let heard = ctrlc::set_handler(move || {
            // Nobody listens once the shell has ended.
            let _ = interrupts.send(Event::Interrupt);
        });
        heard.map_err(|error| Error::input(format!("Ctrl-C cannot be listened to: {error}"), None))?;
        Ok(Worker { sender, events, begun: 0 })
    }

    /// Forgets what was pressed so far: it does not concern the statements to come.
    pub fn settle(&self) {
        while self.events.try_recv().is_ok() {}
    }

    /// The session after a statement, and its reply; nothing if Ctrl-C came first.
    ///
    /// # Errors
    /// Those of the statement.
    pub fn run(&mut self, session: &Session, line: &str) -> Result<Option<(Session, Reply)>, Error> {
        self.begun += 1;
        let (number, mut session) = (self.begun, session.clone());
        let (line, sender) = (line.to_string(), self.sender.clone());
        std::thread::spawn(move || {
            // Whatever happens, the shell hears of it.
            let reply = catch_unwind(AssertUnwindSafe(|| session.run_line(&line)));
            let reply = reply.unwrap_or_else(|_| Err(Error::defect("something went wrong inside stein")));
            let _ = sender.send(Event::Done(number, Box::new(reply.map(|reply| (session, reply)))));
        });
        loop {
            match self.events.recv() {
                Ok(Event::Done(done, outcome)) if done == number => return outcome.map(Some),
                Ok(Event::Done(..)) => {}
                Ok(Event::Interrupt) | Err(_) => return Ok(None),
            }
        }
    }
}

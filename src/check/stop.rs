//! When to stop, and how far the work has come.

use crate::term::deadline::Wish;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Shared with whoever waits for an answer: it tells how far simulations have come, and ends the work on demand.
#[derive(Debug, Default)]
pub struct Watch {
    cancelled: Wish,
    done: AtomicU64,
    wanted: AtomicU64,
}

impl Watch {
    /// Asks for an end: what is known by then is the answer.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether an end was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// The wish itself, for work that asks no watch.
    pub fn wish(&self) -> Wish {
        self.cancelled.clone()
    }

    /// Draws that are done, and draws that are wanted, of all simulations so far.
    pub fn progress(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.wanted.load(Ordering::Relaxed))
    }
}

/// The end of some work: a time, a wish, or both.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// Work that is not done by then has no result, so that results do not depend on the speed of a machine.
    pub deadline: Option<Instant>,
    watch: Option<Arc<Watch>>,
}

impl Stop {
    /// An end at a time, at someone's wish, or both.
    pub fn new(deadline: Option<Instant>, watch: Option<Arc<Watch>>) -> Stop {
        Stop { deadline, watch }
    }

    /// Whether someone has asked for an end.
    pub fn is_wished(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.is_cancelled())
    }

    /// Whether the work has to end, for either reason.
    pub fn is_now(&self) -> bool {
        self.is_wished() || self.deadline.is_some_and(|deadline| Instant::now() > deadline)
    }

    /// Tells how many draws will be made.
    pub fn will_draw(&self, draws: u64) {
        if let Some(watch) = &self.watch {
            watch.wanted.fetch_add(draws, Ordering::Relaxed);
        }
    }

    /// Tells how many draws have been made.
    pub fn has_drawn(&self, draws: u64) {
        if let Some(watch) = &self.watch {
            watch.done.fetch_add(draws, Ordering::Relaxed);
        }
    }
}

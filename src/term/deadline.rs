//! When the work on a statement has to end: after so many steps, or at a moment. Both belong to the thread, so that whatever
//! works through terms (the simplifier, the kernel's evaluation) can give up without a parameter for it. Giving up is always
//! safe: a term stays as it is, an equality is not seen.
//!
//! Searches are bounded by steps, so that they find the same on any machine, busy or not; the clock is for patience alone.
//! Someone's wish to end is asked for where the clock is looked at.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
    static LAST: Cell<u64> = const { Cell::new(u64::MAX) };
    static MOMENT: Cell<Option<Instant>> = const { Cell::new(None) };
    static ASKED: Cell<u32> = const { Cell::new(0) };
    static OVER: Cell<bool> = const { Cell::new(false) };
    static WISH: RefCell<Option<Wish>> = const { RefCell::new(None) };
}

/// Someone else's wish that the work end: true once it is uttered.
pub type Wish = Arc<AtomicBool>;

/// The clock is looked at once in so many questions.
const SELDOM: u32 = 64;

/// Counts so many steps: one is what it takes to look at a term.
pub fn spend(steps: u64) {
    STEPS.set(STEPS.get().saturating_add(steps));
}

/// The steps that this thread has made.
pub fn steps() -> u64 {
    STEPS.get()
}

/// Does some work that has to end at a moment, or at an earlier one that is set already.
pub fn until<T>(moment: Instant, work: impl FnOnce() -> T) -> T {
    let outer = (MOMENT.get(), OVER.get());
    MOMENT.set(Some(outer.0.map_or(moment, |outer| outer.min(moment))));
    let result = work();
    MOMENT.set(outer.0);
    OVER.set(outer.1);
    result
}

/// Does some work that has to end when someone wishes, too.
pub fn unless<T>(wish: Option<Wish>, work: impl FnOnce() -> T) -> T {
    if wish.is_none() {
        return work();
    }
    let outer = (WISH.replace(wish), OVER.get());
    let result = work();
    WISH.set(outer.0);
    OVER.set(outer.1);
    result
}

/// Does some work that has to end when this thread has made so many steps in all, or fewer if that is set already.
pub fn within<T>(steps: u64, work: impl FnOnce() -> T) -> T {
    let outer = LAST.get();
    LAST.set(outer.min(steps));
    let result = work();
    LAST.set(outer);
    result
}

/// True once the steps are made, or the moment has passed.
pub fn is_over() -> bool {
    STEPS.get() > LAST.get() || is_late()
}

/// True once the moment has passed, or someone has wished for an end.
pub fn is_late() -> bool {
    let Some(moment) = MOMENT.get() else { return false };
    if !OVER.get() {
        ASKED.set(ASKED.get().wrapping_add(1));
        if ASKED.get().is_multiple_of(SELDOM) {
            OVER.set(Instant::now() > moment || is_wished());
        }
    }
    OVER.get()
}

fn is_wished() -> bool {
    WISH.with_borrow(|wish| wish.as_ref().is_some_and(|wish| wish.load(Ordering::Relaxed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn is_over_soon() -> bool {
        (0..=SELDOM).any(|_| is_over())
    }

    #[test]
    fn a_moment_holds_for_the_work_inside_alone() {
        let past = Instant::now().checked_sub(Duration::from_secs(1)).expect("a moment ago");
        let future = Instant::now() + Duration::from_secs(1000);
        assert!(!is_over_soon());
        until(future, || {
            assert!(!is_over_soon());
            until(past, || assert!(is_over_soon()));
            assert!(!is_over_soon());
        });
        // An inner moment does not put off an outer one.
        until(past, || until(future, || assert!(is_over_soon())));
        assert!(!is_over_soon());
    }

    #[test]
    fn a_wish_ends_the_work_inside_alone() {
        let future = Instant::now() + Duration::from_secs(1000);
        let wish = Wish::default();
        until(future, || {
            unless(Some(wish.clone()), || {
                assert!(!is_over_soon());
                wish.store(true, Ordering::Relaxed);
                assert!(is_over_soon());
            });
            assert!(!is_over_soon());
        });
    }

    #[test]
    fn steps_hold_for_the_work_inside_alone() {
        within(steps() + 2, || {
            spend(2);
            assert!(!is_over());
            // More steps inside are no more than those outside.
            within(steps() + 10, || {
                spend(1);
                assert!(is_over());
            });
        });
        assert!(!is_over());
    }
}

//! When the work on a statement has to end. The moment belongs to the thread, so that whatever works through terms (the
//! simplifier, the kernel's evaluation) can give up without a parameter for it. Giving up is always safe: a term stays as it is,
//! an equality is not seen.

use std::cell::Cell;
use std::time::Instant;

thread_local! {
    static MOMENT: Cell<Option<Instant>> = const { Cell::new(None) };
    static ASKED: Cell<u32> = const { Cell::new(0) };
    static OVER: Cell<bool> = const { Cell::new(false) };
}

/// The clock is looked at once in so many questions.
const SELDOM: u32 = 64;

/// Does some work that has to end at a moment, or at an earlier one that is set already.
pub fn until<T>(moment: Instant, work: impl FnOnce() -> T) -> T {
    let outer = (MOMENT.get(), OVER.get());
    MOMENT.set(Some(outer.0.map_or(moment, |outer| outer.min(moment))));
    let result = work();
    MOMENT.set(outer.0);
    OVER.set(outer.1);
    result
}

/// True once the moment has passed.
pub fn is_over() -> bool {
    let Some(moment) = MOMENT.get() else { return false };
    if !OVER.get() {
        ASKED.set(ASKED.get().wrapping_add(1));
        if ASKED.get().is_multiple_of(SELDOM) {
            OVER.set(Instant::now() > moment);
        }
    }
    OVER.get()
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
}

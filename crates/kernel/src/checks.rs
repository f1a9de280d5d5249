//! The checks by name. A test can have one of them overlooked, and no other, to see that it is needed: see `ablation`.
//! Elsewhere a name costs nothing.

use crate::context::Refusal;

/// Refuses unless this is so.
#[inline]
pub(crate) fn holds(name: &'static str, is_so: bool, refusal: impl FnOnce() -> Refusal) -> Result<(), Refusal> {
    if is_so || is_overlooked(name) { Ok(()) } else { Err(refusal()) }
}

/// Asks something that may be refused, or be listed as a need; what counts when the check is overlooked is `otherwise`.
#[inline]
pub(crate) fn asks<T>(
    name: &'static str,
    otherwise: T,
    ask: impl FnOnce() -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    if is_overlooked(name) { Ok(otherwise) } else { ask() }
}

#[cfg(not(test))]
#[inline]
pub(crate) fn is_overlooked(_: &'static str) -> bool {
    false
}

#[cfg(test)]
pub(crate) use overlooked::is as is_overlooked;

#[cfg(test)]
pub(crate) mod overlooked {
    use std::cell::Cell;

    thread_local! { static NAME: Cell<Option<&'static str>> = const { Cell::new(None) } }

    pub(crate) fn is(name: &'static str) -> bool {
        NAME.get() == Some(name)
    }

    /// Runs with a check overlooked.
    pub(crate) fn with<T>(name: &'static str, run: impl FnOnce() -> T) -> T {
        NAME.set(Some(name));
        let result = run();
        NAME.set(None);
        result
    }
}

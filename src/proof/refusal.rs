//! How the kernel refuses: each check says in words of its own what is wrong.
//!
//! A test build can overlook the refusals with given words, which disables one check and no other: see `ablation`.

/// The refusal of a step or of a condition, always an error in the program.
pub fn refuse<T: Default>(why: impl Into<String>) -> Result<T, String> {
    let why = why.into();
    #[cfg(test)]
    if overlooked::is(&why) {
        return Ok(T::default());
    }
    Err(why)
}

#[cfg(test)]
pub mod overlooked {
    use std::cell::Cell;

    thread_local! { static WORDS: Cell<Option<&'static str>> = const { Cell::new(None) } }

    pub fn is(why: &str) -> bool {
        WORDS.get().is_some_and(|words| why.contains(words))
    }

    /// Runs with the refusals overlooked that hold these words.
    pub fn with<T>(words: &'static str, run: impl FnOnce() -> T) -> T {
        WORDS.set(Some(words));
        let result = run();
        WORDS.set(None);
        result
    }
}

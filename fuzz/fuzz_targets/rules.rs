//! Any text as a rule file: it loads or gets an error with a place inside it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use stein::rule::Library;

static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().expect("the built-in files load"));

fuzz_target!(|text: &str| {
    let mut library = LIBRARY.clone();
    if let Err(error) = library.add("fuzz.rules", text) {
        assert!(error.span.start <= error.span.end && error.span.end <= text.len() + 1, "{error:?}");
    }
});

//! stein for a page: a worker puts a question into [`room`], calls [`ask`], and is told the answers one by one, all as JSON.

mod playground;
mod question;

use playground::Playground;
use std::cell::RefCell;

thread_local! {
    static QUESTION: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static PLAYGROUND: RefCell<Playground> = RefCell::default();
}

#[link(wasm_import_module = "page")]
unsafe extern "C" {
    /// Hands a text to the page, which copies it at once.
    safe fn tell(text: *const u8, length: usize);
}

/// Room for a question of so many bytes.
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *mut u8 {
    QUESTION.with_borrow_mut(|question| {
        *question = vec![0; length];
        question.as_mut_ptr()
    })
}

/// Answers the question that was put into the room.
#[unsafe(no_mangle)]
pub extern "C" fn ask() {
    let question = QUESTION.take();
    PLAYGROUND.with_borrow_mut(|playground| {
        playground.answer(&question, &mut |answer| {
            let text = answer.to_string();
            tell(text.as_ptr(), text.len());
        });
    });
}

//! Any text: it parses or gets an error with a place inside it, and what parses prints and parses again, in every spelling.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stein::syntax::{
    Style, SyntaxError, parse_assumptions, parse_command, parse_definition, parse_statement, print_statement,
};

fn is_inside(error: &SyntaxError, text: &str) {
    let span = error.span;
    assert!(span.start <= span.end && span.end <= text.len() + 1, "{error:?}");
}

fuzz_target!(|text: &str| {
    let errors = [
        parse_command(text).map(drop),
        parse_assumptions(text).map(drop),
        parse_definition(text).map(drop),
    ];
    errors.iter().filter_map(|result| result.as_ref().err()).for_each(|error| is_inside(error, text));
    match parse_statement(text) {
        Err(error) => is_inside(&error, text),
        Ok(statement) => {
            let unicode = print_statement(&statement, Style::Unicode);
            for style in [Style::Unicode, Style::Ascii, Style::Latex] {
                let printed = print_statement(&statement, style);
                let again = parse_statement(&printed).unwrap_or_else(|e| panic!("{printed}: {e:?}"));
                assert_eq!(print_statement(&again, Style::Unicode), unicode, "through {printed}");
            }
        }
    }
});

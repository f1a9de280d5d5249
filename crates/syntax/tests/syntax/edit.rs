//! What a line editor asks of the syntax.

use stein_syntax::*;

#[test]
fn pieces_are_coloured_by_what_they_are() {
    let text = "E_{x ~ N(0,1)}[sin(θ)] given θ > 0";
    let kinds: Vec<(&str, Piece)> =
        pieces(text).iter().map(|(span, piece)| (&text[span.start..span.end], *piece)).collect();
    for expected in [
        ("E", Piece::Operator),
        ("N", Piece::Law),
        ("sin", Piece::Function),
        ("θ", Piece::Name),
        ("given", Piece::Word),
        ("[", Piece::Bracket),
        ("0", Piece::Number),
    ] {
        assert!(kinds.contains(&expected), "{expected:?} in {kinds:?}");
    }
}

#[test]
fn an_open_bracket_or_a_dangling_sign_asks_for_more() {
    for text in ["E_{x ~ N(0,1)}[", "f(x", "x =", "S f_θ = S_θ f given"] {
        assert!(is_unfinished(text), "{text}");
    }
    for text in ["", "x = x", "f(x))", "x", "prove"] {
        assert!(!is_unfinished(text), "{text}");
    }
}

#[test]
fn brackets_know_their_partners() {
    let (open, close) = partner("f(x + [y])", 6).expect("a pair");
    assert_eq!((open.start, close.start), (6, 8));
    assert!(partner("f(x", 1).is_none() && partner("f(x)", 0).is_none());
}

//! The identities of the field and of the note, and how their derivations are shown.

mod derivations;
mod note;
mod statements;

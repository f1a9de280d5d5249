//! The facade of the library: scripts, messages, repairs, laws of the user's.

mod examples;
mod facade;
mod messages;
mod repair;
mod user_laws;

//! The facade of the library: scripts, repairs, laws of the user's.

mod examples;
mod facade;
mod repair;
mod user_laws;

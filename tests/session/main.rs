//! The facade of the library: scripts, messages, repairs, samples and vectors, laws of the user's.

mod arrays;
mod examples;
mod facade;
mod messages;
mod operators;
mod repair;
mod user_laws;

//! The facade of the library: scripts, repairs, samples and vectors, laws of the user's.

mod arrays;
mod examples;
mod facade;
mod repair;
mod user_laws;

//! The language: what is read, how it is printed, and what is said of what cannot be read.

mod data;
mod edit;
mod errors;
mod forms;
mod limits;
mod printed;
mod random;
mod reading;
mod roundtrip;

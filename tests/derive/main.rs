//! Estimators of gradients: how they are found, their variances, and their code.

mod arrays;
mod asymptotics;
mod code;
mod estimators;
mod parametrisations;
mod variance;

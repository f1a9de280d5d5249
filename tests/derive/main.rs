//! Estimators of gradients: how they are found, their variances, and their code.

mod asymptotics;
mod code;
mod estimators;
mod variance;

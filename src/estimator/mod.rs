//! Estimators: what can be sampled in the place of a derivative of a mean.
//!
//! [`propose`] makes candidates from the entries of the library; none of them counts before it is proved, which is not
//! done here. [`Setting::variance`] says what one sample costs in variance, [`best`] how to choose a constant.

mod asymptotic;
mod closed;
mod constant;
mod forms;
mod propose;
mod reach;
mod regularity;
mod sample;
mod series;
mod variance;

pub use asymptotic::{Asymptotics, BOUND, Leading, asymptotics, large};
pub use closed::Closed;
pub use constant::best;
pub use forms::forms;
pub use propose::{Absent, Candidate, Proposal, propose};
pub use regularity::regularity;
pub use sample::Sample;
pub use variance::{Setting, Variance, open};

//! Vector kernels: random noise, elementary functions and a machine that runs tapes of passes over blocks of lanes.
//!
//! Kernels are written once, generic over a set of instructions ([`Simd`](simd::Simd)), and compiled for AVX-512, for AVX2 with FMA, and for
//! whatever the architecture has anyway; [`Level`] chooses at run time. AVX-512 and AVX2 give the same bits in everything.
//! The portable kernels give the same random words and uniform samples, and everything else within the error bounds that
//! each function states, because without FMA a product and a sum round twice.
//!
//! This layer knows nothing of formulas.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod circle;
mod erf;
mod exp;
mod function;
mod hyperbolic;
mod joe_kuo;
mod level;
mod ln;
mod machine;
mod noise;
mod pass;
mod portable;
mod power;
mod quantile;
mod random;
mod simd;
mod sobol;
mod tape;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use function::{Function, Pairing};
pub use joe_kuo::DIMENSIONS;
pub use level::Level;
pub use machine::Machine;
pub use noise::Law;
pub use pass::{BLOCK, Lanes, Sums};
pub use random::{Generator, STREAMS, mix};
pub use sobol::{Net, ROWS, sobol};
pub use tape::{Argument, Operation, Register, Scalar, Tape, Target, Value};

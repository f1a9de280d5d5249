//! Which instructions the processor at hand has.

#[cfg(target_arch = "x86_64")]
use super::avx2::Avx2;
#[cfg(target_arch = "x86_64")]
use super::avx512::Avx512;
use super::portable::Portable;
use super::simd::{Simd, Task};
use std::sync::OnceLock;

/// A set of instructions that this processor has.
#[derive(Clone, Copy, Debug)]
pub struct Level(Set);

#[derive(Clone, Copy, Debug)]
enum Set {
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    Portable(Portable),
}

impl Level {
    /// All of them, the best first.
    pub fn all() -> Vec<Level> {
        let mut sets = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            sets.extend(Avx512::new().map(Set::Avx512));
            sets.extend(Avx2::new().map(Set::Avx2));
        }
        sets.push(Set::Portable(Portable));
        sets.into_iter().map(Level).collect()
    }

    /// The best one.
    pub fn best() -> Level {
        static BEST: OnceLock<Level> = OnceLock::new();
        *BEST.get_or_init(|| Level::all().first().copied().unwrap_or(Level(Set::Portable(Portable))))
    }

    /// What `--instructions` calls it.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2(_) => "avx2",
            Set::Portable(_) => "portable",
        }
    }

    /// True if products and sums are rounded once: all such levels give the same bits.
    pub fn fuses(self) -> bool {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512(_) | Set::Avx2(_) => true,
            Set::Portable(_) => Portable::FUSES,
        }
    }

    /// Runs a task that sees the instructions; what it calls through [`super::simd::Simd::call`] is compiled for them.
    pub fn run<T: Task>(self, task: T) -> T::Output {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512(s) => task.run(s),
            #[cfg(target_arch = "x86_64")]
            Set::Avx2(s) => task.run(s),
            Set::Portable(s) => task.run(s),
        }
    }
}

impl Default for Level {
    fn default() -> Level {
        Level::best()
    }
}

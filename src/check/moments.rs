//! Count, mean and spread of numbers, gathered and merged without loss of digits (Welford; Chan, Golub and LeVeque).

/// The first two moments of a set of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// Values so far.
    pub count: f64,
    /// Their mean.
    pub mean: f64,
    /// The sum of squared deviations from the mean.
    pub squares: f64,
}

impl Moments {
    /// The moments of a block of numbers, by two passes.
    pub fn of(values: &[f64]) -> Moments {
        let count = values.len() as f64;
        if values.is_empty() {
            return Moments::default();
        }
        let mean = sum(values, |v| v) / count;
        let squares = sum(values, |v| (v - mean) * (v - mean));
        Moments { count, mean, squares }
    }

    /// Adds one number.
    pub fn push(&mut self, value: f64) {
        self.count += 1.0;
        let gap = value - self.mean;
        self.mean += gap / self.count;
        self.squares += gap * (value - self.mean);
    }

    /// The moments of two sets together.
    pub fn merge(self, other: Moments) -> Moments {
        let count = self.count + other.count;
        if count == 0.0 {
            return self;
        }
        let gap = other.mean - self.mean;
        let share = other.count / count;
        Moments {
            count,
            mean: self.mean + gap * share,
            squares: self.squares + other.squares + gap * gap * self.count * share,
        }
    }

    /// The unbiased variance.
    pub fn variance(&self) -> f64 {
        if self.count > 1.0 { self.squares / (self.count - 1.0) } else { f64::NAN }
    }

    /// The standard error of the mean.
    pub fn standard_error(&self) -> f64 {
        (self.variance() / self.count).sqrt()
    }
}

/// A sum in sixteen lanes: fixed in order, and fit for vector registers.
fn sum(values: &[f64], map: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; 16];
    let chunks = values.chunks_exact(16);
    let rest: f64 = chunks.remainder().iter().map(|v| map(*v)).sum();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, v)| *lane += map(*v));
    }
    lanes.iter().sum::<f64>() + rest
}

/// Noise from a seed (SplitMix64).
pub struct Noise(pub u64);

#[allow(dead_code)]
impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform between 0 and 1, both excluded.
    pub fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Standard exponential.
    pub fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    /// Standard Gaussian (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let angle = 2.0 * std::f64::consts::PI * self.uniform();
        (2.0 * self.exponential()).sqrt() * angle.cos()
    }

    /// Gamma with rate 1 (Marsaglia and Tsang).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * self.uniform().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let x = self.normal();
            let v = (1.0 + x / (9.0 * d).sqrt()).powi(3);
            if v > 0.0 && -self.exponential() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// Beta, from two gamma variables.
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
    }

    /// Poisson: arrivals in a time.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        let (mut time, mut count) = (self.exponential(), 0.0);
        while time < mean {
            time += self.exponential();
            count += 1.0;
        }
        count
    }

    /// Successes among n trials.
    pub fn binomial(&mut self, n: f64, p: f64) -> f64 {
        (0..n as u64).map(|_| f64::from(self.uniform() < p)).sum()
    }

    /// A number from 1, by logits (the Gumbel trick).
    pub fn categorical(&mut self, logits: &[f64]) -> f64 {
        let (mut best, mut value) = (f64::NEG_INFINITY, 0.0);
        for (index, logit) in logits.iter().enumerate() {
            let score = logit - self.exponential().ln();
            if score > best {
                (best, value) = (score, index as f64 + 1.0);
            }
        }
        value
    }

    /// -1 or 1.
    pub fn sign(&mut self) -> f64 {
        if self.uniform() < 0.5 { -1.0 } else { 1.0 }
    }
}

/// -1, 0 or 1.
#[allow(dead_code)]
fn sign(u: f64) -> f64 {
    if u > 0.0 { 1.0 } else if u < 0.0 { -1.0 } else { 0.0 }
}

//! Arithmetic in F_p\[i\], i² = -1, for safe primes p = 2q + 1 near 2^61; such p is 3 modulo 4, so -1 has no root in F_p.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// A pseudorandom number that depends on everything that is given.
pub fn oracle(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// An element re + im i.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Element {
    /// The part in F_p.
    pub re: u64,
    /// The factor of i.
    pub im: u64,
}

/// The field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The characteristic.
    pub p: u64,
    /// (p - 1)/2, a prime.
    pub q: u64,
}

fn times(a: u64, b: u64, p: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(p)) as u64
}

fn power(mut base: u64, mut exponent: u64, p: u64) -> u64 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, base, p);
        }
        base = times(base, base, p);
        exponent >>= 1;
    }
    result
}

/// Miller and Rabin's test, with the bases that decide it below 2^64.
pub fn is_prime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if n < 2 {
        return false;
    }
    if let Some(base) = BASES.iter().find(|base| n.is_multiple_of(**base)) {
        return n == *base;
    }
    let twos = (n - 1).trailing_zeros();
    BASES.iter().all(|base| {
        let mut x = power(*base, (n - 1) >> twos, n);
        if x == 1 || x == n - 1 {
            return true;
        }
        (1..twos).any(|_| {
            x = times(x, x, n);
            x == n - 1
        })
    })
}

impl Field {
    /// A field whose prime depends on the seed.
    pub fn draw(seed: u64) -> Field {
        (0u64..)
            .map(|try_| (1 << 60) | (oracle((seed, "prime", try_)) >> 4) | 1)
            .find(|q| {
                let p = 2 * q + 1;
                [3, 5, 7, 11, 13].iter().all(|s| !q.is_multiple_of(*s) && !p.is_multiple_of(*s))
                    && is_prime(*q)
                    && is_prime(p)
            })
            .map(|q| Field { p: 2 * q + 1, q })
            .expect("an endless search")
    }

    /// The element that the whole number stands for.
    pub fn small(&self, n: u64) -> Element {
        Element { re: n % self.p, im: 0 }
    }

    /// An element of F_p that depends on what is given.
    pub fn random(&self, what: impl Hash) -> Element {
        let hash = oracle(what);
        let wide = u128::from(hash) << 64 | u128::from(oracle((hash, "low")));
        Element { re: (wide % u128::from(self.p)) as u64, im: 0 }
    }

    fn reduced(n: &BigInt, modulus: u64) -> u64 {
        let modulus = BigInt::from(modulus);
        (((n % &modulus) + &modulus) % &modulus).to_u64().unwrap_or(0)
    }

    /// The element that a literal stands for, if its denominator is not 0 here.
    pub fn literal(&self, value: &BigRational) -> Option<Element> {
        let below = Element { re: Self::reduced(value.denom(), self.p), im: 0 };
        let above = Element { re: Self::reduced(value.numer(), self.p), im: 0 };
        Some(self.mul(above, self.inv(below)?))
    }

    /// The exponent that stands for a rational one in the subgroup of order q.
    pub fn exponent(&self, value: &BigRational) -> Option<u64> {
        let below = Self::reduced(value.denom(), self.q);
        (below != 0).then(|| times(Self::reduced(value.numer(), self.q), power(below, self.q - 2, self.q), self.q))
    }

    /// The sum.
    pub fn add(&self, a: Element, b: Element) -> Element {
        let sum = |x: u64, y: u64| ((u128::from(x) + u128::from(y)) % u128::from(self.p)) as u64;
        Element { re: sum(a.re, b.re), im: sum(a.im, b.im) }
    }

    /// The negative.
    pub fn neg(&self, a: Element) -> Element {
        let minus = |x: u64| if x == 0 { 0 } else { self.p - x };
        Element { re: minus(a.re), im: minus(a.im) }
    }

    /// The product.
    pub fn mul(&self, a: Element, b: Element) -> Element {
        if a.im == 0 && b.im == 0 {
            return Element { re: times(a.re, b.re, self.p), im: 0 };
        }
        let part = |x, y| Element { re: times(x, y, self.p), im: 0 };
        Element {
            re: self.add(part(a.re, b.re), self.neg(part(a.im, b.im))).re,
            im: self.add(part(a.re, b.im), part(a.im, b.re)).re,
        }
    }

    /// The reciprocal, unless the element is 0.
    pub fn inv(&self, a: Element) -> Option<Element> {
        let norm = self.mul(a, Element { re: a.re, im: self.neg(a).im }).re;
        if norm == 0 {
            return None;
        }
        let scale = Element { re: power(norm, self.p - 2, self.p), im: 0 };
        Some(self.mul(Element { re: a.re, im: self.neg(a).im }, scale))
    }

    /// A power.
    pub fn pow(&self, mut base: Element, mut exponent: u64) -> Element {
        let mut result = self.small(1);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = self.mul(result, base);
            }
            base = self.mul(base, base);
            exponent >>= 1;
        }
        result
    }

    /// One of the two square roots, for an element of F_p.
    pub fn root(&self, a: Element) -> Option<Element> {
        if a.im != 0 {
            return None;
        }
        let candidate = self.pow(a, self.p.div_ceil(4));
        if self.mul(candidate, candidate) == a {
            return Some(candidate);
        }
        let candidate = self.pow(self.neg(a), self.p.div_ceil(4));
        Some(Element { re: 0, im: candidate.re })
    }
}

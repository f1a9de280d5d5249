//! Sums and products of rationals, which are nearly always whole numbers: of these no common divisor is looked for.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

/// Adds to a number.
pub fn add_to(sum: &mut BigRational, other: &BigRational) {
    if sum.denom().is_one() && other.denom().is_one() {
        *sum = BigRational::new_raw(sum.numer() + other.numer(), BigInt::one());
    } else {
        *sum += other;
    }
}

/// The product.
pub fn product_of(a: &BigRational, b: &BigRational) -> BigRational {
    if a.denom().is_one() && b.denom().is_one() {
        BigRational::new_raw(a.numer() * b.numer(), BigInt::one())
    } else {
        a * b
    }
}

//! Numbers as people read them.

/// `131,072`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut result = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            result.push(',');
        }
        result.push(digit);
    }
    result
}

/// A number to so many significant digits, without trailing zeros; very large and very small ones with an exponent.
pub fn rounded(number: f64, digits: usize) -> String {
    if number == 0.0 || !number.is_finite() {
        return format!("{number}");
    }
    let scientific = format!("{number:.*e}", digits.saturating_sub(1));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..9).contains(&exponent) {
        return format!("{}e{exponent}", trimmed(mantissa));
    }
    let places = (digits as i32 - 1 - exponent).max(0) as usize;
    trimmed(&format!("{number:.places$}")).to_string()
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(131_072), "131,072");
        assert_eq!(rounded(0.123_456_78, 4), "0.1235");
        assert_eq!(rounded(-2.0, 4), "-2");
        assert_eq!(rounded(1.0e-7, 3), "1e-7");
        assert_eq!(rounded(123_456.7, 3), "123457");
        assert_eq!(rounded(f64::NAN, 3), "NaN");
    }
}

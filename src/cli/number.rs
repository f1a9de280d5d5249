//! Numbers on the command line.

use std::ops::Range;
use std::time::Duration;

/// The most draws of a simulation.
pub const DRAWS: u64 = 10_000_000_000_000;
/// The most threads.
pub const THREADS: u64 = 1024;
/// The most blocks of draws.
const BLOCKS: u64 = 1 << 40;

/// Reads a count from 1 to `most`, which may be written with an exponent: `250000` or `2.5e5`.
pub fn count(most: u64) -> impl Fn(&str) -> Result<u64, String> + Clone + Send + Sync + 'static {
    move |text| within(text, 1, most)
}

/// Reads a range of blocks, such as `0..64`.
pub fn blocks(text: &str) -> Result<Range<u64>, String> {
    let shape = "a range such as `0..64` is expected: the first block, and the first behind the last";
    let (from, to) = text.split_once("..").ok_or(shape)?;
    let range = within(from, 0, BLOCKS)?..within(to, 0, BLOCKS)?;
    if range.is_empty() { Err(shape.into()) } else { Ok(range) }
}

/// Reads a time in seconds.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds is expected".to_string())?;
    if seconds > 0.0 && seconds <= 1e6 {
        return Ok(Duration::from_secs_f64(seconds));
    }
    Err("a number of seconds above 0 and up to a million is expected".into())
}

fn within(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let digit = |letter: char| letter.is_ascii_digit();
    let number = match (text.parse::<u64>(), text.parse::<f64>()) {
        (Ok(number), _) => number,
        // What is too large, up to infinity, becomes the largest number that there is.
        (_, Ok(number)) if number >= 0.0 && number == number.trunc() && text.ends_with(digit) => number as u64,
        _ => return Err("a whole number is expected, such as 250000 or 2.5e5".into()),
    };
    if (least..=most).contains(&number) {
        return Ok(number);
    }
    Err(format!("it has to be a whole number from {least} to {most}"))
}

//! Writes the noise of draws to standard output without end, for batteries of statistical tests: random words, or Gaussian
//! samples mapped to 32 bits by their distribution function. Streams take turns, as many as are asked for.
//!
//! ```sh
//! cargo run --release --example raw_stream -- words 1 | RNG_test stdin64
//! cargo run --release --example raw_stream -- gaussian 3 | RNG_test stdin32
//! ```

use std::io::{BufWriter, Result, Write};
use stein::check::{BLOCK_DRAWS, generator};
use stein::vector::{BLOCK, Function, Law, Level, Machine, Tape};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let gaussian = arguments.next().is_some_and(|kind| kind == "gaussian");
    let streams: u32 = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(1);
    let (level, mut out) = (Level::best(), BufWriter::with_capacity(1 << 20, std::io::stdout().lock()));
    let mut machine = Machine::new(&Tape { registers: 1, ..Tape::default() });
    for (chunk, stream) in (0..).flat_map(|chunk| (0..streams).map(move |stream| (chunk, stream))) {
        let law = if gaussian { Law::Gaussian } else { Law::Uniform };
        let mut generator = generator(1, stream, law, chunk);
        for _ in 0..BLOCK_DRAWS / BLOCK as u64 {
            if gaussian {
                machine.draw(level, law, &mut generator, 0);
                let scaled = machine.register(0).map(|x| -x * std::f64::consts::FRAC_1_SQRT_2);
                let mut twice = [0.0; BLOCK];
                Function::Erfc.values(level, &scaled, &mut twice);
                let bits = twice.map(|p| ((p * (1u64 << 31) as f64) as u32).to_le_bytes());
                out.write_all(bits.as_flattened())?;
            } else {
                out.write_all(generator.words(level).map(u64::to_le_bytes).as_flattened())?;
            }
        }
    }
    Ok(())
}

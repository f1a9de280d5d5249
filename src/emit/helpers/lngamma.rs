/// The logarithm of the gamma function of a positive argument: eight steps up, then Stirling's series.
fn lngamma(u: f64) -> f64 {
    let v = u + 8.0;
    let w = 1.0 / (v * v);
    let series = (1.0 / 12.0 - w * (1.0 / 360.0 - w * (1.0 / 1260.0 - w * (1.0 / 1680.0 - w / 1188.0)))) / v;
    let below: f64 = (0..8).map(|k| (u + f64::from(k)).ln()).sum();
    (v - 0.5) * v.ln() - v + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - below
}

/// The digamma function of a positive argument: eight steps up, then the asymptotic series.
fn digamma(u: f64) -> f64 {
    let v = u + 8.0;
    let w = 1.0 / (v * v);
    let series = w * (1.0 / 12.0 - w * (1.0 / 120.0 - w * (1.0 / 252.0 - w * (1.0 / 240.0 - w / 132.0))));
    v.ln() - 0.5 / v - series - (0..8).map(|k| 1.0 / (u + f64::from(k))).sum::<f64>()
}

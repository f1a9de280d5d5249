//! The difference of two simulated sides over the number of draws, with its error band, as SVG.

use super::{Point, grouped, rounded};
use std::fmt::Write;

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 260.0;
/// Room for the labels of the axes.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 38.0;
/// The band is this many standard errors to either side of 0.
const BAND: f64 = 2.0;

/// A figure with its caption; nothing for fewer than two points.
pub fn convergence(points: &[Point]) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let top = points.iter().map(|p| (BAND * p.error).max(p.difference.abs())).fold(0.0, f64::max);
    // Sides that agree on every single draw have no noise to be seen.
    let shrinks = last.error < 0.9 * first.error || last.difference.abs() > BAND * last.error;
    if points.len() < 2 || !shrinks || !top.is_finite() || top <= 0.0 {
        return String::new();
    }
    let log = |draws: u64| (draws.max(1) as f64).log2();
    let span = (log(last.draws) - log(first.draws)).max(1.0);
    let x = |p: &Point| LEFT + (WIDTH - LEFT - RIGHT) * (log(p.draws) - log(first.draws)) / span;
    let y = |value: f64| TOP + (HEIGHT - TOP - BOTTOM) * (0.5 - value / (2.2 * top));
    let mut out = format!("<figure><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"convergence\">\n");
    let path = |values: &mut dyn Iterator<Item = (f64, f64)>| {
        values.map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
    };
    let upper = points.iter().map(|p| (x(p), y(BAND * p.error)));
    let lower = points.iter().rev().map(|p| (x(p), y(-BAND * p.error)));
    let _ = writeln!(out, "<polygon class=\"band\" points=\"{}\"/>", path(&mut upper.chain(lower)));
    let (end, foot) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    let zero = y(0.0);
    let _ = writeln!(out, "<line class=\"zero\" x1=\"{LEFT}\" y1=\"{zero:.1}\" x2=\"{end}\" y2=\"{zero:.1}\"/>");
    let _ = writeln!(out, "<line class=\"axis\" x1=\"{LEFT}\" y1=\"{foot}\" x2=\"{end}\" y2=\"{foot}\"/>");
    let curve = path(&mut points.iter().map(|p| (x(p), y(p.difference))));
    let _ = writeln!(out, "<polyline class=\"curve\" points=\"{curve}\"/>");
    for point in points {
        let (x, y) = (x(point), y(point.difference));
        let _ = writeln!(out, "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>");
    }
    for value in [top, 0.0, -top] {
        let (text, at) = (rounded(value, 1), y(value) + 4.0);
        let _ = writeln!(out, "<text x=\"{}\" y=\"{at:.1}\" text-anchor=\"end\">{text}</text>", LEFT - 6.0);
    }
    for (point, anchor) in [(first, "start"), (last, "end")] {
        let (text, at) = (grouped(point.draws), foot + 16.0);
        let _ = writeln!(out, "<text x=\"{:.1}\" y=\"{at}\" text-anchor=\"{anchor}\">{text}</text>", x(point));
    }
    let (middle, at) = (LEFT + (end - LEFT) / 2.0, foot + 32.0);
    let _ = writeln!(out, "<text x=\"{middle}\" y=\"{at}\" text-anchor=\"middle\">draws</text>\n</svg>");
    out.push_str(
        "<figcaption>The difference of the two sides, simulated on the same draws, and a band of two standard errors \
         around 0.</figcaption></figure>",
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_lies_inside_its_picture() {
        let point = |draws, difference, error| Point { draws, difference, error };
        let figure = convergence(&[point(64, 0.5, 0.2), point(256, -0.1, 0.1), point(1024, 0.01, 0.05)]);
        let curve = figure.split("class=\"curve\" points=\"").nth(1).and_then(|rest| rest.split('"').next());
        for pair in curve.expect("a curve").split(' ') {
            let (x, y) = pair.split_once(',').expect("a point");
            let (x, y): (f64, f64) = (x.parse().expect("a number"), y.parse().expect("a number"));
            assert!((0.0..=WIDTH).contains(&x) && (0.0..=HEIGHT).contains(&y), "{pair}");
        }
        assert!(convergence(&[]).is_empty() && convergence(&[point(64, 0.0, 0.0); 3]).is_empty());
    }
}

//! The difference of two simulated sides over the number of draws, with its error band, as SVG.

use super::plot::{Axis, Plot, Scale};
use super::{Point, grouped, rounded};

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 260.0;
/// The band is this many standard errors to either side of 0.
const BAND: f64 = 2.0;

/// A figure with its caption; nothing for fewer than two points.
pub fn figure(points: &[Point]) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let top = points.iter().map(|p| (BAND * p.error).max(p.difference.abs())).fold(0.0, f64::max);
    // Sides that agree on every single draw have no noise to be seen.
    let shrinks = last.error < 0.9 * first.error || last.difference.abs() > BAND * last.error;
    if points.len() < 2 || !shrinks || !top.is_finite() || top <= 0.0 {
        return String::new();
    }
    let log = |draws: u64| (draws.max(1) as f64).log2();
    let across =
        Axis { scale: Scale::Linear, low: log(first.draws), high: log(last.draws).max(log(first.draws) + 1.0) };
    let up = Axis { scale: Scale::Linear, low: -1.1 * top, high: 1.1 * top };
    let (left, right) = (70.0, 14.0);
    let marks = String::new();
    let mut plot = Plot { width: WIDTH, height: HEIGHT, left, right, top: 12.0, bottom: 38.0, across, up, marks };
    let at = |plot: &Plot, point: &Point, value: f64| plot.at(log(point.draws), value);
    let upper = points.iter().map(|p| at(&plot, p, BAND * p.error));
    let lower = points.iter().rev().map(|p| at(&plot, p, -BAND * p.error));
    let band: Vec<_> = upper.chain(lower).collect();
    plot.through("polygon", band, "class=\"band\"");
    let (end, foot) = (plot.end(), plot.foot());
    let zero = at(&plot, first, 0.0).1;
    plot.line((left, zero), (end, zero), "class=\"zero\"");
    plot.line((left, foot), (end, foot), "class=\"axis\"");
    let curve: Vec<_> = points.iter().map(|p| at(&plot, p, p.difference)).collect();
    plot.through("polyline", curve.iter().copied(), "class=\"curve\"");
    curve.into_iter().for_each(|point| plot.dot(point, "class=\"dot\""));
    for value in [top, 0.0, -top] {
        let y = at(&plot, first, value).1;
        plot.text((left - 6.0, y + 4.0), "end", &rounded(value, 1));
    }
    for (point, anchor) in [(first, "start"), (last, "end")] {
        let x = at(&plot, point, 0.0).0;
        plot.text((x, foot + 16.0), anchor, &grouped(point.draws));
    }
    plot.text((left + (end - left) / 2.0, foot + 32.0), "middle", "draws");
    let mut out = format!("<figure>{}", plot.svg("role=\"img\" aria-label=\"convergence\""));
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
        let picture = figure(&[point(64, 0.5, 0.2), point(256, -0.1, 0.1), point(1024, 0.01, 0.05)]);
        let curve = picture.split("<polyline points=\"").nth(1).and_then(|rest| rest.split('"').next());
        for pair in curve.expect("a curve").split(' ') {
            let (x, y) = pair.split_once(',').expect("a point");
            let (x, y): (f64, f64) = (x.parse().expect("a number"), y.parse().expect("a number"));
            assert!((0.0..=WIDTH).contains(&x) && (0.0..=HEIGHT).contains(&y), "{pair}");
        }
        assert!(figure(&[]).is_empty() && figure(&[point(64, 0.0, 0.0); 3]).is_empty());
    }
}

//! What all pictures share, as SVG: an area, a scale on each of its axes, and marks at points of it.

use std::fmt::{Display, Write};

/// How numbers lie along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equally far.
    Linear,
    /// Equal ratios are equally far.
    Logarithmic,
}

/// Where a logarithmic axis has fewer, 2 and 5 times its powers of ten have ticks as well.
const FEW_DECADES: f64 = 2.0;

impl Scale {
    /// The scale that suits a range: logarithmic for positive numbers over a decade or more.
    pub fn of(low: f64, high: f64) -> Scale {
        // A hair below a decade, for ends that were computed.
        if low > 0.0 && high / low > 9.999 { Scale::Logarithmic } else { Scale::Linear }
    }

    /// Numbers from one end of a range to the other, both included, equally far from each other.
    pub fn spaced(self, low: f64, high: f64, count: usize) -> Vec<f64> {
        let share = |i: usize| i as f64 / (count.max(2) - 1) as f64;
        let value = |i| match self {
            Scale::Linear => low + (high - low) * share(i),
            Scale::Logarithmic => low * (high / low).powf(share(i)),
        };
        (0..count).map(value).collect()
    }

    /// Where a number lies, in units of the axis; none where it cannot be shown.
    pub fn place(self, value: f64) -> Option<f64> {
        match self {
            Scale::Linear => Some(value).filter(|v| v.is_finite()),
            Scale::Logarithmic => Some(value.log10()).filter(|v| v.is_finite()),
        }
    }

    /// Round numbers in a range of places, about as many as asked for.
    fn ticks(self, low: f64, high: f64, count: f64) -> Vec<f64> {
        if self == Scale::Logarithmic && high - low < FEW_DECADES {
            let decades = low.floor() as i64..=high.ceil() as i64;
            let places = decades.flat_map(|decade| [1.0, 2.0, 5.0].map(|factor: f64| decade as f64 + factor.log10()));
            return places.filter(|place| (low - 1e-9..=high + 1e-9).contains(place)).collect();
        }
        let rough = (high - low) / count;
        let step = match self {
            Scale::Logarithmic => rough.ceil().max(1.0),
            Scale::Linear => {
                let decade = 10f64.powf(rough.log10().floor());
                let round = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * decade);
                round.into_iter().find(|step| *step >= rough * 0.999).unwrap_or(rough)
            }
        };
        let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
        (first..=last).map(|i| i as f64 * step).collect()
    }

    /// What is written beside a tick at a place.
    fn label(self, place: f64) -> String {
        match self {
            Scale::Linear => super::rounded(place, 3),
            Scale::Logarithmic if (-2.0..=3.0).contains(&place) => super::rounded(10f64.powf(place), 2),
            Scale::Logarithmic => format!("{}e{}", super::rounded(10f64.powf(place - place.floor()), 1), place.floor()),
        }
    }
}

/// A scale and the places of its two ends.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    pub scale: Scale,
    pub low: f64,
    pub high: f64,
}

impl Axis {
    /// How far along the axis a place lies, from 0 to 1.
    fn share(&self, place: f64) -> f64 {
        (place - self.low) / (self.high - self.low).max(1e-9)
    }

    /// Where ticks are put, with their labels.
    pub fn ticks(&self, count: f64) -> Vec<(f64, String)> {
        let ticks = self.scale.ticks(self.low, self.high, count);
        ticks.into_iter().map(|place| (place, self.scale.label(place))).collect()
    }
}

/// A picture being drawn; lengths are in pixels from its upper left corner.
pub struct Plot {
    pub width: f64,
    pub height: f64,
    /// Room beside the area.
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    pub across: Axis,
    pub up: Axis,
    /// What has been drawn.
    pub marks: String,
}

impl Plot {
    pub fn end(&self) -> f64 {
        self.width - self.right
    }

    pub fn foot(&self) -> f64 {
        self.height - self.bottom
    }

    /// The point of two places.
    pub fn at(&self, across: f64, up: f64) -> (f64, f64) {
        let x = self.left + (self.end() - self.left) * self.across.share(across);
        (x, self.foot() - (self.foot() - self.top) * self.up.share(up))
    }

    /// A line between two points; a style is the attributes of the mark.
    pub fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), style: &str) {
        self.mark(format_args!("<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {style}/>"));
    }

    /// A mark through points: a `polyline` or a `polygon`.
    pub fn through(&mut self, kind: &str, points: impl IntoIterator<Item = (f64, f64)>, style: &str) {
        let points: Vec<String> = points.into_iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.mark(format_args!("<{kind} points=\"{}\" {style}/>", points.join(" ")));
    }

    /// A dot.
    pub fn dot(&mut self, (x, y): (f64, f64), style: &str) {
        self.mark(format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" {style}/>"));
    }

    /// Text that starts, ends or has its middle at a point.
    pub fn text(&mut self, (x, y): (f64, f64), anchor: &str, text: &str) {
        let text = escaped(text);
        self.mark(format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"));
    }

    fn mark(&mut self, mark: impl Display) {
        let _ = writeln!(self.marks, "{mark}");
    }

    /// The element, with attributes of its own.
    pub fn svg(&self, attributes: &str) -> String {
        let (width, height, marks) = (self.width, self.height, &self.marks);
        format!("<svg viewBox=\"0 0 {width} {height}\" {attributes}>\n{marks}</svg>\n")
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_the_scale_that_suits_it() {
        assert_eq!(Scale::of(0.01, 10.0), Scale::Logarithmic);
        assert_eq!(Scale::of(-3.0, 3.0), Scale::Linear);
        assert_eq!(Scale::of(1.0, 5.0), Scale::Linear);
        let spaced = Scale::Logarithmic.spaced(0.1, 10.0, 3);
        assert!(spaced.iter().zip([0.1, 1.0, 10.0]).all(|(a, b)| (a / b - 1.0).abs() < 1e-12), "{spaced:?}");
        assert_eq!(Scale::Linear.spaced(-1.0, 1.0, 3), [-1.0, 0.0, 1.0]);
    }

    #[test]
    fn ticks_are_round() {
        let axis = |scale, low, high| Axis { scale, low, high };
        let labels = |axis: Axis| axis.ticks(6.0).into_iter().map(|(_, label)| label).collect::<Vec<_>>();
        assert_eq!(labels(axis(Scale::Linear, -3.0, 3.0)), ["-3", "-2", "-1", "0", "1", "2", "3"]);
        assert_eq!(labels(axis(Scale::Logarithmic, -3.0, 1.0)), ["1e-3", "0.01", "0.1", "1", "10"]);
    }
}

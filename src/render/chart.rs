//! Curves over a common axis: as one line of text, and as SVG.

use super::plot::{Axis, Plot, Scale};

/// Curves by name over common values of a variable, upwards on a logarithmic scale. A value that is missing, not positive
/// or not finite leaves a gap.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// What is drawn, in a few words.
    pub title: String,
    /// The variable of the horizontal axis.
    pub variable: String,
    /// Its values, ascending.
    pub values: Vec<f64>,
    /// A name and a number for each value.
    pub curves: Vec<(String, Vec<Option<f64>>)>,
}

const HEIGHT: f64 = 420.0;
/// Told apart by people who do not see all colours (Okabe and Ito).
const COLOURS: [&str; 8] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999933"];
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Blocks that a line has at most; of more values some are left out.
const COLUMNS: usize = 25;
const GRID: &str = "stroke=\"#ddd\"";

/// Where a number lies on the upward axis.
fn drawn(value: Option<f64>) -> Option<f64> {
    value.and_then(|value| Scale::Logarithmic.place(value))
}

impl Chart {
    /// The range of the places of all curves.
    fn range(&self) -> Option<(f64, f64)> {
        let all = self.curves.iter().flat_map(|(_, values)| values.iter().copied()).filter_map(drawn);
        let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        (low <= high).then_some((low, high.max(low + 1e-9)))
    }

    /// A curve as a line of blocks, on the scale that all curves share.
    pub fn sparkline(&self, curve: usize) -> String {
        let Some((low, high)) = self.range() else { return String::new() };
        let block = |value: &Option<f64>| match drawn(*value) {
            Some(v) => BLOCKS[(((v - low) / (high - low) * 7.0).round() as usize).min(7)],
            None => '·',
        };
        let step = self.values.len().div_ceil(COLUMNS).max(1);
        self.curves.get(curve).map(|(_, values)| values.iter().step_by(step).map(block).collect()).unwrap_or_default()
    }

    fn axes(&self) -> (Axis, Axis) {
        let (low, high) = self.range().map_or((0.0, 1.0), |(a, b)| (a.floor(), b.ceil().max(a.floor() + 1.0)));
        let [first, last] = [self.values.first(), self.values.last()].map(|v| v.copied().unwrap_or(1.0));
        let scale = Scale::of(first, last);
        let [start, end] = [first, last].map(|v| scale.place(v).unwrap_or(0.0));
        (Axis { scale, low: start, high: end }, Axis { scale: Scale::Logarithmic, low, high })
    }

    /// A picture that stands alone.
    pub fn svg(&self) -> String {
        let (across, up) = self.axes();
        let marks = String::from("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        // The names of the curves stand on the right.
        let (left, right, top, bottom) = (64.0, 250.0, 30.0, 46.0);
        let mut plot = Plot { width: 760.0, height: HEIGHT, left, right, top, bottom, across, up, marks };
        plot.text((plot.left, 18.0), "start", &self.title);
        let (end, foot) = (plot.end(), plot.foot());
        for (place, label) in up.ticks(8.0) {
            let (_, y) = plot.at(0.0, place);
            plot.line((left, y), (end, y), GRID);
            plot.text((left - 6.0, y + 4.0), "end", &label);
        }
        for (place, label) in across.ticks(6.0) {
            let (x, _) = plot.at(place, 0.0);
            plot.line((x, top), (x, foot), GRID);
            plot.text((x, foot + 16.0), "middle", &label);
        }
        plot.text(((left + end) / 2.0, foot + 34.0), "middle", &self.variable);
        for (index, (name, values)) in self.curves.iter().enumerate() {
            let dashes = if index >= COLOURS.len() { " stroke-dasharray=\"5 3\"" } else { "" };
            let colour = COLOURS[index % COLOURS.len()];
            let style = format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}");
            for run in self.runs(across.scale, values) {
                let points: Vec<_> = run.iter().map(|(x, y)| plot.at(*x, *y)).collect();
                plot.through("polyline", points, &style);
            }
            let y = top + 14.0 + 18.0 * index as f64;
            plot.line((end + 12.0, y), (end + 36.0, y), &style);
            plot.text((end + 42.0, y + 4.0), "start", name);
        }
        let (width, height) = (plot.width, plot.height);
        plot.svg(&format!(
            "xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" \
             font-size=\"12\""
        ))
    }

    /// The parts of a curve without gaps, as places.
    fn runs(&self, scale: Scale, curve: &[Option<f64>]) -> Vec<Vec<(f64, f64)>> {
        let mut runs: Vec<Vec<(f64, f64)>> = vec![vec![]];
        for (value, number) in self.values.iter().zip(curve) {
            match (scale.place(*value).zip(drawn(*number)), runs.last_mut()) {
                (Some(point), Some(run)) => run.push(point),
                _ => runs.push(vec![]),
            }
        }
        runs.retain(|run| !run.is_empty());
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_drawn_with_gaps_where_there_is_no_number() {
        let chart = Chart {
            title: "variance".into(),
            variable: "σ".into(),
            values: vec![0.1, 1.0, 10.0],
            curves: vec![
                ("a".into(), vec![Some(1.0), Some(10.0), Some(100.0)]),
                ("b".into(), vec![Some(2.0), None, Some(f64::INFINITY)]),
            ],
        };
        assert_eq!(chart.sparkline(0), "▁▅█");
        assert_eq!(chart.sparkline(1), "▂··");
        let svg = chart.svg();
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}

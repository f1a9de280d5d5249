//! Curves over a common axis: as one line of text, and as SVG.

use super::rounded;
use std::fmt::Write;

/// Curves by name over common values of a variable; both axes are logarithmic. A value that is missing, not positive or
/// not finite leaves a gap.
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

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 64.0;
/// Room for the names.
const RIGHT: f64 = 230.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 46.0;
/// Told apart by people who do not see all colours (Okabe and Ito).
const COLOURS: [&str; 8] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999933"];
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

fn drawn(value: Option<f64>) -> Option<f64> {
    value.filter(|v| v.is_finite() && *v > 0.0).map(f64::log10)
}

impl Chart {
    /// The range of the logarithms of all curves.
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
        self.curves.get(curve).map(|(_, values)| values.iter().map(block).collect()).unwrap_or_default()
    }

    /// A picture that stands alone.
    pub fn svg(&self) -> String {
        let (low, high) = self.range().map_or((0.0, 1.0), |(a, b)| (a.floor(), b.ceil().max(a.floor() + 1.0)));
        let ends = [self.values.first(), self.values.last()].map(|v| drawn(v.copied()).unwrap_or(0.0));
        let span = (ends[1] - ends[0]).max(1e-9);
        let x = |value: f64| LEFT + (WIDTH - LEFT - RIGHT) * (value.log10() - ends[0]) / span;
        let y = |log: f64| HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (log - low) / (high - low);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
             height=\"{HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        let _ = writeln!(out, "<text x=\"{LEFT}\" y=\"18\" font-size=\"13\">{}</text>", escaped(&self.title));
        let (end, foot) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let step = ((high - low) / 8.0).ceil().max(1.0) as i64;
        for decade in (low as i64..=high as i64).step_by(step as usize) {
            let at = y(decade as f64);
            let _ = writeln!(out, "<line x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{end}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>");
            let (label, text) = (LEFT - 6.0, power(decade));
            let _ = writeln!(out, "<text x=\"{label}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>", at + 4.0);
        }
        for decade in ends[0].ceil() as i64..=ends[1].floor() as i64 {
            let at = x(10f64.powi(decade as i32));
            let _ = writeln!(out, "<line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{foot}\" stroke=\"#ddd\"/>");
            let text = rounded(10f64.powi(decade as i32), 2);
            let _ = writeln!(out, "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{text}</text>", foot + 16.0);
        }
        let middle = (LEFT + end) / 2.0;
        let name = escaped(&self.variable);
        let _ = writeln!(out, "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{name}</text>", foot + 34.0);
        for (index, (name, values)) in self.curves.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            let dashes = if index >= COLOURS.len() { " stroke-dasharray=\"5 3\"" } else { "" };
            for run in runs(&self.values, values) {
                let points: Vec<String> = run.iter().map(|(v, log)| format!("{:.1},{:.1}", x(*v), y(*log))).collect();
                let points = points.join(" ");
                let style = format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}");
                let _ = writeln!(out, "<polyline points=\"{points}\" {style}/>");
            }
            let at = TOP + 14.0 + 18.0 * index as f64;
            let (a, b) = (end + 12.0, end + 36.0);
            let line = format!("stroke=\"{colour}\" stroke-width=\"2\"{dashes}");
            let _ = writeln!(out, "<line x1=\"{a}\" y1=\"{at}\" x2=\"{b}\" y2=\"{at}\" {line}/>");
            let _ = writeln!(out, "<text x=\"{}\" y=\"{}\">{}</text>", b + 6.0, at + 4.0, escaped(name));
        }
        out.push_str("</svg>\n");
        out
    }
}

/// The parts of a curve without gaps.
fn runs(values: &[f64], curve: &[Option<f64>]) -> Vec<Vec<(f64, f64)>> {
    let mut runs: Vec<Vec<(f64, f64)>> = vec![vec![]];
    for (value, number) in values.iter().zip(curve) {
        match (drawn(*number), runs.last_mut()) {
            (Some(log), Some(run)) => run.push((*value, log)),
            _ => runs.push(vec![]),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn power(decade: i64) -> String {
    match decade {
        -2..=3 => rounded(10f64.powi(decade as i32), 2),
        _ => format!("1e{decade}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
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

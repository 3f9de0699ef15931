//! Bars drawn on the server: percentages over time, each chart with its table.

use crate::look::Share;
use muster_domain::attendance::Tally;
use muster_domain::attendance::figures::Scale;

/// Height of the plot.
const PLOT: i64 = 160;
/// Width of the whole drawing.
const WIDTH: i64 = 720;
/// Most labels below bars: as many as a phone has room for.
const MOST_LABELS: usize = 7;

/// A chart of percentages with the rows of its table.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// What it shows, for whoever can't see it.
    pub title: String,
    /// What the first column of its table is.
    pub unit: &'static str,
    /// Width of the drawing.
    pub width: i64,
    /// Where the line stands from which on attendance is safe.
    pub safe: i64,
    /// One after the other.
    pub bars: Vec<Bar>,
}

/// A bar, and its row in the table.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// The same in a few letters, below the bar; empty where they would be too many.
    pub short: String,
    /// Position and size.
    pub x: i64,
    /// Top.
    pub y: i64,
    /// Width.
    pub width: i64,
    /// Height.
    pub height: i64,
    /// The figure.
    pub share: Share,
    /// What it is made of.
    pub tally: Tally,
}

/// A point of a chart: what it stands for, in full and in a few letters, and its figures.
pub struct Point {
    /// In full.
    pub label: String,
    /// In a few letters.
    pub short: String,
    /// The figure.
    pub share: muster_domain::attendance::Percentage,
    /// What it is made of.
    pub tally: Tally,
}

impl Chart {
    /// A chart of these points from left to right.
    pub fn new(title: &str, unit: &'static str, scale: &Scale, points: Vec<Point>) -> Self {
        let count = i64::try_from(points.len()).unwrap_or(1).max(1);
        let step = WIDTH * 1000 / count;
        let width = (step * 7 / 10).min(48_000);
        let every = points.len().div_ceil(MOST_LABELS).max(1);
        let bars = points.into_iter().enumerate().map(|(index, point)| {
            let at = i64::try_from(index).unwrap_or_default();
            let permille = point.share.permille().unwrap_or_default();
            let middle = at * step + step / 2;
            Bar {
                label: point.label,
                short: if index % every == 0 { point.short } else { String::new() },
                x: (middle - width / 2) / 1000,
                y: PLOT - permille * PLOT / 1000,
                width: (width / 1000).max(1),
                height: permille * PLOT / 1000,
                share: Share::of(point.share, scale),
                tally: point.tally,
            }
        });
        Self {
            title: title.to_owned(),
            unit,
            width: WIDTH,
            safe: PLOT - scale.thresholds.safe * PLOT / 100,
            bars: bars.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(count: i64) -> Vec<Point> {
        let scale = Scale::default();
        let point = |n: i64| {
            let tally = Tally { present: n, absent: count - n, ..Tally::default() };
            let (label, short) = (format!("day {n}"), n.to_string());
            Point { label, short, share: scale.percentage(&tally), tally }
        };
        (0..count).map(point).collect()
    }

    #[test]
    fn bars_stay_within_the_drawing_in_order_and_never_overlap() {
        for count in [1, 2, 16, 100, 365] {
            let chart = Chart::new("", "Day", &Scale::default(), points(count));
            let bars = &chart.bars;
            assert!(bars.iter().all(|bar| bar.x >= 0 && bar.x + bar.width <= WIDTH));
            assert!(bars.iter().all(|bar| bar.y >= 0 && bar.y + bar.height == PLOT));
            assert!(bars.windows(2).all(|pair| pair[0].x + pair[0].width <= pair[1].x));
            assert!(bars.iter().filter(|bar| !bar.short.is_empty()).count() <= MOST_LABELS);
        }
    }

    #[test]
    fn nothing_at_all_is_a_chart_without_bars() {
        assert!(Chart::new("", "Day", &Scale::default(), Vec::new()).bars.is_empty());
    }
}

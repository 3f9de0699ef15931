//! Bars drawn on the server: how many, one after the other, with the table beside them.

/// Height of the plot.
const PLOT: i64 = 160;
/// Width of the whole drawing.
const WIDTH: i64 = 720;
/// Most labels below bars: as many as a phone has room for.
const MOST_LABELS: usize = 7;

/// A chart of counts with the rows of its table.
#[derive(Clone, Debug, Default)]
pub struct CountChart {
    /// What it shows, for whoever can't see it.
    pub title: &'static str,
    /// What the first column of its table is.
    pub unit: &'static str,
    /// What is counted.
    pub what: &'static str,
    /// Width of the drawing.
    pub width: i64,
    /// The figures beside the lines, from the top.
    pub scale: [i64; 3],
    /// One after the other.
    pub bars: Vec<CountBar>,
}

/// A bar, and its row in the table.
#[derive(Clone, Debug)]
pub struct CountBar {
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
    /// How many.
    pub count: i64,
}

impl CountChart {
    /// A chart of counts with their labels, long and short, from left to right.
    pub fn new(
        title: &'static str,
        unit: &'static str,
        what: &'static str,
        counts: Vec<(String, String, i64)>,
    ) -> Self {
        let top = round(counts.iter().map(|(.., count)| *count).max().unwrap_or_default());
        let number = i64::try_from(counts.len()).unwrap_or(1).max(1);
        let step = WIDTH * 1000 / number;
        let width = (step * 7 / 10).min(48_000);
        let every = counts.len().div_ceil(MOST_LABELS).max(1);
        let bars = counts.into_iter().enumerate().map(|(index, (label, short, count))| {
            let at = i64::try_from(index).unwrap_or_default();
            let height = count * PLOT / top;
            CountBar {
                label,
                short: if index % every == 0 { short } else { String::new() },
                x: (at * step + step / 2 - width / 2) / 1000,
                y: PLOT - height,
                width: (width / 1000).max(1),
                height,
                count,
            }
        });
        let scale = [top, top / 2, 0];
        Self { title, unit, what, width: WIDTH, scale, bars: bars.collect() }
    }
}

/// The next even number above that people read easily: 2, 4, 6, 10, 20, 40, 60, 100 …
fn round(most: i64) -> i64 {
    let mut unit = 1;
    loop {
        for step in [2, 4, 6, 10] {
            if step * unit >= most {
                return step * unit;
            }
        }
        unit *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_stays_within_the_drawing() {
        let counts = [0, 7, 13].map(|count| (String::new(), String::new(), count));
        let chart = CountChart::new("", "", "", counts.to_vec());
        assert_eq!(chart.scale, [20, 10, 0]);
        assert!(chart.bars.iter().all(|bar| bar.y >= 0 && bar.y + bar.height == PLOT));
        assert!(chart.bars.iter().all(|bar| bar.x >= 0 && bar.x + bar.width <= WIDTH));
    }

    #[test]
    fn the_scale_ends_at_a_round_number() {
        assert_eq!(
            [0, 1, 2, 3, 7, 11, 60, 61, 999].map(round),
            [2, 2, 2, 4, 10, 20, 60, 100, 1000]
        );
    }
}

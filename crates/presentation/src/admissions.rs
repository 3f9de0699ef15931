//! How many were admitted at an event's gates, one while after the other.

use crate::count_chart::CountChart;
use crate::times;
use muster_app::settings::Settings;
use muster_domain::time::{Span, Timestamp};
use std::collections::BTreeMap;

/// Most hours that are drawn one by one; beyond, days are.
const HOURS: i64 = 48;

/// Admissions by hour, hours without any between the first and the last too; by day where an event
/// takes long.
pub fn chart(settings: &Settings, whiles: &[(Timestamp, i64)]) -> Option<CountChart> {
    let ((first, _), (last, _)) = (whiles.first()?, whiles.last()?);
    let days = (*last - *first).0 > Span::hours(HOURS).0;
    let (unit, step, long, short) = if days {
        ("Day", Span::hours(12), "%a %-d %b %Y", "%-d %b")
    } else {
        ("Hour", Span::minutes(15), "%a %-d %b, %H:00", "%H")
    };
    // By a key that sorts as time does; the label is what people read.
    let key = |at| times::local(settings, at, if days { "%F" } else { "%F %H" });
    let label = |at| (times::local(settings, at, long), times::local(settings, at, short));
    let mut bars: BTreeMap<String, (String, String, i64)> = BTreeMap::new();
    let mut at = *first;
    while at <= *last {
        let (long, short) = label(at);
        bars.entry(key(at)).or_insert((long, short, 0));
        at = at + step;
    }
    for (at, people) in whiles {
        let (long, short) = label(*at);
        bars.entry(key(*at)).or_insert((long, short, 0)).2 += people;
    }
    Some(CountChart::new("Admissions over time", unit, "People", bars.into_values().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admissions_are_drawn_by_local_hours_with_the_empty_ones_between() {
        let settings = Settings { time_zone: "Asia/Kolkata".to_owned(), ..Settings::default() };
        let eight = Timestamp(1_774_688_400_000_000);
        let at = |minutes| eight + Span::minutes(minutes);
        let chart = chart(&settings, &[(at(0), 3), (at(15), 2), (at(135), 1)]).unwrap();
        let told: Vec<_> = chart.bars.iter().map(|bar| (bar.short.as_str(), bar.count)).collect();
        assert_eq!(told, [("14", 5), ("15", 0), ("16", 1)]);
    }

    #[test]
    fn a_long_event_is_drawn_by_days() {
        let days = [(Timestamp(0), 1), (Timestamp(Span::days(3).0), 2)];
        let chart = chart(&Settings::default(), &days).unwrap();
        assert_eq!(chart.bars.iter().map(|bar| bar.count).collect::<Vec<_>>(), [1, 0, 0, 2]);
        assert!(super::chart(&Settings::default(), &[]).is_none());
    }
}

//! What a class's page shows of its figures: charts, and the list of students as it was asked for.

use super::chart::{Chart, Point};
use super::class::{StudentItem, photo};
use super::form::Choice;
use super::look::Share;
use crate::times;
use muster_app::figures::{ClassFigures, Listed, Order, View, viewed};
use muster_domain::attendance::{Badge, Percentage, Tally};
use muster_domain::ids::PersonId;
use muster_domain::time::Date;
use serde::Deserialize;
use std::collections::HashSet;

/// Students on a page of the list.
const PAGE: usize = 200;
/// Days in the chart; the register has all.
const MOST_DAYS: usize = 60;

/// How the list of students was asked for.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    badge: String,
    #[serde(default)]
    sort: String,
    /// How many students were shown before.
    #[serde(default)]
    after: usize,
}

const LISTS: [(Listed, &str, &str); 5] = [
    (Listed::AtRisk, "at-risk", "At risk"),
    (Listed::With(Badge::Safe), Badge::Safe.key(), "Safe"),
    (Listed::With(Badge::Warning), Badge::Warning.key(), "Warning"),
    (Listed::With(Badge::Critical), Badge::Critical.key(), "Critical"),
    (Listed::With(Badge::None), Badge::None.key(), "No sessions yet"),
];

const ORDERS: [(Order, &str, &str); 4] = [
    (Order::Roll, "roll", "By roll number"),
    (Order::Name, "name", "By name"),
    (Order::Percentage, "percentage", "Lowest attendance first"),
    (Order::Absent, "absent", "Most absences first"),
];

/// The word of a badge.
pub(super) fn word(badge: Badge) -> &'static str {
    let listed = Listed::With(badge);
    LISTS.iter().find(|(known, ..)| *known == listed).map_or("", |(.., label)| label)
}

impl Wanted {
    pub fn view(&self) -> View {
        let listed = LISTS.iter().find(|(_, key, _)| *key == self.badge);
        let order = ORDERS.iter().find(|(_, key, _)| *key == self.sort);
        View {
            listed: listed.map_or_else(Listed::default, |(listed, ..)| *listed),
            order: order.map_or_else(Order::default, |(order, ..)| *order),
        }
    }
}

/// The figures on a class's page.
pub(super) struct Figures {
    pub share: Share,
    pub held: usize,
    pub recent: String,
    pub before: String,
    pub charts: Vec<Chart>,
    pub enrolled: usize,
    pub badges: Vec<Choice>,
    pub orders: Vec<Choice>,
    /// What links that order the list keep of the filter.
    pub kept: String,
    /// The filter and the order, as a query.
    pub query: String,
    pub by_roll: &'static str,
    pub by_name: &'static str,
    pub by_percentage: &'static str,
    pub by_absent: &'static str,
    pub first: String,
    pub next: String,
    pub range: String,
}

impl Figures {
    /// The figures, and the students that are shown.
    pub fn new(
        figures: &ClassFigures,
        wanted: &Wanted,
        photographed: &HashSet<PersonId>,
    ) -> (Self, Vec<StudentItem>) {
        let (view, scale) = (wanted.view(), &figures.scale);
        let shown = viewed(&figures.students, view);
        let page = shown.iter().skip(wanted.after).take(PAGE);
        let items: Vec<_> = page
            .map(|item| StudentItem::new(item, scale, photo(photographed, item.place.person)))
            .collect();
        let listed = LISTS.iter().find(|(listed, ..)| *listed == view.listed);
        let badge = listed.map_or("", |(_, key, _)| *key);
        let order = ORDERS.iter().find(|(order, ..)| *order == view.order);
        let order = order.map_or("roll", |(_, key, _)| *key);
        let by = |key: &str, direction| if key == order { direction } else { "" };
        let address = |after: usize| {
            format!(
                "/classes/{}?badge={badge}&sort={order}&after={after}#students",
                figures.class.id
            )
        };
        let end = wanted.after + items.len();
        let trend = figures.trend.map(|(recent, before)| (recent.to_string(), before.to_string()));
        let (recent, before) = trend.unwrap_or_default();
        let made = Self {
            share: Share::of(scale.percentage(&figures.overall), scale),
            held: figures.sessions.len(),
            recent,
            before,
            charts: charts(figures),
            enrolled: figures.students.len(),
            badges: Choice::list(LISTS.map(|(_, key, label)| (key, label)), badge),
            orders: Choice::list(ORDERS.map(|(_, key, label)| (key, label)), order),
            kept: if badge.is_empty() { String::new() } else { format!("badge={badge}&") },
            query: format!("badge={badge}&sort={order}"),
            by_roll: by("roll", "ascending"),
            by_name: by("name", "ascending"),
            by_percentage: by("percentage", "ascending"),
            by_absent: by("absent", "descending"),
            first: if wanted.after > 0 { address(0) } else { String::new() },
            next: if end < shown.len() { address(end) } else { String::new() },
            range: format!("{} of {} students", items.len(), figures.students.len()),
        };
        (made, items)
    }
}

fn charts(figures: &ClassFigures) -> Vec<Chart> {
    let ClassFigures { scale, days, months, .. } = figures;
    let points = |rows: &[(Date, Tally)], long: &str, short: &str| -> Vec<Point> {
        let point = |(date, tally): &(Date, Tally)| {
            let share: Percentage = scale.percentage(tally);
            let (label, short) = (times::date_as(*date, long), times::date_as(*date, short));
            Point { label, short, share, tally: *tally }
        };
        rows.iter().map(point).collect()
    };
    let latest = days.get(days.len().saturating_sub(MOST_DAYS)..).unwrap_or_default();
    let mut charts = Vec::new();
    if !days.is_empty() {
        let days = points(latest, "%a %-d %b %Y", "%-d %b");
        charts.push(Chart::new("By day", "Day", scale, days));
        let months = points(months, "%B %Y", "%b");
        charts.push(Chart::new("By month", "Month", scale, months));
    }
    charts
}
